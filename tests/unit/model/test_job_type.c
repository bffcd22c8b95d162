/* model/job_type and model/server and model/path: small files, every mistake at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "model/job_type.h"
#include "model/server.h"

static const char *const plugins[] = {"fan", "identity", "psu"};

static void a_job_type_is_a_list_of_plugins(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    folder_open(&f);
    folder_put(&f, "configs/job-types/mine.yaml",
               "about: my own\nchanges: true\nplugins:\n  - identity\n  - {plugin: fan, optional: true}\n");
    struct search_path path = {.dirs = {f.path}, .count = 1};
    struct job_type *t = job_type_load("mine", &path, plugins, 3, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_string_equal(t->name, "mine");
    assert_true(t->changes);
    assert_int_equal(t->step_count, 2);
    assert_false(t->steps[0].optional);
    assert_string_equal(t->steps[1].plugin, "fan");
    assert_true(t->steps[1].optional);
    assert_int_equal(t->steps[1].place.line, 5);
    job_type_free(t);
    folder_close(&f);
}

static void job_type_mistakes_have_their_place(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    folder_open(&f);
    folder_put(
        &f, "configs/job-types/mine.yaml",
        "changes: perhaps\nplugins: [idnetity, psu, {plugin: psu}, {optional: true}, [fan]]\nplugin: x\n");
    folder_put(&f, "configs/job-types/none.yaml", "about: x\nplugins: []\n");
    struct search_path path = {.dirs = {f.path}, .count = 1};
    assert_null(job_type_load("mine", &path, plugins, 3, &m));
    assert_null(job_type_load("none", &path, plugins, 3, &m));
    assert_null(job_type_load("mien", &path, plugins, 3, &m));
    assert_null(job_type_load("../mine", &path, plugins, 3, &m));
    static const char *const wanted[] = {
        "mine.yaml:3:1: the key \"plugin\" is not known here; did you mean \"plugins\"?\n",
        "mine.yaml:1:1: a job type needs the key \"about\"; add it\n",
        "mine.yaml:1:10: \"perhaps\" is neither true nor false\n",
        "mine.yaml:2:11: plugin \"idnetity\" is not known; did you mean \"identity\"?\n",
        "mine.yaml:2:26: plugin \"psu\" stands already in line 2; remove one of them\n",
        "mine.yaml:2:41: a step needs the key \"plugin\"; add it\n",
        "mine.yaml:2:59: a map (key: value) is wanted here, this is a list\n",
        "none.yaml:2:10: no plugin is listed; a job type needs at least one\n",
        "job type \"mien\" is not known; did you mean \"mine\"?\n",
        "job type \"../mine\" is not a name",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(str_cstr(&m.text), wanted[i]))
            fail_msg("wanted \"%s\", got:\n%s", wanted[i], str_cstr(&m.text));
    assert_int_equal(m.count, 10);
    mistakes_clear(&m);
    folder_close(&f);
}

static const struct yaml_place asked = {.file = "site.yaml", .line = 4, .column = 5};

static void a_driver_says_all_that_a_console_server_does(void **state)
{
    (void)state;
    struct folder f;
    struct arena arena = {0};
    struct mistakes m = {0};
    folder_open(&f);
    folder_put(
        &f, "platforms/console-servers/menu.yaml",
        "about: a menu\nscheme: telnet\nuser: '{user}-{label}'\nport_base: 2000\n"
        "login:\n  - {expect: 'login: ?$', answer: user}\n  - {expect: 'Password: ?$', answer: password}\n"
        "  - {expect: 'port > ?$', send: '{port}'}\n"
        "ready: '^Connected'\nbusy: ['in use by (?<holder>\\S+)']\nreplay: '^-- history'\n"
        "escapes: ['~.', \"\\x1a\"]\n");
    struct search_path path = {.dirs = {f.path}, .count = 1};
    struct console_driver *d = console_driver_load("menu", &asked, &path, &arena, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(d->step_count, 3);
    assert_int_equal(d->steps[1].answer, DIALOGUE_PASSWORD);
    assert_string_equal(d->steps[2].send, "{port}");
    assert_int_equal(d->port_base, 2000);
    assert_non_null(d->ready);
    assert_non_null(d->replay);
    assert_int_equal(d->busy_count, 1);
    assert_int_equal(d->escapes_len, 5);
    assert_memory_equal(d->escapes, "~.\0\x1a\0", 5);
    console_driver_clear(d);
    arena_clear(&arena);
    folder_close(&f);
}

static void driver_mistakes_have_their_place(void **state)
{
    (void)state;
    struct folder f;
    struct arena arena = {0};
    struct mistakes m = {0};
    folder_open(&f);
    folder_put(&f, "platforms/console-servers/bad.yaml",
               "scheme: shh\nuser: '{user}:{prot}'\nlogin:\n  - {expect: '('}\n  - {expect: x, send: y, "
               "answer: user}\n"
               "busy: ['']\nescapes: [12345678901234567]\nport_base: 0\n");
    struct search_path path = {.dirs = {f.path}, .count = 1};
    assert_null(console_driver_load("bad", &asked, &path, &arena, &m));
    assert_null(console_driver_load("bda", &asked, &path, &arena, &m));
    static const char *const wanted[] = {
        "bad.yaml:1:1: a console-server driver needs the key \"about\"; add it\n",
        "bad.yaml:1:9: scheme \"shh\" is not known; did you mean \"ssh\"?\n",
        "bad.yaml:2:7: \"{user}:{prot}\" holds something else in braces than {user}, {port}",
        "bad.yaml:4:14: missing closing parenthesis",
        "bad.yaml:4:5: a step has one of send:, answer:, keys: and redirect:; keep one of them\n",
        "bad.yaml:5:5: a step has one of send:, answer:, keys: and redirect:; keep one of them\n",
        "bad.yaml:6:8: \"\" is an empty pattern",
        "bad.yaml:7:11: an escape sequence has 1 to 16 bytes",
        "bad.yaml:8:12: 0 is out of range; 1 to 65000 is allowed\n",
        "site.yaml:4:5: console server kind \"bda\" is not known; ",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(str_cstr(&m.text), wanted[i]))
            fail_msg("wanted \"%s\", got:\n%s", wanted[i], str_cstr(&m.text));
    assert_int_equal(m.count, 10);
    mistakes_clear(&m);
    arena_clear(&arena);
    folder_close(&f);
}

static void folders_are_searched_in_order(void **state)
{
    (void)state;
    struct folder a, b;
    struct arena arena = {0};
    folder_open(&a);
    folder_open(&b);
    folder_put(&a, "platforms/x.yaml", "");
    folder_put(&b, "platforms/x.yaml", "");
    folder_put(&b, "platforms/w.yaml", "");
    const char *extra[] = {a.path, "/no/such/folder"}, *const * names;
    struct search_path path;
    search_path_init(&path, extra, 2, b.path, &arena);
    assert_true(path.count >= 2);
    assert_string_equal(path.dirs[0], a.path);
    assert_string_equal(path.dirs[1], b.path);
    assert_true(str_starts(search_path_find(&path, "platforms/x.yaml", &arena), a.path));
    assert_true(str_starts(search_path_find(&path, "platforms/w.yaml", &arena), b.path));
    assert_null(search_path_find(&path, "platforms/no-such-platform.yaml", &arena));
    path.count = 2;
    assert_int_equal(search_path_list(&path, "platforms", ".yaml", &arena, &names), 2);
    assert_string_equal(names[0], "w");
    assert_string_equal(names[1], "x");
    assert_true(str_starts(search_path_text(&path, &arena), "looked in /"));
    arena_clear(&arena);
    folder_close(&a);
    folder_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_type_is_a_list_of_plugins),
        cmocka_unit_test(job_type_mistakes_have_their_place),
        cmocka_unit_test(a_driver_says_all_that_a_console_server_does),
        cmocka_unit_test(driver_mistakes_have_their_place),
        cmocka_unit_test(folders_are_searched_in_order),
    };
    return cmocka_run_group_tests_name("model/job_type", tests, NULL, NULL);
}
