/* Files: whole in, whole out, folders, paths, and a lock that dies with its process. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* Appends the whole file to out; ERR_LIMIT past out->max_bytes. */
bool file_read(const char *path, struct str *out, struct err *e);
bool file_read_fd(int fd, struct str *out, struct err *e);
/* Writes beside and renames over: a reader sees the old or the new, never a half. mode e.g. 0600. */
bool file_write(const char *path, const void *bytes, size_t len, unsigned mode, struct err *e);
bool file_exists(const char *path);
bool file_is_dir(const char *path);
bool file_make_dirs(const char *path, unsigned mode, struct err *e); /* like mkdir -p */
/* "dir" + "name" → "dir/name"; an absolute name stays; ~/ is expanded. Caller frees (mem_free). */
char *file_join(const char *dir, const char *name);
char *file_dir(const char *path); /* "a/b.yaml" → "a", "b.yaml" → "."; caller frees */
/* The folder that holds the running program; caller frees; NULL if the system does not tell. */
char *file_program_dir(void);
/* Names (not paths) in a folder ending in `suffix`, sorted; caller frees each and the array. 0 with *names NULL if none. */
size_t file_list(const char *dir, const char *suffix, char ***names);

/* flock(2), exclusive, not waiting. fd ≥ 0 when held; -1 with code ERR_STATE when another process holds it. */
int file_lock(const char *path, struct err *e);
void file_unlock(int fd);

#endif
