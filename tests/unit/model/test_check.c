/* model/check: what a value may look like, good and bad side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/check.h"

struct value {
    const char *(*check)(const char *);
    const char *text;
    bool good;
};

static const struct value values[] = {
    {check_name, "tor-r1-03", true},
    {check_name, "1.2_x", true},
    {check_name, "", false},
    {check_name, "..", false},
    {check_name, "-x", false},
    {check_name, "a/b", false},
    {check_name, "a b", false},
    {check_name, "tör", false},
    {check_name, "a23456789012345678901234567890123456789012345678901234567890abcd", true},
    {check_name, "a23456789012345678901234567890123456789012345678901234567890abcde", false},
    {check_secret_name, "factory", true},
    {check_secret_name, "a23456789012345678901234567890123", false},
    {check_host, "10.0.0.5", true},
    {check_host, "10.0.0", false},
    {check_host, "256.1.1.1", false},
    {check_host, "2001:db8::1", true},
    {check_host, "fe80::g", false},
    {check_host, "oob-r1.example.net", true},
    {check_host, "a..b", false},
    {check_host, "-a", false},
    {check_host, "a-", false},
    {check_host, "a b", false},
    {check_host, "", false},
    {check_ip, "10.1.0.0", true},
    {check_ip, "10.1.0.0/8", false},
    {check_prefix, "10.1.0.1/31", true},
    {check_prefix, "10.1.0.1/33", false},
    {check_prefix, "10.1.0.1/", false},
    {check_prefix, "10.1.0.1/3x", false},
    {check_prefix, "2001:db8::1/127", true},
    {check_prefix, "2001:db8::1/129", false},
    {check_prefix, "10.1.0.1", false},
    {check_interface, "Ethernet49/1", true},
    {check_interface, "xe-0/0/0:1", true},
    {check_interface, "1/1/49", true},
    {check_interface, "1/1/49:2", true},
    {check_interface, "10.0.0.1/31", false},
    {check_interface, "49/1", false},
    {check_interface, "Et1;reload", false},
    {check_interface, "Et1 ", false},
    {check_serial, "JPE14080459", true},
    {check_serial, "CN-0/A.1_b", true},
    {check_serial, "", false},
    {check_serial, "A\n", false},
    {check_mac, "00:1c:73:aa:bb:cc", true},
    {check_mac, "001c.73AA.bbcc", true},
    {check_mac, "00-1c-73-aa-bb-cc", true},
    {check_mac, "001c73-aabbcc", true},
    {check_mac, "001c73-aabbc", false},
    {check_mac, "00:1c:73:aa:bb", false},
    {check_mac, "00:1c:73:aa:bb:cc:dd", false},
    {check_mac, "00:1g:73:aa:bb:cc", false},
    {check_port, "7", true},
    {check_port, "ttyS1", true},
    {check_port, "07", false},
    {check_port, "0", false},
    {check_port, "7 8", false},
    {check_port, "../7", false},
    {check_url, "http://10.0.0.2/images/", true},
    {check_url, "https://h:8080", true},
    {check_url, "https://u:p@h/", false},
    {check_url, "ftp://h/", false},
    {check_url, "http:///x", false},
    {check_url, "http://h/a b", false},
    {check_variable, "TORSTARTER_PASSWORD", true},
    {check_variable, "1A", false},
    {check_variable, "A-B", false},
    {check_version, "4.28.3M", true},
    {check_version, "9.3(10)", true},
    {check_version, "a/b", false},
    {check_hex, "d41d8cd98f00b204e9800998ecf8427e", true},
    {check_hex, "d41d8cd9", false},
    {check_hex, "d41d8cd98f00b204e9800998ecf8427x", false},
};

static void values_are_judged_by_their_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const char *wrong = values[i].check(values[i].text);
        if ((wrong == NULL) != values[i].good)
            fail_msg("\"%s\" %s", values[i].text, wrong ? wrong : "is accepted");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_judged_by_their_shape)};
    return cmocka_run_group_tests_name("model/check", tests, NULL, NULL);
}
