/* text/disguise: who a switch is does not remain, the layout does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "text/disguise.h"

static const char *hidden(struct disguise *d, const char *text, struct str *out)
{
    str_reset(out);
    disguise_text(d, text, strlen(text), out);
    assert_int_equal(out->len, strlen(text));
    return str_cstr(out);
}

static void names_become_others_of_the_same_length_the_same_everywhere(void **state)
{
    (void)state;
    struct disguise *d = disguise_new();
    struct str out = {0};
    disguise_add(d, "tor-r1-09");
    disguise_add(d, "Spine1.dc7.example.net");
    disguise_add(d, "jdoe");
    const char *text = hidden(d, "tor-r1-09# TOR-R1-09 tor-r1-091 xtor-r1-09 (tor-r1-09)\n", &out);
    assert_true(strncmp(text, text + 11, 4) != 0 || strstr(text, "tor-r1-091"));
    assert_null(strstr(text, "tor-r1-09#"));
    assert_null(strstr(text, "TOR-R1-09"));
    assert_non_null(strstr(text, " tor-r1-091 ")); /* another name */
    assert_memory_equal(text, strchr(text, '(') + 1, 9);
    text = hidden(d, "Spine1.dc7.example.net Spine1 dc7.example.net", &out);
    assert_null(strstr(text, "Spine1"));
    assert_null(strstr(text, "dc7"));
    assert_memory_equal(hidden(d, "jdoe Jdoe", &out) + 4, " Jdoe",
                        5); /* a word without digits: only as it is spelt */
    disguise_free(d);
    str_clear(&out);
}

static void factory_names_and_words_of_the_layout_stay(void **state)
{
    (void)state;
    static const char text[] =
        "admin N/A sw 1.0 localhost not advertised 12:34:56 4.28.3.1M 255.255.255.0 0.0.0.0/0 127.0.0.1 ::1 "
        "1.3.6.1.4.1 2026-03-03 fe:ed";
    struct disguise *d = disguise_new();
    struct str out = {0};
    static const char *const names[] = {"admin", "sw", "localhost", "not advertised", "1.0", "10.0.0.1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        disguise_add(d, names[i]);
    disguise_add(d, NULL);
    disguise_keep(d, "4.1.0.12");
    assert_string_equal(hidden(d, text, &out), text);
    assert_string_equal(hidden(d, "SONiC 4.1.0.12", &out), "SONiC 4.1.0.12");
    disguise_free(d);
    str_clear(&out);
}

static void addresses_become_others_whatever_their_spelling(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "10.20.30.40",          "203.0.113.7",        "192.0.2.254/31",
        "c0d6.8200.0a01",       "c0:d6:82:00:0a:01",  "C0-D6-82-00-0A-01",
        "88b4a6-2f1c00",        "2001:db8:77::12/64", "fe80::c2d6:82ff:fe00:a01",
        "2001:db8:1:2:3:4:5:6", "::ffff:1:2"};
    struct disguise *d = disguise_new();
    struct str out = {0}, again = {0};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        char text[200];
        snprintf(text, sizeof text, "a %s, (%s) b", addresses[i], addresses[i]);
        const char *first = hidden(d, text, &out);
        size_t len = strcspn(addresses[i], "/");
        if (strncmp(first + 2, addresses[i], len) == 0)
            fail_msg("%s stays: %s", addresses[i], first);
        assert_memory_equal(first + 2, strchr(first, '(') + 1, len);
        assert_string_equal(hidden(d, text, &again), first);
    }
    assert_true(strcmp(hidden(d, "10.1.1.1", &out), hidden(d, "10.1.1.2", &again)) != 0);
    disguise_free(d);
    str_clear(&out);
    str_clear(&again);
}

static void serial_numbers_are_learnt_from_the_text_itself(void **state)
{
    (void)state;
    static const char *const texts[] = {"Serial number:       JPE22130709\n",
                                        "Processor Board ID FDO27110A0G\n", "{\"sn\": \"FDO27110A0G\"}",
                                        "NAME: x, SN: AVD2211A0XY\n", "  serial number is MT2214X01234\n"};
    struct str out = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct disguise *d = disguise_new();
        disguise_learn(d, texts[i], strlen(texts[i]));
        const char *text = hidden(d, texts[i], &out);
        if (strcmp(text, texts[i]) == 0 || strncmp(text, texts[i], 4) != 0)
            fail_msg("%s -> %s", texts[i], text);
        disguise_free(d);
    }
    struct disguise *d = disguise_new();
    static const char header[] =
        "Serial No.   Description\nSerial number\nABCDEFGH12 is no value of that line\n";
    disguise_learn(d, header, strlen(header));
    assert_string_equal(hidden(d, header, &out), header);
    disguise_free(d);
    str_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_others_of_the_same_length_the_same_everywhere),
        cmocka_unit_test(factory_names_and_words_of_the_layout_stay),
        cmocka_unit_test(addresses_become_others_whatever_their_spelling),
        cmocka_unit_test(serial_numbers_are_learnt_from_the_text_itself),
    };
    return cmocka_run_group_tests_name("text/disguise", tests, NULL, NULL);
}
