/* Each recording has a site, a clock, a store and an engine of its own: nothing of one can be seen in another. */
#include "job/replay.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "job/engine.h"
#include "job/log_console.h"
#include "job/recording.h"
#include "job/replay_kind.h"
#include "job/replay_records.h"
#include "model/snapshot.h"
#include "transport/replay.h"

enum { US_PER_S = 1000000, LOG_MAX_BYTES = 64 * 1024 * 1024 };

struct replays {
    const struct replay_wishes *wishes;
    struct kinds *kinds;
};

struct through { /* a line that is not trusted */
    const struct log_line_fault *fault;
    struct str *records;
};

struct play { /* one job */
    struct replays *all;
    const struct kind *kind;
    const char *const *only, *const *skip;
    const struct recording *recording; /* NULL: a log */
    struct log_console *log;           /* NULL: strict */
    const struct through *through;     /* NULL: it is no hostile one */
    struct replay_tape tape;
    struct replay_clock clock;
    struct site *site;
    struct job_spec spec;
    enum job_state state;
    enum failure failure;
    char *text;
};

void replay_result_clear(struct replay_result *r)
{
    str_clear(&r->text);
    str_clear(&r->details);
    str_clear(&r->records);
}

static void refuse(struct replay_result *out, const struct err *e)
{
    out->end = REPLAY_REFUSED;
    str_add_printable(&out->text, e->msg);
}

static struct transport *open_console(void *ctx, const struct uri *uri,
                                      const struct transport_options *options, struct err *e)
{
    struct play *p = ctx;
    (void)uri;
    if (p->log)
        return log_console_open(p->log, options, e);
    if (p->recording->opening) {
        err_fail(e, ERR_FAILED, p->recording->opening, "%s", p->recording->opening_text);
        return NULL;
    }
    return replay_open_tape(&p->clock, options, e);
}

static void take_events(struct play *p, struct queue *events)
{
    for (struct job_event *e; (e = queue_try_pop(events));) {
        if (e->kind == EVENT_JOB_FINISHED) {
            p->state = e->state;
            p->failure = e->failure;
            p->text = e->text ? mem_strdup(e->text) : NULL;
        }
        job_event_free(e);
    }
}

/* The job as the engine runs it. False: it could not be begun. */
static bool run_job(struct play *p, struct err *e)
{
    struct engine_tally tally;
    struct queue *events = queue_new();
    struct store *store = store_open("", STORE_MEMORY, e);
    const struct engine_options o = {.site = p->site,
                                     .type = p->kind->type,
                                     .store = store,
                                     .jobs = 1,
                                     .only = p->only,
                                     .skip = p->skip,
                                     .events = events,
                                     .open = open_console,
                                     .open_ctx = p};
    p->spec.sw->console.options.clock = &p->clock.clock;
    bool ok = store && engine_check(&o, &p->spec, 1, e) && engine_run(&o, &p->spec, 1, &tally, e);
    take_events(p, events);
    if (ok && p->through)
        ok = replay_records(store, p->through->records, e);
    store_close(store);
    queue_free(events);
    return ok;
}

static void clear(struct play *p)
{
    site_free(p->site);
    replay_tape_clear(&p->tape);
    mem_free(p->text);
}

static const char *verdict_name(const struct play *p)
{
    return p->failure ? failure_name(p->failure) : job_state_name(p->state);
}

static void say_verdict(const struct play *p, struct replay_result *out)
{
    str_printf(&out->text, "%s", verdict_name(p));
    if (p->text && *p->text) {
        str_add_cstr(&out->details, "verdict: ");
        str_add_printable(&out->details, p->text);
        str_add_char(&out->details, '\n');
    }
}

static void put_line(struct str *out, const char *what, const struct str *line)
{
    str_add_cstr(out, what);
    str_add_escaped(out, str_cstr(line), line->len);
    str_add_char(out, '\n');
}

static void say_divergence(const struct play *p, const char *name, struct replay_result *out)
{
    const struct replay_tape *t = &p->tape;
    char at[CLOCK_TEXT_MAX];
    clock_format_span(t->diverged_ms, at);
    str_printf(&out->text, "at %s something else was typed than was recorded (ended in %s)", at,
               verdict_name(p));
    str_printf(&out->details, "at: %s:%u, %s.%03d\ntyped:\n", name, t->diverged_line, at,
               (int)(t->diverged_ms % 1000));
    put_line(&out->details, "  - ", &t->expected);
    put_line(&out->details, "  + ", &t->typed);
}

static void say_left(const struct play *p, const char *name, struct replay_result *out)
{
    const struct cast_event *next = &p->tape.cast->events[p->tape.next_in];
    char at[CLOCK_TEXT_MAX];
    struct str line = {0};
    str_add(&line, next->bytes, next->len);
    str_printf(&out->text, "the recording goes on at %s, where the job ended (in %s)",
               clock_format_span(next->at_ms, at), verdict_name(p));
    str_printf(&out->details, "at: %s:%u, %s\ntyped:\n", name, next->line, at);
    put_line(&out->details, "  - ", &line);
    str_clear(&line);
}

/* A code, or a state where no code is looked for. */
static bool is_wanted(const struct play *p, const char *code, const char *state)
{
    if (*code && strcmp(code, verdict_name(p)) != 0 && strcmp(code, job_state_name(p->state)) != 0)
        return false;
    return (*code || !p->failure) && (!*state || strcmp(state, job_state_name(p->state)) == 0);
}

static void judge_verdict(const struct play *p, struct replay_result *out)
{
    const struct recording *r = p->recording;
    const char *expect = p->all->wishes->expect;
    const char *code = expect ? expect
                       : r    ? r->failure_code
                              : "PASSED",
               *state = expect || !r ? "" : r->state;
    const char *wanted = *code ? code : state;
    char at[CLOCK_TEXT_MAX];
    if (is_wanted(p, code, state)) {
        say_verdict(p, out);
        return;
    }
    out->end = REPLAY_NOT_OK;
    if (p->log && *log_console_lack(p->log))
        str_printf(&out->text, "the log has no answer to \"%s\"; expected %s, ended in ",
                   log_console_lack(p->log), wanted);
    else if (!p->log && p->tape.ended)
        str_printf(&out->text, "recording ends at %s; expected %s, ended in ",
                   clock_format_span(p->tape.cast->end_ms, at), wanted);
    else
        str_printf(&out->text, "expected %s, ended in ", wanted);
    say_verdict(p, out);
}

static void judge(const struct play *p, const char *name, struct replay_result *out)
{
    out->virtual_ms = p->log ? log_console_now_ms(p->log) : p->clock.clock.now_ms;
    out->state = p->state;
    out->failure = p->failure;
    out->end = REPLAY_NOT_OK;
    if (!p->log && p->tape.diverged)
        say_divergence(p, name, out);
    else if (!p->log && !p->recording->opening && !replay_tape_is_done(&p->tape))
        say_left(p, name, out);
    else {
        out->end = REPLAY_OK;
        judge_verdict(p, out);
    }
}

static bool load_site(struct play *p, struct err *e)
{
    struct mistakes m = {0};
    p->site = snapshot_load(p->recording->site, p->all->wishes->path, &m);
    bool ok = mistakes_none(&m, e) && p->site;
    mistakes_clear(&m);
    if (!ok || p->site->switch_count > 0)
        return ok;
    return err_set(e, ERR_SYNTAX, "the header's site has no switch");
}

static void fill(struct play *p)
{
    const struct recording *r = p->recording;
    p->spec = (struct job_spec){.sw = &p->site->switches[0],
                                .platform = p->kind->platform,
                                .nonce_seed = r->nonce_seed,
                                .override_serial = r->override_serial,
                                .override_reason = r->override_reason};
    p->only = r->only;
    p->skip = r->skip;
    p->clock.clock.utc_us = r->timestamp_s * US_PER_S;
    p->clock.tape = &p->tape;
    replay_tape_init(&p->tape, &r->cast, &p->clock.clock);
}

/* A person sat at the keyboard: what was typed has no reason in the code. */
static bool was_attended(const struct recording *r)
{
    return strcmp(r->job_type, "console") == 0 || strcmp(r->job_type, "capture") == 0;
}

static bool is_over(const struct recording *r, struct replay_result *out)
{
    char at[CLOCK_TEXT_MAX];
    if (!r->whole) {
        out->end = REPLAY_NOT_OK;
        str_printf(&out->text, "recording ends at %s: its end is not marked, so the rest was cut off",
                   clock_format_span(r->cast.end_ms, at));
    } else if (was_attended(r)) {
        out->end = REPLAY_SKIPPED;
        str_printf(&out->text, "job type %s is led by a person", r->job_type);
    } else if (strcmp(r->state, "CANCELLED") == 0 || strcmp(r->state, "LOST") == 0) {
        out->end = REPLAY_SKIPPED;
        str_printf(&out->text, "the job was %s, which is nothing that the switch said", r->state);
    }
    return r->whole && out->end != REPLAY_SKIPPED;
}

static struct log_console *loose_console(struct play *p, const struct recording *r)
{
    struct str said = {0};
    for (size_t i = 0; i < r->cast.count; i++)
        if (!r->cast.events[i].typed)
            str_add(&said, r->cast.events[i].bytes, r->cast.events[i].len);
    struct log_console *c = log_console_new(&p->kind->platform->dialect, str_cstr(&said), said.len);
    str_clear(&said);
    if (log_console_has_any(c))
        return c;
    log_console_free(
        c); /* nothing to answer by: a console that was silent, busy, or never came to a prompt */
    return NULL;
}

static void play_recording(struct replays *all, const char *name, const struct recording *r,
                           const struct through *through, struct replay_result *out)
{
    struct play p = {.all = all, .recording = r, .through = through, .state = JOB_ERROR};
    struct err e = {0};
    if (!is_over(r, out))
        return;
    p.kind = kinds_get(all->kinds, r->platform, r->job_type, &e);
    if (!p.kind || !load_site(&p, &e)) {
        refuse(out, &e);
        site_free(p.site);
        return;
    }
    fill(&p);
    if (all->wishes->loose || through)
        p.log = loose_console(&p, r);
    if (p.log && through)
        log_console_set_fault(p.log, through->fault);
    if (through && !p.log) {
        out->end = REPLAY_SKIPPED;
        str_add_cstr(&out->text, "nothing in it can be answered by command");
    } else if (run_job(&p, &e))
        judge(&p, name, out);
    else
        refuse(out, &e);
    log_console_free(p.log);
    clear(&p);
}

/* The platform by the nearest folder of a log that has a platform's name. */
static const char *platform_of(const struct replays *all, const char *path, struct arena *arena)
{
    const char *const *names;
    size_t count = search_path_list(all->wishes->path, "platforms", ".yaml", arena, &names);
    const char *best = NULL, *at = NULL;
    if (all->wishes->platform)
        return all->wishes->platform;
    for (size_t i = 0; i < count; i++) {
        const char *part = arena_printf(arena, "/%s/", names[i]), *whole = arena_printf(arena, "/%s", path);
        for (const char *p = whole; (p = strstr(p, part)); p++)
            if (!at || p - whole > at - whole)
                at = p, best = names[i];
    }
    return best;
}

static void play_log(struct replays *all, const char *name, const char *text, size_t len,
                     const struct through *through, struct replay_result *out)
{
    struct play p = {.all = all,
                     .through = through,
                     .state = JOB_ERROR,
                     .only = all->wishes->only,
                     .skip = all->wishes->skip};
    struct err e = {0};
    struct arena arena = {0};
    struct mistakes m = {0};
    const char *platform = platform_of(all, name, &arena);
    const char *type = all->wishes->job_type ? all->wishes->job_type : "validate";
    if (!platform)
        err_set(&e, ERR_SYNTAX,
                "%s: of which platform? give --platform NAME, or put it into a folder of that name", name);
    else if ((p.kind = kinds_get(all->kinds, platform, type, &e)))
        p.site = site_of_one("replay:log", platform, all->wishes->path, &m);
    if (!p.site || !mistakes_none(&m, &e)) {
        refuse(out, &e);
    } else {
        p.spec = (struct job_spec){.sw = &p.site->switches[0], .platform = p.kind->platform};
        p.log = log_console_new(&p.kind->platform->dialect, text, len);
        log_console_set_fault(p.log, through ? through->fault : NULL);
        if (!log_console_has_any(p.log)) {
            out->end = REPLAY_NOT_OK;
            str_printf(&out->text, "no command of %s is echoed behind a prompt in it", platform);
        } else if (run_job(&p, &e)) {
            judge(&p, name, out);
        } else {
            refuse(out, &e);
        }
        log_console_free(p.log);
    }
    mistakes_clear(&m);
    arena_clear(&arena);
    clear(&p);
}

static void play_text(struct replays *all, const char *name, const char *text, size_t len,
                      const struct through *through, struct replay_result *out)
{
    struct recording r;
    struct err e = {0};
    if (replay_is_log(name)) {
        play_log(all, name, text, len, through, out);
        return;
    }
    if (!recording_read_text(name, text, len, &r, &e)) {
        refuse(out, &e);
        return;
    }
    play_recording(all, name, &r, through, out);
    recording_clear(&r);
}

void replay_text(struct replays *all, const char *name, const char *text, size_t len,
                 struct replay_result *out)
{
    *out = (struct replay_result){.end = REPLAY_NOT_OK};
    play_text(all, name, text, len, NULL, out);
}

static void play_file(struct replays *all, const char *path, const struct through *through,
                      struct replay_result *out)
{
    struct str text = STR_MAX(replay_is_log(path) ? LOG_MAX_BYTES : CAST_FILE_MAX_BYTES);
    struct err e = {0};
    *out = (struct replay_result){.end = REPLAY_NOT_OK};
    if (file_read(path, &text, &e))
        play_text(all, path, str_cstr(&text), text.len, through, out);
    else
        refuse(out, &e);
    str_clear(&text);
}

void replay_file(struct replays *all, const char *path, struct replay_result *out)
{
    play_file(all, path, NULL, out);
}

void replay_through(struct replays *all, const char *path, const struct log_line_fault *fault,
                    struct replay_result *out)
{
    const struct through through = {.fault = fault, .records = &out->records};
    play_file(all, path, &through, out);
}

bool replay_is_log(const char *name)
{
    return str_ends(name, ".log") || str_ends(name, ".raw");
}

bool replay_is_file(const char *name)
{
    return replay_is_log(name) || str_ends(name, ".cast");
}

struct replays *replays_new(const struct replay_wishes *wishes)
{
    struct replays *all = MEM_NEW(struct replays);
    all->wishes = wishes;
    all->kinds = kinds_new(wishes->path);
    return all;
}

void replays_free(struct replays *all)
{
    kinds_free(all->kinds);
    mem_free(all);
}
