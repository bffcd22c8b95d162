/* JSON out (a small writer) and in (jansson's one home). */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* The writer: commas and quotes are its business. Text that is not UTF-8 is written with U+FFFD. */
struct json_writer {
    struct str *out; /* borrowed */
    unsigned depth;
    bool need_comma;
    unsigned indent; /* 0: one line, no blanks; else blanks per level */
};

void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_list(struct json_writer *w);
void json_close_list(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_text(struct json_writer *w, const char *text); /* NULL writes null */
void json_text_len(struct json_writer *w, const char *text, size_t len);
void json_int(struct json_writer *w, int64_t value);
void json_number(struct json_writer *w, double value); /* null when not finite */
void json_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);
#define json_null(w)                                                                                         \
    json_write_null(w) /* jansson exports a json_null of its own: the linker must not mix them up */
/* key + value in one */
void json_put_text(struct json_writer *w, const char *key, const char *text);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);

/* The reader. */
struct json; /* a tree */
enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

/* The whole text must be one value (any kind); an error says line and column. A key said twice and \u0000 are refused: what
   reads them disagrees on what they mean. */
struct json *json_parse(const char *text, size_t len, struct err *e);
void json_free(struct json *j); /* only what json_parse gave */
enum json_kind json_kind(const struct json *j);
size_t json_count(const struct json *j); /* of a list or object */
const struct json *json_item(const struct json *list, size_t i);
const struct json *json_member(const struct json *object, const char *key); /* NULL when absent */
/* Calls `each` for the members of an object in the order of the text. */
void json_each(const struct json *object, void (*each)(void *ctx, const char *key, const struct json *value),
               void *ctx);
const char *json_text_of(const struct json *j, size_t *len); /* NULL when not text */
double json_number_of(const struct json *j);
/* A text as it is, a number or boolean as JSON writes it (1.50 is 1.5): false for all else, and nothing is added. */
bool json_scalar_of(const struct json *j, struct str *out);
bool json_bool_of(const struct json *j);
/* RFC 6901 pointer: "/a/0/b"; NULL when there is nothing there. */
const struct json *json_at(const struct json *j, const char *pointer);

#endif
