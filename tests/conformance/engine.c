/* Parses for engine_peer.py: each line of input is TEMPLATE <tab> FILE; each line of output the table as JSON, or
   ERROR rule-line input-line where the Error action was reached, or REFUSED and the reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "parse/textfsm.h"

static struct textfsm *template_for(struct map *known, const char *path, struct err *e)
{
    struct textfsm *t = map_get(known, path);
    if (!t && (t = textfsm_open(path, e)))
        map_put(known, path, t);
    return t;
}

static void parse(struct textfsm *t, const char *path)
{
    struct err e = {0};
    struct str input = {0}, json = {0};
    struct textfsm_table table = {0};
    unsigned rule = 0, line = 0;
    if (!file_read(path, &input, &e)) {
        fprintf(stderr, "%s\n", e.msg);
        exit(2);
    }
    if (textfsm_parse(t, str_cstr(&input), input.len, &table, &e)) {
        textfsm_table_to_json(&table, &json, 0);
        printf("%s%s\n", table.gave_up_rules ? "GAVE_UP " : "", str_cstr(&json));
    } else {
        const char *after = strstr(e.msg, ": input line ");
        const char *before = after;
        while (before && before > e.msg && before[-1] != ':')
            before--;
        if (before && sscanf(before, "%u: input line %u", &rule, &line) == 2)
            printf("ERROR %u %u\n", rule, line);
        else
            printf("REFUSED %s\n", e.msg);
    }
    textfsm_table_clear(&table);
    str_clear(&input);
    str_clear(&json);
}

int main(void)
{
    struct map known = {0};
    static char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        struct err e = {0};
        line[strcspn(line, "\n")] = '\0';
        char *file = strchr(line, '\t');
        *file++ = '\0';
        struct textfsm *t = template_for(&known, line, &e);
        if (t)
            parse(t, file);
        else
            printf("REFUSED %s\n", e.msg);
        fflush(stdout);
    }
    return 0;
}
