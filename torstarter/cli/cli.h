/* The command line: what every command is given, and how it speaks. The only room that prints or exits. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/path.h"
#include "model/platform.h"
#include "model/site.h"
#include "store/store.h"

/* Exit statuses: the contract of `torstarter --help`. */
enum status {
    STATUS_OK = 0,
    STATUS_JOB_FAILED = 1,
    STATUS_TROUBLE = 2, /* torstarter itself could not do its work */
    STATUS_USAGE = 64,
    STATUS_FILE = 65, /* a file of the user's is wrong */
    STATUS_INTERRUPTED = 130
};

struct cli {
    /* options that every command takes */
    const char *site, *db;
    const char *paths[8];
    size_t path_count;
    bool json, help, version;
    /* options of some commands; what a command does not list in its table cannot be given */
    const char *console, *platform, *plugin, *since, *ready, *typed, *query, *interface, *listen, *out,
        *expect, *format, *type;
    const char *code;
    const char *hostile, *faults;
    const char *sets[16], *only[16], *skip[16], *overrides[16];
    size_t set_count, only_count, skip_count, override_count;
    const char *reason, *older_than, *keep_bytes;
    long jobs, port;
    bool plan, follow, all, watch, loose, dry_run, shrink;
    /* what is left of the command line after the options */
    char **args;
    int arg_count;
    struct arena arena;
};

struct option_spec {
    const char *name;  /* "site": --site */
    char letter;       /* 'j', or 0 */
    const char *value; /* "FILE"; NULL for a flag */
    const char *about;
    enum { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_LIST, OPTION_LOG } kind;
    size_t offset;       /* in struct cli */
    size_t count_offset; /* OPTION_LIST: of its counter */
    long min, max;       /* OPTION_NUMBER */
    size_t most;         /* OPTION_LIST: capacity */
};

struct command { /* one file, one const struct, one line in commands.def */
    const char *name;
    const char *arguments; /* "SELECTOR…", for the usage line */
    const char *about;     /* one line */
    const char *help;      /* more, or NULL */
    const char *group;
    const struct option_spec *options; /* name == NULL ends it; NULL: only the common ones */
    int min_args, max_args;            /* -1: any number */
    enum status (*run)(struct cli *cli);
};

extern const struct option_spec options_common[];
/* Parses argv (options may stand anywhere); false with a usage error on stderr. */
bool options_parse(struct cli *cli, const struct command *command, int argc, char **argv);
void options_print(const struct option_spec *options, FILE *to);

/* "torstarter: what" on stderr; returns the exit status that fits the error's code. */
enum status cli_error(const struct err *e);
enum status cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Everything on stdout was written, or STATUS_TROUBLE. */
enum status cli_finish(enum status status);

void cli_search_path(struct cli *cli, const char *site_file, struct search_path *out);
/* The site file by the rules of --site; NULL after having said what is wrong and set *status. */
struct site *cli_load_site(struct cli *cli, struct search_path *path, enum status *status);
/* The file that would be read: --site, ./site.yaml, the user's own; NULL: there is none. */
const char *cli_site_file(struct cli *cli);
/* --db, else $XDG_STATE_HOME/torstarter/torstarter.db. */
const char *cli_store_uri(struct cli *cli);
struct store *cli_open_store(struct cli *cli, unsigned flags, enum status *status);
char *cli_state_dir(struct cli *cli); /* in the arena */
bool cli_job_number(const char *text, int64_t *job, struct err *e);

#endif
