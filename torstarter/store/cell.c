#include <string.h>

#include "store/store.h"

struct cell cell_null(const char *column)
{
    return (struct cell){.column = column, .kind = CELL_NULL};
}

struct cell cell_int(const char *column, int64_t value)
{
    return (struct cell){.column = column, .kind = CELL_INT, .number = value};
}

struct cell cell_real(const char *column, double value)
{
    return (struct cell){.column = column, .kind = CELL_REAL, .real = value};
}

struct cell cell_text_len(const char *column, const char *text, size_t len)
{
    return (struct cell){
        .column = column, .kind = CELL_TEXT, .bytes = text ? text : "", .len = text ? len : 0};
}

struct cell cell_text(const char *column, const char *text)
{
    return text ? cell_text_len(column, text, strlen(text)) : cell_null(column);
}

struct cell cell_blob(const char *column, const void *bytes, size_t len)
{
    return (struct cell){
        .column = column, .kind = CELL_BLOB, .bytes = bytes ? bytes : "", .len = bytes ? len : 0};
}
