/* plugin/normal: what counts in a configuration, what two of them differ in, whether one is a factory's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "normal_configs.h"
#include "plugin/normal.h"
#include "unit/model/folder.h"

struct desk {
    struct platform *platform;
    struct arena arena;
};

static void desk_open(struct desk *d, const char *config)
{
    struct folder f;
    struct mistakes m = {0};
    struct str yaml = {0};
    *d = (struct desk){0};
    folder_open(&f);
    str_printf(&yaml,
               "platform: p\nabout: for a test\nspeaks:\n  prompts: {login: 'login:', password: 'Password:', "
               "enable: 'x#'}\n  home: enable\n  logout: exit\n  rejected: ['^%%']\nqueries: {}\n%s",
               config);
    folder_put(&f, "platforms/p.yaml", str_cstr(&yaml));
    struct search_path path = {.dirs = {f.path}, .count = 1};
    d->platform = platform_load("p", &path, &m);
    assert_string_equal(str_cstr(&m.text), "");
    folder_close(&f);
    mistakes_clear(&m);
    str_clear(&yaml);
}

static void desk_close(struct desk *d)
{
    platform_free(d->platform);
    arena_clear(&d->arena);
}

static struct normal read_text(struct desk *d, const char *text)
{
    struct normal n;
    normal_read(d->platform, text, strlen(text), &d->arena, &n);
    return n;
}

/* The difference as text; "" where there is none. */
static const char *difference(struct desk *d, const char *wanted, const char *found, bool exact)
{
    struct normal w = read_text(d, wanted), f = read_text(d, found);
    struct str diff = {0};
    bool same = normal_same(&w, &f, exact, 100, &diff);
    assert_int_equal(same, diff.len == 0);
    const char *kept = arena_strdup(&d->arena, str_cstr(&diff));
    str_clear(&diff);
    return kept;
}

static void the_read_back_of_each_kind_of_switch_is_the_wanted_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        struct desk d;
        desk_open(&d, configs[i].form);
        struct normal wanted = read_text(&d, configs[i].wanted), found = read_text(&d, configs[i].found);
        const char *diff = difference(&d, configs[i].wanted, configs[i].found, true);
        if (*diff || strcmp(wanted.sha256, found.sha256) != 0)
            fail_msg("%s:\n%s%s\n%s", configs[i].name, diff, wanted.sha256, found.sha256);
        assert_int_equal(strlen(wanted.sha256), 64);
        desk_close(&d);
    }
}

static void every_kind_of_switch_shows_what_differs(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        struct desk d;
        desk_open(&d, configs[i].form);
        const char *diff = difference(&d, configs[i].wanted, configs[i].other, true);
        if (strcmp(diff, configs[i].diff) != 0)
            wrong++, print_error("%s: wanted\n%sgot\n%s", configs[i].name, configs[i].diff, diff);
        desk_close(&d);
    }
    assert_int_equal(wrong, 0);
}

/* A sequence that depends on its seed alone. */
struct dice {
    uint64_t state;
};
static size_t dice_throw(struct dice *d, size_t sides)
{
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(d->state >> 33) % sides;
}

enum { LINES_MAX = 128 };
struct piece { /* a line with those under it */
    const char *line;
    size_t len, lines, indent;
};

static size_t indent_of(const char *line)
{
    return strspn(line, " ");
}

static size_t split(const char *text, struct piece *out)
{
    size_t count = 0;
    while (*text) {
        size_t len = strcspn(text, "\n") + 1;
        assert_true(count < LINES_MAX);
        out[count++] = (struct piece){.line = text, .len = len, .indent = indent_of(text)};
        text += len;
    }
    return count;
}

static bool is_list(const struct desk *d, const struct piece *p)
{
    const struct sign_list *ordered = &d->platform->config.ordered;
    const char *text = p->line + p->indent;
    size_t len = p->len - p->indent - 1;
    for (size_t i = 0; i < ordered->count; i++)
        if (regex_match(ordered->items[i].regex, text, len, 0, NULL, 0) == REGEX_MATCH)
            return true;
    return false;
}

static void mix(struct dice *dice, size_t *order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = dice_throw(dice, i), kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
}

/* Lists of `set` lines keep their places among each other: those of order[] that belong to one are put in their first order. */
static void keep_lists(const struct desk *d, const struct piece *lines, size_t *order, size_t count)
{
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_list(d, &lines[order[i]]))
            continue;
        while (!is_list(d, &lines[next]))
            next++;
        order[i] = next++;
    }
}

/* Writes the lines with the blocks of each level in another order, where order does not count. */
static void shuffle(const struct desk *d, struct dice *dice, const struct piece *lines, size_t count,
                    bool fixed, struct str *out)
{
    size_t heads[LINES_MAX + 1], order[LINES_MAX], blocks = 0;
    bool set = d->platform->config.blocks != BLOCKS_INDENT;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || set || lines[i].indent <= lines[0].indent)
            order[blocks] = blocks, heads[blocks++] = i;
    heads[blocks] = count;
    if (!fixed)
        mix(dice, order, blocks);
    if (set)
        keep_lists(d, lines, order, blocks);
    for (size_t i = 0; i < blocks; i++) {
        size_t from = heads[order[i]], to = heads[order[i] + 1];
        str_add(out, lines[from].line, lines[from].len);
        if (to > from + 1)
            shuffle(d, dice, &lines[from + 1], to - from - 1, is_list(d, &lines[from]), out);
    }
}

static uint64_t new_seed(void)
{
    struct timespec now;
    const char *given = getenv("SEED");
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 20;
    print_message("# seed %llu (SEED=… repeats it)\n", (unsigned long long)seed);
    return seed;
}

static void any_order_of_unordered_lines_is_the_same_configuration(void **state)
{
    (void)state;
    struct dice dice = {new_seed()};
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        struct desk d;
        struct piece lines[LINES_MAX];
        desk_open(&d, configs[i].form);
        struct normal wanted = read_text(&d, configs[i].wanted);
        size_t count = split(configs[i].wanted, lines);
        for (int round = 0; round < 50; round++) {
            struct str other = {0};
            shuffle(&d, &dice, lines, count, false, &other);
            struct normal n = read_text(&d, str_cstr(&other));
            if (strcmp(n.sha256, wanted.sha256) != 0)
                fail_msg("%s, in this order:\n%s", configs[i].name, str_cstr(&other));
            str_clear(&other);
        }
        desk_close(&d);
    }
}

static void any_changed_byte_is_another_configuration(void **state)
{
    (void)state;
    struct dice dice = {new_seed()};
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        struct desk d;
        desk_open(&d, configs[i].form);
        struct normal wanted = read_text(&d, configs[i].wanted);
        for (int round = 0; round < 400; round++) {
            char *text = mem_strdup(configs[i].wanted);
            size_t at = dice_throw(&dice, strlen(text));
            const char *line = text + at;
            while (line > text && line[-1] != '\n')
                line--;
            char *alone = mem_strndup(line, strcspn(line, "\n"));
            bool counts = read_text(&d, alone).count > 0 && text[at] != ' ' && text[at] != '\n';
            mem_free(alone);
            text[at] = text[at] == 'q' ? 'w' : 'q';
            if (counts && strcmp(read_text(&d, text).sha256, wanted.sha256) == 0)
                fail_msg("%s: a q at byte %zu is not seen:\n%s", configs[i].name, at, text);
            mem_free(text);
        }
        desk_close(&d);
    }
}

static void behaviour_48_no_secret_is_in_any_output(void **state)
{
    (void)state;
    struct desk d;
    desk_open(
        &d,
        "config:\n  blocks: indent\n  secrets: ['^username \\S+ secret (?:\\d )?(\\S+)$', 'key (\\S+)']\n");
    static const char text[] =
        "username a secret hunter2\ntacacs\n   host 10.0.0.1 key Kerberos9 key Another8\n";
    struct normal n = read_text(&d, text);
    for (size_t i = 0; i < n.count; i++)
        if (strstr(n.lines[i].path, "hunter2") || strstr(n.lines[i].key, "Kerberos9") ||
            strstr(n.lines[i].path, "Another8"))
            fail_msg("%s", n.lines[i].path);
    /* the same secret has the same name, another has another */
    assert_string_equal(difference(&d, text, text, true), "");
    const char *diff = difference(&d, "username a secret hunter2\n", "username a secret hunter3\n", true);
    assert_non_null(strstr(diff, "-username a secret sha256:"));
    assert_non_null(strstr(diff, "+username a secret sha256:"));
    assert_null(strstr(diff, "hunter"));
    desk_close(&d);
}

static void a_line_that_a_pattern_gave_up_on_is_hidden_whole(void **state)
{
    (void)state;
    struct desk d;
    char text[80] = "secret ";
    desk_open(&d, "config: {blocks: flat, secrets: ['^secret (?:(a+)+)+(\\1)$']}\n");
    memset(text + 7, 'a', 60);
    strcpy(text + 67, "b");
    struct normal n = read_text(&d, text);
    assert_int_equal(n.count, 1);
    assert_true(str_starts(n.lines[0].path, "sha256:"));
    desk_close(&d);
}

static void a_subset_may_have_company_but_no_list_may(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, "config: {blocks: indent, ordered: ['^ip access-list ']}\n");
    static const char wanted[] = "hostname a\nip access-list X\n   permit a\n   deny any\n";
    assert_string_equal(difference(&d, wanted,
                                   "hostname a\nntp server x\nip access-list X\n   permit a\n   deny any\n"
                                   "ip access-list Y\n   permit z\n",
                                   false),
                        "");
    assert_string_equal(difference(&d, wanted,
                                   "hostname a\nip access-list X\n   permit all\n   permit a\n   deny any\n",
                                   false),
                        "@@ ip access-list X @@\n+permit all\n");
    assert_string_equal(
        difference(&d, wanted, "hostname a\nip access-list X\n   deny any\n   permit a\n", false),
        "@@ ip access-list X @@\n~permit a (stands elsewhere in its list)\n");
    assert_string_equal(
        difference(&d, wanted, "ip access-list X\n   permit a\n   deny any\nntp server x\n", true),
        "@@ top @@\n-hostname a\n+ntp server x\n");
    assert_string_equal(difference(&d, "ip access-list X\n a\n b\n a\n", "ip access-list X\n a\n b\n", true),
                        "@@ ip access-list X @@\n-a\n");
    desk_close(&d);
}

static void a_default_may_be_missing_but_not_its_contrary(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, "config: {blocks: indent, defaults: ['^no shutdown$', '^mtu 9214$', '^lldp run$']}\n");
    static const struct {
        const char *wanted, *found, *diff;
    } rows[] = {
        {"interface A\n no shutdown\n mtu 9214\n", "interface A\n", ""},
        {"interface A\n", "interface A\n no shutdown\n mtu 9214\n", ""},
        {"interface A\n no shutdown\n", "interface A\n shutdown\n",
         "@@ interface A @@\n-no shutdown (the default, but not what is there)\n"},
        {"interface A\n mtu 9214\n", "interface A\n mtu 1500\n",
         "@@ interface A @@\n-mtu 9214 (the default, but not what is there)\n"},
        {"interface A\n mtu 9214\n", "interface A\n mtu 1500 now\n interface B\n", ""},
        {"interface A\n mtu 9214\n", "interface A\n no mtu\n",
         "@@ interface A @@\n-mtu 9214 (the default, but not what is there)\n"},
        {"lldp run\n", "no lldp run\n", "@@ top @@\n-lldp run (the default, but not what is there)\n"},
        {"interface A\n no shutdown\n", "interface A\ninterface B\n shutdown\n", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *diff = difference(&d, rows[i].wanted, rows[i].found, false);
        if (strcmp(diff, rows[i].diff) != 0)
            fail_msg("%s against %s: wanted %s, got %s", rows[i].wanted, rows[i].found, rows[i].diff, diff);
    }
    desk_close(&d);
}

static void behaviour_31_a_part_of_several_lines_is_one_line(void **state)
{
    (void)state;
    struct desk d;
    desk_open(
        &d, "config:\n  blocks: indent\n  ignore: ['^!']\n  multiline: [{begin: '^banner motd$', end: EOF}, "
            "{begin: '^banner \\S+ (\\^C|\\S)'}]\n");
    struct normal n = read_text(&d, "banner motd\nno entry\n! keep out\nEOF\nhostname a\n");
    assert_int_equal(n.count, 2);
    assert_string_equal(n.lines[0].path, "banner motd\\nno entry\\n! keep out\\n");
    n = read_text(&d, "banner motd #one line# \nhostname a\n");
    assert_int_equal(n.count, 2);
    assert_string_equal(
        difference(&d, "banner motd #\nno entry\n#\n", "banner motd ^C\nno entry\n^C\n", true), "");
    assert_non_null(strstr(difference(&d, "banner motd #\nno entry\n#\n", "banner motd #\nentry\n#\n", true),
                           "+banner motd \\n\\nentry\\n\n"));
    n = read_text(&d, "banner motd\nnever ends\nhostname a\n");
    assert_int_equal(n.count, 1);
    desk_close(&d);
}

static void a_factory_configuration_has_known_lines_alone(void **state)
{
    (void)state;
    struct desk d;
    const char *stranger;
    desk_open(&d, "config: {blocks: indent, ignore: ['^!'], defaults: ['^no shutdown$'], factory: "
                  "['^hostname switch$', "
                  "'^interface \\S+$']}\n");
    struct normal n = read_text(&d, "! x\nhostname switch\ninterface Et1\n   no shutdown\n");
    assert_true(normal_is_factory(d.platform, &n, &stranger));
    n = read_text(&d, "hostname switch\ninterface Et1\n   description to spine\n");
    assert_false(normal_is_factory(d.platform, &n, &stranger));
    assert_string_equal(stranger, "interface Et1 / description to spine");
    n = read_text(&d, "! nothing was read\n");
    assert_false(normal_is_factory(d.platform, &n, &stranger));
    assert_string_equal(stranger, "no line at all");
    desk_close(&d);
    desk_open(&d, "");
    n = read_text(&d, "hostname switch\n");
    assert_false(normal_is_factory(d.platform, &n, &stranger));
    desk_close(&d);
}

static void a_long_difference_is_cut_and_counted(void **state)
{
    (void)state;
    struct desk d;
    struct str diff = {0};
    desk_open(&d, "config: {blocks: flat}\n");
    struct normal none = read_text(&d, ""), some = read_text(&d, "a\nb\nc\nd\n");
    assert_false(normal_same(&some, &none, true, 3, &diff));
    assert_string_equal(str_cstr(&diff), "@@ top @@\n-a\n-b\n… and 2 more\n");
    str_clear(&diff);
    desk_close(&d);
}

static void hostile_texts_neither_hide_nor_grow(void **state)
{
    (void)state;
    struct desk d;
    struct normal n;
    desk_open(&d, "config: {blocks: indent, ignore: ['^end$']}\n");
    static const char nul[] = "end\0reload\nx\x1fy\n";
    normal_read(d.platform, nul, sizeof nul - 1, &d.arena, &n);
    assert_int_equal(n.count, 2);
    assert_string_equal(n.lines[0].path, "(bytes) end\\x00reload");
    struct str deep = {0};
    for (int i = 0; i < 3000; i++)
        str_printf(&deep, "%*sblock %d\n", i, "", i);
    normal_read(d.platform, deep.data, deep.len, &d.arena, &n);
    assert_int_equal(n.count, 3000);
    for (size_t i = 0; i < n.count; i++)
        assert_true(strlen(n.lines[i].path) < 4096);
    str_clear(&deep);
    desk_close(&d);
}

/* 100 KB, 20 patterns: well below what a person notices. Counted in processor time, with room for a sanitizer. */
static void a_large_configuration_takes_no_time(void **state)
{
    (void)state;
    struct desk d;
    struct str text = {0};
    desk_open(&d, configs[0].form);
    for (int i = 0; text.len < 100 * 1024; i++)
        str_printf(&text,
                   "interface Ethernet%d\n   description to server %d\n   mtu 9214\n   no switchport\n", i,
                   i);
    clock_t before = clock();
    struct normal a = read_text(&d, str_cstr(&text)), b = read_text(&d, str_cstr(&text));
    struct str diff = {0};
    assert_true(normal_same(&a, &b, true, 100, &diff));
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    print_message("# %zu bytes read twice and compared in %.0f ms\n", text.len, seconds * 1000);
    assert_true(seconds < 5);
    str_clear(&text);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_read_back_of_each_kind_of_switch_is_the_wanted_one),
        cmocka_unit_test(every_kind_of_switch_shows_what_differs),
        cmocka_unit_test(any_order_of_unordered_lines_is_the_same_configuration),
        cmocka_unit_test(any_changed_byte_is_another_configuration),
        cmocka_unit_test(behaviour_48_no_secret_is_in_any_output),
        cmocka_unit_test(a_line_that_a_pattern_gave_up_on_is_hidden_whole),
        cmocka_unit_test(a_subset_may_have_company_but_no_list_may),
        cmocka_unit_test(a_default_may_be_missing_but_not_its_contrary),
        cmocka_unit_test(behaviour_31_a_part_of_several_lines_is_one_line),
        cmocka_unit_test(a_factory_configuration_has_known_lines_alone),
        cmocka_unit_test(a_long_difference_is_cut_and_counted),
        cmocka_unit_test(hostile_texts_neither_hide_nor_grow),
        cmocka_unit_test(a_large_configuration_takes_no_time),
    };
    return cmocka_run_group_tests_name("plugin/normal", tests, NULL, NULL);
}
