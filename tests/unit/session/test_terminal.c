#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "session/terminal.h"

/* Lines end in "|", the unfinished line stands behind the last of them. */
static void collect(void *ctx, const char *text, size_t len)
{
    str_add(ctx, text, len);
    str_add_char(ctx, '|');
}

static void finish(struct terminal *t, struct str *out)
{
    size_t len;
    const char *text = terminal_unfinished(t, &len);
    str_add(out, text, len);
    const struct terminal_counts *c = terminal_counts(t);
    assert_true(c->printable + c->control + c->high + c->nul <= c->bytes);
}

static char *seen(const char *bytes, size_t len)
{
    struct str out = {0};
    struct terminal *t = terminal_new(collect, &out);
    terminal_feed(t, bytes, len);
    finish(t, &out);
    terminal_free(t);
    return str_take(&out);
}

struct example {
    const char *what, *bytes, *seen;
};

static const struct example examples[] = {
    {"nothing", "", ""},
    {"one line", "a\n", "a|"},
    {"CR LF", "a\r\nb\r\n", "a|b|"},
    {"CR CR LF", "a\r\r\nb", "a|b"},
    {"LF CR", "a\n\rb\n\r", "a|b|"},
    {"an empty line", "a\r\n\r\nb", "a||b"},
    {"a bare CR overwrites", "loading 10%\rloading 20%\rdone", "doneing 20%"},
    {"CR at the end changes nothing yet", "tor> \r", "tor> "},
    {"BS steps back, the next character overwrites", "shox\bw", "show"},
    {"BS at column 0 stays", "\b\b\ba", "a"},
    {"BS space BS erases", "show x\b \b", "show "},
    {"a pager wiped with CR and spaces", " --More-- \r          \rtor# ", "tor# "},
    {"a pager wiped, then a longer line", "--More--\r        \rEthernet1 is up\r\n", "Ethernet1 is up|"},
    {"a pager wiped, then a shorter line", "--More--\r        \rok\r\n", "ok|"},
    {"a pager wiped with backspaces", "--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\bab\r\n", "ab|"},
    {"a pager wiped, then nothing", "--More--\r        \r\r\n", "|"},
    {"a pager wiped at a line's end", "ab --More--\r           \rab\r\n", "ab|"},
    {"spaces sent at the end stay", "a  \r\nb  ", "a  |b  "},
    {"a prompt's own space over a wiped pager stays", "--More--\r        \rtor# ", "tor# "},
    {"tab goes to the next eighth column", "a\tb\n\tc\n12345678\td", "a       b|        c|12345678        d"},
    {"tab over text only moves", "abcdefghij\r\tX", "abcdefghXj"},
    {"NUL and BEL are dropped", "a\a", "a"},
    {"DEL, VT, FF are dropped",
     "a\x7f\v\f"
     "b",
     "ab"},
    {"SGR is dropped", "\x1b[1;31mred\x1b[0m plain", "red plain"},
    {"erase to the end", "abcdef\x1b[3D\x1b[K", "abc"},
    {"erase to the start", "abcdef\x1b[3D\x1b[1K", "    ef"},
    {"erase the whole line keeps the column", "abc\x1b[2Kd", "   d"},
    {"erase the whole line after CR", "abc\r\x1b[2Kd", "d"},
    {"J erases to the end as well", "abcdef\r\x1b[2C\x1b[J", "ab"},
    {"the screen cleared finishes the line", "abc\x1b[2J\x1b[Htor# ", "abc|tor# "},
    {"right and left", "ab\x1b[3Cc\x1b[5Dd", "ad   c"},
    {"to a column", "abcdef\x1b[3GX", "abXdef"},
    {"delete characters", "abcdef\r\x1b[2P", "cdef"},
    {"insert characters", "abc\r\x1b[2@XY", "XYabc"},
    {"erase characters", "abcdef\r\x1b[3X", "   def"},
    {"cursor address on the same row", "\x1b[5;1Habc\x1b[5;2HX", "aXc"},
    {"cursor address on another row", "\x1b[5;1Habc\x1b[6;1Hdef", "abc|def"},
    {"cursor up ends the line", "abc\x1b[Adef", "abc|   def"},
    {"a probe of the screen's size leaves the prompt alone",
     "login: \x1b"
     "7\x1b[r\x1b[999;999H\x1b[6n\x1b"
     "8x",
     "login: x"},
    {"OSC ended by BEL", "\x1b]0;title\atext", "text"},
    {"OSC ended by ST", "\x1b]0;title\x1b\\text", "text"},
    {"DCS and APC", "\x1bPq#0\x1b\\a\x1b_x\x1b\\b", "ab"},
    {"OSC cut by a new line", "\x1b]0;title\r\ntext", "|text"},
    {"charset switches", "\x1b(B\x1b)0\x1b%Gtext", "text"},
    {"bracketed paste", "\x1b[?2004htor# \x1b[?2004l", "tor# "},
    {"keypad modes", "\x1b=\x1b>text", "text"},
    {"an escape inside an escape", "\x1b\x1b[1mx", "x"},
    {"CSI cut by a new line", "\x1b[12\r\nxyz", "|xyz"},
    {"CSI with huge numbers", "\x1b[99999999999999999999999;1mx", "x"},
    {"CSI with many parameters", "\x1b[1;2;3;4;5;6;7;8;9;10;11;12mx", "x"},
    {"CSI with intermediates", "\x1b[2 qx", "x"},
    {"UTF-8 takes one column a character", "\xc3\xa9t\xc3\xa9\b\bX", "\xc3\xa9X\xc3\xa9"},
    {"UTF-8 overwritten by ASCII", "\xe2\x82\xac\xe2\x82\xac\rab", "ab"},
    {"ASCII overwritten by UTF-8", "abc\r\xe2\x82\xac",
     "\xe2\x82\xac"
     "bc"},
    {"bytes that are not UTF-8 stay", "a\xff\xc3\x28\x80", "a\xff\xc3\x28\x80"},
    {"a sequence shows when it is complete", "a\xe2\x82", "a"},
    {"a sequence that breaks is kept", "a\xe2\x82\n", "a\xe2\x82|"},
};

static void each_example_is_seen_as_a_person_would(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char *got = seen(examples[i].bytes, strlen(examples[i].bytes));
        if (strcmp(got, examples[i].seen) != 0)
            fail_msg("%s: got \"%s\" instead of \"%s\"", examples[i].what, got, examples[i].seen);
        mem_free(got);
    }
}

static void nul_bytes_are_counted_and_dropped(void **state)
{
    (void)state;
    struct str out = {0};
    struct terminal *t = terminal_new(collect, &out);
    terminal_feed(t, "a\0b\x01\xff\xff ", 7);
    finish(t, &out);
    const struct terminal_counts *c = terminal_counts(t);
    assert_int_equal(c->bytes, 7);
    assert_int_equal(c->nul, 1);
    assert_int_equal(c->control, 1);
    assert_int_equal(c->high, 2);
    assert_int_equal(c->printable, 3);
    assert_string_equal(str_cstr(&out), "ab\xff\xff ");
    str_clear(&out);
    terminal_free(t);
}

static void an_unfinished_escape_is_told(void **state)
{
    (void)state;
    struct terminal *t = terminal_new(NULL, NULL);
    static const char bytes[] = "\x1b[1m";
    for (size_t i = 0; i + 1 < sizeof bytes; i++) {
        terminal_feed(t, bytes + i, 1);
        assert_int_equal(terminal_in_escape(t), i + 2 < sizeof bytes);
    }
    terminal_feed(t, "\x1b]0;x", 5);
    assert_true(terminal_in_escape(t));
    terminal_reset(t);
    assert_false(terminal_in_escape(t));
    assert_int_equal(terminal_counts(t)->bytes, 0);
    terminal_free(t);
}

static void a_boot_menu_counts_its_screen_moves(void **state)
{
    (void)state;
    struct str out = {0};
    struct terminal *t = terminal_new(collect, &out);
    static const char menu[] =
        "\x1b[2J\x1b[1;1H\x1b[2;30HGNU GRUB\x1b[4;2H*one\x1b[5;2H two\x1b[4;2H*one\x1b[4;2H";
    terminal_feed(t, menu, strlen(menu));
    finish(t, &out);
    char *names = str_take(&out);
    assert_non_null(strstr(names, "GNU GRUB|"));
    assert_non_null(strstr(names, "| *one|"));
    assert_non_null(strstr(names, "|  two|"));
    assert_true(terminal_counts(t)->screen_moves >= 5);
    mem_free(names);
    terminal_free(t);
}

struct lengths {
    size_t lines, bytes, longest;
};

static void measure(void *ctx, const char *text, size_t len)
{
    (void)text;
    struct lengths *l = ctx;
    l->lines++;
    l->bytes += len;
    l->longest = len > l->longest ? len : l->longest;
}

static void ten_megabytes_without_a_new_line_are_cut_and_kept(void **state)
{
    (void)state;
    static const char *const pieces[] = {"abcdefg ", "\xc3\xa9\xe2\x82\xac", "\xff", "\x1b[5Cx", "\t"};
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        struct lengths l = {0};
        struct terminal *t = terminal_new(measure, &l);
        struct str block = {0};
        while (block.len < 64 * 1024)
            str_add_cstr(&block, pieces[k]);
        for (size_t fed = 0; fed < 10u * 1024 * 1024; fed += block.len)
            terminal_feed(t, block.data, block.len);
        assert_true(terminal_overlong(t));
        assert_true(l.lines >= (k == 3 ? 1 : 9));
        assert_true(l.longest <= TERMINAL_LINE_MAX_BYTES && l.longest + 512 > TERMINAL_LINE_MAX_BYTES);
        size_t left;
        terminal_unfinished(t, &left);
        if (k < 3)
            assert_int_equal(l.bytes + left, terminal_counts(t)->bytes);
        str_clear(&block);
        terminal_free(t);
    }
}

/* Sequences that would cost the line's width each time if they were obeyed on endless lines. */
static void edits_on_an_endless_line_stay_cheap(void **state)
{
    (void)state;
    static const char *const edits[] = {"\x1b[@",        "\x1b[9999P", "\x1b[1K", "\x1b[9999X",
                                        "\r\x1b[9999Cx", "\x1b[2Kx",   "\bx\b",   "\r\x1b[Kx\x1b[511Cy"};
    for (size_t k = 0; k < sizeof edits / sizeof *edits; k++) {
        struct terminal *t = terminal_new(NULL, NULL);
        struct str long_line = {0};
        while (long_line.len < TERMINAL_LINE_MAX_BYTES - 4096)
            str_add_cstr(&long_line, k % 2 ? "0123456789abcdef" : "\xc3\xa9");
        terminal_feed(t, long_line.data, long_line.len);
        terminal_feed(t, "\b\b\b\b", 4);
        clock_t began = clock();
        for (int i = 0; i < 200000; i++)
            terminal_feed(t, edits[k], strlen(edits[k]));
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        if (seconds > 20) /* obeyed in full it would be minutes */
            fail_msg("200000 times \\x1b%s took %.1f s", edits[k] + 1, seconds);
        str_clear(&long_line);
        terminal_free(t);
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void check_cuts(const char *name, const char *bytes, size_t len, uint64_t *random, size_t most)
{
    struct str whole = {0}, pieces = {0};
    struct terminal *a = terminal_new(collect, &whole), *b = terminal_new(collect, &pieces);
    terminal_feed(a, bytes, len);
    for (size_t i = 0; i < len;) {
        size_t n = 1 + next_random(random) % most;
        n = n < len - i ? n : len - i;
        char *exact = mem_alloc(n); /* so that a sanitizer sees a read past the chunk */
        memcpy(exact, bytes + i, n);
        terminal_feed(b, exact, n);
        mem_free(exact);
        size_t ignored;
        if (next_random(random) % 4 == 0)
            terminal_unfinished(b, &ignored);
        i += n;
    }
    finish(a, &whole);
    finish(b, &pieces);
    if (whole.len != pieces.len || (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0))
        fail_msg("%s: the lines differ when cut into pieces of at most %zu bytes", name, most);
    assert_memory_equal(terminal_counts(a), terminal_counts(b), sizeof(struct terminal_counts));
    assert_int_equal(terminal_in_escape(a), terminal_in_escape(b));
    str_clear(&whole);
    str_clear(&pieces);
    terminal_free(a);
    terminal_free(b);
}

static void check_all_cuts(const char *name, const char *bytes, size_t len, uint64_t *random)
{
    check_cuts(name, bytes, len, random, 1);
    check_cuts(name, bytes, len, random, 3);
    check_cuts(name, bytes, len, random, 50);
    check_cuts(name, bytes, len, random, 5000);
}

static void any_chunking_gives_the_same_events(void **state)
{
    uint64_t *random = *state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        check_all_cuts(examples[i].what, examples[i].bytes, strlen(examples[i].bytes), random);
    static const char alphabet[] =
        "abc  \r\r\n\n\b\t\x1b\x1b[[;0123459KJCDGHPX@mABf78]P\\\a\xc3\xa9\xff\xe2\x82\xac?";
    for (int round = 0; round < 300; round++) {
        char bytes[2000];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = round % 8 == 0 ? (char)next_random(random)
                                      : alphabet[next_random(random) % (sizeof alphabet)];
        check_all_cuts("random bytes", bytes, sizeof bytes, random);
    }
}

static void any_chunking_of_recorded_consoles_gives_the_same_events(void **state)
{
    static const char *const folders[] = {"tests/data/session", "../shared/lab/samples"};
    size_t found = 0;
    for (size_t f = 0; f < 2; f++) {
        char **names;
        size_t count = file_list(folders[f], ".raw", &names);
        for (size_t i = 0; i < count; i++) {
            struct str bytes = {0};
            struct err e = {0};
            char *path = file_join(folders[f], names[i]);
            assert_true(file_read(path, &bytes, &e));
            check_all_cuts(path, bytes.data, bytes.len, *state);
            found++;
            str_clear(&bytes);
            mem_free(path);
            mem_free(names[i]);
        }
        mem_free(names);
    }
    assert_true(found > 0);
}

int main(void)
{
    uint64_t seed = (uint64_t)time(NULL) * 2654435761u | 1;
    const char *given = getenv("SEED");
    if (given)
        seed = strtoull(given, NULL, 10);
    printf("# seed %llu (SEED=… repeats it)\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_example_is_seen_as_a_person_would),
        cmocka_unit_test(nul_bytes_are_counted_and_dropped),
        cmocka_unit_test(an_unfinished_escape_is_told),
        cmocka_unit_test(a_boot_menu_counts_its_screen_moves),
        cmocka_unit_test(ten_megabytes_without_a_new_line_are_cut_and_kept),
        cmocka_unit_test(edits_on_an_endless_line_stay_cheap),
        cmocka_unit_test_prestate(any_chunking_gives_the_same_events, &seed),
        cmocka_unit_test_prestate(any_chunking_of_recorded_consoles_gives_the_same_events, &seed),
    };
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
