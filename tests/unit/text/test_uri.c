#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "text/uri.h"

static const struct {
    const char *text, *scheme, *user, *host;
    unsigned port;
    const char *path, *option, *value;
} good[] = {
    {"ssh://user@oob-r1:22/7?kind=opengear", "ssh", "user", "oob-r1", 22, "7", "kind", "opengear"},
    {"ssh://admin@10.0.0.9", "ssh", "admin", "10.0.0.9", 0, "", NULL, NULL},
    {"SSH://OOB-R1", "ssh", "", "oob-r1", 0, "", NULL, NULL},
    {"ssh://net%3Aport07@oob-r1", "ssh", "net:port07", "oob-r1", 0, "", NULL, NULL},
    {"ssh://a@b@host", "ssh", "a@b", "host", 0, "", NULL, NULL},
    {"ssh://[fe80::1%25eth0]:2222/x", "ssh", "", "fe80::1%eth0", 2222, "x", NULL, NULL},
    {"telnet://oob-r1:2007", "telnet", "", "oob-r1", 2007, "", NULL, NULL},
    {"rfc2217://oob-r1:5007?baud=9600", "rfc2217", "", "oob-r1", 5007, "", "baud", "9600"},
    {"serial:/dev/ttyUSB0?baud=115200&flow=none", "serial", "", "", 0, "/dev/ttyUSB0", "flow", "none"},
    {"serial:/dev/serial/by-id/a%20b", "serial", "", "", 0, "/dev/serial/by-id/a b", NULL, NULL},
    {"exec:ipmitool -H 10.0.0.1 sol activate 100%?", "exec", "", "", 0,
     "ipmitool -H 10.0.0.1 sol activate 100%?", NULL, NULL},
    {"replay:fixtures/arista_eos/psu_failed.cast", "replay", "", "", 0, "fixtures/arista_eos/psu_failed.cast",
     NULL, NULL},
    {"serial:/dev/x?lonely", "serial", "", "", 0, "/dev/x", "lonely", ""},
};

static void console_uris_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct arena arena = {0};
        struct err e = {0};
        struct uri u;
        if (!uri_parse(good[i].text, &arena, &u, &e))
            fail_msg("%s: %s", good[i].text, e.msg);
        assert_string_equal(u.scheme, good[i].scheme);
        assert_string_equal(u.user, good[i].user);
        assert_string_equal(u.host, good[i].host);
        assert_int_equal(u.port, good[i].port);
        assert_string_equal(u.path, good[i].path);
        if (good[i].option)
            assert_string_equal(uri_option(&u, good[i].option, "absent"), good[i].value);
        assert_string_equal(uri_option(&u, "nothing", "otherwise"), "otherwise");
        arena_clear(&arena);
    }
}

static void the_canonical_text_reads_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct arena arena = {0};
        struct uri u, again;
        assert_true(uri_parse(good[i].text, &arena, &u, NULL));
        char *text = uri_format(&u, &arena);
        assert_true(uri_parse(text, &arena, &again, NULL));
        assert_string_equal(u.user, again.user);
        assert_string_equal(u.host, again.host);
        assert_string_equal(u.path, again.path);
        assert_int_equal(u.port, again.port);
        assert_int_equal(u.option_count, again.option_count);
        assert_string_equal(text, uri_format(&again, &arena));
        arena_clear(&arena);
    }
}

static const struct {
    const char *text, *says;
} bad[] = {
    {"", "no scheme"},
    {"oob-r1", "no scheme"},
    {"/dev/ttyUSB0", "no scheme"},
    {"1a:b", "no scheme"},
    {"ssh://", "no host"},
    {"ssh://user@", "no host"},
    {"ssh:", "nothing after"},
    {"ssh://user:s3cr3t@host", "password"},
    {"ssh://:s3cr3t@host", "password"},
    {"ssh://host:s3cr3t", "port"},
    {"ssh://user:s3cr3t/x@host", "port"},
    {"ssh://host:0", "port"},
    {"ssh://host:65536", "port"},
    {"ssh://host:", "port"},
    {"ssh://host:99999999999999999999", "port"},
    {"ssh://[::1", "]"},
    {"ssh://[::1]x", "IPv6"},
    {"ssh://a b", "host"},
    {"serial:/dev/x%0a", "control"},
    {"serial:/dev/x%00", "control"},
    {"serial:/dev/x\n", "control"},
    {"exec:a\rb", "control"},
    {"serial:/dev/x%2", "hex"},
    {"serial:/dev/x%zz", "hex"},
    {"serial:/dev/x?a=1&a=2", "twice"},
    {"serial:/dev/x?=1", "without a name"},
};

static void wrong_uris_are_refused_without_being_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena arena = {0};
        struct err e = {0};
        struct uri u;
        if (uri_parse(bad[i].text, &arena, &u, &e))
            fail_msg("\"%s\" was accepted", bad[i].text);
        assert_int_equal(e.code, ERR_USAGE);
        if (!strstr(e.msg, bad[i].says))
            fail_msg("\"%s\": \"%s\" does not say \"%s\"", bad[i].text, e.msg, bad[i].says);
        assert_null(strstr(e.msg, "s3cr3t"));
        arena_clear(&arena);
    }
}

static void random_texts_do_no_harm(void **state)
{
    unsigned *seed = *state;
    static const char alphabet[] = "sh:/@[]%?&=a1 .#\x01";
    for (int round = 0; round < 20000; round++) {
        char text[24] = "ssh:";
        for (size_t i = 4; i + 1 < sizeof text; i++)
            text[i] = alphabet[(unsigned)rand_r(seed) % sizeof alphabet];
        struct arena arena = {0};
        struct uri u, again;
        if (uri_parse(text, &arena, &u, NULL))
            assert_true(uri_parse(uri_format(&u, &arena), &arena, &again, NULL));
        arena_clear(&arena);
    }
}

int main(void)
{
    unsigned seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    printf("# seed %u (SEED=… repeats it)\n", seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(console_uris_are_read),
        cmocka_unit_test(the_canonical_text_reads_back_the_same),
        cmocka_unit_test(wrong_uris_are_refused_without_being_quoted),
        cmocka_unit_test_prestate(random_texts_do_no_harm, &seed),
    };
    return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
