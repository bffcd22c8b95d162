/* Arbitrary bytes as a switch's answer, through templates that use every option, and through the reader of records: a table whose
   rows lie within the input and whose JSON can be read, records or an unread answer; never anything else. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse/records.h"
#include "parse/textfsm.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char power[] =
    "Value Required SLOT (\\d+)\nValue MODEL (\\S+)\nValue STATE (.+?)\n\nStart\n"
    "  ^Slot\\s+Model\\s+State\\s*$$\n  ^${SLOT}\\s+${MODEL}\\s+${STATE}\\s*$$ -> Record\n"
    "  ^\\s*$$\n  ^. -> Error\n";
static const char options[] =
    "Value Filldown A (\\w+)\nValue List B ((?P<k>\\w)(?P<v>\\d)?)\nValue Fillup C (\\s*)\nValue "
    "List,Filldown D (.)\n\n"
    "Start\n  ^a${A} -> Continue\n  ^.${B} -> Continue.Record\n  ^${C}x -> Two\n  ^${D} -> Next\n\nTwo\n"
    "  ^b -> Clear Start\n  ^c -> Clearall Start\n  ^d -> End\n  ^e -> EOF\n  ^(\\s*-*)*\\s*$$ -> Record "
    "Start\n";
static const char unicode[] =
    "Value A (.*é[^x]\\W\\s)\nValue B ((?i:[k-z]+))\n\nStart\n  ^${A}\\b -> Record\n"
    "  ^(?=\\S)${B}(?<!q)$$ -> Record\n";
static const char *const templates[] = {power, options, unicode};
enum { TEMPLATES = sizeof templates / sizeof *templates };

static void check_table(const struct textfsm_table *table, unsigned lines)
{
    struct str json = {0};
    struct err e = {0};
    textfsm_table_to_json(table, &json, 1);
    struct json *j = json_parse(str_cstr(&json), json.len, &e);
    if (!j || json_count(j) != table->row_count)
        abort();
    for (size_t i = 0; i < table->row_count; i++)
        if (table->rows[i].line == 0 || table->rows[i].line > lines + 1 ||
            table->rows[i].first_line > table->rows[i].line)
            abort();
    if (table->first_unmatched_line > lines ||
        (table->unmatched_lines == 0) != (table->first_unmatched_line == 0))
        abort();
    json_free(j);
    str_clear(&json);
}

static void check_reader(struct textfsm *t, const char *input, size_t size)
{
    struct column_map columns[] = {{.column = "slot", .source = "SLOT"},
                                   {.column = "state", .source = "STATE"}};
    struct reader reader = {.query = "fuzz",
                            .template = t,
                            .template_file = "t",
                            .columns = columns,
                            .column_count = 2,
                            .min_rows = 1};
    struct arena arena = {0};
    struct records records;
    struct err e = {0};
    if (reader_read(&reader, input, size, &arena, &records, &e)) {
        for (size_t i = 0; i < records.count; i++)
            if (!*record_get(&records, i, "slot") || records.rows[i].line == 0)
                abort();
        if (records.count == 0)
            abort();
    } else if (e.code != ERR_UNREAD || e.failure != FAILURE_PARSE_FAILURE || !*e.msg) {
        abort();
    }
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct textfsm *ready[TEMPLATES];
    const char *input = (const char *)data;
    unsigned lines = (unsigned)size + 1;
    for (size_t i = 0; i < TEMPLATES; i++) {
        struct err e = {0};
        struct textfsm_table table;
        if (!ready[i] && !(ready[i] = textfsm_new("t", templates[i], strlen(templates[i]), &e)))
            abort();
        if (textfsm_parse(ready[i], input, size, &table, &e))
            check_table(&table, lines);
        else if (e.code != ERR_UNREAD && e.code != ERR_LIMIT)
            abort();
        textfsm_table_clear(&table);
    }
    check_reader(ready[0], input, size);
    return 0;
}
