/* model/site_secret: where passwords come from, and that what goes wrong names the source and never the value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mask.h"
#include "folder.h"
#include "model/site.h"

static const struct search_path shipped = {.dirs = {".", "tests/data/model"}, .count = 2};

struct vault {
    struct folder folder;
    struct site *site;
};

static void vault_open(struct vault *v, const char *password)
{
    struct mistakes m = {0};
    struct str text = {0};
    folder_open(&v->folder);
    str_printf(&text,
               "credentials:\n  sw: {user: admin, password: %s}\nswitches:\n  s: {platform: example, "
               "console: 'serial:/dev/x', "
               "credentials: [sw]}\n",
               password);
    folder_put(&v->folder, "site.yaml", text.data);
    char *path = file_join(v->folder.path, "site.yaml");
    v->site = site_load(path, &shipped, &m);
    assert_string_equal(str_cstr(&m.text), "");
    mem_free(path);
    str_clear(&text);
}

static void vault_close(struct vault *v)
{
    site_free(v->site);
    folder_close(&v->folder);
}

/* A secret's bytes are not ours to see (FLOORS): the mask says whether it is `expected`. */
static void assert_secret(const struct secret *s, const char *expected)
{
    struct mask *mask = mask_new();
    struct str out = {0}, wanted = {0};
    mask_add(mask, s);
    mask_text(mask, expected, strlen(expected), &out);
    str_printf(&wanted, "{secret:%s}", secret_name(s));
    assert_string_equal(str_cstr(&out), wanted.data);
    str_clear(&wanted);
    str_clear(&out);
    mask_free(mask);
}

static void the_environment_is_read_when_needed(void **state)
{
    (void)state;
    struct vault v;
    struct err e = {0};
    unsetenv("TORSTARTER_TEST_PW");
    vault_open(&v, "{env: TORSTARTER_TEST_PW}");
    assert_false(site_resolve_switch(v.site, v.site->switches, &e));
    assert_non_null(strstr(e.msg, "credential sw ("));
    assert_non_null(strstr(e.msg, "/site.yaml:2): the environment variable TORSTARTER_TEST_PW is not set"));
    setenv("TORSTARTER_TEST_PW", "from-env", 1);
    assert_true(site_resolve_switch(v.site, v.site->switches, &e));
    assert_secret(v.site->credentials[0].password, "from-env");
    setenv("TORSTARTER_TEST_PW", "later", 1);
    assert_true(site_resolve_switch(v.site, v.site->switches, &e));
    assert_secret(v.site->credentials[0].password, "from-env");
    vault_close(&v);
}

static unsigned warnings;

static void count_warning(enum log_room room, enum log_level level, const char *line)
{
    (void)level;
    assert_int_equal(room, LOG_MODEL);
    assert_null(strstr(line, "from-file"));
    warnings++;
}

static void a_file_gives_its_first_line(void **state)
{
    (void)state;
    struct vault v;
    struct err e = {0};
    vault_open(&v, "{file: pw}");
    assert_false(site_resolve_switch(v.site, v.site->switches, &e));
    assert_non_null(strstr(e.msg, "the password file /"));
    assert_non_null(strstr(e.msg, "/pw cannot be opened: No such file"));
    log_set_sink(count_warning);
    assert_true(log_set_level("model", "warn"));
    folder_put_mode(&v.folder, "pw", "from-file\r\nsecond\n", 0644);
    assert_true(site_resolve_switch(v.site, v.site->switches, &e));
    assert_secret(v.site->credentials[0].password, "from-file");
    assert_int_equal(warnings, 1);
    log_set_sink(NULL);
    vault_close(&v);
}

static void a_command_runs_without_a_shell(void **state)
{
    (void)state;
    struct vault v;
    struct err e = {0};
    vault_open(&v, "{command: [printf, '%s\\nmore\\n', '$(id); `id` | x']}");
    assert_true(site_resolve_switch(v.site, v.site->switches, &e));
    assert_secret(v.site->credentials[0].password, "$(id); `id` | x");
    vault_close(&v);
}

static void commands_that_fail_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
    } cases[] = {
        {"{command: [no-such-command-of-torstarter]}",
         "the password command no-such-command-of-torstarter cannot be started: No such file"},
        {"{command: ['false']}", "the password command false ended with status 1; run it by hand to see why"},
        {"{command: [head, -c, '9000', /dev/zero]}",
         "the password command head gave more than 4096 bytes; a password is one line"},
        {"{command: [printf, 'hunter2\\tx']}", "the password holds a control character; correct its source"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vault v;
        struct err e = {0};
        vault_open(&v, cases[i].source);
        assert_false(site_resolve_switch(v.site, v.site->switches, &e));
        if (!strstr(e.msg, cases[i].text) || strstr(e.msg, "hunter2"))
            fail_msg("wanted \"%s\", got \"%s\"", cases[i].text, e.msg);
        assert_null(v.site->credentials[0].password);
        vault_close(&v);
    }
}

static void empty_and_published_passwords_are_allowed(void **state)
{
    (void)state;
    struct vault v;
    struct err e = {0};
    vault_open(&v, "\"\"");
    assert_true(site_resolve_switch(v.site, v.site->switches, &e));
    assert_true(secret_is_empty(v.site->credentials[0].password));
    vault_close(&v);
    vault_open(&v, "{default: YourPaSsWoRd}, enable_password: {default: cisco1}");
    assert_true(site_resolve_switch(v.site, v.site->switches, &e));
    assert_secret(v.site->credentials[0].password, "YourPaSsWoRd");
    assert_secret(v.site->credentials[0].enable_password, "cisco1");
    assert_string_equal(secret_name(v.site->credentials[0].enable_password), "sw.enable");
    vault_close(&v);
}

static void the_console_gets_its_password(void **state)
{
    (void)state;
    struct mistakes m = {0};
    struct err e = {0};
    setenv("TORSTARTER_PASSWORD", "direct-pw", 1);
    struct site *s = site_of_one("ssh://u@10.0.0.9", "example", &shipped, &m);
    assert_non_null(s);
    assert_null(s->switches[0].console.options.password);
    assert_true(site_resolve_switch(s, s->switches, &e));
    assert_secret(s->switches[0].console.options.password, "direct-pw");
    site_free(s);
    s = site_of_one("ssh://net@oob/7?kind=generic", "example", &shipped, &m);
    assert_true(site_resolve_switch(s, s->switches, &e));
    assert_null(
        s->switches[0].console.options.password); /* the switch's is none of the console server's business */
    site_free(s);
    unsetenv("TORSTARTER_PASSWORD");
    s = site_of_one("replay:x.cast", "example", &shipped, &m);
    assert_true(site_resolve_switch(s, s->switches, &e));
    site_free(s);
    mistakes_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_is_read_when_needed),
        cmocka_unit_test(a_file_gives_its_first_line),
        cmocka_unit_test(a_command_runs_without_a_shell),
        cmocka_unit_test(commands_that_fail_are_named),
        cmocka_unit_test(empty_and_published_passwords_are_allowed),
        cmocka_unit_test(the_console_gets_its_password),
    };
    return cmocka_run_group_tests_name("model/secret", tests, NULL, NULL);
}
