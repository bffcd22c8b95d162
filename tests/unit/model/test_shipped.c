/* Everything that is shipped in platforms/ and configs/ loads without a mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "model/job_type.h"
#include "model/platform.h"
#include "model/rule.h"
#include "model/server.h"

static const struct search_path here = {.dirs = {"."}, .count = 1};

static size_t names_of(const char *relative, struct arena *arena, const char *const **names)
{
    return search_path_list(&here, relative, ".yaml", arena, names);
}

static void platforms_load(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    const char *const *names;
    size_t count = names_of("platforms", &arena, &names);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++)
        platform_free(platform_load(names[i], &here, &m));
    assert_string_equal(str_cstr(&m.text), "");
    arena_clear(&arena);
}

static const char *fixture_of(struct arena *arena, const struct platform *p, const struct query *q)
{
    if (str_starts(q->name, "rule:"))
        return arena_printf(arena, "fixtures/%s/rules/%s.txt", p->name, q->name + 5);
    if (q->alternative)
        return arena_printf(arena, "fixtures/%s/healthy/%s.%u.txt", p->name, q->name, q->alternative + 1);
    return arena_printf(arena, "fixtures/%s/healthy/%s.txt", p->name, q->name);
}

static bool is_used(const struct platform *p, const char *template)
{
    for (size_t i = 0; i < p->dialect.query_count; i++) {
        const char *file = p->readers[i].template_file, *slash = strrchr(file, '/');
        if (p->readers[i].kind == READER_TEXTFSM && strncmp(slash + 1, template, strlen(template)) == 0 &&
            strcmp(slash + 1 + strlen(template), ".textfsm") == 0)
            return true;
    }
    return false;
}

/* Counts what is amiss in what stands beside a platform file. */
static unsigned judge_company(const struct platform *p, struct arena *arena)
{
    const char *const *templates;
    unsigned wrong = 0;
    for (size_t i = 0; i < p->dialect.query_count; i++) {
        const char *fixture = fixture_of(arena, p, &p->dialect.queries[i]);
        if (!file_exists(fixture))
            wrong++, print_error("%s:%u: there is no %s\n", p->file, p->dialect.queries[i].line, fixture);
    }
    const char *dir = arena_printf(arena, "parsers/%s", p->name);
    size_t count = search_path_list(&here, dir, ".textfsm", arena, &templates);
    for (size_t i = 0; i < count; i++)
        if (!is_used(p, templates[i]))
            wrong++, print_error("%s/%s.textfsm: no query of %s is read by it\n", dir, templates[i], p->file);
    return wrong;
}

static void add_rules(struct platform *p, struct arena *arena, struct mistakes *m)
{
    const char *const *names;
    size_t count = rule_names(&here, arena, &names);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++) {
        struct rule *r = rule_load(names[i], &here, m);
        if (r)
            platform_add_rule(p, r, &here, m);
        rule_free(r);
    }
}

static void every_way_to_ask_has_a_fixture_and_every_template_a_use(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *const *names;
    unsigned wrong = 0;
    size_t count = names_of("platforms", &arena, &names);
    for (size_t i = 0; i < count; i++) {
        struct mistakes m = {0};
        struct platform *p = platform_load(names[i], &here, &m);
        assert_string_equal(str_cstr(&m.text), "");
        add_rules(p, &arena, &m);
        assert_string_equal(str_cstr(&m.text), "");
        wrong += judge_company(p, &arena);
        platform_free(p);
    }
    arena_clear(&arena);
    assert_int_equal(wrong, 0);
}

static void console_servers_load(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    const char *const *names;
    size_t count = names_of("platforms/console-servers", &arena, &names);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++) {
        struct yaml_place asked = {.file = names[i]};
        struct console_driver *d = console_driver_load(names[i], &asked, &here, &arena, &m);
        assert_string_equal(str_cstr(&m.text), "");
        console_driver_clear(d);
    }
    arena_clear(&arena);
}

static void busy_texts_name_the_holder(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *line, *holder;
    } cases[] = {
        {"generic", "ttyS7 is being used by (alice) !!!", "alice"},
        {"generic", "Port is in use. Closing connection...", NULL},
        {"generic", "Port already in use", NULL},
        {"generic", "Cannot connect: line [12] is busy", NULL},
        {"opengear", "Port port07 is in use by bob", "bob"},
        {"avocent_acs", "ttyS7 is being used by (alice) !!!", "alice"},
        {"digi", "Port is in use. Closing connection...", NULL},
        {"sonic_console", "Cannot connect: line [12] is busy", NULL},
        {"ser2net", "Port's device already in use", NULL},
        {"conserver", "[spy]", NULL},
        {"conman", "ERROR CODE=7 MESSAGE='Found console already in use'", NULL},
        {"conman", "Console [tor9] open R/W by <ops@localhost> on pts/1 (idle 4s).", "ops@localhost"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct mistakes m = {0};
        struct yaml_place asked = {.file = "test"};
        struct console_driver *d = console_driver_load(cases[i].kind, &asked, &here, &arena, &m);
        bool found = false;
        for (size_t k = 0; !found && k < d->busy_count; k++) {
            struct regex_span spans[8];
            int group = regex_group_number(d->busy[k].regex, "holder");
            found = regex_match(d->busy[k].regex, cases[i].line, strlen(cases[i].line), 0, spans, 8) ==
                    REGEX_MATCH;
            if (found && cases[i].holder && spans[group > 0 ? group : 0].start == REGEX_UNSET)
                fail_msg("%s: no holder in \"%s\"", cases[i].kind, cases[i].line);
            if (!found || !cases[i].holder)
                continue;
            assert_true(group > 0);
            assert_int_equal(spans[group].end - spans[group].start, strlen(cases[i].holder));
            assert_memory_equal(cases[i].line + spans[group].start, cases[i].holder, strlen(cases[i].holder));
        }
        if (!found)
            fail_msg("%s: \"%s\" is not seen as busy", cases[i].kind, cases[i].line);
        console_driver_clear(d);
        arena_clear(&arena);
    }
}

/* Kinds that the issue of consoles asks for; each says something of busy, BREAK and speed. */
static void every_wanted_console_server_is_there_with_its_ways(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *scheme, *user;
        unsigned tcp; /* of port 7 */
    } cases[] = {{"opengear", "ssh", "net:port07", 22},
                 {"opengear", "telnet", "net", 2007},
                 {"opengear", "tcp", "net", 4007},
                 {"opengear", "rfc2217", "net", 5007},
                 {"avocent_acs", "ssh", "net:7", 22},
                 {"avocent_acs", "telnet", "net", 7007},
                 {"digi", "ssh", "net:7", 22},
                 {"lantronix_slc", "ssh", "net", 22},
                 {"lantronix_slc", "telnet", "net", 2007},
                 {"raritan", "ssh", "net", 3007},
                 {"perle", "ssh", "net", 10007},
                 {"cisco_ts", "telnet", "net", 2007},
                 {"cisco_ts", "ssh", "net", 2007},
                 {"cisco_ts", "tcp", "net", 4007},
                 {"sonic_console", "ssh", "net", 22},
                 {"ser2net", "telnet", "net", 2007},
                 {"ser2net", "rfc2217", "net", 2007},
                 {"conserver", "tcp", "net", 782},
                 {"conman", "tcp", "net", 7890},
                 {"generic", "ssh", "net:7", 22},
                 {"port_number", "telnet", "net", 7},
                 {"port_number", "tcp", "net", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct mistakes m = {0};
        struct yaml_place asked = {.file = "test"};
        struct err e = {0};
        bool own_port = cases[i].tcp == 22 || cases[i].tcp == 782 || cases[i].tcp == 7890;
        struct uri base = {.scheme = cases[i].scheme,
                           .host = "h",
                           .port = cases[i].tcp == 22 ? 22 : 0,
                           .path = ""},
                   uri;
        struct console_driver *d =
            console_driver_load_way(cases[i].kind, cases[i].scheme, &asked, &here, &arena, &m);
        assert_string_equal(str_cstr(&m.text), "");
        assert_string_equal(d->scheme, cases[i].scheme);
        assert_true(console_address(d, &base, "net", "7", &arena, &uri, &e));
        assert_string_equal(uri.user, cases[i].user);
        assert_int_equal(uri.port, cases[i].tcp);
        assert_true(own_port || d->port_base || d->port_is_tcp);
        console_driver_clear(d);
        arena_clear(&arena);
    }
}

static void the_terminal_server_tells_how_long_a_holder_is_idle(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *line, *holder, *h;
    } cases[] = {
        {"cisco_ts", "   7 tty 7     bob        incoming             12:34:56 10.0.0.9", "bob", "12"},
        {"cisco_ts", "*  7 tty 7     bob        incoming             1d02h    10.0.0.9", "bob", "02"},
        {"cisco_ts", "   7 tty 7                incoming             00:12:34 10.0.0.9", NULL, "00"},
        {"conserver", " bob@localhost                      attach    0:01 Sun Nov 22 05:42:55 2026",
         "bob@localhost", "0"},
        {"conman", "Console [7] open R/W by <ops@host> on pts/1 (idle 2h4m1s).", "ops@host", "2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct mistakes m = {0};
        struct yaml_place asked = {.file = "test"};
        struct console_driver *d = console_driver_load(cases[i].kind, &asked, &here, &arena, &m);
        struct str pattern = {0};
        struct regex_span spans[16];
        for (const char *p = d->clear.idle; *p; p++)
            if (str_starts(p, "{port}"))
                str_add_char(&pattern, '7'), p += 5;
            else
                str_add_char(&pattern, *p);
        struct regex *re = regex_new(str_cstr(&pattern), REGEX_BYTES, NULL);
        if (regex_match(re, cases[i].line, strlen(cases[i].line), 0, spans, 16) != REGEX_MATCH)
            fail_msg("%s: %s", cases[i].kind, cases[i].line);
        struct regex_span h = spans[regex_group_number(re, "h")],
                          who = spans[regex_group_number(re, "holder")];
        assert_memory_equal(cases[i].line + h.start, cases[i].h, strlen(cases[i].h));
        assert_int_equal(h.end - h.start, strlen(cases[i].h));
        if (cases[i].holder)
            assert_memory_equal(cases[i].line + who.start, cases[i].holder, strlen(cases[i].holder));
        else
            assert_true(who.start == REGEX_UNSET);
        regex_free(re);
        str_clear(&pattern);
        console_driver_clear(d);
        arena_clear(&arena);
    }
}

static void behaviour_62_no_first_boot_dialogue_of_a_shipped_platform_has_an_answer_that_reloads(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    const char *const *names;
    size_t count = names_of("platforms", &arena, &names);
    for (size_t i = 0; i < count; i++) {
        struct platform *p = platform_load(names[i], &here, &m);
        const struct sign_list *list = &p->dialect.first_boot;
        assert_true(list->count >= dialect_common_first_boot()->count);
        for (size_t k = 0; k < list->count; k++)
            if (list->items[k].send)
                assert_null(strstr(list->items[k].send, "zerotouch"));
        platform_free(p);
    }
    arena_clear(&arena);
}

static void job_types_load(void **state)
{
    (void)state;
#define PLUGIN(name) #name,
    static const char *const plugins[] = {
#include "plugin/plugins.def"
    };
#undef PLUGIN
    struct arena arena = {0};
    struct mistakes m = {0};
    const char *const *names;
    size_t count = names_of("configs/job-types", &arena, &names);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        struct job_type *t = job_type_load(names[i], &here, plugins, sizeof plugins / sizeof *plugins, &m);
        assert_string_equal(str_cstr(&m.text), "");
        if (strcmp(names[i], "validate") == 0 || strcmp(names[i], "console") == 0)
            assert_false(t->changes);
        else if (strcmp(names[i], "provision") == 0)
            assert_true(t->changes);
        assert_true(strcmp(names[i], "console") == 0 ? t->step_count == 1 : t->step_count >= 2);
        job_type_free(t);
    }
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_load),
        cmocka_unit_test(every_way_to_ask_has_a_fixture_and_every_template_a_use),
        cmocka_unit_test(console_servers_load),
        cmocka_unit_test(busy_texts_name_the_holder),
        cmocka_unit_test(every_wanted_console_server_is_there_with_its_ways),
        cmocka_unit_test(the_terminal_server_tells_how_long_a_holder_is_idle),
        cmocka_unit_test(
            behaviour_62_no_first_boot_dialogue_of_a_shipped_platform_has_an_answer_that_reloads),
        cmocka_unit_test(job_types_load),
    };
    return cmocka_run_group_tests_name("model/shipped", tests, NULL, NULL);
}
