/* Everything that is shipped in platforms/ and configs/ loads without a mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/job_type.h"
#include "model/platform.h"
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

static void job_types_load(void **state)
{
    (void)state;
    static const char *const plugins[] = {"oob_connect", "identity", "psu",   "fan",
                                          "asset",       "uplinks",  "light", "connectivity"};
    struct arena arena = {0};
    struct mistakes m = {0};
    const char *const *names;
    size_t count = names_of("configs/job-types", &arena, &names);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        struct job_type *t = job_type_load(names[i], &here, plugins, sizeof plugins / sizeof *plugins, &m);
        assert_string_equal(str_cstr(&m.text), "");
        assert_int_equal(t->changes, strcmp(names[i], "validate") != 0);
        assert_true(t->step_count >= 8);
        job_type_free(t);
    }
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_load),
        cmocka_unit_test(console_servers_load),
        cmocka_unit_test(busy_texts_name_the_holder),
        cmocka_unit_test(job_types_load),
    };
    return cmocka_run_group_tests_name("model/shipped", tests, NULL, NULL);
}
