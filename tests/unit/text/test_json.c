#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/json.h"

static struct json_writer writer(struct str *out, unsigned indent)
{
    return (struct json_writer){.out = out, .indent = indent};
}

static void written_commas_and_nesting(void **state)
{
    (void)state;
    struct str out = {0};
    struct json_writer w = writer(&out, 0);
    json_open_list(&w);
    json_open_object(&w);
    json_put_text(&w, "name", "tor-1");
    json_put_int(&w, "count", -9223372036854775807 - 1);
    json_put_bool(&w, "up", true);
    json_key(&w, "list");
    json_open_list(&w);
    json_int(&w, 1);
    json_null(&w);
    json_text(&w, NULL);
    json_number(&w, 0.1);
    json_close_list(&w);
    json_key(&w, "none");
    json_open_object(&w);
    json_close_object(&w);
    json_close_object(&w);
    json_open_list(&w);
    json_close_list(&w);
    json_close_list(&w);
    assert_string_equal(str_cstr(&out), "[{\"name\":\"tor-1\",\"count\":-9223372036854775808,\"up\":true,"
                                        "\"list\":[1,null,null,0.1],\"none\":{}},[]]");
    str_clear(&out);
}

static void scalars_are_text_as_they_are_written(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"\"a\"", "a"},     {"-2.39", "-2.39"}, {"0.1", "0.1"},
                                           {"12", "12"},       {"true", "true"},   {"1.50", "1.5"},
                                           {"false", "false"}, {"\"\"", ""}};
    static const char *const others[] = {"null", "[]", "{}", "[1]"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str out = {0};
        struct json *j = json_parse(cases[i][0], strlen(cases[i][0]), NULL);
        assert_true(json_scalar_of(j, &out));
        assert_string_equal(str_cstr(&out), cases[i][1]);
        json_free(j);
        str_clear(&out);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct str out = {0};
        struct json *j = json_parse(others[i], strlen(others[i]), NULL);
        assert_false(json_scalar_of(j, &out));
        assert_int_equal(out.len, 0);
        json_free(j);
    }
}

static void written_with_indent(void **state)
{
    (void)state;
    struct str out = {0};
    struct json_writer w = writer(&out, 2);
    json_open_list(&w);
    json_open_object(&w);
    json_put_text(&w, "a: ", "b: ");
    json_key(&w, "c");
    json_open_list(&w);
    json_text(&w, ":");
    json_text(&w, "x");
    json_close_list(&w);
    json_key(&w, "d");
    json_open_list(&w);
    json_close_list(&w);
    json_close_object(&w);
    json_close_list(&w);
    assert_string_equal(str_cstr(&out),
                        "[\n  {\n    \"a: \": \"b: \",\n    \"c\": [\n      \":\",\n      \"x\"\n"
                        "    ],\n    \"d\": []\n  }\n]");
    str_clear(&out);
}

static void written_text_is_escaped_and_utf8(void **state)
{
    (void)state;
    struct str out = {0};
    struct json_writer w = writer(&out, 0);
    static const char text[] = "\"\\/\b\t\n\v\f\r\x01\x1f\0é\xff\x7f";
    json_text_len(&w, text, sizeof text - 1);
    assert_string_equal(str_cstr(&out),
                        "\"\\\"\\\\/\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\\u0000é\xEF\xBF\xBD\x7f\"");
    str_clear(&out);
}

static void written_numbers_read_back_the_same(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{1.5, "1.5"},      {-2.39, "-2.39"}, {0.1 + 0.2, "0.30000000000000004"},
                 {1e300, "1e+300"}, {NAN, "null"},    {INFINITY, "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str out = {0};
        struct json_writer w = writer(&out, 0);
        json_number(&w, cases[i].value);
        assert_string_equal(str_cstr(&out), cases[i].text);
        str_clear(&out);
    }
}

static struct json *parsed(const char *text)
{
    struct err e = {0};
    struct json *j = json_parse(text, strlen(text), &e);
    if (!j)
        fail_msg("%s", e.msg);
    return j;
}

static void read_kinds_and_values(void **state)
{
    (void)state;
    struct json *j = parsed("[null, true, 1, 2.5, \"t\", [], {}]");
    static const enum json_kind kinds[] = {JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_NUMBER,
                                           JSON_TEXT, JSON_LIST, JSON_OBJECT};
    assert_int_equal(json_count(j), 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(json_kind(json_item(j, i)), kinds[i]);
    size_t len = 0;
    assert_string_equal(json_text_of(json_item(j, 4), &len), "t");
    assert_int_equal(len, 1);
    assert_null(json_text_of(json_item(j, 2), &len));
    assert_true(json_number_of(json_item(j, 3)) > 2.4 && json_number_of(json_item(j, 3)) < 2.6);
    assert_true(json_bool_of(json_item(j, 1)));
    assert_false(json_bool_of(json_item(j, 2)));
    assert_null(json_item(j, 7));
    json_free(j);
}

static void read_pointers_of_rfc_6901(void **state)
{
    (void)state;
    struct json *j =
        parsed("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8,\"~1\":9,\"01\":{\"x\":null}}");
    static const struct {
        const char *pointer;
        enum json_kind kind;
    } found[] = {{"", JSON_OBJECT},      {"/foo", JSON_LIST},    {"/foo/0", JSON_TEXT}, {"/", JSON_NUMBER},
                 {"/a~1b", JSON_NUMBER}, {"/m~0n", JSON_NUMBER}, {"/~01", JSON_NUMBER}, {"/01/x", JSON_NULL}};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        const struct json *at = json_at(j, found[i].pointer);
        assert_non_null(at);
        assert_int_equal(json_kind(at), found[i].kind);
    }
    static const char *const absent[] = {"foo",  "/foo/2",   "/foo/-", "/foo/00", "/foo/bar",
                                         "/nix", "/foo/0/x", "/m~n",   "/a~2b"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_null(json_at(j, absent[i]));
    json_free(j);
}

static void read_errors_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {{"{\"a\": 1,\n \"b\": }", "line 2, column 7"},
                 {"[1] x", "line 1, column 5"},
                 {"", "line 1"},
                 {"{\"a\":1,\"a\":2}", "duplicate"},
                 {"\"\\u0000\"", "\\u0000"},
                 {"[\"\xff\"]", "byte 0xff"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        assert_null(json_parse(cases[i].text, strlen(cases[i].text), &e));
        assert_int_equal(e.code, ERR_SYNTAX);
        if (!strstr(e.msg, cases[i].part))
            fail_msg("\"%s\" does not say \"%s\"", e.msg, cases[i].part);
    }
}

static void add_key(void *ctx, const char *key, const struct json *value)
{
    (void)value;
    str_printf(ctx, "%s ", key);
}

static void read_members_in_the_order_of_the_text(void **state)
{
    (void)state;
    struct json *j = parsed("{\"z\":1,\"a\":2,\"m\":3}");
    struct str keys = {0};
    json_each(j, add_key, &keys);
    assert_string_equal(str_cstr(&keys), "z a m ");
    assert_true(json_number_of(json_member(j, "a")) > 1.9);
    assert_null(json_member(j, "b"));
    str_clear(&keys);
    json_free(j);
}

static void own_writer_is_not_jansson_s_null(void **state)
{
    (void)state; /* jansson builds its tree with a function json_null of its own */
    struct json *j = parsed("{\"a\":null,\"b\":[null]}");
    assert_int_equal(json_kind(json_at(j, "/b/0")), JSON_NULL);
    json_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_commas_and_nesting),
        cmocka_unit_test(written_with_indent),
        cmocka_unit_test(scalars_are_text_as_they_are_written),
        cmocka_unit_test(written_text_is_escaped_and_utf8),
        cmocka_unit_test(written_numbers_read_back_the_same),
        cmocka_unit_test(read_kinds_and_values),
        cmocka_unit_test(read_pointers_of_rfc_6901),
        cmocka_unit_test(read_errors_say_where),
        cmocka_unit_test(read_members_in_the_order_of_the_text),
        cmocka_unit_test(own_writer_is_not_jansson_s_null),
    };
    return cmocka_run_group_tests_name("text/json", tests, NULL, NULL);
}
