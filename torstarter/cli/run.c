/* provision, validate and run: the same thing with another job type. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/live.h"
#include "cli/plan.h"
#include "cli/run.h"
#include "cli/stop.h"
#include "cli/work.h"

enum { EVENT_WAIT_MS = 100 };

struct engine_thread {
    struct work *work;
    struct engine_tally tally;
    bool ok;
    struct err err;
};

static void *engine_main(void *arg)
{
    struct engine_thread *t = arg;
    t->ok = engine_run(&t->work->options, t->work->specs, t->work->chosen.count, &t->tally, &t->err);
    queue_close(t->work->options.events);
    return NULL;
}

static void watch(struct work *w, struct live *live)
{
    bool told = false;
    for (bool closed = false; !closed;) {
        struct job_event *event = queue_pop_until(w->options.events, EVENT_WAIT_MS);
        closed = !event && queue_is_closed(w->options.events);
        for (; event; event = queue_try_pop(w->options.events)) {
            live_event(live, event);
            job_event_free(event);
        }
        if (!told && cancel_level(w->options.cancel) != CANCEL_NONE) {
            told = true;
            fputs(
                "torstarter: stopping: queries finish, sessions are logged out; Ctrl-C again stops at once\n",
                stderr);
        }
        live_tick(live);
    }
}

static struct live *start_live(struct work *w, char *title, size_t size)
{
    struct live_switch *rows = mem_alloc_array(w->chosen.count, sizeof *rows);
    for (size_t i = 0; i < w->chosen.count; i++)
        rows[i] = (struct live_switch){w->specs[i].sw, plan_bytes(&w->options, &w->specs[i])};
    snprintf(title, size, "%s · %s · %zu switch%s", w->type->name, w->selectors, w->chosen.count,
             w->chosen.count == 1 ? "" : "es");
    struct live *live = live_new(title, rows, w->chosen.count, w->cli->json);
    mem_free(rows);
    return live;
}

static enum status run_jobs(struct work *w)
{
    char title[200];
    struct engine_thread t = {.work = w};
    w->options.store = w->store;
    w->options.events = queue_new();
    w->options.cancel = stop_on_signals();
    struct live *live = start_live(w, title, sizeof title);
    pthread_t thread;
    if (pthread_create(&thread, NULL, engine_main, &t) != 0) {
        err_set(&t.err, ERR_FAILED, "cannot start a thread; too many processes?");
    } else {
        watch(w, live);
        pthread_join(thread, NULL);
        live_end(live, w->command, w->cli->console != NULL);
    }
    live_free(live);
    queue_free(w->options.events);
    bool stopped = cancel_level(w->options.cancel) != CANCEL_NONE;
    if (!t.ok)
        return cli_error(&t.err);
    if (stopped)
        return STATUS_INTERRUPTED;
    return t.tally.failed || t.tally.errors || t.tally.cancelled ? STATUS_JOB_FAILED : STATUS_OK;
}

enum status run_type(struct cli *cli, const char *command, const char *type, char **selectors, int count,
                     const struct run_parent *parent)
{
    struct work w = {.cli = cli, .command = command};
    if (cli->console)
        w.command = arena_printf(&cli->arena, "%s --console '%s' --platform %s", command, cli->console,
                                 cli->platform ? cli->platform : "");
    enum status status = work_prepare(&w, type, selectors, count);
    if (status == STATUS_OK && parent) {
        w.specs[0].parent_job = parent->job;
        w.specs[0].attempt = parent->attempt + 1;
    }
    if (status == STATUS_OK && cli->plan)
        plan_print(&w.options, w.specs, w.chosen.count, cli->json);
    else if (status == STATUS_OK && (status = work_open_store(&w)) == STATUS_OK)
        status = run_jobs(&w);
    work_clear(&w);
    return status;
}

static enum status provision_run(struct cli *cli)
{
    return run_type(cli, "provision", "provision", cli->args, cli->arg_count, NULL);
}

static enum status validate_run(struct cli *cli)
{
    return run_type(cli, "validate", "validate", cli->args, cli->arg_count, NULL);
}

static enum status run_run(struct cli *cli)
{
    return run_type(cli, arena_printf(&cli->arena, "run %s", cli->args[0]), cli->args[0], cli->args + 1,
                    cli->arg_count - 1, NULL);
}

#define AT(member) offsetof(struct cli, member)

const struct option_spec run_options[] = {
    {"jobs", 'j', "N", "jobs at once (default 32); a console server's own cap holds beside it", OPTION_NUMBER,
     AT(jobs), 0, 1, 1000, 0},
    {"plan", 0, NULL, "print phases, commands, bytes and wire time; touch nothing", OPTION_FLAG, AT(plan), 0,
     0, 0, 0},
    {"console", 0, "URI", "a switch that is in no site file: ssh://user@host:22/7?kind=opengear", OPTION_TEXT,
     AT(console), 0, 0, 0, 0},
    {"platform", 0, "NAME",
     "its platform; user and password come from TORSTARTER_USER and TORSTARTER_PASSWORD", OPTION_TEXT,
     AT(platform), 0, 0, 0, 0},
    {"only", 0, "PLUGIN", "only this plugin (and those without which nothing can be asked); may be repeated",
     OPTION_LIST, AT(only), AT(only_count), 0, 0, 16},
    {"skip", 0, "PLUGIN", "all but this plugin; may be repeated", OPTION_LIST, AT(skip), AT(skip_count), 0, 0,
     16},
    {"override", 0, "SWITCH=SERIAL",
     "change it though it shows signs of being in service; never another switch than this, never what could "
     "not be read",
     OPTION_LIST, AT(overrides), AT(override_count), 0, 0, 16},
    {"reason", 0, "TEXT", "why; kept with the job", OPTION_TEXT, AT(reason), 0, 0, 0, 0},
    {0}};

#define HELP                                                                                                 \
    "Watched live on a terminal; else a line per event, with --json an object per event. Ctrl-C once: "      \
    "running queries\n"                                                                                      \
    "and a change under way finish, sessions are logged out, jobs are CANCELLED; twice: stop at once."

const struct command command_provision = {.name = "provision",
                                          .arguments = "SELECTOR…",
                                          .about = "take switches from cabled to proven",
                                          .help = HELP,
                                          .group = "work on switches",
                                          .options = run_options,
                                          .max_args = -1,
                                          .run = provision_run};

const struct command command_validate = {.name = "validate",
                                         .arguments = "SELECTOR…",
                                         .about = "the same checks, and nothing that changes the switch",
                                         .help = HELP,
                                         .group = "work on switches",
                                         .options = run_options,
                                         .max_args = -1,
                                         .run = validate_run};

const struct command command_run = {.name = "run",
                                    .arguments = "TYPE SELECTOR…",
                                    .about = "any job type (configs/job-types/TYPE.yaml)",
                                    .help = HELP,
                                    .group = "work on switches",
                                    .options = run_options,
                                    .min_args = 1,
                                    .max_args = -1,
                                    .run = run_run};
