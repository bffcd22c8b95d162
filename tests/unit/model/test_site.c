/* model/site: the example loads whole, every mistake is found at its place, and no password is ever printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "model/site.h"

static const struct search_path shipped = {.dirs = {".", "tests/data/model"}, .count = 2};

static struct site *load_example(void)
{
    struct mistakes m = {0};
    struct site *s = site_load("tests/data/model/site/site.yaml", &shipped, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_non_null(s);
    mistakes_clear(&m);
    return s;
}

static void the_example_loads(void **state)
{
    (void)state;
    struct site *s = load_example();
    assert_int_equal(s->credential_count, 5);
    assert_int_equal(s->server_count, 2);
    assert_string_equal(s->servers[0].driver->kind, "opengear");
    assert_int_equal(s->servers[0].port, 2222); /* from the included file */
    assert_int_equal(s->servers[0].sessions, 4);
    assert_int_equal(s->servers[0].host_keys, HOST_KEYS_ACCEPT_NEW);
    assert_string_equal(s->servers[0].known_hosts, "tests/data/model/site/known");
    assert_int_equal(s->servers[1].sessions, 16);
    assert_int_equal(s->servers[1].logins, 8);
    assert_int_equal(s->servers[1].host_keys, HOST_KEYS_STRICT);
    assert_int_equal(s->role_count, 2);
    assert_true(s->roles[0].light.has_rx_min && s->roles[0].light.rx_min_dbm == -9.5);
    assert_false(s->roles[0].light.has_tx_min);
    assert_int_equal(s->switch_count, 5);
    const struct site_switch *sw = &s->switches[0];
    assert_string_equal(sw->name, "tor-r1-03");
    assert_string_equal(sw->role->name, "tor");
    assert_string_equal(sw->firmware_version, "4.28.3M");
    assert_int_equal(sw->uplink_count, 2);
    assert_string_equal(sw->uplinks[0].peer_interface, "Ethernet3/1");
    assert_int_equal(sw->uplinks[0].mtu, 9214);
    assert_null(sw->uplinks[1].peer);
    assert_int_equal(sw->neighbors[0].as, 4200000001);
    assert_int_equal(sw->credential_count, 2);
    assert_string_equal(s->switches[1].rack, "r1");
    assert_string_equal(s->switches[2].rack, "");
    assert_string_equal(s->switches[3].role->name, "");
    site_free(s);
}

static void consoles_are_addressed_as_their_driver_wants(void **state)
{
    (void)state;
    struct site *s = load_example();
    const struct console *c = &s->switches[0].console;
    assert_string_equal(c->name, "oob-r1 port 7");
    assert_string_equal(c->server, "oob-r1");
    assert_string_equal(c->port, "7");
    assert_string_equal(c->uri.user, "net:port07");
    assert_string_equal(c->uri.host, "10.0.0.5");
    assert_int_equal(c->uri.port, 2222);
    assert_int_equal(c->baud, 9600);
    assert_true(str_ends(c->options.key_file, "/.ssh/id_ed25519"));
    assert_string_equal(s->switches[2].console.driver->kind, "direct");
    assert_string_equal(s->switches[2].console.uri.user, "admin");
    assert_string_equal(s->switches[2].console_credential->name, "published");
    assert_string_equal(s->switches[3].console.driver->kind, "generic");
    assert_string_equal(s->switches[3].console.uri.user, "net:7");
    assert_string_equal(s->switches[3].console_credential->name, "vault");
    assert_int_equal(s->switches[3].console.baud, 115200);
    assert_string_equal(s->switches[4].console.driver->kind, "serial");
    assert_false(s->switches[4].console.driver->direct);
    assert_null(s->switches[4].server);
    site_free(s);
}

static void assets_are_found_by_serial_and_name(void **state)
{
    (void)state;
    struct site *s = load_example();
    assert_int_equal(s->asset_count, 3);
    assert_string_equal(site_asset_by_serial(s, "SSJ17115517")->name, "spine-1");
    assert_int_equal(site_asset_by_serial(s, "SSJ17115517")->line, 5);
    assert_string_equal(site_asset_by_name(s, "tor-r1-03")->mac, "00:1c:73:aa:bb:cc");
    assert_string_equal(site_asset_by_name(s, "tor-r1-04")->mac, "");
    assert_null(site_asset_by_serial(s, "NONE"));
    site_free(s);
}

/* A small site, with one piece replaced, must give exactly this mistake. */
static const char small[] = "credentials:\n"                                                     /* 1 */
                            "  sw: {user: admin, password: {env: PW}}\n"                         /* 2 */
                            "console_servers:\n"                                                 /* 3 */
                            "  oob: {kind: opengear, address: 10.0.0.5, credential: sw}\n"       /* 4 */
                            "roles:\n"                                                           /* 5 */
                            "  tor: {uplinks: 1, light: {rx_min_dbm: -9, rx_max_dbm: 2}}\n"      /* 6 */
                            "switches:\n"                                                        /* 7 */
                            "  tor01:\n"                                                         /* 8 */
                            "    platform: example\n"                                            /* 9 */
                            "    role: tor\n"                                                    /* 10 */
                            "    serial: AAA1\n"                                                 /* 11 */
                            "    console: {server: oob, port: 1}\n"                              /* 12 */
                            "    credentials: [sw]\n"                                            /* 13 */
                            "    uplinks: [{interface: Et1, address: 10.0.0.1/31, mtu: 9000}]\n" /* 14 */
                            "  tor02:\n"                                                         /* 15 */
                            "    platform: example\n"                                            /* 16 */
                            "    serial: AAA2\n"                                                 /* 17 */
                            "    console: {server: oob, port: 2}\n"                              /* 18 */
                            "    credentials: [sw]\n";                                           /* 19 */

struct damage {
    const char *from, *to, *mistake; /* of the form ":line:column: text", or a part of it */
};

static const struct damage damages[] = {
    {"credentials:\n  sw", "credentails:\n  sw",
     ":1:1: the key \"credentails\" is not known here; did you mean \"credentials\"?"},
    {"password: {env: PW}", "password: hunter2",
     ":2:31: a password must not stand here as plain text; write {env: NAME}, {file: PATH} or {command: "
     "[pass, show, tor]}"},
    {"password: {env: PW}", "password: 12345", ":2:31: a password must not stand here as plain text"},
    {"password: {env: PW}", "password: {hunter2: x}",
     ":2:31: exactly one of the keys env, file, command, default is wanted"},
    {"password: {env: PW}", "password: {env: 'hunter2!'}",
     ":2:37: this is not the name of an environment variable"},
    {"password: {env: PW}", "password: {env: PW, file: x}",
     ":2:31: exactly one of the keys env, file, command, default"},
    {"password: {env: PW}", "password: {command: pass show}",
     ":2:41: a list ([a, b]) is wanted here, this is text"},
    {"password: {env: PW}", "password: {command: []}", ":2:41: the command is empty"},
    {"user: admin", "user: 'a;rm -rf /'", ":2:14: \"a;rm -rf /\" is not a user name"},
    {"user: admin, ", "", ":2:7: a credential needs the key \"user\"; add it"},
    {"  sw: {", "  s w: {", ":2:3: \"s w\" is not a name"},
    {"kind: opengear", "kind: opengaer",
     ":4:15: console server kind \"opengaer\" is not known; did you mean \"opengear\"?"},
    {"kind: opengear", "kind: ../../x", ":4:15: console server kind \"../../x\" is not a name"},
    {"10.0.0.5", "10.0.0.500", ":4:34: \"10.0.0.500\" is not an address; write an IP address or a host name"},
    {"10.0.0.5", "'-oProxyCommand=x'", ":4:34: \"-oProxyCommand=x\" is not an address"},
    {"address: 10.0.0.5", "adress: 10.0.0.5",
     ":4:25: the key \"adress\" is not known here; did you mean \"address\"?"},
    {"credential: sw}", "credential: ws}", ":4:56: credential \"ws\" is not known"},
    {"credential: sw}", "port: 70000}", ":4:50: 70000 is out of range; 1 to 65535 is allowed"},
    {"credential: sw}", "host_keys: never}", ":4:55: host_keys \"never\" is not known"},
    {"uplinks: 1,", "airflow: front,", "airflow \"front\" is not known"},
    {"rx_min_dbm: -9,", "rx_min_dbm: 9,", ":6:28: rx_min_dbm is not below rx_max_dbm; exchange them"},
    {"rx_min_dbm: -9,", "rx_min_dbm: -99,", ":6:41: -99 dBm is out of range; -60 to 30 is allowed"},
    {"rx_min_dbm: -9,", "rx_min_dbm: low,", ":6:41: \"low\" is not a number such as -9.5"},
    {"  tor01:", "  ../../tor:",
     ":8:3: \"../../tor\" is not a name; write letters, digits, . _ - (a letter or digit first"},
    {"  tor01:", "  \"tor\\n01\":", ":8:3: \"tor\\n01\" is not a name"},
    {"  tor01:", "  'tor; rm -rf':", ":8:3: \"tor; rm -rf\" is not a name"},
    {"  tor01:", "  \"tor\\e[2J\":", ":8:3: \"tor\\x1b[2J\" is not a name"},
    {"  tor01:", "  all:", ":8:3: \"all\" means every switch of the site; choose another name"},
    {"  tor02:", "  tor01:", ":15:3: the key \"tor01\" stands already in line 8; keep one of them"},
    {"platform: example", "platform: exampel",
     ":9:15: platform \"exampel\" is not known; did you mean \"example\"?"},
    {"    platform: example\n", "", ":9:5: a switch needs the key \"platform\"; add it"},
    {"role: tor", "role: torr", ":10:11: role \"torr\" is not known; did you mean \"tor\"?"},
    {"serial: AAA2", "serial: AAA1",
     ":17:13: tor01 has the serial number AAA1 already (line 8); correct one of them"},
    {"serial: AAA1", "serial: 'A A'", ":11:13: \"A A\" is not a serial number"},
    {"port: 2}", "port: 1}",
     ":18:14: tor01 has the console oob port 1 already (line 8); tor02 cannot have it too"},
    {"server: oob, port: 1", "server: oop, port: 1",
     ":12:23: console server \"oop\" is not known; did you mean \"oob\"?"},
    {"server: oob, port: 1", "server: oob", ":12:14: the console needs the key \"port\": which port of oob?"},
    {"server: oob, port: 1", "port: 1", ":12:14: the console needs the key \"server\" (or \"uri\"); add it"},
    {"server: oob, port: 1", "server: oob, port: '1;x'", "\"1;x\" is not a console port"},
    {"{server: oob, port: 1}", "ssh://u@h/3",
     ":12:14: which kind of console server has the port 3? add ?kind=opengear"},
    {"{server: oob, port: 1}", "ssh://u:hunter2@h", ":12:14: "},
    {"{server: oob, port: 1}", "nonsense", ":12:14: "},
    {"credentials: [sw]", "credentials: [sw, sw]",
     ":13:23: credential \"sw\" stands twice in this list; remove one"},
    {"credentials: [sw]", "credentials: [sx]",
     ":13:19: credential \"sx\" is not known; did you mean \"sw\"?"},
    {"    credentials: [sw]\n", "", ":9:5: a switch needs the key \"credentials\"; add it"},
    {"interface: Et1", "interface: 'Et1 | x'",
     ":14:27: \"Et1 | x\" is not an interface's name; write it like Ethernet49/1"},
    {"10.0.0.1/31", "10.0.0.1/33",
     ":14:41: \"10.0.0.1/33\" is not an address with its length; write it like 10.1.0.1/31"},
    {"mtu: 9000", "gateway: x", ":14:63: \"x\" is not an IP address"},
    {"mtu: 9000}", "mtu: 9000}, {interface: et1}",
     ":14:66: the interface et1 is an uplink already (line 14)"},
    {"mtu: 9000}", "mtu: 9000}, {interface: Et2}",
     ":14:5: 2 uplinks are listed, but the role tor has 1 (line 6); correct one of them"},
    {"    serial: AAA2\n", "    mac: 00:11\n", ":17:10: \"00:11\" is not a MAC address"},
    {"    serial: AAA2\n", "    firmware: {image: a/b}\n",
     ":17:23: \"a/b\" is not a version or image name; no blanks or slashes"},
    {"    serial: AAA2\n", "    firmware: {version: 1, checksums: {md5: xyz}}\n",
     ":17:45: \"xyz\" is not a checksum"},
    {"    serial: AAA2\n", "    config: {file: a, url: 'http://h/'}\n",
     ":17:13: exactly one of the keys file, url, command"},
    {"    serial: AAA2\n", "    config: {url: 'http://u:p@h/'}\n",
     "names a user or password; take it out of the URL"},
    {"    serial: AAA2\n", "    management: {interface: Ma1}\n",
     ":17:17: management needs the key \"address\"; add it"},
    {"    serial: AAA2\n", "    routing: {neighbors: [{address: 10.0.0.1, as: 0}]}\n",
     ":17:51: 0 is out of range"},
    {"switches:\n", "assets: {file: none.csv}\nswitches:\n", ":7:16: cannot open "},
    {"switches:\n", "guard: {asset: false}\nswitches:\n",
     "\"asset\" is not known here; did you mean \"assets\"?"},
    {"switches:\n", "guard: {assets: maybe}\nswitches:\n", ":7:17: \"maybe\""},
    {"switches:\n", "images: {url: 'ftp://x'}\nswitches:\n", ":7:15: \"ftp://x\" is not a URL"},
};

static char *damaged(const struct damage *damage)
{
    const char *at = strstr(small, damage->from);
    if (!at)
        fail_msg("the small site does not hold \"%s\"", damage->from);
    struct str out = {0};
    str_add(&out, small, (size_t)(at - small));
    str_add_cstr(&out, damage->to);
    str_add_cstr(&out, at + strlen(damage->from));
    return str_take(&out);
}

static struct site *load_text(const struct folder *f, const char *text, struct mistakes *m)
{
    char *path = file_join(f->path, "site.yaml");
    folder_put(f, "site.yaml", text);
    struct site *s = site_load(path, &shipped, m);
    mem_free(path);
    return s;
}

static void every_mistake_has_its_place_and_words(void **state)
{
    (void)state;
    struct folder f;
    unsigned wrong = 0;
    folder_open(&f);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct mistakes m = {0};
        char *text = damaged(&damages[i]);
        struct site *s = load_text(&f, text, &m);
        if (s)
            wrong++, print_error("\"%s\" is accepted\n", damages[i].to);
        site_free(s);
        if (!strstr(str_cstr(&m.text), damages[i].mistake))
            wrong++, print_error("\"%s\": wanted \"%s\", got:\n%s", damages[i].to, damages[i].mistake,
                                 str_cstr(&m.text));
        if (strstr(str_cstr(&m.text), "hunter2"))
            wrong++, print_error("a password is printed:\n%s", str_cstr(&m.text));
        mem_free(text);
        mistakes_clear(&m);
    }
    folder_close(&f);
    assert_int_equal(wrong, 0);
}

static void the_small_site_itself_is_right(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    folder_open(&f);
    struct site *s = load_text(&f, small, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_non_null(s);
    site_free(s);
    folder_close(&f);
}

static void all_mistakes_come_at_once(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    folder_open(&f);
    assert_null(load_text(
        &f,
        "credentials: {c: {user: u, password: x}}\n"
        "console_servers: {o: {kind: nothing, address: h, sessions: 0}}\n"
        "roles: {r: {fans: many}}\n"
        "swiches: {}\n"
        "switches: {s: {platform: p, console: {server: o, port: 1}, credentials: [d], uplinks: 4}}\n",
        &m));
    assert_int_equal(m.count, 8);
    mistakes_clear(&m);
    folder_close(&f);
}

static void a_very_long_name_is_refused_shortly(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    struct str text = {0};
    str_add_cstr(&text, "switches:\n  ");
    for (int i = 0; i < 900; i++)
        str_add_char(&text, 'a');
    str_add_cstr(&text, ": {platform: example, credentials: [x], console: '");
    for (int i = 0; i < 10240; i++)
        str_add_char(&text, 'b');
    str_add_cstr(&text, "'}\n");
    folder_open(&f);
    assert_null(load_text(&f, text.data, &m));
    assert_non_null(strstr(m.text.data, "is not a name; write letters"));
    assert_non_null(strstr(m.text.data, "is longer than 4096 bytes; shorten it"));
    assert_true(m.text.len < 1000);
    mistakes_clear(&m);
    str_clear(&text);
    folder_close(&f);
}

static void asset_mistakes_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *csv, *mistake;
    } cases[] = {
        {"serial,name\nA,b\n", "assets.csv:1:1: the first line must name the column \"status\""},
        {"serial,nmae,status\nA,b,c\n",
         "assets.csv:1:1: the column \"nmae\" is not known; did you mean \"name\"?"},
        {"", "assets.csv:1:1: the first line must name the column \"serial\""},
        {"serial,name,status\nA,b\n", "assets.csv:2:1: 2 values stand here, the first line names 3 columns"},
        {"serial,name,status\nA,b,\"c\nd\"\n\"E\",../f,x\n", "assets.csv:4:1: name \"../f\" is not a name"},
        {"serial,name,status\nA,b,\"c\n", "assets.csv:2:1: a quote that begins in this line has no end"},
        {"serial,name,status\nA,\"b\"x,c\n", "assets.csv:2:1: text follows a closing quote"},
        {"serial,name,status\nA,b,c\nA,d,c\n", "assets.csv:3:1: the serial A stands already in line 2"},
        {"serial,name,status\nA,b,c\nB,b,c\n", "assets.csv:3:1: the name b stands already in line 2"},
        {"serial,name,status,mac\nA,b,c,zz\n", "assets.csv:2:1: mac \"zz\" is not a MAC address"},
        {"serial,name,status\nA,b\x01,c\n", ":1:16: the asset file holds the byte 0x01"},
        {"serial,name,status\nA,b\xff,c\n", ":1:16: the asset file holds the byte 0xff"},
    };
    struct folder f;
    folder_open(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mistakes m = {0};
        folder_put(&f, "assets.csv", cases[i].csv);
        assert_null(load_text(&f, "assets: {file: assets.csv}\nswitches: {}\n", &m));
        if (!strstr(str_cstr(&m.text), cases[i].mistake))
            fail_msg("wanted \"%s\", got:\n%s", cases[i].mistake, str_cstr(&m.text));
        mistakes_clear(&m);
    }
    folder_close(&f);
}

static void quoted_assets_follow_rfc_4180(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    folder_open(&f);
    folder_put(
        &f, "assets.csv",
        "\xEF\xBB\xBFstatus,\"serial\",Name,mac\r\n\"active\",\"A1\",\"b-1\",\r\n\r\nstaged, A2 ,b-2,");
    struct site *s = load_text(&f, "assets: {file: assets.csv}\nswitches: {}\n", &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(s->asset_count, 2);
    assert_string_equal(s->assets[0].serial, "A1");
    assert_string_equal(s->assets[1].name, "b-2");
    assert_int_equal(s->assets[1].line, 4);
    site_free(s);
    folder_close(&f);
}

static void selectors_find_in_file_order_without_doubles(void **state)
{
    (void)state;
    struct site *s = load_example();
    struct switch_list list = {0};
    struct err e = {0};
    assert_true(site_select(s, "rack=r1", &list, &e));
    assert_true(site_select(s, "tor-r1-*", &list, &e));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0]->name, "tor-r1-03");
    assert_true(site_select(s, "role=spine", &list, &e));
    assert_int_equal(list.count, 3);
    assert_true(site_select(s, "all", &list, &e));
    assert_int_equal(list.count, 5);
    mem_free(list.items);
    list = (struct switch_list){0};
    assert_true(site_select(s, "platform=example", &list, &e));
    assert_int_equal(list.count, 5);
    mem_free(list.items);
    site_free(s);
}

static void wrong_selectors_get_help(void **state)
{
    (void)state;
    static const struct {
        const char *selector, *text;
    } cases[] = {
        {"tor-r1-30", "no switch \"tor-r1-30\" in the site; did you mean \"tor-r1-03\"?"},
        {"rack=q", "no rack \"q\" in the site; there are: r1"},
        {"role=torr", "no role \"torr\" in the site; did you mean \"tor\"?"},
        {"leaf*", "no switch \"leaf*\" in the site; there are: tor-r1-03, tor-r1-04, spine-1, lab, desk"},
        {"row=1", "\"row=1\": select by rack=, role= or platform="},
        {"", "an empty selector; write a name"},
    };
    struct site *s = load_example();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct switch_list list = {0};
        struct err e = {0};
        assert_false(site_select(s, cases[i].selector, &list, &e));
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, cases[i].text))
            fail_msg("wanted \"%s\", got \"%s\"", cases[i].text, e.msg);
        assert_int_equal(list.count, 0);
    }
    site_free(s);
}

static void a_site_of_one_needs_no_file(void **state)
{
    (void)state;
    struct mistakes m = {0};
    setenv("TORSTARTER_USER", "ops", 1);
    unsetenv("TORSTARTER_OOB_PASSWORD");
    struct site *s = site_of_one("ssh://net@oob:2022/7?kind=opengear", "example", &shipped, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(s->switch_count, 1);
    const struct site_switch *sw = &s->switches[0];
    assert_string_equal(sw->console.uri.user, "net:port07");
    assert_string_equal(sw->credentials[0]->user, "ops");
    assert_int_equal(sw->console_credential->password_from, SECRET_NONE);
    site_free(s);
    s = site_of_one("ssh://u@10.0.0.9", "example", &shipped, &m);
    assert_true(s->switches[0].console.driver->direct);
    assert_ptr_equal(s->switches[0].console_credential, s->switches[0].credentials[0]);
    site_free(s);
    unsetenv("TORSTARTER_USER");
    assert_null(site_of_one("ssh://u@10.0.0.9", "exampel", &shipped, &m));
    assert_null(site_of_one("ssh://u@h/7", "example", &shipped, &m));
    assert_non_null(strstr(m.text.data, "platform \"exampel\" is not known; did you mean \"example\"?\n"));
    assert_non_null(strstr(m.text.data, "which kind of console server has the port 7?"));
    mistakes_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_loads),
        cmocka_unit_test(consoles_are_addressed_as_their_driver_wants),
        cmocka_unit_test(assets_are_found_by_serial_and_name),
        cmocka_unit_test(the_small_site_itself_is_right),
        cmocka_unit_test(every_mistake_has_its_place_and_words),
        cmocka_unit_test(all_mistakes_come_at_once),
        cmocka_unit_test(a_very_long_name_is_refused_shortly),
        cmocka_unit_test(asset_mistakes_name_their_line),
        cmocka_unit_test(quoted_assets_follow_rfc_4180),
        cmocka_unit_test(selectors_find_in_file_order_without_doubles),
        cmocka_unit_test(wrong_selectors_get_help),
        cmocka_unit_test(a_site_of_one_needs_no_file),
    };
    return cmocka_run_group_tests_name("model/site", tests, NULL, NULL);
}
