#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "transport/transport.h"

#define HEADER                                                                                               \
    "{\"version\": 2, \"width\": 80, \"height\": 24, \"torstarter\": {\"platform\": \"arista_eos\"}}\n"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    strcpy(path, "/tmp/torstarter-cast-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static struct transport *open_cast(const char *text, struct clock *clock, struct err *e)
{
    assert_true(file_write(path, text, strlen(text), 0600, NULL));
    struct uri uri = {.scheme = "replay", .user = "", .host = "", .path = path};
    struct transport_options o = {.clock = clock};
    return transport_open(&uri, &o, e);
}

static struct transport *must_open(const char *text, struct clock *clock)
{
    struct err e = {0};
    struct transport *t = open_cast(text, clock, &e);
    if (!t)
        fail_msg("%s", e.msg);
    return t;
}

static void expect_read(struct transport *t, int64_t until_ms, const char *wanted, int64_t now_ms)
{
    struct str got = {0};
    struct err e = {0};
    if (!transport_read(t, &got, until_ms, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(str_cstr(&got), wanted);
    assert_int_equal(transport_clock(t)->now_ms, now_ms);
    str_clear(&got);
}

static void expect_end(struct transport *t, int64_t until_ms, const char *says)
{
    struct str got = {0};
    struct err e = {0};
    assert_false(transport_read(t, &got, until_ms, &e));
    assert_int_equal(e.code, ERR_CLOSED);
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    if (!strstr(e.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, says);
    str_clear(&got);
}

static const char login[] = HEADER "[0.5, \"o\", \"\\r\\nlogin: \"]\n"
                                   "[1.0, \"m\", \"OOB_CONNECT\"]\n"
                                   "[1.0, \"i\", \"admin\\r\"]\n"
                                   "[1.25, \"o\", \"admin\\r\\n\"]\n"
                                   "[1.25, \"o\", \"Password: \"]\n"
                                   "[2.0, \"i\", \"{secret:switch}\\r\"]\n"
                                   "[2.5, \"o\", \"\\r\\ntor>\"]\n"
                                   "[2.5, \"m\", \"end\"]\n";

static void what_came_then_comes_again_at_its_time(void **state)
{
    (void)state;
    struct clock clock = {.now_ms = 10000};
    struct transport *t = must_open(login, &clock);
    expect_read(t, 10200, "", 10200);
    expect_read(t, 20000, "\r\nlogin: ", 10500);
    expect_read(t, 30000, "", 30000); /* it waits for somebody to type */
    assert_true(transport_write(t, "admin\r", 6, NULL));
    expect_read(t, 40000, "admin\r\nPassword: ", 30250);
    assert_true(transport_write(t, "whatever it is", 14, NULL));
    assert_true(transport_write(t, "\r", 1, NULL));
    expect_read(t, 40000, "\r\ntor>", 30750);
    expect_read(t, 31000, "", 31000);
    expect_end(t, 90000, "recording ends at 0:02");
    transport_close(t);
}

static void typing_may_be_cut_in_any_way(void **state)
{
    (void)state;
    struct clock clock = {0};
    struct transport *t = must_open(
        HEADER "[1, \"i\", \"ab\"]\n[1, \"i\", \"c{secret:x}\"]\n[1, \"i\", \"\\r\"]\n[1, \"o\", \"ok\"]\n",
        &clock);
    static const char typed[] = "abcs3cr3t\r";
    for (size_t i = 0; i + 1 < sizeof typed; i++)
        assert_true(transport_write(t, typed + i, 1, NULL));
    expect_read(t, 5000, "ok", 0);
    transport_close(t);
    t = must_open(HEADER "[1, \"i\", \"{secret:empty}\\r\"]\n[1, \"o\", \"ok\"]\n", &clock);
    assert_true(transport_write(t, "\r", 1, NULL));
    expect_read(t, 5000, "ok", 0);
    transport_close(t);
}

static void something_else_typed_is_refused_without_telling_it(void **state)
{
    (void)state;
    struct clock clock = {0};
    struct err e = {0};
    struct transport *t = must_open(HEADER "[0, \"o\", \"tor#\"]\n[1, \"i\", \"show version\\r\"]\n", &clock);
    assert_false(transport_write(t, "show s3cr3t\r", 12, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_non_null(strstr(e.msg, "line 3 of the recording has \"show version\\r\" typed"));
    assert_non_null(strstr(e.msg, "after \"show \""));
    assert_null(strstr(e.msg, "s3cr3t"));
    transport_close(t);
    t = must_open(HEADER "[0, \"o\", \"tor#\"]\n[41, \"m\", \"x\"]\n", &clock);
    assert_false(transport_write(t, "x", 1, &e));
    assert_int_equal(e.code, ERR_CLOSED);
    assert_non_null(strstr(e.msg, "recording ends at 0:41"));
    transport_close(t);
}

static void what_was_on_the_wire_before_the_typing_is_not_lost(void **state)
{
    (void)state;
    struct clock clock = {0};
    struct transport *t = must_open(
        HEADER "[0, \"o\", \"tor#\"]\n[5, \"o\", \" log \"]\n[6, \"i\", \"x\"]\n[6, \"o\", \"x\"]\n", &clock);
    expect_read(t, 100, "tor#", 0);
    assert_true(transport_write(t, "x", 1, NULL));
    expect_read(t, 100, " log x", 0);
    transport_close(t);
}

static void true_bytes_replace_the_text_before_them(void **state)
{
    (void)state;
    struct clock clock = {0};
    struct transport *t = must_open(
        HEADER
        "[0, \"o\", \"a\\ufffd\"]\n[0, \"b\", \"Yf8A\"]\n[0, \"o\", \"\\u00e9\"]\n[0, \"b\", \"w6k=\"]\n",
        &clock);
    struct str got = {0};
    assert_true(transport_read(t, &got, 10, NULL));
    assert_int_equal(got.len, 5);
    assert_memory_equal(got.data, "a\xff\0\xc3\xa9", 5);
    str_clear(&got);
    transport_close(t);
}

static const struct {
    const char *text, *says;
} damaged[] = {
    {"", ":1: the file is empty"},
    {"hello\n", ":1: damaged"},
    {"[1, \"o\", \"x\"]\n", ":1: the first line must be the header"},
    {"{\"version\": 1}\n", ":1: this is no asciicast of version 2"},
    {HEADER "[1, \"o\", \"x\"]\n[2, \"o\", \"cut he", ":3: the file is cut inside this line"},
    {HEADER "[1, \"o\", \"x\"", ":2: the file is cut"},
    {HEADER "[1, \"o\", \"x\n", ":2: damaged"},
    {HEADER "\n[1, \"o\", \"x\"]\n", ":2: damaged"},
    {HEADER "[1, \"o\"]\n", ":2: an event must be"},
    {HEADER "{\"a\": 1}\n", ":2: an event must be"},
    {HEADER "[\"1\", \"o\", \"x\"]\n", ":2: the time"},
    {HEADER "[-1, \"o\", \"x\"]\n", ":2: the time"},
    {HEADER "[1e300, \"o\", \"x\"]\n", ":2: the time"},
    {HEADER "[2, \"o\", \"x\"]\n[1, \"o\", \"x\"]\n", ":3: the event is earlier"},
    {HEADER "[1, \"oo\", \"x\"]\n", ":2: code and data"},
    {HEADER "[1, \"o\", 5]\n", ":2: code and data"},
    {HEADER "[1, \"b\", \"YQ==\"]\n", ":2: a \"b\" event must follow"},
    {HEADER "[1, \"m\", \"x\"]\n[1, \"b\", \"YQ==\"]\n", ":3: a \"b\" event must follow"},
    {HEADER "[1, \"o\", \"x\"]\n[1, \"b\", \"Y*==\"]\n", ":3: the data of the \"b\" event"},
    {HEADER "[1, \"o\", \"x\"]\n[1, \"b\", \"YQ=\"]\n", ":3: the data of the \"b\" event"},
};

static void damaged_files_are_refused_with_the_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct clock clock = {0};
        struct err e = {0};
        if (open_cast(damaged[i].text, &clock, &e))
            fail_msg("accepted: %s", damaged[i].text);
        assert_int_equal(e.code, ERR_SYNTAX);
        if (!strstr(e.msg, damaged[i].says))
            fail_msg("\"%s\" does not say \"%s\"", e.msg, damaged[i].says);
    }
}

static void every_cut_of_a_recording_is_refused_or_ends_early(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof login - 1; len++) {
        char text[sizeof login];
        struct clock clock = {0};
        struct err e = {0};
        memcpy(text, login, len);
        text[len] = '\0';
        struct transport *t = open_cast(text, &clock, &e);
        bool at_line_end = len > 0 && login[len - 1] == '\n';
        if (!at_line_end)
            assert_null(t);
        else
            assert_non_null(t);
        transport_close(t);
    }
}

static void a_missing_file_and_an_unknown_scheme_are_named(void **state)
{
    (void)state;
    struct err e = {0};
    struct transport_options o = {0};
    struct uri uri = {.scheme = "replay", .user = "", .host = "", .path = "/nowhere/x.cast"};
    assert_null(transport_open(&uri, &o, &e));
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
    assert_non_null(strstr(e.msg, "/nowhere/x.cast"));
    uri.scheme = "carrier-pigeon";
    assert_null(transport_open(&uri, &o, &e));
    assert_non_null(strstr(e.msg, "carrier-pigeon"));
    assert_non_null(strstr(e.msg, "ssh"));
}

static void a_break_cannot_be_replayed(void **state)
{
    (void)state;
    struct clock clock = {0};
    struct err e = {0};
    struct transport *t = must_open(login, &clock);
    assert_false(transport_send_break(t, &e));
    assert_int_equal(e.code, ERR_STATE);
    assert_true(strncmp(transport_name(t), "replay ", 7) == 0);
    assert_string_equal(transport_name(t) + 7, path);
    transport_close(t);
}

static void stopping_at_once_stops_reading_and_writing(void **state)
{
    (void)state;
    assert_true(file_write(path, login, sizeof login - 1, 0600, NULL));
    struct uri uri = {.scheme = "replay", .user = "", .host = "", .path = path};
    struct cancel *c = cancel_new();
    struct transport_options o = {.cancel = c}; /* the machine's clock: it would wait for half a second */
    struct transport *t = transport_open(&uri, &o, NULL);
    struct str got = {0};
    struct err e = {0};
    cancel_raise(c, CANCEL_NOW);
    assert_false(transport_read(t, &got, clock_now_ms(NULL) + 100000, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    assert_false(transport_write(t, "x", 1, &e));
    assert_int_equal(e.failure, FAILURE_CANCELLED);
    transport_close(t);
    cancel_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_then_comes_again_at_its_time),
        cmocka_unit_test(typing_may_be_cut_in_any_way),
        cmocka_unit_test(something_else_typed_is_refused_without_telling_it),
        cmocka_unit_test(what_was_on_the_wire_before_the_typing_is_not_lost),
        cmocka_unit_test(true_bytes_replace_the_text_before_them),
        cmocka_unit_test(damaged_files_are_refused_with_the_line),
        cmocka_unit_test(every_cut_of_a_recording_is_refused_or_ends_early),
        cmocka_unit_test(a_missing_file_and_an_unknown_scheme_are_named),
        cmocka_unit_test(a_break_cannot_be_replayed),
        cmocka_unit_test(stopping_at_once_stops_reading_and_writing),
    };
    return cmocka_run_group_tests_name("replay", tests, make_path, remove_path);
}
