/* A folder of its own for a test's files; gone with folder_close. */
#ifndef TESTS_MODEL_FOLDER_H
#define TESTS_MODEL_FOLDER_H

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

struct folder {
    char path[64];
};

static inline void folder_open(struct folder *f)
{
    strcpy(f->path, "/tmp/test_model.XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

static inline void folder_put_mode(const struct folder *f, const char *name, const char *text, unsigned mode)
{
    char *path = file_join(f->path, name), *dir = file_dir(path);
    assert_true(file_make_dirs(dir, 0700, NULL));
    assert_true(file_write(path, text, strlen(text), mode, NULL));
    mem_free(dir);
    mem_free(path);
}

static inline void folder_put(const struct folder *f, const char *name, const char *text)
{
    folder_put_mode(f, name, text, 0600);
}

static inline void folder_copy(const struct folder *f, const char *from, const char *name)
{
    struct str text = {0};
    assert_true(file_read(from, &text, NULL));
    folder_put(f, name, str_cstr(&text));
    str_clear(&text);
}

static inline void folder_remove(const char *dir)
{
    char **names;
    size_t count = file_list(dir, "", &names);
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(dir, names[i]);
        if (file_is_dir(path))
            folder_remove(path);
        else
            unlink(path);
        mem_free(path);
        mem_free(names[i]);
    }
    mem_free(names);
    rmdir(dir);
}

static inline void folder_close(const struct folder *f)
{
    folder_remove(f->path);
}

#endif
