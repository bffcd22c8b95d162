#include "base/mem.h"
#include "parse/textfsm.h"
#include "text/json.h"

void textfsm_table_clear(struct textfsm_table *table)
{
    mem_free(table->rows);
    arena_clear(&table->arena);
    *table = (struct textfsm_table){0};
}

static void write_simple(struct json_writer *w, const struct textfsm_value *v)
{
    json_text(w, v->kind == TEXTFSM_NONE ? NULL : v->text);
}

static void write_item(struct json_writer *w, const struct textfsm_value *v)
{
    if (v->kind != TEXTFSM_DICT) {
        write_simple(w, v);
        return;
    }
    json_open_object(w);
    for (size_t i = 0; i < v->count; i++) {
        json_key(w, v->keys[i]);
        write_simple(w, &v->items[i]);
    }
    json_close_object(w);
}

static void write_value(struct json_writer *w, const struct textfsm_value *v)
{
    if (v->kind != TEXTFSM_LIST) {
        write_item(w, v);
        return;
    }
    json_open_list(w);
    for (size_t i = 0; i < v->count; i++)
        write_item(w, &v->items[i]);
    json_close_list(w);
}

void textfsm_table_to_json(const struct textfsm_table *table, struct str *out, unsigned indent)
{
    struct json_writer w = {.out = out, .indent = indent};
    json_open_list(&w);
    for (size_t i = 0; i < table->row_count; i++) {
        json_open_object(&w);
        for (size_t j = 0; j < table->column_count; j++) {
            json_key(&w, table->columns[j]);
            write_value(&w, &table->rows[i].values[j]);
        }
        json_close_object(&w);
    }
    json_close_list(&w);
}
