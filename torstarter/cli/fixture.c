/* fixture: a job of the past as answers that may be passed on, and the proof that they are judged as the true ones were. */
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "cli/fixture_session.h"
#include "cli/safe.h"
#include "cli/screen.h"
#include "job/rejudge.h"
#include "session/matcher.h"
#include "store/transcript.h"

struct fixture {
    struct cli *cli;
    struct store *store;
    struct search_path path;
    struct site *site; /* NULL: none */
    struct platform *platform;
    VEC(struct rule *) rules;
    struct past_job job;
    struct past_site values;
    struct disguise *disguise;
    const char *dir;
    struct run run; /* has the answers as they came */
    size_t files, same, others, not_judged;
    struct str verdicts; /* verdicts.txt */
    struct str line;     /* of the transcript, unfinished */
};

/* ---- who it was ---- */

/* The name in a prompt: the last, unfinished line. */
static bool learn_prompt(void *ctx, const struct transcript_chunk *c)
{
    struct fixture *f = ctx;
    const struct dialect *d = &f->platform->dialect;
    struct regex_span where;
    if (c->direction != 'o')
        return true;
    const char *newline = memrchr(c->bytes, '\n', c->len);
    if (newline)
        str_reset(&f->line);
    str_add(&f->line, newline ? newline + 1 : c->bytes,
            newline ? (size_t)(c->bytes + c->len - newline - 1) : c->len);
    const struct prompt *p = f->line.len ? match_prompt(d, f->line.data, f->line.len) : NULL;
    if (p && match_hostname(p, f->line.data, f->line.len, &where))
        disguise_add(f->disguise,
                     arena_strndup(&f->cli->arena, f->line.data + where.start, where.end - where.start));
    return true;
}

static bool learn_user(void *ctx, const struct cell *cells, size_t count)
{
    struct fixture *f = ctx;
    char b[32];
    disguise_add(f->disguise, cell_as_text(cells, count, "command", b));
    return true;
}

static bool learn_found(void *ctx, const struct cell *cells, size_t count)
{
    struct fixture *f = ctx;
    char b[32];
    disguise_add(f->disguise, cell_as_text(cells, count, "serial_found", b));
    disguise_add(f->disguise, cell_as_text(cells, count, "serial_expected", b));
    return true;
}

static void learn_answers(struct fixture *f)
{
    for (size_t i = 0; i < f->job.answers.count; i++) {
        const struct past_answer *a = &f->job.answers.items[i];
        if (!a->output)
            continue;
        disguise_learn(f->disguise, a->output, a->len);
        bool asked = run_recall(&f->run, a->query, a->command, strcmp(a->status, "rejected") == 0, a->output,
                                a->len, (uint64_t)a->seq);
        if (asked && f->run.cache->err.code == ERR_NONE)
            safe_learn_records(f->disguise, &f->run.cache->records);
    }
}

static bool learn(struct fixture *f, struct err *e)
{
    struct cell key = cell_int("job", f->job.id);
    disguise_add(f->disguise, f->job.switch_name);
    safe_learn_site(f->disguise, f->values.sw);
    learn_answers(f);
    return store_select(f->store, "SELECT command FROM log_event WHERE job = ? AND kind = 'user'", &key, 1,
                        learn_user, f, e) &&
           store_select(f->store, "SELECT serial_found, serial_expected FROM switch_job WHERE job = ?", &key,
                        1, learn_found, f, e) &&
           transcript_each(f->store, f->job.id, learn_prompt, f, e);
}

/* ---- the same under other names ---- */

static const char *disguised(struct fixture *f, const char *text)
{
    struct str out = {0};
    if (!text)
        return NULL;
    disguise_text(f->disguise, text, strlen(text), &out);
    const char *kept = arena_strdup(&f->cli->arena, str_cstr(&out));
    str_clear(&out);
    return kept;
}

static void disguise_switch(struct fixture *f, struct site_switch *sw)
{
    struct arena *arena = &f->cli->arena;
    struct uplink *uplinks = arena_alloc_array(arena, sw->uplink_count, sizeof *uplinks);
    struct neighbor *neighbors = arena_alloc_array(arena, sw->neighbor_count, sizeof *neighbors);
    sw->name = disguised(f, sw->name);
    sw->serial = disguised(f, sw->serial);
    sw->mac = disguised(f, sw->mac);
    for (size_t i = 0; i < sw->uplink_count; i++) {
        uplinks[i] = sw->uplinks[i];
        uplinks[i].peer = disguised(f, uplinks[i].peer);
        uplinks[i].address = disguised(f, uplinks[i].address);
        uplinks[i].gateway = disguised(f, uplinks[i].gateway);
    }
    for (size_t i = 0; i < sw->neighbor_count; i++) {
        neighbors[i] = sw->neighbors[i];
        neighbors[i].address = disguised(f, neighbors[i].address);
    }
    sw->uplinks = uplinks;
    sw->neighbors = neighbors;
}

/* A copy of the site in which everybody bears the name that the answers give them now. */
static struct past_site disguise_site(struct fixture *f)
{
    struct arena *arena = &f->cli->arena;
    const struct site *from = f->values.site;
    struct past_site out = f->values;
    struct site_switch *own = ARENA_NEW(arena, struct site_switch);
    *own = *f->values.sw;
    disguise_switch(f, own);
    out.sw = own;
    out.site = ARENA_NEW(arena, struct site);
    *out.site = *from;
    out.site->switches = arena_alloc_array(arena, from->switch_count, sizeof *from->switches);
    for (size_t i = 0; i < from->switch_count; i++) {
        out.site->switches[i] = from->switches[i];
        disguise_switch(f, &out.site->switches[i]);
        if (&from->switches[i] == f->values.sw)
            out.sw = &out.site->switches[i];
    }
    out.site->assets = arena_alloc_array(arena, from->asset_count, sizeof *from->assets);
    for (size_t i = 0; i < from->asset_count; i++) {
        out.site->assets[i] = from->assets[i];
        out.site->assets[i].serial = disguised(f, from->assets[i].serial);
        out.site->assets[i].name = disguised(f, from->assets[i].name);
        out.site->assets[i].mac = disguised(f, from->assets[i].mac);
    }
    return out;
}

static void disguise_job(struct fixture *f)
{
    f->job.switch_name = disguised(f, f->job.switch_name);
    f->job.serial = disguised(f, f->job.serial);
    for (size_t i = 0; i < f->job.answers.count; i++) {
        struct past_answer *a = &f->job.answers.items[i];
        struct str safe = {0};
        if (a->output)
            safe_text(f->disguise, a->output, a->len, &safe);
        a->len = a->output ? safe.len : 0;
        a->output = a->output ? arena_strndup(&f->cli->arena, str_cstr(&safe), safe.len) : NULL;
        a->command = disguised(f, a->command);
        str_clear(&safe);
    }
}

/* ---- the files ---- */

/* What the answer is about: the interface, else the address; NULL: neither. */
static const char *about_of(struct fixture *f, const struct cached_answer *c)
{
    static const char *const keys[] = {" interface=", " address="};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *at = strstr(c->key, keys[i]);
        if (at)
            return arena_strndup(&f->cli->arena, at + strlen(keys[i]), strcspn(at + strlen(keys[i]), " "));
    }
    return NULL;
}

/* The first answer of a way has no interface in its name. */
static unsigned number_of(const struct cached_answer *c)
{
    unsigned number = 0;
    for (const struct cached_answer *other = c->next; other; other = other->next)
        number += other->query == c->query && strcmp(other->key, c->key) != 0;
    return number;
}

/* Of each question the last answer, which is the one that counted. */
static bool write_answers(struct fixture *f, struct err *e)
{
    for (const struct cached_answer *c = f->run.cache; c; c = c->next) {
        struct str safe = {0};
        const char *about = disguised(f, about_of(f, c));
        bool newer = false;
        for (const struct cached_answer *other = f->run.cache; other != c; other = other->next)
            newer = newer || strcmp(other->key, c->key) == 0;
        if (newer || c->err.code == ERR_REJECTED)
            continue;
        safe_text(f->disguise, c->text, c->len, &safe);
        char *path = file_join(f->dir, safe_file(c->query, about, number_of(c), &f->cli->arena));
        bool ok = file_write(path, str_cstr(&safe), safe.len, 0644, e);
        mem_free(path);
        str_clear(&safe);
        f->files++;
        if (!ok)
            return false;
    }
    return true;
}

static void tell(void *ctx, const struct rejudged *r)
{
    struct fixture *f = ctx;
    const char *then = *r->then.code ? r->then.code : r->then.state;
    str_printf(&f->verdicts, "%-14s %-22s %s\n", r->plugin, then, disguised(f, r->then.text));
    if (r->end == REJUDGE_NOT_JUDGED) {
        f->not_judged++;
        printf("  %-14s %-22s not judged: %s\n", r->plugin, then, r->why);
    } else if (r->end == REJUDGE_FLIPPED) {
        f->others++;
        printf("  %-14s %-22s but the fixture reads as %s: %s\n", r->plugin, then,
               *r->now.code ? r->now.code : r->now.state, r->now.text);
    } else {
        f->same++;
    }
}

static bool write_verdicts(struct fixture *f, struct err *e)
{
    char *path = file_join(f->dir, "verdicts.txt");
    bool ok = file_write(path, str_cstr(&f->verdicts), f->verdicts.len, 0644, e);
    mem_free(path);
    return ok;
}

static bool write_all(struct fixture *f, struct err *e)
{
    struct past_site values;
    if (!file_make_dirs(f->dir, 0755, e) || !write_answers(f, e))
        return false;
    values = disguise_site(f);
    disguise_job(f);
    struct platform *const platforms[] = {f->platform};
    const struct rejudge what = {.platforms = platforms,
                                 .platform_count = 1,
                                 .rules = f->rules.items,
                                 .rule_count = f->rules.count,
                                 .tell = tell,
                                 .ctx = f};
    rejudge_past(&what, &f->job, &values, f->store);
    return write_verdicts(f, e);
}

/* *alike: it ends as the job did, or is none that can be played. */
static bool write_session(struct fixture *f, bool *alike, struct err *e)
{
    struct replay_result r;
    char *file = file_join(f->dir, "session.cast");
    bool ok = fixture_session(f->store, f->job.id, f->disguise, &f->path, file, &r, e);
    if (ok && r.end == REPLAY_REFUSED)
        printf("no session.cast: %s\n", str_cstr(&r.text));
    else if (ok)
        printf("%s: %s%s\n", file,
               r.end == REPLAY_OK        ? "replayed, it ends as the job did: "
               : r.end == REPLAY_SKIPPED ? "is not replayed: "
                                         : "replayed, it ends otherwise: ",
               str_cstr(&r.text));
    *alike = r.end != REPLAY_NOT_OK;
    replay_result_clear(&r);
    mem_free(file);
    return ok;
}

/* ---- the command ---- */

static void load_rules(struct fixture *f, struct mistakes *m)
{
    for (size_t i = 0; i < f->job.runs.count; i++) {
        const char *name = f->job.runs.items[i].plugin;
        const char *file = arena_printf(&f->cli->arena, "configs/rules/%s.yaml", name);
        if (plugin_by_name(name) || !search_path_find(&f->path, file, &f->cli->arena))
            continue;
        struct rule *rule = rule_load(name, &f->path, m);
        if (rule)
            VEC_ADD(&f->rules, rule);
        if (rule && f->platform)
            platform_add_rule(f->platform, rule, &f->path, m);
    }
}

static enum status load(struct fixture *f)
{
    struct mistakes m = {0};
    enum status status = STATUS_OK;
    if (cli_site_file(f->cli))
        f->site = cli_load_site(f->cli, &f->path, &status);
    else
        cli_search_path(f->cli, NULL, &f->path);
    if (status != STATUS_OK)
        return status;
    f->platform = platform_load(f->job.platform, &f->path, &m);
    load_rules(f, &m);
    status = m.count ? STATUS_FILE : STATUS_OK;
    fputs(str_cstr(&m.text), stderr);
    mistakes_clear(&m);
    return status;
}

static enum status make(struct fixture *f)
{
    struct err e;
    int64_t job;
    if (!cli_job_number(f->cli->args[0], &job, &e) || !past_read(f->store, job, &f->job, &e))
        return cli_error(&e);
    enum status status = load(f);
    if (status != STATUS_OK)
        return status;
    past_site_of(&f->job, f->site, &f->path, &f->values);
    f->run = (struct run){
        .site = f->values.site, .sw = f->values.sw, .role = f->values.sw->role, .platform = f->platform};
    f->dir = f->cli->out ? f->cli->out : arena_printf(&f->cli->arena, "fixture-%s", f->cli->args[0]);
    if (file_exists(f->dir))
        return cli_usage("%s is there already: name another folder with --out", f->dir);
    bool alike = true;
    if (!learn(f, &e) || !write_all(f, &e) || !write_session(f, &alike, &e))
        return cli_error(&e);
    printf("%s: %zu answers; of the verdicts %zu are the same as the job's, %zu differ, %zu not judged\n",
           f->dir, f->files, f->same, f->others, f->not_judged);
    puts("read them before you pass them on: free text (banners, descriptions, locations) stays as it was");
    return f->others || !alike ? STATUS_JOB_FAILED : STATUS_OK;
}

static enum status fixture_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct fixture f = {.cli = cli, .disguise = disguise_new()};
    f.store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (f.store)
        status = make(&f);
    for (size_t i = 0; i < f.rules.count; i++)
        rule_free(f.rules.items[i]);
    VEC_CLEAR(&f.rules);
    if (f.platform)
        platform_free(f.platform);
    if (f.site)
        site_free(f.site);
    past_site_clear(&f.values);
    past_clear(&f.job);
    arena_clear(&f.run.arena);
    disguise_free(f.disguise);
    str_clear(&f.verdicts);
    str_clear(&f.line);
    if (f.store)
        store_close(f.store);
    return status;
}

static const struct option_spec fixture_options[] = {{"out", 0, "DIR",
                                                      "where the answers are written (default ./fixture-JOB)",
                                                      OPTION_TEXT, offsetof(struct cli, out), 0, 0, 0, 0},
                                                     {0}};

const struct command command_fixture = {
    .name = "fixture",
    .arguments = "JOB",
    .about = "a past job's answers as files without secrets and names, judged as the job was",
    .help = "Files as those of `torstarter capture`, verdicts.txt with what the job found, and session.cast, "
            "which `torstarter replay` takes. Exit status 1: "
            "without the names some verdict\nwould be another; it is said which.",
    .group = "data files",
    .options = fixture_options,
    .min_args = 1,
    .max_args = 1,
    .run = fixture_run,
};
