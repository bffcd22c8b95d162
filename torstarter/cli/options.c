#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"

#define AT(member) offsetof(struct cli, member)

const struct option_spec options_common[] = {
    {"site", 0, "FILE", "site file (default ./site.yaml, then $XDG_CONFIG_HOME/torstarter/site.yaml)",
     OPTION_TEXT, AT(site), 0, 0, 0, 0},
    {"db", 0, "URI", "where jobs are kept (default $XDG_STATE_HOME/torstarter/torstarter.db)", OPTION_TEXT,
     AT(db), 0, 0, 0, 0},
    {"path", 0, "DIR", "look here first for platforms, parsers and configs; may be repeated", OPTION_LIST,
     AT(paths), AT(path_count), 0, 0, 8},
    {"json", 0, NULL, "one JSON object a line; keys are the store's column names", OPTION_FLAG, AT(json), 0,
     0, 0, 0},
    {"log", 0, "ROOM=LEVEL", "diagnostics on stderr: session=debug, all=info, …", OPTION_LOG, 0, 0, 0, 0, 0},
    {"help", 'h', NULL, "this text", OPTION_FLAG, AT(help), 0, 0, 0, 0},
    {"version", 0, NULL, "the version", OPTION_FLAG, AT(version), 0, 0, 0, 0},
    {0}};

enum { MOST_OPTIONS = 40, FIRST_LONG = 256 };

struct parser {
    struct option longs[MOST_OPTIONS + 1];
    const struct option_spec *specs[MOST_OPTIONS];
    char shorts[2 * MOST_OPTIONS + 2];
    size_t count;
};

static void add_specs(struct parser *p, const struct option_spec *specs)
{
    for (; specs && specs->name && p->count < MOST_OPTIONS; specs++) {
        p->longs[p->count] = (struct option){specs->name, specs->value ? required_argument : no_argument,
                                             NULL, FIRST_LONG + (int)p->count};
        p->specs[p->count++] = specs;
        if (specs->letter) {
            size_t len = strlen(p->shorts);
            p->shorts[len] = specs->letter;
            p->shorts[len + 1] = specs->value ? ':' : '\0';
        }
    }
}

static bool set_log(const char *value)
{
    char room[32];
    const char *equals = strchr(value, '=');
    size_t len = equals ? (size_t)(equals - value) : 0;
    if (!equals || len >= sizeof room) {
        cli_usage("--log wants ROOM=LEVEL, such as session=debug; got \"%s\"", value);
        return false;
    }
    memcpy(room, value, len);
    room[len] = '\0';
    if (!log_set_level(room, equals + 1)) {
        cli_usage("--log %s: no such room or level (levels: error warn info debug; rooms: all, session, "
                  "transport, …)",
                  value);
        return false;
    }
    return true;
}

static bool apply(struct cli *cli, const struct option_spec *spec, const char *value)
{
    char *base = (char *)cli;
    if (spec->kind == OPTION_FLAG) {
        *(bool *)(base + spec->offset) = true;
    } else if (spec->kind == OPTION_TEXT) {
        *(const char **)(base + spec->offset) = value;
    } else if (spec->kind == OPTION_LOG) {
        return set_log(value);
    } else if (spec->kind == OPTION_LIST) {
        size_t *count = (size_t *)(base + spec->count_offset);
        if (*count + 1 >= spec->most) {
            cli_usage("--%s was given more than %zu times", spec->name, spec->most - 1);
            return false;
        }
        ((const char **)(base + spec->offset))[(*count)++] = value;
    } else {
        char *end;
        long n = strtol(value, &end, 10);
        if (end == value || *end || n < spec->min || n > spec->max) {
            cli_usage("--%s wants a whole number from %ld to %ld; got \"%s\"", spec->name, spec->min,
                      spec->max, value);
            return false;
        }
        *(long *)(base + spec->offset) = n;
    }
    return true;
}

static const struct option_spec *by_letter(const struct parser *p, int letter)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->specs[i]->letter == letter)
            return p->specs[i];
    return NULL;
}

static bool too_many_or_few(const struct cli *cli, const struct command *command)
{
    if (cli->help)
        return false;
    if (cli->arg_count < command->min_args)
        cli_usage("%s wants %s; see `torstarter %s --help`", command->name, command->arguments,
                  command->name);
    else if (command->max_args >= 0 && cli->arg_count > command->max_args)
        cli_usage("%s: \"%s\" is one argument too many; see `torstarter %s --help`", command->name,
                  cli->args[command->max_args], command->name);
    else
        return false;
    return true;
}

bool options_parse(struct cli *cli, const struct command *command, int argc, char **argv)
{
    struct parser p = {0};
    p.shorts[0] = ':';
    add_specs(&p, options_common);
    add_specs(&p, command ? command->options : NULL);
    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, p.shorts, p.longs, NULL)) != -1;) {
        if (c == ':' || c == '?') {
            const char *name = optind > 0 ? argv[optind - 1] : "";
            cli_usage(c == ':' ? "%s wants a value; see `torstarter %s --help`"
                               : "%s is no option here; see `torstarter %s --help`",
                      name, command ? command->name : "");
            return false;
        }
        const struct option_spec *spec = c >= FIRST_LONG ? p.specs[c - FIRST_LONG] : by_letter(&p, c);
        if (!apply(cli, spec, optarg))
            return false;
    }
    cli->args = argv + optind;
    cli->arg_count = argc - optind;
    return !command || !too_many_or_few(cli, command);
}

void options_print(const struct option_spec *options, FILE *to)
{
    for (; options && options->name; options++) {
        char left[64];
        snprintf(left, sizeof left, "%s%c%s--%s%s%s", options->letter ? "-" : "",
                 options->letter ? options->letter : ' ', options->letter ? ", " : "   ", options->name,
                 options->value ? " " : "", options->value ? options->value : "");
        fprintf(to, "  %-26s %s\n", left, options->about);
    }
}
