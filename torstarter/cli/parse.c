#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "model/rule.h"
#include "parse/records.h"
#include "parse/textfsm.h"
#include "text/json.h"

enum { INPUT_MAX_BYTES = 256 * 1024 * 1024 };

/* `name`: NULL or - for standard input. */
static bool read_input(const char *name, struct str *input, struct err *e)
{
    if (!name || strcmp(name, "-") == 0)
        return file_read_fd(STDIN_FILENO, input, e) || err_wrap(e, "standard input: ");
    return file_read(name, input, e);
}

static void print_rows(const struct cli *cli, const struct textfsm_table *table)
{
    struct str out = {0};
    textfsm_table_to_json(table, &out, cli->json ? 0 : 2);
    fwrite(str_cstr(&out), 1, out.len, stdout);
    fputc('\n', stdout);
    str_clear(&out);
}

static enum status parse_template(const struct cli *cli)
{
    struct err e;
    struct textfsm *template = textfsm_open(cli->args[0], &e);
    if (!template)
        return cli_error(&e);
    struct str input = STR_MAX(INPUT_MAX_BYTES);
    struct textfsm_table table = {0};
    enum status status = STATUS_OK;
    if (!read_input(cli->arg_count > 1 ? cli->args[1] : NULL, &input, &e)) {
        status = cli_error(&e);
    } else if (!textfsm_parse(template, str_cstr(&input), input.len, &table, &e)) {
        status = cli_error(&e);
        status = e.code == ERR_UNREAD ? STATUS_JOB_FAILED : status;
    } else {
        print_rows(cli, &table);
        if (table.gave_up_rules) {
            fprintf(stderr,
                    "torstarter: %s:%u: the rule passed its match limit at input line %u and counts as not "
                    "matching\n",
                    cli->args[0], table.gave_up_rule_line, table.gave_up_line);
            status = STATUS_JOB_FAILED;
        }
    }
    textfsm_table_clear(&table);
    textfsm_free(template);
    str_clear(&input);
    return status;
}

/* ---- with a platform's query ---- */

/* "fans", or "fans#2" for the second way to ask. */
static const struct query *find_query(const struct platform *p, const char *name)
{
    const char *hash = strchr(name, '#');
    size_t len = hash ? (size_t)(hash - name) : strlen(name);
    long wanted = hash ? strtol(hash + 1, NULL, 10) : 1;
    for (size_t i = 0; i < p->dialect.query_count; i++) {
        const struct query *q = &p->dialect.queries[i];
        if (strlen(q->name) == len && memcmp(q->name, name, len) == 0 && (long)q->alternative + 1 == wanted)
            return q;
    }
    return NULL;
}

static void print_records(const struct records *r)
{
    struct str line = {0};
    for (size_t i = 0; i < r->count; i++) {
        struct json_writer w = {.out = &line};
        json_open_object(&w);
        for (size_t k = 0; k < r->column_count; k++)
            json_put_text(&w, r->columns[k], r->rows[i].values[k]);
        json_close_object(&w);
        str_add_char(&line, '\n');
    }
    fwrite(str_cstr(&line), 1, line.len, stdout);
    str_clear(&line);
    if (r->none)
        fprintf(stderr, "torstarter: the answer says that there are none\n");
}

static enum status read_answer(struct cli *cli, const struct platform *p, const struct query *q)
{
    struct err e = {0};
    struct str input = STR_MAX(INPUT_MAX_BYTES);
    struct records records;
    const char *name = cli->arg_count ? cli->args[0] : NULL;
    enum status status = STATUS_OK;
    if (!read_input(name, &input, &e)) {
        status = cli_error(&e);
    } else if (reader_read_for(platform_reader_of(p, q), cli->interface, str_cstr(&input), input.len,
                               &cli->arena, &records, &e)) {
        print_records(&records);
    } else if (e.code == ERR_UNREAD) {
        fprintf(stderr, "torstarter: %s: not read by %s:%u: %s\n", name ? name : "standard input",
                p->query_files[q - p->dialect.queries], q->line, e.msg);
        status = STATUS_JOB_FAILED;
    } else {
        status = cli_error(&e);
    }
    str_clear(&input);
    return status;
}

/* "rule:clock": a rule's own query. */
static void add_rule(const struct cli *cli, struct platform *p, const struct search_path *path,
                     struct mistakes *m)
{
    struct rule *r = str_starts(cli->query, "rule:") ? rule_load(cli->query + 5, path, m) : NULL;
    if (r)
        platform_add_rule(p, r, path, m);
    rule_free(r);
}

static enum status parse_query(struct cli *cli)
{
    struct search_path path;
    struct mistakes m = {0};
    enum status status = STATUS_FILE;
    if (!cli->query || cli->arg_count > 1)
        return cli_usage(
            "parse --platform wants --query and at most one FILE; see `torstarter parse --help`");
    cli_search_path(cli, cli->site, &path);
    struct platform *p = platform_load(cli->platform, &path, &m);
    if (p)
        add_rule(cli, p, &path, &m);
    const struct query *q = p ? find_query(p, cli->query) : NULL;
    fputs(str_cstr(&m.text), stderr);
    mistakes_clear(&m);
    if (q)
        status = read_answer(cli, p, q);
    else if (p)
        status = cli_usage("%s has no query %s; `torstarter platforms %s` lists them", p->file, cli->query,
                           p->name);
    platform_free(p);
    return status;
}

static enum status parse_run(struct cli *cli)
{
    if (cli->platform)
        return parse_query(cli);
    if (cli->query || cli->interface)
        return cli_usage("parse: --query and --interface belong to --platform");
    if (cli->arg_count == 0)
        return cli_usage("parse wants a TEMPLATE, or --platform and --query; see `torstarter parse --help`");
    return parse_template(cli);
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec parse_options[] = {
    {"platform", 0, "NAME", "read as this platform's query is read, instead of by a template alone",
     OPTION_TEXT, AT(platform), 0, 0, 0, 0},
    {"query", 0, "NAME", "that query; NAME#2 is its second way to ask, rule:NAME a rule's own", OPTION_TEXT,
     AT(query), 0, 0, 0, 0},
    {"interface", 0, "NAME", "the interface that was asked about, where the query asks about one",
     OPTION_TEXT, AT(interface), 0, 0, 0, 0},
    {0}};

const struct command command_parse = {
    .name = "parse",
    .arguments = "TEMPLATE [FILE] | --platform NAME --query NAME [FILE]",
    .about = "one TextFSM template, or one query of a platform, over one output: JSON",
    .help =
        "Reads standard input where FILE is - or missing. With --json all rows of a template stand on one "
        "line; a\nplatform's records always stand one a line, in neutral words.\n"
        "Exit status 1: the output was not read completely (the template said Error, a rule passed its "
        "limit,\na word is not known, a column is missing).",
    .group = "data files",
    .options = parse_options,
    .max_args = 2,
    .run = parse_run,
};
