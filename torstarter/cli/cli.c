#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static enum status status_of(enum err_code code)
{
    return code == ERR_USAGE       ? STATUS_USAGE
           : code == ERR_SYNTAX    ? STATUS_FILE
           : code == ERR_CANCELLED ? STATUS_INTERRUPTED
                                   : STATUS_TROUBLE;
}

enum status cli_error(const struct err *e)
{
    fflush(stdout);
    fprintf(stderr, "torstarter: %s\n", e->msg);
    return status_of(e->code);
}

enum status cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fflush(stdout);
    fputs("torstarter: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return STATUS_USAGE;
}

enum status cli_finish(enum status status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno != EPIPE) /* a reader that has seen enough is no trouble of ours */
        fprintf(stderr, "torstarter: cannot write to standard output: %s\n", strerror(errno));
    return status == STATUS_OK ? STATUS_TROUBLE : status;
}

void cli_search_path(struct cli *cli, const char *site_file, struct search_path *out)
{
    char *dir = site_file ? file_dir(site_file) : NULL;
    search_path_init(out, cli->paths, cli->path_count, dir, &cli->arena);
    mem_free(dir);
}

static const char *xdg(struct cli *cli, const char *variable, const char *fallback)
{
    const char *set = getenv(variable);
    if (set && *set == '/')
        return set;
    const char *home = getenv("HOME");
    const struct passwd *user = home && *home ? NULL : getpwuid(getuid());
    return arena_printf(&cli->arena, "%s/%s",
                        user            ? user->pw_dir
                        : home && *home ? home
                                        : "/nonexistent",
                        fallback);
}

const char *cli_site_file(struct cli *cli)
{
    if (cli->site)
        return cli->site;
    if (file_exists("site.yaml"))
        return "site.yaml";
    const char *config = xdg(cli, "XDG_CONFIG_HOME", ".config");
    const char *file = arena_printf(&cli->arena, "%s/torstarter/site.yaml", config);
    return file_exists(file) ? file : NULL;
}

struct site *cli_load_site(struct cli *cli, struct search_path *path, enum status *status)
{
    struct mistakes m = {0};
    struct site *site = NULL;
    const char *file = NULL;
    if (cli->console) {
        cli_search_path(cli, NULL, path);
        site = site_of_one(cli->console, cli->platform, path, &m);
    } else if ((file = cli_site_file(cli))) {
        cli_search_path(cli, file, path);
        site = site_load(file, path, &m);
    } else {
        *status = cli_usage("no site file: there is no ./site.yaml and no %s/torstarter/site.yaml; name one "
                            "with --site FILE, or "
                            "a switch with --console URI --platform NAME",
                            xdg(cli, "XDG_CONFIG_HOME", ".config"));
        return NULL;
    }
    if (!site) {
        fflush(stdout);
        fputs(str_cstr(&m.text), stderr);
        *status = STATUS_FILE;
    }
    mistakes_clear(&m);
    return site;
}

char *cli_state_dir(struct cli *cli)
{
    return arena_printf(&cli->arena, "%s/torstarter", xdg(cli, "XDG_STATE_HOME", ".local/state"));
}

const char *cli_store_uri(struct cli *cli)
{
    return cli->db ? cli->db : arena_printf(&cli->arena, "%s/torstarter.db", cli_state_dir(cli));
}

struct store *cli_open_store(struct cli *cli, unsigned flags, enum status *status)
{
    struct err e;
    struct store *store = store_open(cli_store_uri(cli), flags, &e);
    if (!store)
        *status = cli_error(&e);
    return store;
}

bool cli_job_number(const char *text, int64_t *job, struct err *e)
{
    char *end;
    errno = 0;
    *job = strtoll(text, &end, 10);
    if (errno || end == text || *end || *job <= 0)
        return err_set(e, ERR_USAGE, "\"%s\" is no job number; `torstarter jobs` lists them", text);
    return true;
}
