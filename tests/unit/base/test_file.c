#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/torstarter-file-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int remove_dir(void **state)
{
    (void)state;
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    char *path = file_join(dir, "a.txt");
    struct str s = {0};
    struct stat st;
    assert_false(file_exists(path));
    assert_true(file_write(path, "one\0two", 7, 0600, NULL));
    assert_true(file_write(path, "three\0four", 10, 0640, NULL)); /* over it */
    assert_true(file_read(path, &s, NULL));
    assert_int_equal(s.len, 10);
    assert_memory_equal(s.data, "three\0four", 10);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    char **names;
    assert_int_equal(file_list(dir, "", &names), 1); /* nothing temporary is left beside it */
    mem_free(names[0]);
    mem_free(names);
    str_clear(&s);
    mem_free(path);
}

static void a_file_larger_than_the_maximum_is_refused(void **state)
{
    (void)state;
    char *path = file_join(dir, "large");
    struct str s = STR_MAX(10);
    struct err e = {0};
    assert_true(file_write(path, "0123456789a", 11, 0600, NULL));
    assert_false(file_read(path, &s, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    assert_non_null(strstr(e.msg, path));
    str_clear(&s);
    mem_free(path);
}

static void errors_name_the_file(void **state)
{
    (void)state;
    struct str s = {0};
    struct err e = {0};
    assert_false(file_read("/nowhere/at/all", &s, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.msg, "/nowhere/at/all"));
    assert_false(file_write("/nowhere/at/all", "x", 1, 0600, &e));
    assert_non_null(strstr(e.msg, "/nowhere/at/all"));
}

static void paths_are_joined_and_split(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *name, *joined;
    } cases[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "/b", "/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = file_join(cases[i].folder, cases[i].name);
        assert_string_equal(got, cases[i].joined);
        mem_free(got);
    }
    setenv("HOME", dir, 1);
    char *wanted = file_join(dir, "y");
    char *home = file_join("x", "~/y"), *a = file_dir("a/b.yaml"), *b = file_dir("b.yaml"),
         *c = file_dir("/b");
    assert_string_equal(home, wanted);
    mem_free(wanted);
    assert_string_equal(a, "a");
    assert_string_equal(b, ".");
    assert_string_equal(c, "/");
    mem_free(home);
    mem_free(a);
    mem_free(b);
    mem_free(c);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    char *path = file_join(dir, "x/y/z"), *blocked = file_join(dir, "a.txt/b");
    struct err e = {0};
    assert_true(file_make_dirs(path, 0700, &e));
    assert_true(file_make_dirs(path, 0700, &e)); /* and again */
    assert_true(file_is_dir(path));
    assert_false(file_make_dirs(blocked, 0700, &e));
    mem_free(path);
    mem_free(blocked);
}

static void lists_are_sorted_and_chosen_by_suffix(void **state)
{
    (void)state;
    static const char *const made[] = {"l/c.yaml", "l/a.yaml", "l/b.txt", "l/.hidden.yaml"};
    char *folder = file_join(dir, "l");
    assert_true(file_make_dirs(folder, 0700, NULL));
    for (size_t i = 0; i < 4; i++) {
        char *path = file_join(dir, made[i]);
        assert_true(file_write(path, "", 0, 0600, NULL));
        mem_free(path);
    }
    char **names;
    assert_int_equal(file_list(folder, ".yaml", &names), 2);
    assert_string_equal(names[0], "a.yaml");
    assert_string_equal(names[1], "c.yaml");
    mem_free(names[0]);
    mem_free(names[1]);
    mem_free(names);
    assert_int_equal(file_list("/nowhere", "", &names), 0);
    assert_null(names);
    mem_free(folder);
}

static bool another_process_gets(const char *path)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(file_lock(path, NULL) >= 0 ? 0 : 1);
    int status;
    waitpid(pid, &status, 0);
    return status == 0;
}

static void a_lock_excludes_others_and_dies_with_its_holder(void **state)
{
    (void)state;
    char *path = file_join(dir, "lock");
    struct err e = {0};
    int fd = file_lock(path, &e);
    assert_true(fd >= 0);
    assert_false(another_process_gets(path));
    assert_int_equal(file_lock(path, &e), -1);
    assert_int_equal(e.code, ERR_STATE);
    file_unlock(fd);
    assert_true(another_process_gets(path)); /* which ended with it in its hands */
    assert_true(another_process_gets(path));
    mem_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_file_larger_than_the_maximum_is_refused),
        cmocka_unit_test(errors_name_the_file),
        cmocka_unit_test(paths_are_joined_and_split),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(lists_are_sorted_and_chosen_by_suffix),
        cmocka_unit_test(a_lock_excludes_others_and_dies_with_its_holder),
    };
    return cmocka_run_group_tests_name("file", tests, make_dir, remove_dir);
}
