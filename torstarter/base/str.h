/* A growing run of bytes, always followed by a NUL that is not counted; may be born with a maximum. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {    /* all zero is a valid empty string without a maximum */
    char *data; /* NULL while empty and never grown: use str_cstr() where a C string is wanted */
    size_t len, cap;
    size_t max_bytes; /* 0: no limit */
    bool overflowed;  /* set once an append was cut at max_bytes */
};

#define STR_MAX(max) ((struct str){.max_bytes = (max)})

/* Appends; false when max_bytes cut it (what fits is kept, `overflowed` is set). */
bool str_add(struct str *s, const void *bytes, size_t len);
bool str_add_cstr(struct str *s, const char *text);
bool str_add_char(struct str *s, char c);
bool str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool str_vprintf(struct str *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
const char *str_cstr(const struct str *s); /* never NULL */
void str_reset(struct str *s);             /* length 0, memory kept, `overflowed` cleared */
void str_drop(struct str *s, size_t len);  /* removes the first len bytes */
void str_clear(struct str *s);             /* frees */
char *str_take(struct str *s);             /* the caller owns the result (mem_free); s is empty afterwards */

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Control bytes, quotes' backslash and invalid UTF-8 as \n \r \t \x1b …: a device's bytes made safe for a screen. */
void str_add_escaped(struct str *s, const void *bytes, size_t len);
/* The same for a sentence of ours that may quote such bytes escaped already: a backslash stays one. */
void str_add_printable(struct str *s, const char *text);
/* Replaces every byte sequence that is not UTF-8 by U+FFFD, as Python's errors="replace" does. */
void str_add_utf8(struct str *s, const void *bytes, size_t len);
/* Length in bytes (1..4) of the UTF-8 sequence at p, 0 if invalid or incomplete (RFC 3629: no surrogates, no overlong). */
size_t str_utf8_len(const unsigned char *p, size_t len);
/* Edit distance, for "did you mean"; at most 64 characters are looked at. */
unsigned str_distance(const char *a, const char *b);
/* The nearest of `count` names to `name`, or NULL when none is near. */
const char *str_nearest(const char *name, const char *const *names, size_t count);
/* Shell-style glob with * ? and [..]; case counts. */
bool str_glob(const char *pattern, const char *s);

#endif
