#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mask.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"

static struct mask *mask_with(const char *const *secrets, size_t count)
{
    static const char *const names[] = {"switch", "factory", "oob", "enable"};
    struct mask *m = mask_new();
    for (size_t i = 0; i < count; i++) {
        struct secret *s = secret_new(names[i], secrets[i], strlen(secrets[i]));
        mask_add(m, s);
        secret_free(s);
    }
    return m;
}

static char *masked(const char *secret, const char *text)
{
    struct mask *m = mask_with(&secret, secret ? 1 : 0);
    struct str out = {0};
    mask_text(m, text, strlen(text), &out);
    mask_free(m);
    return str_take(&out);
}

static void expect_masked(const char *secret, const char *text, const char *wanted)
{
    char *got = masked(secret, text);
    if (strcmp(got, wanted) != 0)
        fail_msg("\"%s\" became \"%s\" instead of \"%s\"", text, got, wanted);
    mem_free(got);
}

static void a_known_secret_is_masked_wherever_it_stands(void **state)
{
    (void)state;
    expect_masked("Tr0ub4dor", "x Tr0ub4dor y", "x {secret:switch} y");
    expect_masked("Tr0ub4dor", "Tr0ub4dor", "{secret:switch}");
    expect_masked("Tr0ub4dor", "Tr0ub4dorTr0ub4dor", "{secret:switch}{secret:switch}");
    expect_masked("Tr0ub4dor", "TrTr0ub4dor", "Tr{secret:switch}");
    expect_masked("aaab", "aaaaab", "aa{secret:switch}");
    expect_masked("Tr0ub4dor", "tr0ub4dor Tr0ub", "tr0ub4dor {secret:switch}");
    expect_masked("two words", "my two words", "my {secret:switch}");
}

static void a_secret_that_a_terminal_wrapped_is_masked(void **state)
{
    (void)state;
    static const char *const wraps[] = {" \r",           "\r",       "\r\n",      "\r\r\n", "\x1b[K",
                                        "\x1b[1;5H",     "\x1b[C\r", " \b",       "\x07",   "\x00",
                                        "\x1b[0m\x1b[K", "\b\x1b[C", "\x1b]0;t\a"};
    for (size_t i = 0; i < sizeof wraps / sizeof *wraps; i++)
        for (size_t cut = 1; cut < 9; cut++) {
            struct str text = {0};
            str_printf(&text, "<%.*s%s%s>", (int)cut, "Tr0ub4dor", wraps[i], &"Tr0ub4dor"[cut]);
            char *got = masked("Tr0ub4dor", str_cstr(&text));
            const char *lines = strchr(wraps[i], '\n');
            if (strncmp(got, "<{secret:switch}", 16) != 0 || !strchr(got, '>') ||
                (lines && !strchr(got, '\n')))
                fail_msg("cut at %zu by wrap %zu: \"%s\"", cut, i, got);
            mem_free(got);
            str_clear(&text);
        }
    expect_masked("Tr0ub4dor", "Tr0\b0ub4dor", "{secret:switch}");
    expect_masked("Tr0ub4dor", "Tr0 ub4dor", "Tr0 ub4dor");
}

static void overlapping_secrets_leave_nothing(void **state)
{
    (void)state;
    static const char *const secrets[] = {"pass", "password1", "word1234", "ssw"};
    struct mask *m = mask_with(secrets, 4);
    struct str out = {0};
    mask_text(m, "password1 password1234 passw", 28, &out);
    assert_string_equal(str_cstr(&out), "{secret:factory} {secret:factory}{secret:oob} {secret:factory}");
    str_clear(&out);
    mask_free(m);
}

static void a_short_secret_is_masked_only_where_one_is_expected(void **state)
{
    (void)state;
    expect_masked("x", "show interfaces xe-0/0/1: x", "show interfaces xe-0/0/1: x");
    expect_masked("x", "Password: x\r\nxe-0/0/1", "Password: {secret:switch}\r\nxe-0/0/1");
    expect_masked("abc", "admin@host's password: abc\r\nabc",
                  "admin@host's password: {secret:switch}\r\nabc");
    expect_masked("abc", "Enter passphrase for key 'k': abc",
                  "Enter passphrase for key 'k': {secret:switch}");
    static const char *const secrets[] = {"abc"};
    struct mask *m = mask_with(secrets, 1);
    struct str out = {0};
    mask_sent(m, "abc\r", 4, &out);
    assert_string_equal(str_cstr(&out), "{secret:switch}\r");
    str_reset(&out);
    mask_expect(m);
    mask_feed(m, "abc\r\nabc", 8, &out);
    mask_flush(m, &out);
    assert_string_equal(str_cstr(&out), "{secret:switch}\r\nabc");
    str_clear(&out);
    mask_free(m);
}

static const struct {
    const char *text, *wanted;
} config_lines[] = {
    {"enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0\r\n", "enable secret 5 {secret:config}\r\n"},
    {"enable secret sha512 $6$abc$def/G.h\r\n", "enable secret sha512 {secret:config}\r\n"},
    {"enable password cisco\r\n", "enable password {secret:config}\r\n"},
    {"enable password level 15 7 0822455D0A16\r\n", "enable password level 15 7 {secret:config}\r\n"},
    {"username admin privilege 15 role network-admin secret sha512 $6$x.Y/z$abc\r\n",
     "username admin privilege 15 role network-admin secret sha512 {secret:config}\r\n"},
    {"username admin password 5 $5$ABC$xyz  role network-admin\r\n",
     "username admin password 5 {secret:config}  role network-admin\r\n"},
    {"username bob password 0 hunter22\r\n", "username bob password 0 {secret:config}\r\n"},
    {"username bob secret hunter22 privilege 15\r\n", "username bob secret {secret:config} privilege 15\r\n"},
    {"username password role admin\r\n", "username password role admin\r\n"},
    {" password 7 0822455D0A16\r\n login\r\n", " password 7 {secret:config}\r\n login\r\n"},
    {" password my secret line\r\n", " password {secret:config}\r\n"},
    {" neighbor 10.0.0.1 password 7 05080F1C2243\r\n", " neighbor 10.0.0.1 password 7 {secret:config}\r\n"},
    {" neighbor 10.0.0.1 password plain\r\n", " neighbor 10.0.0.1 password {secret:config}\r\n"},
    {"snmp-server community public ro\r\n", "snmp-server community {secret:config} ro\r\n"},
    {"snmp-server host 10.0.0.1 version 2c public\r\n",
     "snmp-server host 10.0.0.1 version 2c {secret:config}\r\n"},
    {"snmp-server user u g v3 auth sha abcdef12 priv aes 128 12345678\r\n",
     "snmp-server user u g v3 auth sha {secret:config} priv aes 128 {secret:config}\r\n"},
    {"set snmp community s3cr3t authorization read-only\n",
     "set snmp community {secret:config} authorization read-only\n"},
    {"tacacs-server key 7 070C285F4D06\r\n", "tacacs-server key 7 {secret:config}\r\n"},
    {"tacacs-server key plain\r\n", "tacacs-server key {secret:config}\r\n"},
    {"tacacs-server host 10.0.0.1 key 7 070C285F4D06\r\n",
     "tacacs-server host 10.0.0.1 key 7 {secret:config}\r\n"},
    {"radius-server host 10.0.0.1 auth-port 1812 key sesame\r\n",
     "radius-server host 10.0.0.1 auth-port 1812 key {secret:config}\r\n"},
    {" key 6 abcdefgh\r\n", " key 6 {secret:config}\r\n"},
    {"key chain ospf\r\n key 1\r\n  key-string 7 02050D480809\r\n",
     "key chain ospf\r\n key 1\r\n  key-string 7 {secret:config}\r\n"},
    {"ntp authentication-key 42 md5 0822455D 7\r\n", "ntp authentication-key 42 md5 {secret:config} 7\r\n"},
    {" ip ospf message-digest-key 1 md5 7 060506324F41\r\n",
     " ip ospf message-digest-key 1 md5 7 {secret:config}\r\n"},
    {" ip ospf authentication-key 123456\r\n", " ip ospf authentication-key {secret:config}\r\n"},
    {"crypto isakmp key\r\n pre-shared-key local sesame\r\n",
     "crypto isakmp key\r\n pre-shared-key local {secret:config}\r\n"},
    {"    encrypted-password \"$6$abc$def\"; ## SECRET-DATA\n",
     "    encrypted-password \"{secret:config}\"; ## SECRET-DATA\n"},
    {"    secret \"$9$KdNvLNVwgaZj\"; ## SECRET-DATA\n", "    secret \"{secret:config}\"; ## SECRET-DATA\n"},
    {"    ssh-rsa \"ssh-rsa AAAAB3\"; ## SECRET-DATA\n", "    ssh-rsa \"{secret:config}\"; ## SECRET-DATA\n"},
    {"    pre-shared-key ascii-text \"$9$abc/def\"; ## SECRET-DATA\n",
     "    pre-shared-key ascii-text \"{secret:config}\"; ## SECRET-DATA\n"},
    {"set system root-authentication encrypted-password \"$5$abc$def\"\n",
     "set system root-authentication encrypted-password \"{secret:config}\"\n"},
    {"root:$6$abc$def.G:19000:0\n", "root:{secret:config}:19000:0\n"},
    {"root:$y$j9T$abc$def:19000\n", "root:{secret:config}:19000\n"},
    {"{\"secret\": \"hunter22\", \"name\": \"x\"}\n", "{\"secret\": \"{secret:config}\", \"name\": \"x\"}\n"},
    {" \"password\": \"hunter22\",\n", " \"password\": \"{secret:config}\",\n"},
    {"tor(config)#username bob secret 0 hunter22\r\n",
     "tor(config)#username bob secret 0 {secret:config}\r\n"},
    {"tor(config)# enable secret hunter22\r\n", "tor(config)# enable secret {secret:config}\r\n"},
    {"tor(config)#username bob secret 0 hunt \rer22\r\nnext",
     "tor(config)#username bob secret 0 {secret:config}\r\nnext"},
    {"tor(config)#username bob sec \rret 0 hunter22\r\n",
     "tor(config)#username bob sec \rret 0 {secret:config}\r\n"},
    {"tor(config)#enable password 1 \b23456\r\nx", "tor(config)#enable password 1 \b{secret:config}\r\nx"},
    {" --More-- \r          \rusername bob secret hunter22\r\n",
     " --More-- \r          \rusername bob secret {secret:config}\r\n"},
    {" --More-- \r\x1b[Kusername bob secret hunter22\r\n",
     " --More-- \r\x1b[Kusername bob secret {secret:config}\r\n"},
    {"--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\benable secret hunter22\r\n",
     "--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\benable secret {secret:config}\r\n"},
    {"-----BEGIN RSA PRIVATE KEY-----\r\nMIIEpAIBAAKCAQEA\r\nabc=\r\n-----END RSA PRIVATE KEY-----\r\ntor# ",
     "-----BEGIN RSA PRIVATE KEY-----\r\n{secret:config}\r\n-----END RSA PRIVATE KEY-----\r\ntor# "},
    {"-----BEGIN PRIVATE KEY-----\r\nMIIEpAIBAAKCAQEA\r\n--More--\b\b\b\b\b\b\b\b        "
     "\b\b\b\b\b\b\b\bMIIEpAIBAAKCAQEB\r\n-----END PRIVATE KEY-----\r\n",
     "-----BEGIN PRIVATE KEY-----\r\n{secret:config}\r\n--More--\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b-----END "
     "PRIVATE KEY-----\r\n"},
    {"-----BEGIN CERTIFICATE-----\r\nMIIC\r\n-----END CERTIFICATE-----\r\n",
     "-----BEGIN CERTIFICATE-----\r\nMIIC\r\n-----END CERTIFICATE-----\r\n"},
    {"{\"k\": \"-----BEGIN PRIVATE KEY-----\\nMIIEpA\\n-----END PRIVATE KEY-----\\n\"}\n",
     "{\"k\": \"-----BEGIN PRIVATE KEY-----{secret:config}\"}\n"},
    {"enable secret {secret:enable}\r\n", "enable secret {secret:enable}\r\n"},
};

static void secret_looking_values_of_configurations_are_masked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof config_lines / sizeof *config_lines; i++)
        expect_masked(NULL, config_lines[i].text, config_lines[i].wanted);
}

static const char *const innocent[] = {
    "Password: ",
    "tor-r1-01 login: admin\r\nPassword: \r\n",
    "admin@10.0.0.1's password: ",
    "% Bad secrets\r\n",
    "% Bad passwords\r\n",
    "Password required, but none set\r\n",
    "Login incorrect\r\n",
    "You are required to change your password immediately (administrator enforced)\r\n",
    "Your password has expired.\r\n",
    "Do you want to enforce secure password standard (yes/no) [y]: ",
    "WARNING: no password set for admin\r\n",
    " no password\r\nno enable password\r\n",
    "password strength-check\r\n",
    "no password strength-check\r\n",
    "password policy\r\n",
    "service password-encryption\r\n",
    "Username  Password  Role\r\n--------  --------  ----\r\n",
    "user   password   role\r\n",
    "key chain ospf\r\n key 1\r\n",
    "ip community-list 10 permit 65000:1\r\n set community 65000:1\r\n neighbor 1.1.1.1 send-community\r\n",
    "Ethernet1 is up, line protocol is up (connected)\r\n",
    "2       PWR-500AC-F             500W    0.00A     0.00A     0.0W Power Loss\r\n",
    "{\"status\": \"ok\", \"fans\": [{\"speed\": 30}], \"price\": \"$5\"}\r\n",
    "admin@sonic:~$ show version\r\nadmin@sonic:~$ ",
    "tor# ",
    "root@vmx% ",
    "Neighbor \"spine-1\" on \"Et1\"\r\n",
    "crypto key generate rsa\r\n",
    "echo $HOME $1 $$ $6\r\n",
    "\x1b[?2004htor# \x1b[K\x1b[1mbold\x1b[0m",
    "aaa authentication login default group tacacs+ local\r\n",
};

static void innocent_text_stays_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof innocent / sizeof *innocent; i++)
        expect_masked(NULL, innocent[i], innocent[i]);
}

/* A prompt must be seen when the line is quiet; without a flush nothing but the beginning of a secret may be held. */
static void a_prompt_is_never_withheld(void **state)
{
    (void)state;
    static const char *const secrets[] = {"#hash123", "ord: abc", "$dollar"};
    static const char *const prompts[] = {"tor#", "tor# ", "Password:", "Password: ", "tor$", "~$ "};
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        struct mask *m = mask_with(secrets, 3);
        struct str out = {0};
        mask_feed(m, prompts[i], strlen(prompts[i]), &out);
        mask_flush(m, &out);
        if (i < 2 || i > 3)
            assert_string_equal(str_cstr(&out), prompts[i]);
        str_clear(&out);
        mask_free(m);
    }
    static const char *const other[] = {"Tr0ub4dor"};
    struct mask *m = mask_with(other, 1);
    struct str out = {0};
    mask_feed(m, "\r\ntor# ", 7, &out);
    assert_string_equal(str_cstr(&out), "\r\ntor# ");
    str_reset(&out);
    mask_feed(m, "\r\nPassword: ", 12, &out);
    assert_string_equal(str_cstr(&out), "\r\nPassword: ");
    str_clear(&out);
    mask_free(m);
}

/* The worst a flush can do: one after every byte. At most 3 bytes, and less than half of the secret, may show. */
static void a_flush_within_a_secret_gives_nothing_away(void **state)
{
    (void)state;
    static const char *const secrets[] = {"Tr0ub4dor&3"};
    const size_t len = strlen(secrets[0]);
    for (size_t every = 1; every <= len; every++)
        for (int asked = 0; asked < 2; asked++) {
            struct mask *m = mask_with(secrets, 1);
            struct str out = {0};
            const char *before = asked ? "Password: " : "x ";
            mask_feed(m, before, strlen(before), &out);
            mask_flush(m, &out);
            size_t from = out.len;
            for (size_t i = 0; i < len; i++) {
                mask_feed(m, secrets[0] + i, 1, &out);
                if ((i + 1) % every == 0)
                    mask_flush(m, &out);
            }
            mask_feed(m, "\r\nok", 4, &out);
            mask_flush(m, &out);
            const char *rest = str_cstr(&out) + from;
            size_t shown = 0;
            while (rest[shown] == secrets[0][shown])
                shown++;
            assert_true(shown <= (asked ? 0 : 3));
            assert_string_equal(rest + shown, "{secret:switch}\r\nok");
            str_clear(&out);
            mask_free(m);
        }
}

static void a_flush_within_a_config_value_gives_nothing_away(void **state)
{
    (void)state;
    static const char text[] =
        "enable secret hunter22longer\r\nusername a secret 5 $1$abcd$efghijkl\r\nroot:$6$abcd$efghijkl\r\n"
        "-----BEGIN PRIVATE KEY-----\r\nabcdefghijkl\r\n-----END PRIVATE KEY-----\r\ntor# ";
    struct mask *m = mask_new();
    struct str out = {0};
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        mask_feed(m, text + i, 1, &out);
        mask_flush(m, &out);
    }
    assert_null(strstr(str_cstr(&out), "unter"));
    assert_null(strstr(str_cstr(&out), "efgh"));
    assert_true(str_ends(str_cstr(&out), "\r\ntor# "));
    str_clear(&out);
    mask_free(m);
}

/* A key that never ends must not swallow the rest of the session. */
static void an_interrupted_private_key_ends_at_the_prompt(void **state)
{
    (void)state;
    struct mask *m = mask_new();
    struct str out = {0};
    static const char text[] = "-----BEGIN PRIVATE KEY-----\r\nMIIEpAIBAAKCAQEA\r\n^C\r\ntor# ";
    mask_feed(m, text, sizeof text - 1, &out);
    mask_flush(m, &out);
    assert_true(str_ends(str_cstr(&out), "\r\n^C\r\ntor# "));
    mask_feed(m, "show clock\r\nSat Nov 22\r\ntor# ", 29, &out);
    mask_flush(m, &out);
    assert_true(str_ends(str_cstr(&out), "tor# show clock\r\nSat Nov 22\r\ntor# "));
    str_clear(&out);
    mask_free(m);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *const four[] = {"pass", "Tr0ub4dor&3", "#a", "secret 0"};

static void check_cuts(const char *text, size_t len, uint64_t *random, size_t most)
{
    struct mask *a = mask_with(four, 4), *b = mask_with(four, 4);
    struct str whole = {0}, pieces = {0};
    mask_feed(a, text, len, &whole);
    for (size_t i = 0; i < len;) {
        size_t n = 1 + next_random(random) % most;
        n = n < len - i ? n : len - i;
        char *exact = mem_alloc(n);
        memcpy(exact, text + i, n);
        mask_feed(b, exact, n, &pieces);
        mem_free(exact);
        i += n;
    }
    mask_flush(a, &whole);
    mask_flush(b, &pieces);
    if (whole.len != pieces.len || (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0)) {
        struct str shown = {0};
        str_add_escaped(&shown, text, len);
        fail_msg("differs when cut: %s", str_cstr(&shown));
    }
    str_clear(&whole);
    str_clear(&pieces);
    mask_free(a);
    mask_free(b);
}

static void any_chunking_gives_the_same_output(void **state)
{
    uint64_t *random = *state;
    for (size_t i = 0; i < sizeof config_lines / sizeof *config_lines; i++) {
        check_cuts(config_lines[i].text, strlen(config_lines[i].text), random, 1);
        check_cuts(config_lines[i].text, strlen(config_lines[i].text), random, 9);
    }
    for (size_t i = 0; i < sizeof innocent / sizeof *innocent; i++)
        check_cuts(innocent[i], strlen(innocent[i]), random, 3);
    static const char *const words[] = {"password ",
                                        "secret ",
                                        "Tr0ub4dor&3",
                                        "Tr0u",
                                        "b4dor&3",
                                        " \r",
                                        "\r\n",
                                        " \b",
                                        "\x1b[K",
                                        "$6$abc ",
                                        "$",
                                        "username bob ",
                                        "\"",
                                        "; ## SECRET-DATA",
                                        "7 ",
                                        "pass",
                                        "word1",
                                        "-----BEGIN RSA PRIVATE KEY-----\r\n",
                                        "MIIEpAIBAAKCAQEA\r\n",
                                        "-----END",
                                        "Password:",
                                        "#",
                                        "a",
                                        "key ",
                                        "snmp-server ",
                                        "community ",
                                        "\b",
                                        "\x1b",
                                        " ",
                                        "\n",
                                        "{secret:x}",
                                        "sha512 "};
    for (int round = 0; round < 3000; round++) {
        struct str text = {0};
        for (int i = 0; i < 40; i++)
            str_add_cstr(&text, words[next_random(random) % (sizeof words / sizeof *words)]);
        check_cuts(text.data, text.len, random, 1);
        check_cuts(text.data, text.len, random, 20);
        str_clear(&text);
    }
}

static void a_secret_split_over_chunks_never_leaks(void **state)
{
    (void)state;
    static const char text[] = "abc Tr0ub4dor&3 xyz";
    const size_t len = sizeof text - 1;
    for (size_t i = 1; i < len; i++)
        for (size_t j = i; j < len; j++) {
            struct mask *m = mask_with(four + 1, 1);
            struct str out = {0};
            mask_feed(m, text, i, &out);
            assert_null(strstr(str_cstr(&out), "Tr"));
            mask_feed(m, text + i, j - i, &out);
            assert_null(strstr(str_cstr(&out), "Tr"));
            mask_feed(m, text + j, len - j, &out);
            mask_flush(m, &out);
            assert_string_equal(str_cstr(&out), "abc {secret:switch} xyz");
            str_clear(&out);
            mask_free(m);
        }
}

static void what_is_held_back_is_bounded(void **state)
{
    (void)state;
    struct mask *m = mask_with(four, 4);
    struct str block = {0}, out = {0};
    str_add_cstr(&block, "Tr0ub");
    while (block.len < 100000)
        str_add_cstr(&block, "\r\r\r\r");
    mask_feed(m, block.data, block.len, &out);
    assert_true(block.len - out.len < 1000);
    str_reset(&out);
    str_add_cstr(&block, "\r\n\"");
    while (block.len < 200000)
        str_add_cstr(&block, "no end of the quote ");
    mask_feed(m, block.data, block.len, &out);
    assert_true(block.len - out.len < 1000);
    str_clear(&block);
    str_clear(&out);
    mask_free(m);
}

int main(void)
{
    uint64_t seed = (uint64_t)time(NULL) * 2654435761u | 1;
    const char *given = getenv("SEED");
    if (given)
        seed = strtoull(given, NULL, 10);
    printf("# seed %llu (SEED=… repeats it)\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_secret_is_masked_wherever_it_stands),
        cmocka_unit_test(a_secret_that_a_terminal_wrapped_is_masked),
        cmocka_unit_test(overlapping_secrets_leave_nothing),
        cmocka_unit_test(a_short_secret_is_masked_only_where_one_is_expected),
        cmocka_unit_test(secret_looking_values_of_configurations_are_masked),
        cmocka_unit_test(innocent_text_stays_as_it_is),
        cmocka_unit_test(a_prompt_is_never_withheld),
        cmocka_unit_test(a_flush_within_a_secret_gives_nothing_away),
        cmocka_unit_test(a_flush_within_a_config_value_gives_nothing_away),
        cmocka_unit_test(an_interrupted_private_key_ends_at_the_prompt),
        cmocka_unit_test_prestate(any_chunking_gives_the_same_output, &seed),
        cmocka_unit_test(a_secret_split_over_chunks_never_leaks),
        cmocka_unit_test(what_is_held_back_is_bounded),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
