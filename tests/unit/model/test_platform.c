/* model/platform: the example loads whole, and every mistake is found at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "example.h"

static void the_example_loads(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    struct search_path path = data_path(&arena);
    struct platform *p = platform_load("example", &path, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_non_null(p);
    const struct dialect *d = &p->dialect;
    assert_string_equal(p->file, "tests/data/model/platforms/example.yaml");
    assert_int_equal(d->prompt_count, 7);
    assert_int_equal(d->prompts[0].state, STATE_LOADER);
    assert_int_equal(d->prompts[6].state, STATE_EXEC);
    assert_int_equal(d->home, STATE_ENABLE);
    assert_int_equal(d->mode_count, 2);
    assert_int_equal(d->modes[0].answer, ANSWER_ENABLE_PASSWORD);
    assert_string_equal(d->modes[1].back, "end");
    assert_int_equal(d->on_login_count, 2);
    assert_int_equal(d->pager.count, 1);
    assert_true(d->pager.items[0].unfinished);
    assert_int_equal(d->first_boot.items[1].failure, FAILURE_LOGIN_POLICY);
    assert_int_equal(d->booting.count, 2 + dialect_common_booting()->count);
    assert_string_equal(d->questions.items[1].send, "n");
    assert_int_equal(d->ready.count, 1);
    assert_int_equal(d->settle_ms, 200);
    assert_int_equal(d->line_max_bytes, 1023);
    const struct query *q = dialect_query(d, "power_supplies");
    assert_int_equal(q->stall_ms, 30000);
    assert_int_equal(q->total_ms, 300000);
    assert_int_equal(q->max_bytes, 1000000);
    assert_int_equal(dialect_query(d, "ping")->max_bytes, 8 * 1024 * 1024);
    const struct reader *r = platform_reader(p, "power_supplies");
    assert_int_equal(r->column_count, 4);
    assert_string_equal(r->columns[2].column, "state");
    assert_int_equal(r->columns[2].word_count, 4);
    assert_string_equal(r->columns[2].words[1].spellings[0], "Power Loss");
    assert_non_null(r->columns[0].expect);
    assert_true(p->word_lines[0] > 60);
    assert_null(platform_reader(p, "fans"));
    platform_free(p);
    arena_clear(&arena);
    mistakes_clear(&m);
}

static void other_ways_to_ask_stand_behind_the_first(void **state)
{
    (void)state;
    struct platform *p = load_example();
    const struct dialect *d = &p->dialect;
    const struct query *first = dialect_query(d, "neighbors"), *second = dialect_query_otherwise(d, first);
    assert_int_equal(first->alternative, 0);
    assert_string_equal(first->command, "show lldp neighbors | json | no-more");
    assert_int_equal(platform_reader_of(p, first)->kind, READER_JSON);
    assert_ptr_equal(platform_reader(p, "neighbors"), platform_reader_of(p, first));
    assert_int_equal(second->alternative, 1);
    assert_string_equal(second->name, "neighbors");
    assert_string_equal(second->command, "vtysh -c 'show cdp neighbors'");
    assert_int_equal(platform_reader_of(p, second)->kind, READER_TEXTFSM);
    assert_null(dialect_query_otherwise(d, second));
    assert_null(dialect_query_otherwise(d, dialect_query(d, "ping")));
    assert_null(dialect_query_otherwise(d, &d->queries[d->query_count - 1]));
    platform_free(p);
}

static void what_stands_beside_a_query_is_kept(void **state)
{
    (void)state;
    struct platform *p = load_example();
    const struct dialect *d = &p->dialect;
    assert_true(dialect_query(d, "uplink_interfaces")->interfaces_in_full);
    assert_false(dialect_query(d, "transceivers")->interfaces_in_full);
    assert_true(platform_reader(p, "transceivers")->columns[0].is_interface);
    assert_true(platform_reader(p, "ping")->columns[2].from_zero);
    assert_false(platform_reader(p, "ping")->columns[1].from_zero);
    assert_int_equal(platform_reader(p, "running_config")->kind, READER_TEXT);
    assert_string_equal(platform_reader(p, "running_config")->template_file, p->file);
    platform_free(p);
}

static void management_interfaces_are_known_by_their_whole_names(void **state)
{
    (void)state;
    struct platform *p = load_example();
    assert_true(platform_is_management(p, "Management1"));
    assert_true(platform_is_management(p, "Ma1"));
    assert_true(platform_is_management(p, "eth0"));
    assert_false(platform_is_management(p, "eth01"));
    assert_false(platform_is_management(p, "Ethernet1"));
    assert_false(platform_is_management(p, "xeth0"));
    p->management = NULL;
    assert_false(platform_is_management(p, "Ma1"));
    platform_free(p);
}

static bool prompt_matches(const struct dialect *d, enum state state, const char *line)
{
    for (size_t i = 0; i < d->prompt_count; i++)
        if (d->prompts[i].state == state &&
            regex_match(d->prompts[i].regex, line, strlen(line), 0, NULL, 0) == REGEX_MATCH)
            return true;
    return false;
}

static void prompts_are_anchored_and_allow_blanks(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    struct search_path path = data_path(&arena);
    struct platform *p = platform_load("example", &path, &m);
    assert_non_null(p);
    assert_true(prompt_matches(&p->dialect, STATE_ENABLE, "tor01#"));
    assert_true(prompt_matches(&p->dialect, STATE_ENABLE, "tor(s1)# "));
    assert_false(prompt_matches(&p->dialect, STATE_ENABLE, "x tor01#"));
    assert_false(prompt_matches(&p->dialect, STATE_ENABLE, "tor01#show"));
    assert_false(prompt_matches(&p->dialect, STATE_ENABLE, "tor01(config)#"));
    assert_true(prompt_matches(&p->dialect, STATE_CONFIG, "tor01(config-if-Et1)#"));
    platform_free(p);
    mistakes_clear(&m);
}

static void interfaces_get_their_full_name(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    struct search_path path = data_path(&arena);
    struct platform *p = platform_load("example", &path, &m);
    assert_string_equal(platform_interface(p, "Et3/1", &arena), "Ethernet3/1");
    assert_string_equal(platform_interface(p, "Ethernet3/1", &arena), "Ethernet3/1");
    assert_string_equal(platform_interface(p, "Xe3", &arena), "Xe3");
    assert_string_equal(platform_interface(p, "", &arena), "");
    platform_free(p);
    arena_clear(&arena);
    mistakes_clear(&m);
}

static const struct damage damages[] = {
    {"platform: example\n", "platform: exmaple\n",
     "3:11: the platform is called \"exmaple\" here, but the file \"example\"; make them equal"},
    {"about: a made-up", "abuot: a made-up",
     "4:1: the key \"abuot\" is not known here; did you mean \"about\"?"},
    {"about: a made-up", "abuot: a made-up", "3:1: a platform needs the key \"about\"; add it"},
    {"speaks:\n", "speeks:\n", "a platform needs the key \"speaks\"; add it"},
    {"home: enable ", "home: enbale ", "mode \"enbale\" is not known; did you mean \"enable\"?"},
    {"home: enable ", "home: config ",
     "home cannot be config: queries only read; write exec, enable or shell"},
    {"home: enable ", "home: shell ", "there is no prompt for shell; add it to prompts:"},
    {"exec: '{hostname}>'", "exce: '{hostname}>'", "state \"exce\" is not known; did you mean \"exec\"?"},
    {"enable: '{hostname}#'", "enable: '{hostname}['", "21:13: missing terminating ]"},
    {"enable: '{hostname}#'", "enable: '{hostname}{hostname}#'",
     "{hostname} stands twice in this prompt; once is allowed"},
    {"    login: '{hostname} login:'\n", "", "prompts: has none for login; add it"},
    {"exec: '{hostname}>'", "exec: '{hostname}>)|(x'",
     "20:11: unmatched closing parenthesis (at byte 11 of the pattern)"},
    {"overlaps: [enable]", "samples: [x]",
     "the line \"Aboot#\" is a prompt of loader, and also of enable (line 21); make them differ, or say "
     "overlaps: [enable] at "
     "loader"},
    {"overlaps: [exec]", "overlaps: [nothing]",
     "\"nothing\" is not a state less specific than loader; the order is loader"},
    {"enable: '{hostname}#'", "enable: '{hostname}[#>]'",
     "is a prompt of exec, and also of enable (line 21)"},
    {"exec: '{hostname}>'", "exec: '{hostname}(?=x)>'",
     "no line could be made up that this prompt matches; give some"},
    {"samples: ['loader>']", "samples: ['laoder>']", "the sample \"laoder>\" does not match its pattern"},
    {"ask: password, ", "", "ask and answer belong together: add the other one"},
    {"to: config, send", "to: enable, send", "this mode change leads to where it begins; correct from or to"},
    {"answer: enable_password", "answer: enable_pasword",
     "answer \"enable_pasword\" is not known; did you mean \"enable_password\"?"},
    {"on_login: [terminal length 0", "on_login: [write memory",
     "\"write memory\" begins with none of session_settings: (\"terminal \"…); only those are typed outside "
     "a procedure"},
    {"read_only: ['show ', ", "read_only: ['show ', 'copy ', ",
     "\"copy \" begins commands that change the switch; those belong into procedures:"},
    {"read_only: ['show ', ", "read_only: ['show ', 'request ', ",
     "\"request \" begins commands that change the switch; those belong into procedures:"},
    {"read_only: ['show ', ", "read_only: ['show ', 'nv ', ",
     "\"nv \" may begin commands that change the switch; write more of it, like 'set cli '"},
    {"comment: '!' ", "comment: 'reload ' ", "\"reload \" begins no comment"},
    {"send: n}", "send: skip}", "\"skip\" is more than an answer (y, n, yes, no, q, a blank, a number)"},
    {"read_only: ['show ', ", "read_only: ['show ', '', ", "is too short for the beginning of a command"},
    {"logout: exit", "logout: reload now",
     "\"reload now\" is not known to change the mode and nothing else; what changes the switch belongs into "
     "procedures:"},
    {"back: end", "back: commit", "\"commit\" is not known to change the mode and nothing else"},
    {"send: enable,", "send: 'enable; reload',", "\"enable; reload\" holds one of | < > ; & ` $"},
    {"code: FIRST_BOOT}", "send: zerotouch cancel}", "\"zerotouch cancel\" is more than an answer"},
    {"pager: {pattern: ' ?--More-- ?', send: ' '}", "pager: ' ?--More-- ?'",
     "a pager needs the key that goes on; write {pattern: …, send: ' '}"},
    {"noise: ['^\\w{3}", "noise: ['^(\\w{3}", "missing closing parenthesis"},
    {"code: LOGIN_POLICY", "code: LOGIN_POLICE",
     "code \"LOGIN_POLICE\" is not known; did you mean \"LOGIN_POLICY\"?"},
    {"dirty: ['^Uncommitted changes']", "dirty: [{pattern: '^Uncommitted', send: n}]",
     "nothing is ever answered to this; remove send"},
    {"ready: ['^Press", "ready: ['^(Press", "missing closing parenthesis"},
    {"ready: ['^Press RETURN to get started']", "ready: {pattern: x, send: ''}",
     "nothing is ever answered to this; remove send"},
    {"settle: 200ms", "settle: 2 blinks", "\"2 blinks\" is not a time such as 250ms, 3s or 5m"},
    {"settle: 200ms", "settle: 2h", "2h is out of range; 1 to 60000 ms is allowed"},
    {"line_max: 1023", "line_max: 10", "10 is out of range; 80 to 1000000 is allowed"},
    {"Et: Ethernet", "E1: Ethernet",
     "\"E1\" is not the beginning of an interface's name; letters and - only"},
    {"{mac_table: a router", "{mac_tables: a router",
     "the sign of production \"mac_tables\" is not known; did you mean \"mac_table\"?"},
    {"{mac_table: a router learns no MAC addresses}", "{mac_table: ''}", "is empty; write something"},
    {"{mac_table: a router", "{running_config: a router",
     "the sign of production \"running_config\" is not known"},
    {"  power_supplies:\n", "  power_suplies:\n",
     "the query \"power_suplies\" is not known; did you mean \"power_supplies\"?"},
    {"command: show environment power #", "command: reload now #",
     "\"reload now\" begins with none of read_only:"},
    {"command: show environment power #", "command: 'show environment | redirect flash:x' #",
     "\"show environment | redirect flash:x\" holds '|'"},
    {"command: show environment power #", "command: \"show\\nreload\" #",
     "\"show\\nreload\" holds a control character or a line end; remove it"},
    {"command: show environment power #", "command: show {slot} #",
     "the query power_supplies has no argument {slot}"},
    {"reader: textfsm ", "reader: jsom ", "reader \"jsom\" is not known"},
    {"template: show_environment_power ", "template: show_nothing ",
     "there is no parsers/example/show_nothing.textfsm"},
    {"template: show_environment_power ", "template: ../../etc/passwd ",
     "\"../../etc/passwd\" is not a name"},
    {"template: show_environment_power ", "template: lax ", "end the state Start in: ^. -> Error"},
    {"template: show_environment_power ", "template: broken ", "broken.textfsm:"},
    {"slot: SLOT", "slot: SLTO", "the template's Value \"SLTO\" is not known; did you mean \"SLOT\"?"},
    {"input_a: INPUT}", "input_aa: INPUT}",
     "the column \"input_aa\" is not known; did you mean \"input_a\"?"},
    {"slot: SLOT, model", "model", "the column slot is missing (slot as printed on the chassis); add it"},
    {"        no_input: [Power", "        no_inputt: [Power",
     "the word \"no_inputt\" is not known; did you mean \"no_input\"?"},
    {"failed: [Failed, Unknown]", "failed: [Failed, Ok]",
     "\"Ok\" stands already under ok; a spelling means one thing"},
    {"      state:\n        ok", "      model:\n        ok",
     "the column model is free text; it has no words"},
    {"      state:\n        ok", "      model:\n        ok", "the column state needs words"},
    {"expect: {slot: '\\d+', i", "expect: {slot: '\\d+(', i", "missing closing parenthesis"},
    {"expect: {slot: '\\d+', i", "expect: {solt: '\\d+', i",
     "the key \"solt\" is not known here; did you mean \"slot\"?"},
    {"stall: 30s ", "stall: 3ms ", "3ms is out of range; 1000 to 3600000 ms is allowed"},
    {"max_bytes: 1000000", "max_bytes: lots", "\"lots\" is not a whole number"},
    {"read_only: ['show ', ", "read_only: ['show ', 'ip ', ",
     "\"ip \" may begin commands that change the switch"},
    {"read_only: ['show ', ", "read_only: ['show ', 'sudo ', ", "\"sudo \" is too short"},
    {"read_only: ['show ', ", "read_only: ['show ', 'sudo -n ', ", "\"sudo -n \" is too short"},
    {"read_only: ['show ', ", "read_only: ['show ', 'sudo -n reboot', ",
     "\"sudo -n reboot\" begins commands that change the switch"},
    {"read_only: ['show ', ", "read_only: ['show ', 'sudo bash -c ', ",
     "\"sudo bash -c \" begins commands that change the switch"},
    {"read_only: ['show ', ", "read_only: ['show ', 'sudo vtysh -c ', ",
     "\"sudo vtysh -c \" begins commands of any kind; open the quote"},
    {"read_only: ['show ', ", "read_only: ['show ', 'docker exec ', ",
     "\"docker exec \" begins commands of any kind; open the quote"},
    {"read_only: ['show ', ", "read_only: ['show ', 'find /sys ', ",
     "\"find /sys \" begins commands that change the switch"},
    {"read_only: ['show ', ", "read_only: ['show ', \"vtysh -c '\", ", "\"vtysh -c '\" is too short"},
    {"read_only: ['show ', ", "read_only: ['show ', \"vtysh -c 'conf\", ",
     "\"vtysh -c 'conf\" begins commands that change the switch"},
    {"read_only: ['show ', ", "read_only: ['show ', \"vtysh -c 'conf t' -c 'show \", ",
     "closes a quote, so that something stands before what is asked"},
    {"pipes: [json, no-more]", "pipes: [json, no-more, 'redirect flash:x']",
     "\"redirect flash:x\" holds more than letters, digits, blanks and - [ ] * . ^"},
    {"pipes: [json, no-more]", "pipes: [json, no-more, find x -delete]",
     "\"find x -delete\" is not known to only show the answer in another form"},
    {"pipes: [json, no-more]", "pipes: [json, no-more, tee x]",
     "\"tee x\" is not known to only show the answer in another form"},
    {"pipes: [json, no-more]", "pipes: [json]",
     "\"show lldp neighbors | json | no-more\" holds '|', and what follows it is none of pipes:"},
    {"status | json", "status | json x", "\"show interfaces {interfaces} status | json x\" holds '|'"},
    {"status | json", "status |json", "\"show interfaces {interfaces} status |json\" holds '|'"},
    {"status | json", "| reload | json", "\"show interfaces {interfaces} | reload\" holds '|'"},
    {"command: vtysh -c 'show running-config'", "command: vtysh -c 'show running-config' -c 'conf t'",
     "\"vtysh -c 'show running-config' -c 'conf t'\" begins with none of read_only"},
    {"command: vtysh -c 'show running-config'", "command: vtysh -c 'show running-config' -f x",
     "begins with none of read_only"},
    {"command: vtysh -c 'show running-config'", "command: vtysh -c 'show running-config'x",
     "begins with none of read_only"},
    {"command: vtysh -c 'show running-config'", "command: vtysh -c 'show running-config",
     "\"vtysh -c 'show running-config\" opens a quote and does not close it"},
    {"command: vtysh -c 'show running-config'", "command: vtysh -c 'show running-config | json'",
     "\"vtysh -c 'show running-config | json'\" holds '|'"},
    {"command: vtysh -c 'show running-config'", "command: vtysh -c 'show !!'",
     "\"vtysh -c 'show !!'\" holds '!'"},
    {"management: 'Management\\d+|eth0'", "management: 'Ma)|(x'", "unmatched closing parenthesis"},
    {"    rows: /interfaces/*\n", "", "a query with reader: json needs the key \"rows\"; add it"},
    {"rows: /interfaces/*\n", "rows: interfaces/*\n", "\"interfaces/*\" is no pointer: it begins with /"},
    {"rows: /interfaces/*\n", "rows: /interfaces~2/*\n",
     "holds a ~ that is neither ~0 (for ~) nor ~1 (for /)"},
    {"rows: /interfaces/*\n", "rows: '/interfaces/{1}/*'\n", "names a wildcard of the rows"},
    {"rows: /interfaces/*\n", "template: ping\n    rows: /interfaces/*\n",
     "reader: json has no use for template; remove it"},
    {"interface: '{1}' ", "interface: '{2}' ", "\"{2}\" names a wildcard that rows: has not"},
    {"state: /link ", "state: /link/* ", "\"/link/*\" has a step *, + or KEY?, which belongs to rows: only"},
    {"state: /link ", "state: link ", "\"link\" is no pointer"},
    {"state: /link ", "state: ['{empty}', /link] ", "{empty} is what stands for nothing: put it last"},
    {"state: /link ", "state: '{interface}' ", "the command does not ask about one {interface}"},
    {"interface: '{interface}', rx", "interface: '{interfaces}', rx",
     "the template's Value \"{interfaces}\" is not known"},
    {"interface_list: full ", "interface_list: each ", "interface_list \"each\" is not known"},
    {"    reader: text ", "    columns: {text: TEXT}\n    reader: text ",
     "reader: text has no use for columns; remove it"},
    {"  running_config:\n", "  version:\n",
     "the query version has no column text, so that reader: text cannot read it"},
    {"        template: show_cdp_neighbors\n", "",
     "a query with reader: textfsm needs the key \"template\"; add it"},
    {"        template: show_cdp_neighbors\n",
     "        template: show_cdp_neighbors\n        otherwise: {command: show x}\n",
     "stands within an otherwise: already"},
    {"from_zero: [first_reply]", "from_zero: [first_repli]",
     "from_zero: \"first_repli\" is no column of numbers that is mapped here"},
};

static void every_mistake_has_its_words(void **state)
{
    (void)state;
    judge_damages(damages, sizeof damages / sizeof *damages);
}

/* The example's last query with another command: does it load? */
static bool command_loads(const struct folder *f, const char *whole, const char *command)
{
    struct mistakes m = {0};
    struct search_path path = {.dirs = {f->path}, .count = 1};
    struct str line = {0};
    str_printf(&line, "command: %s\n", command);
    const struct damage change = {"command: vtysh -c 'show running-config'\n", str_cstr(&line), ""};
    char *text = damaged(whole, &change);
    folder_put(f, "platforms/example.yaml", text);
    struct platform *p = platform_load("example", &path, &m);
    bool loads = p != NULL;
    platform_free(p);
    mem_free(text);
    str_clear(&line);
    mistakes_clear(&m);
    return loads;
}

static void quotes_lead_to_commands_that_read_only(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        bool loads;
    } cases[] = {
        {"vtysh -c 'show running-config'", true},
        {"vtysh -c 'show version' -c 'show running-config'", true},
        {"vtysh -c 'show version' -c 'show running-config' | no-more", true},
        {"vtysh -c 'show version' -c 'show running-config' -c 'wr mem'", false},
        {"vtysh -c 'show version' 'conf t'", false},
        {"vtysh -c 'show version' -c \"show running-config\"", false},
        {"vtysh -c show running-config", false},
        {"vtysh -c 'conf t'", false},
        {"vtysh -c 'show version'-c 'conf t'", false},
        {"cat /etc/frr/frr.conf", true},
        {"cat /etc/x '/etc/y z'", true},
        {"cat /etc/x 'y", false},
        {"show running-config | json | no-more | json", true},
        {"show running-config | no-more | reload", false},
    };
    struct folder f;
    struct str whole = {0};
    assert_true(file_read("tests/data/model/platforms/example.yaml", &whole, NULL));
    open_example(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (command_loads(&f, whole.data, cases[i].command) != cases[i].loads)
            fail_msg("%s: %s", cases[i].command, cases[i].loads ? "is refused" : "is accepted");
    folder_close(&f);
    str_clear(&whole);
}

static void all_mistakes_come_at_once(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    folder_open(&f);
    folder_put(&f, "platforms/p.yaml",
               "platform: q\nspeaks:\n  hostname: '\\w+'\n  prompts: {login: '{hostname} login:', password: "
               "'Password:',\n"
               "            enable: '{hostname}#', exec: '{hostname}#'}\n  home: enable\n  rejected: ['(']\n"
               "queries:\n  fan: {}\n  fans: {command: show fans, template: none, columns: {}}\n");
    struct search_path path = {.dirs = {f.path}, .count = 1};
    assert_null(platform_load("p", &path, &m));
    static const char *const wanted[] = {
        "p.yaml:1:1: a platform needs the key \"about\"; add it\n",
        "p.yaml:1:11: the platform is called \"q\" here",
        "p.yaml:3:3: speaks needs the key \"logout\"; add it\n",
        "p.yaml:5:21: the line \"",
        "p.yaml:5:42: the line \"",
        "p.yaml:7:14: ",
        "p.yaml:9:3: the query \"fan\" is not known; did you mean \"fans\"?\n",
        "p.yaml:10:40: there is no parsers/p/none.textfsm",
        "p.yaml:10:55: the column slot is missing",
        "p.yaml:10:55: the column state is missing",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(str_cstr(&m.text), wanted[i]))
            fail_msg("wanted \"%s\", got:\n%s", wanted[i], str_cstr(&m.text));
    assert_int_equal(m.count, 10);
    mistakes_clear(&m);
    folder_close(&f);
}

static void an_unknown_platform_gets_the_nearest(void **state)
{
    (void)state;
    struct mistakes m = {0};
    struct search_path path = data_path(NULL);
    assert_null(platform_load("exampel", &path, &m));
    assert_null(platform_load("../platforms/example", &path, &m));
    assert_non_null(
        strstr(str_cstr(&m.text), "platform \"exampel\" is not known; did you mean \"example\"?\n"));
    assert_non_null(strstr(str_cstr(&m.text), "platform \"../platforms/example\" is not a name"));
    mistakes_clear(&m);
}

static void the_vocabulary_is_whole(void **state)
{
    (void)state;
    size_t count;
    const struct query_info *all = vocabulary(&count);
    assert_true(count >= 8);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(vocabulary_query(all[i].name), &all[i]);
        assert_true(all[i].column_count > 0 && *all[i].about);
    }
    assert_null(vocabulary_query("power"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_loads),
        cmocka_unit_test(other_ways_to_ask_stand_behind_the_first),
        cmocka_unit_test(what_stands_beside_a_query_is_kept),
        cmocka_unit_test(management_interfaces_are_known_by_their_whole_names),
        cmocka_unit_test(prompts_are_anchored_and_allow_blanks),
        cmocka_unit_test(interfaces_get_their_full_name),
        cmocka_unit_test(every_mistake_has_its_words),
        cmocka_unit_test(quotes_lead_to_commands_that_read_only),
        cmocka_unit_test(all_mistakes_come_at_once),
        cmocka_unit_test(an_unknown_platform_gets_the_nearest),
        cmocka_unit_test(the_vocabulary_is_whole),
    };
    return cmocka_run_group_tests_name("model/platform", tests, NULL, NULL);
}
