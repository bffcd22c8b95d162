/* text/yaml: trees with places, all mistakes at once, and files made to hurt. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "text/yaml.h"

struct reading {
    struct arena arena;
    struct mistakes m;
    struct yaml_node *root;
};

static void read_len(struct reading *r, const char *text, size_t len)
{
    *r = (struct reading){0};
    r->root = yaml_read_text("t.yaml", text, len, &r->arena, &r->m);
}

static void read_text(struct reading *r, const char *text)
{
    read_len(r, text, strlen(text));
}

static void clear(struct reading *r)
{
    arena_clear(&r->arena);
    mistakes_clear(&r->m);
}

static void assert_only(struct reading *r, const char *mistakes)
{
    assert_string_equal(str_cstr(&r->m.text), mistakes);
    clear(r);
}

static void values_know_their_place(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "# a comment\na: 1\nb:\n  - x\n  - {c: 'q'}\n");
    assert_int_equal(r.m.count, 0);
    struct yaml_node *b = yaml_get(r.root, "b");
    assert_int_equal(b->kind, YAML_LIST);
    assert_int_equal(b->count, 2);
    assert_int_equal(b->items[0]->place.line, 4);
    assert_int_equal(b->items[0]->place.column, 5);
    struct yaml_node *c = yaml_get(b->items[1], "c");
    assert_true(c->quoted);
    assert_string_equal(c->text, "q");
    assert_false(yaml_get(r.root, "a")->quoted);
    assert_int_equal(r.root->pairs[1].key_place.line, 3);
    clear(&r);
}

static void columns_count_characters_not_bytes(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "{ä: 1, ö: [}\n");
    assert_non_null(strstr(str_cstr(&r.m.text), "t.yaml:1:12: "));
    clear(&r);
}

static void empty_text_is_an_empty_map(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "# nothing\n");
    assert_int_equal(r.root->kind, YAML_MAP);
    assert_int_equal(r.root->count, 0);
    assert_only(&r, "");
}

static void duplicate_keys_name_both_lines(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "a: 1\nb: 2\na: 3\nb: 4\n");
    assert_string_equal(yaml_get(r.root, "a")->text, "1");
    assert_only(&r, "t.yaml:3:1: the key \"a\" stands already in line 1; keep one of them\n"
                    "t.yaml:4:1: the key \"b\" stands already in line 2; keep one of them\n");
}

static void merge_keys_fill_what_is_missing(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "d: &d {x: 1, y: 2}\ne: &e {y: 3, z: 4}\nf:\n  <<: [*d, *e]\n  x: 9\n");
    struct yaml_node *f = yaml_get(r.root, "f");
    assert_int_equal(f->count, 3);
    assert_string_equal(yaml_get(f, "x")->text, "9");
    assert_string_equal(yaml_get(f, "y")->text, "2");
    assert_string_equal(yaml_get(f, "z")->text, "4");
    assert_only(&r, "");
    read_text(&r, "a:\n  <<: text\n");
    assert_only(&r, "t.yaml:2:7: << wants a map or a list of maps, usually an alias: <<: *name\n");
    read_text(&r, "'<<': text\n");
    assert_string_equal(yaml_get(r.root, "<<")->text, "text");
    assert_only(&r, "");
}

static void aliases_stand_for_their_anchor(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "a: &x [1]\nb: *x\n");
    assert_ptr_equal(yaml_get(r.root, "a"), yaml_get(r.root, "b"));
    assert_only(&r, "");
    read_text(&r, "a: &x [*x]\n");
    assert_only(&r, "t.yaml:1:8: *x: no &x is finished before this line\n");
}

static void syntax_mistakes_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *mistake;
    } cases[] = {
        {"a:\n\t- 1\n", "t.yaml:2:1: a tab stands here; YAML is indented with blanks, replace the tab\n"},
        {"a: {b: 1\nc: 2\n",
         "t.yaml:2:2: did not find expected ',' or '}', while parsing a flow mapping that began in line 1\n"},
        {"a: 'x\n",
         "t.yaml:2:1: found unexpected end of stream, while scanning a quoted scalar that began in line 1\n"},
        {"a: \x07\n", "t.yaml:1:4: the byte 0x07 is a control character; remove it\n"},
        {"a: \x7f\n", "t.yaml:1:4: the byte 0x7f is a control character; remove it\n"},
        {"b: ä\na: \xff\n", "t.yaml:2:4: the byte 0xff is not UTF-8; remove it\n"},
        {"a: \"x\\0y\"\n", "t.yaml:1:4: the text holds a NUL; remove it\n"},
        {"a: 1\n---\nb: 2\n",
         "t.yaml:3:1: a second document begins before this line; put it into a file of its own\n"},
        {"[a]: 1\n", "t.yaml:1:1: a key must be plain text, this is a list\n"},
        {"a: !secret x\n", "t.yaml:1:4: the tag !secret is not known; remove it\n"},
        {"include: x.yaml\n", "t.yaml:1:1: include: works in files only\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading r;
        read_text(&r, cases[i].text);
        assert_only(&r, cases[i].mistake);
    }
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct reading r;
    read_len(&r, "a: \0b\n", 6);
    assert_null(r.root);
    assert_only(&r, "t.yaml:1:4: the byte 0x00 is a control character; remove it\n");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    struct str text = {0};
    for (int i = 0; i < 100000; i++)
        str_add_char(&text, '[');
    struct reading r;
    read_len(&r, text.data, text.len);
    assert_null(r.root);
    assert_only(&r, "t.yaml:1:65: nested deeper than 64 levels; make it flatter\n");
    str_clear(&text);
}

static void billion_laughs_is_refused(void **state)
{
    (void)state;
    struct str text = {0};
    str_add_cstr(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++)
        str_printf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    struct reading r;
    read_len(&r, text.data, text.len);
    assert_null(r.root);
    assert_int_equal(r.m.count, 1);
    assert_non_null(strstr(str_cstr(&r.m.text), "grows to more than 2000000 values"));
    assert_true(r.arena.used_bytes < 1000000);
    clear(&r);
    str_clear(&text);
}

static void alias_towers_are_refused(void **state)
{
    (void)state;
    struct str text = {0};
    str_add_cstr(&text, "a0: &a0 [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]\n");
    for (int i = 1; i < 6; i++)
        str_printf(&text, "a%d: &a%d [[[[[[[[[[[[[[[[[[[[*a%d]]]]]]]]]]]]]]]]]]]]\n", i, i, i - 1);
    struct reading r;
    read_len(&r, text.data, text.len);
    assert_null(r.root);
    assert_non_null(strstr(str_cstr(&r.m.text), "t.yaml:4:29: nested deeper than 64 levels"));
    clear(&r);
    str_clear(&text);
}

static void wanted_values_are_named(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "i: x\nj: 99\nk: '5'\nl: 007\nn: abc\nb: maybe\ns: 3 s\nt: [1]\nu:\nm: x\nq: {}\n");
    long i;
    double d;
    bool b;
    const char *t;
    assert_false(yaml_want_int(yaml_get(r.root, "i"), 1, 9, &i, &r.m));
    assert_false(yaml_want_int(yaml_get(r.root, "j"), 1, 9, &i, &r.m));
    assert_false(yaml_want_int(yaml_get(r.root, "k"), 1, 9, &i, &r.m));
    assert_false(yaml_want_int(yaml_get(r.root, "l"), 1, 9, &i, &r.m));
    assert_false(yaml_want_number(yaml_get(r.root, "n"), &d, &r.m));
    assert_false(yaml_want_bool(yaml_get(r.root, "b"), &b, &r.m));
    assert_false(yaml_want_span_ms(yaml_get(r.root, "s"), &i, &r.m));
    assert_false(yaml_want_text(yaml_get(r.root, "t"), &t, &r.m));
    assert_false(yaml_want_text(yaml_get(r.root, "u"), &t, &r.m));
    assert_false(yaml_want_map(yaml_get(r.root, "m"), &r.m));
    assert_false(yaml_want_list(yaml_get(r.root, "q"), &r.m));
    assert_only(&r, "t.yaml:1:4: \"x\" is not a whole number (digits only, no leading zero)\n"
                    "t.yaml:2:4: 99 is out of range; 1 to 9 is allowed\n"
                    "t.yaml:3:4: \"5\" is not a whole number; write it without quotes\n"
                    "t.yaml:4:4: \"007\" is not a whole number (digits only, no leading zero)\n"
                    "t.yaml:5:4: \"abc\" is not a number such as -9.5\n"
                    "t.yaml:6:4: \"maybe\" is neither true nor false\n"
                    "t.yaml:7:4: \"3 s\" is not a time such as 250ms, 3s or 5m\n"
                    "t.yaml:8:4: a text is wanted here, this is a list\n"
                    "t.yaml:9:3: a text is wanted here, there is nothing\n"
                    "t.yaml:10:4: a map (key: value) is wanted here, this is text\n"
                    "t.yaml:11:4: a list ([a, b]) is wanted here, this is a map\n");
}

static void good_values_are_read(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, "i: -5\nn: -9.5\nb: on\ns: 250ms\nt: ''\nm: 5m\n");
    long i;
    double d;
    bool b;
    const char *t = NULL;
    assert_true(yaml_want_int(yaml_get(r.root, "i"), -9, 9, &i, &r.m) && i == -5);
    assert_true(yaml_want_number(yaml_get(r.root, "n"), &d, &r.m) && d == -9.5);
    assert_true(yaml_want_bool(yaml_get(r.root, "b"), &b, &r.m) && b);
    assert_true(yaml_want_span_ms(yaml_get(r.root, "s"), &i, &r.m) && i == 250);
    assert_true(yaml_want_span_ms(yaml_get(r.root, "m"), &i, &r.m) && i == 300000);
    assert_true(yaml_want_text(yaml_get(r.root, "t"), &t, &r.m));
    assert_string_equal(t, "");
    assert_only(&r, "");
}

static void unknown_keys_get_the_nearest(void **state)
{
    (void)state;
    static const char *const known[] = {"address", "kind", "port"};
    struct reading r;
    read_text(&r, "adress: 1\nqqqqqqq: 2\nport: 3\n");
    yaml_only_keys(r.root, known, 3, &r.m);
    assert_only(&r, "t.yaml:1:1: the key \"adress\" is not known here; did you mean \"address\"?\n"
                    "t.yaml:2:1: the key \"qqqqqqq\" is not known here\n");
}

static void mistakes_are_safe_for_a_screen(void **state)
{
    (void)state;
    struct mistakes m = {0};
    struct yaml_place at = {.file = "a\x1b[2J.yaml", .line = 1, .column = 2};
    mistakes_add(&m, &at, "pattern \\d \"%s\"", "x\ny\x9b");
    mistakes_add(&m, &at, "pattern \\d \"%s\"", "x\ny\x9b");
    assert_int_equal(m.count, 1);
    assert_string_equal(str_cstr(&m.text), "a\\x1b[2J.yaml:1:2: pattern \\d \"x\\ny\\x9b\"\n");
    mistakes_clear(&m);
}

static void many_mistakes_fit_one_error(void **state)
{
    (void)state;
    struct mistakes m = {0};
    struct err e = {0};
    assert_true(mistakes_none(&m, &e));
    for (unsigned i = 1; i <= 1500; i++) {
        struct yaml_place at = {.file = "t.yaml", .line = i, .column = 1};
        mistakes_add(&m, &at, "wrong");
    }
    assert_int_equal(m.count, 1500);
    assert_false(mistakes_none(&m, &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    assert_true(str_starts(e.msg, "t.yaml:1:1: wrong\nt.yaml:2:1: wrong\n"));
    assert_true(strstr(e.msg, "\n… and 14") != NULL && str_ends(e.msg, " more"));
    mistakes_clear(&m);
}

/* Files in a folder of their own. */
struct folder {
    char path[64];
};

static void folder_put(const struct folder *f, const char *name, const char *text)
{
    char *path = file_join(f->path, name);
    assert_true(file_write(path, text, strlen(text), 0600, NULL));
    mem_free(path);
}

static void folder_open(struct folder *f)
{
    strcpy(f->path, "/tmp/test_yaml.XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

static void folder_close(const struct folder *f)
{
    char **names;
    size_t count = file_list(f->path, "", &names);
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(f->path, names[i]);
        unlink(path);
        mem_free(path);
        mem_free(names[i]);
    }
    mem_free(names);
    rmdir(f->path);
}

static void read_folder(struct reading *r, const struct folder *f, const char *name)
{
    *r = (struct reading){0};
    char *path = file_join(f->path, name);
    r->root = yaml_read_file(path, &r->arena, &r->m);
    mem_free(path);
}

static void included_files_fill_what_is_missing(void **state)
{
    (void)state;
    struct folder f;
    folder_open(&f);
    folder_put(&f, "main.yaml", "include: [one.yaml, two.yaml]\nservers: {a: {port: 1}}\n");
    folder_put(&f, "one.yaml", "servers:\n  a: {port: 2, kind: x}\n");
    folder_put(&f, "two.yaml", "servers: {b: {port: 3}, a: {kind: y}}\nmore: true\n");
    struct reading r;
    read_folder(&r, &f, "main.yaml");
    assert_string_equal(str_cstr(&r.m.text), "");
    struct yaml_node *servers = yaml_get(r.root, "servers");
    assert_string_equal(yaml_get(yaml_get(servers, "a"), "port")->text, "1");
    assert_string_equal(yaml_get(yaml_get(servers, "a"), "kind")->text, "x");
    assert_true(str_ends(yaml_get(yaml_get(servers, "a"), "kind")->place.file, "/one.yaml"));
    assert_string_equal(yaml_get(yaml_get(servers, "b"), "port")->text, "3");
    assert_non_null(yaml_get(r.root, "more"));
    assert_null(yaml_get(r.root, "include"));
    clear(&r);
    folder_close(&f);
}

static void include_cycles_are_refused(void **state)
{
    (void)state;
    struct folder f;
    folder_open(&f);
    folder_put(&f, "a.yaml", "include: b.yaml\n");
    folder_put(&f, "b.yaml", "\ninclude:\n  - ../nowhere/none.yaml\n  - a.yaml\n");
    struct reading r;
    read_folder(&r, &f, "a.yaml");
    assert_int_equal(r.m.count, 2);
    assert_non_null(strstr(str_cstr(&r.m.text), "b.yaml:3:5: cannot open "));
    assert_non_null(strstr(str_cstr(&r.m.text), "b.yaml:4:5: "));
    assert_non_null(strstr(str_cstr(&r.m.text), "/a.yaml includes itself"));
    clear(&r);
    folder_close(&f);
}

static void missing_and_huge_files_are_refused(void **state)
{
    (void)state;
    struct folder f;
    folder_open(&f);
    struct reading r;
    read_folder(&r, &f, "none.yaml");
    assert_null(r.root);
    assert_non_null(strstr(str_cstr(&r.m.text), "No such file"));
    clear(&r);
    folder_put(&f, "huge.yaml", "");
    char *path = file_join(f.path, "huge.yaml");
    assert_int_equal(truncate(path, YAML_FILE_MAX_BYTES + 1), 0);
    mem_free(path);
    read_folder(&r, &f, "huge.yaml");
    assert_null(r.root);
    assert_non_null(strstr(str_cstr(&r.m.text), "larger than 16777216 bytes"));
    clear(&r);
    folder_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_know_their_place),
        cmocka_unit_test(columns_count_characters_not_bytes),
        cmocka_unit_test(empty_text_is_an_empty_map),
        cmocka_unit_test(duplicate_keys_name_both_lines),
        cmocka_unit_test(merge_keys_fill_what_is_missing),
        cmocka_unit_test(aliases_stand_for_their_anchor),
        cmocka_unit_test(syntax_mistakes_say_where),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(billion_laughs_is_refused),
        cmocka_unit_test(alias_towers_are_refused),
        cmocka_unit_test(wanted_values_are_named),
        cmocka_unit_test(good_values_are_read),
        cmocka_unit_test(unknown_keys_get_the_nearest),
        cmocka_unit_test(mistakes_are_safe_for_a_screen),
        cmocka_unit_test(many_mistakes_fit_one_error),
        cmocka_unit_test(included_files_fill_what_is_missing),
        cmocka_unit_test(include_cycles_are_refused),
        cmocka_unit_test(missing_and_huge_files_are_refused),
    };
    return cmocka_run_group_tests_name("text/yaml", tests, NULL, NULL);
}
