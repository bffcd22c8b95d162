/* The example platform: loaded whole, or with one piece replaced, which must give one mistake. */
#ifndef TESTS_MODEL_EXAMPLE_H
#define TESTS_MODEL_EXAMPLE_H

#include "folder.h"
#include "model/platform.h"

static inline struct search_path data_path(struct arena *arena)
{
    struct search_path path = {.dirs = {"tests/data/model"}, .count = 1};
    (void)arena;
    return path;
}

static inline struct platform *load_example(void)
{
    struct mistakes m = {0};
    struct search_path path = data_path(NULL);
    struct platform *p = platform_load("example", &path, &m);
    assert_string_equal(str_cstr(&m.text), "");
    mistakes_clear(&m);
    return p;
}

/* The example with one piece replaced must give exactly this mistake (its text, behind the place). */
struct damage {
    const char *from, *to, *mistake;
};

static inline char *damaged(const char *whole, const struct damage *damage)
{
    const char *at = strstr(whole, damage->from);
    if (!at)
        fail_msg("the example does not hold \"%s\"", damage->from);
    struct str out = {0};
    str_add(&out, whole, (size_t)(at - whole));
    str_add_cstr(&out, damage->to);
    str_add_cstr(&out, at + strlen(damage->from));
    return str_take(&out);
}

static inline void open_example(struct folder *f)
{
    folder_open(f);
    folder_copy(f, "tests/data/model/parsers/example/show_environment_power.textfsm",
                "parsers/example/show_environment_power.textfsm");
    folder_copy(f, "tests/data/model/parsers/example/ping.textfsm", "parsers/example/ping.textfsm");
    folder_copy(f, "tests/data/model/parsers/example/ethtool.textfsm", "parsers/example/ethtool.textfsm");
    folder_copy(f, "tests/data/model/parsers/example/show_cdp_neighbors.textfsm",
                "parsers/example/show_cdp_neighbors.textfsm");
    folder_put(f, "parsers/example/lax.textfsm",
               "Value SLOT (\\d+)\nValue MODEL (\\S+)\nValue STATUS (\\S+)\nValue INPUT (\\S+)\n\nStart\n  "
               "^${SLOT} -> Record\n");
    folder_put(f, "parsers/example/broken.textfsm", "Value SLOT (\\d+)\n\nNoStart\n  ^${SLOT} -> Record\n");
}

/* Each must be told in its words, with its place. */
static inline void judge_damages(const struct damage *damages, size_t count)
{
    struct folder f;
    struct str whole = {0};
    unsigned wrong = 0;
    assert_true(file_read("tests/data/model/platforms/example.yaml", &whole, NULL));
    open_example(&f);
    for (size_t i = 0; i < count; i++) {
        struct mistakes m = {0};
        struct search_path path = {.dirs = {f.path}, .count = 1};
        char *text = damaged(whole.data, &damages[i]);
        folder_put(&f, "platforms/example.yaml", text);
        assert_null(platform_load("example", &path, &m));
        if (!strstr(str_cstr(&m.text), damages[i].mistake))
            wrong++, print_error("\"%s\": wanted \"%s\", got:\n%s", damages[i].to, damages[i].mistake,
                                 str_cstr(&m.text));
        if (!strstr(str_cstr(&m.text), "example.yaml:") && !strstr(str_cstr(&m.text), "broken.textfsm:"))
            fail_msg("no place: %s", str_cstr(&m.text));
        mem_free(text);
        mistakes_clear(&m);
    }
    folder_close(&f);
    str_clear(&whole);
    assert_int_equal(wrong, 0);
}

#endif
