/* capture: every answer of a switch as fixtures that can be passed on, and which templates read them. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/safe.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "cli/work.h"
#include "plugin/capture.h"
#include "text/disguise.h"
#include "text/json.h"

enum { COMMAND_WIDTH_MAX = 80 };

struct taken { /* one answer, kept beyond the run */
    enum captured_state state;
    const struct query *query;
    const char *about, *command, *text, *why, *file;
    size_t len, rows;
    unsigned number;
    bool spare;
    const char *spoiled; /* why it is not read any more as it was written */
};

struct capture {
    struct cli *cli;
    struct work *work;
    const struct platform *platform;
    struct disguise *disguise;
    const char *dir;
    VEC(struct taken) taken;
};

/* ---- on the job's thread ---- */

static void take_answer(void *ctx, struct run *run, const struct captured *c)
{
    struct capture *cap = ctx;
    struct arena *arena = &cap->cli->arena;
    struct taken t = {
        .state = c->state, .query = c->query, .number = c->number, .spare = c->spare, .len = c->len};
    t.about = arena_strdup(arena, c->about);
    t.command = arena_strdup(arena, c->command);
    t.why = arena_strdup(arena, c->why);
    t.text = c->text ? arena_strndup(arena, c->text, c->len) : NULL;
    if (run->session)
        disguise_add(cap->disguise, session_hostname(run->session));
    if (t.text)
        disguise_learn(cap->disguise, t.text, t.len);
    if (c->records) {
        t.rows = c->records->count;
        safe_learn_records(cap->disguise, c->records);
    }
    VEC_ADD(&cap->taken, t);
}

/* ---- afterwards ---- */

static void read_again(struct capture *cap, struct taken *t, const struct str *safe)
{
    struct records r;
    struct err e = {0};
    if (t->state != CAPTURED_READ && t->state != CAPTURED_NONE)
        return;
    if (!reader_read_for(platform_reader_of(cap->platform, t->query), t->about, str_cstr(safe), safe->len,
                         &cap->cli->arena, &r, &e))
        t->spoiled = arena_strdup(&cap->cli->arena, e.msg);
    else if (r.count != t->rows)
        t->spoiled = "other rows than the answer had";
}

static bool write_one(struct capture *cap, struct taken *t, struct err *e)
{
    if (!t->text || t->state == CAPTURED_REJECTED || t->state == CAPTURED_NOT_ASKED)
        return true;
    struct str safe = {0};
    safe_text(cap->disguise, t->text, t->len, &safe);
    t->file = safe_file(t->query, t->about, t->number, &cap->cli->arena);
    char *path = file_join(cap->dir, t->file);
    bool ok = file_write(path, str_cstr(&safe), safe.len, 0644, e);
    read_again(cap, t, &safe);
    mem_free(path);
    str_clear(&safe);
    return ok;
}

/* ---- the table ---- */

static const char *outcome_of(struct capture *cap, const struct taken *t)
{
    static const char *const words[] = {"read", "none", "rejected", "UNREAD", "not asked"};
    struct str s = {0}, why = {0};
    str_add_cstr(&s, t->spare ? "unread, and not needed" : words[t->state]);
    if (t->state == CAPTURED_READ)
        str_printf(&s, ", %zu row%s", t->rows, t->rows == 1 ? "" : "s");
    if (t->spoiled)
        str_printf(&why, "but not as written: %s", t->spoiled);
    else if (t->why && t->state != CAPTURED_REJECTED)
        str_add_cstr(&why, t->why);
    if (why.len)
        str_add_cstr(&s, ": ");
    const struct reader *reader = platform_reader_of(cap->platform, t->query);
    if (t->state == CAPTURED_UNREAD && reader->template_file)
        str_printf(&s, "%s: ", reader->template_file);
    disguise_text(cap->disguise, str_cstr(&why), why.len, &s);
    const char *kept = arena_strdup(&cap->cli->arena, str_cstr(&s));
    str_clear(&s);
    str_clear(&why);
    return kept;
}

static const char *name_of(struct capture *cap, const struct taken *t)
{
    return t->query->alternative
               ? arena_printf(&cap->cli->arena, "%s#%u", t->query->name, t->query->alternative + 1)
               : t->query->name;
}

static void print_json(struct capture *cap, const struct taken *t, const char *command)
{
    static const char *const states[] = {"read", "none", "rejected", "unread", "not_asked"};
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "query", name_of(cap, t));
    json_put_text(&w, "command", command);
    json_put_int(&w, "bytes", (int64_t)t->len);
    json_put_text(&w, "state", states[t->state]);
    json_put_int(&w, "rows", (int64_t)t->rows);
    json_put_text(&w, "template", platform_reader_of(cap->platform, t->query)->template_file);
    json_put_text(&w, "file", t->file);
    json_put_text(&w, "text", outcome_of(cap, t));
    json_put_bool(&w, "spoiled", t->spoiled != NULL);
    json_close_object(&w);
    puts(str_cstr(&line));
    str_clear(&line);
}

static int command_width(const struct capture *cap)
{
    size_t width = strlen("command");
    for (size_t i = 0; i < cap->taken.count; i++) {
        size_t len = strlen(cap->taken.items[i].command);
        width = len > width && len <= COMMAND_WIDTH_MAX ? len : width;
    }
    return (int)width;
}

static void print_table(struct capture *cap)
{
    int width = command_width(cap);
    if (!cap->cli->json)
        printf("%-20s %-*s %8s  %s\n", "query", width, "command", "bytes", "answer");
    for (size_t i = 0; i < cap->taken.count; i++) {
        const struct taken *t = &cap->taken.items[i];
        struct str command = {0};
        disguise_text(cap->disguise, t->command, strlen(t->command), &command);
        if (cap->cli->json)
            print_json(cap, t, str_cstr(&command));
        else
            printf("%-20s %-*s %8zu  %s\n", name_of(cap, t), width, str_cstr(&command), t->len,
                   outcome_of(cap, t));
        str_clear(&command);
    }
}

static bool print_end(void *ctx, const struct cell *cells, size_t count)
{
    char b[32];
    const char *code = cell_as_text(cells, count, "failure_code", b);
    fprintf(stderr, "job %lld %s%s%s; `torstarter log %lld` shows what was typed\n",
            cell_as_int(cells, count, "job"), *code ? code : "passed", *code ? ": " : "",
            cell_as_text(cells, count, "failure_text", b), cell_as_int(cells, count, "job"));
    (void)ctx;
    return true;
}

static const char last_select[] =
    "SELECT job, COALESCE(failure_code, '') AS failure_code, COALESCE(failure_text, '') AS failure_text FROM "
    "switch_job WHERE console = ? ORDER BY job DESC LIMIT 1";

/* ---- the command ---- */

static bool write_all(struct capture *cap, struct err *e)
{
    safe_learn_site(cap->disguise, cap->work->specs[0].sw);
    bool ok = file_make_dirs(cap->dir, 0755, e);
    for (size_t i = 0; ok && i < cap->taken.count; i++)
        ok = write_one(cap, &cap->taken.items[i], e);
    return ok;
}

static enum status run_capture(struct capture *cap)
{
    struct work *w = cap->work;
    struct err e;
    struct engine_tally tally;
    const struct capturer capturer = {cap, take_answer};
    struct cell console = cell_text("console", w->specs[0].sw->console.name);
    cap->platform = w->specs[0].platform;
    w->options.store = w->store;
    w->options.cancel = stop_on_signals();
    w->options.capturer = &capturer;
    if (!engine_run(&w->options, w->specs, 1, &tally, &e) || !write_all(cap, &e))
        return cli_error(&e);
    bool good = tally.passed == 1;
    for (size_t i = 0; i < cap->taken.count; i++)
        good = good && (cap->taken.items[i].spare || cap->taken.items[i].state != CAPTURED_UNREAD);
    print_table(cap);
    fflush(stdout);
    if (!store_select(w->store, last_select, &console, 1, print_end, NULL, &e))
        return cli_error(&e);
    if (cap->taken.count)
        fprintf(stderr,
                "written to %s; names, addresses, serial numbers and secrets are replaced, descriptions and "
                "banners are "
                "not: read them before you pass them on\n",
                cap->dir);
    return tally.cancelled ? STATUS_INTERRUPTED : good ? STATUS_OK : STATUS_JOB_FAILED;
}

static enum status check_dir(const char *dir)
{
    char **names;
    size_t count = file_list(dir, "", &names);
    for (size_t i = 0; i < count; i++)
        mem_free(names[i]);
    mem_free(names);
    return count ? cli_usage("%s is not empty; name another folder with --out", dir) : STATUS_OK;
}

static enum status capture_run(struct cli *cli)
{
    struct work w = {.cli = cli, .command = "capture", .platform = cli->console ? NULL : cli->platform};
    struct capture cap = {.cli = cli, .work = &w, .disguise = disguise_new()};
    enum status status = work_prepare(&w, "capture", cli->args, cli->arg_count);
    if (status == STATUS_OK && w.chosen.count != 1)
        status = cli_usage("a capture is of one switch; \"%s\" names %zu", w.selectors, w.chosen.count);
    if (status == STATUS_OK) {
        cap.dir = cli->out ? cli->out : arena_printf(&cli->arena, "capture-%s", w.specs[0].platform->name);
        status = check_dir(cap.dir);
    }
    if (status == STATUS_OK)
        status = work_open_store(&w);
    if (status == STATUS_OK)
        status = run_capture(&cap);
    VEC_CLEAR(&cap.taken);
    disguise_free(cap.disguise);
    work_clear(&w);
    return status;
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec capture_options[] = {
    {"out", 0, "DIR", "where the answers are written (default ./capture-PLATFORM)", OPTION_TEXT, AT(out), 0,
     0, 0, 0},
    {"platform", 0, "NAME", "ask and read as this platform, instead of the one in the site file", OPTION_TEXT,
     AT(platform), 0, 0, 0, 0},
    {"console", 0, "URI", "a switch that is in no site file; wants --platform", OPTION_TEXT, AT(console), 0,
     0, 0, 0},
    {0}};

const struct command command_capture = {
    .name = "capture",
    .arguments = "SWITCH",
    .about = "every answer of a switch as files without secrets and names, and which templates read them",
    .help = "Asks each query of the platform once, in every way it knows; of uplinks and gateways those of "
            "the site file. The files "
            "are\nlaid out as fixtures/PLATFORM/healthy: QUERY.txt, QUERY.2.txt for the second way, "
            "QUERY.INTERFACE.txt for further "
            "uplinks.\nExit status 1: some answer was not read; its file shows a template's author what the "
            "switch prints.",
    .group = "data files",
    .options = capture_options,
    .max_args = 1,
    .run = capture_run,
};
