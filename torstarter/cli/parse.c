#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "parse/textfsm.h"

enum { INPUT_MAX_BYTES = 256 * 1024 * 1024 };

static bool read_input(const struct cli *cli, struct str *input, struct err *e)
{
    if (cli->arg_count < 2 || strcmp(cli->args[1], "-") == 0)
        return file_read_fd(STDIN_FILENO, input, e) || err_wrap(e, "standard input: ");
    return file_read(cli->args[1], input, e);
}

static void print_rows(const struct cli *cli, const struct textfsm_table *table)
{
    struct str out = {0};
    textfsm_table_to_json(table, &out, cli->json ? 0 : 2);
    fwrite(str_cstr(&out), 1, out.len, stdout);
    fputc('\n', stdout);
    str_clear(&out);
}

static enum status parse_run(struct cli *cli)
{
    struct err e;
    struct textfsm *template = textfsm_open(cli->args[0], &e);
    if (!template)
        return cli_error(&e);
    struct str input = STR_MAX(INPUT_MAX_BYTES);
    struct textfsm_table table = {0};
    enum status status = STATUS_OK;
    if (!read_input(cli, &input, &e)) {
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

const struct command command_parse = {
    .name = "parse",
    .arguments = "TEMPLATE [FILE]",
    .about = "one TextFSM template over one output: JSON",
    .help = "Reads standard input where FILE is - or missing. With --json all rows stand on one line.\n"
            "Exit status 1: the output was not read completely (the template said Error, or a rule passed "
            "its limit).",
    .group = "data files",
    .min_args = 1,
    .max_args = 2,
    .run = parse_run,
};
