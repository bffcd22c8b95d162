/* Arbitrary templates: refused with "t:LINE: …", or compiled whole and run. What follows the first NUL is the input; without one
   the template is run over itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse/textfsm.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 256 };

static void check_refusal(const struct err *e)
{
    unsigned line;
    if (e->code != ERR_SYNTAX || sscanf(e->msg, "t:%u: ", &line) != 1)
        abort();
}

static void check_table(const struct textfsm_table *table)
{
    struct str json = {0};
    struct err e = {0};
    textfsm_table_to_json(table, &json, 0);
    struct json *j = json_parse(str_cstr(&json), json.len, &e);
    if (!j &&
        !strstr(e.msg,
                "duplicate")) /* a Value's name may become another's by U+FFFD only if it was no UTF-8 */
        abort();
    if (j && json_count(j) != table->row_count)
        abort();
    json_free(j);
    str_clear(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *nul = size ? memchr(text, '\0', size) : NULL;
    size_t len = nul ? (size_t)(nul - text) : size;
    const char *input = nul ? nul + 1 : text;
    size_t input_len = nul ? size - len - 1 : size;
    struct err e = {0};
    struct textfsm *t = textfsm_new("t", text, len, &e);
    if (!t) {
        check_refusal(&e);
        return 0;
    }
    struct textfsm_table table;
    if (!textfsm_compile(t, &e))
        check_refusal(&e);
    else if (textfsm_parse(t, input, input_len < INPUT_MAX ? input_len : INPUT_MAX, &table, &e)) {
        check_table(&table);
        textfsm_table_clear(&table);
    } else {
        if (e.code != ERR_UNREAD && e.code != ERR_LIMIT)
            abort();
        textfsm_table_clear(&table);
    }
    textfsm_free(t);
    return 0;
}
