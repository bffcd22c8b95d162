/* One answer while it is read: shared by the readers only. */
#ifndef PARSE_READING_H
#define PARSE_READING_H

#include "parse/records.h"

struct reading {
    const struct reader *reader;
    const char *answer;
    size_t len;
    struct arena *arena;
    struct records *out;
    struct err *e;
    const char *interface; /* that was asked about; NULL: none */
};

/* ERR_UNREAD with what is said, and with that line of the answer behind it where there is one. */
bool reading_unread(const struct reading *r, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Judges one text; gives what stands for it. NULL when it is not understood. */
const char *reading_word(const struct reading *r, const struct column_map *column, unsigned line,
                         const char *text);
/* Without the white space around it; in the arena. */
const char *reading_trimmed(const struct reading *r, const char *text);
/* Not fewer rows than the platform says there are at least. */
bool reading_enough(const struct reading *r, size_t count);
/* What a column of source {interface} holds; NULL with an error where none was asked about. */
const char *reading_interface(const struct reading *r, const struct column_map *column);

/* The answer is one JSON value: reader_json.c. */
bool reading_json(const struct reading *r);

#endif
