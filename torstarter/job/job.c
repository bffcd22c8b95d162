#include "job/job.h"

#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "job/guard.h"
#include "job/job_site.h"
#include "job/journal.h"
#include "job/late.h"
#include "job/lock.h"
#include "job/steps.h"
#include "model/rule.h"
#include "plugin/run.h"
#include "store/change_rows.h"

struct work { /* one job at work */
    const struct job *job;
    struct journal journal;
    struct outcome outcome;
    struct run run;
    struct console console; /* the site's, with the operator's wish to stop */
    struct console_lock lock;
    struct mask *mask;
    struct guard guard;
    bool config_proved, reboot_proved; /* by a plugin that passed */
};

static void mask_credential(struct mask *mask, const struct site_credential *c)
{
    if (c && c->password)
        mask_add(mask, c->password);
    if (c && c->enable_password)
        mask_add(mask, c->enable_password);
}

static struct mask *mask_of(const struct site_switch *sw)
{
    struct mask *mask = mask_new();
    mask_credential(mask, sw->console_credential);
    if (sw->console.options.password)
        mask_add(mask, sw->console.options.password);
    for (size_t i = 0; i < sw->credential_count; i++)
        mask_credential(mask, sw->credentials[i]);
    for (size_t i = 0; i < sw->config.secret_count; i++)
        mask_credential(mask, sw->config.secrets[i]);
    return mask;
}

static const struct credential *credentials_of(const struct site_switch *sw, struct arena *arena)
{
    struct credential *list = arena_alloc_array(arena, sw->credential_count, sizeof *list);
    for (size_t i = 0; i < sw->credential_count; i++) {
        const struct site_credential *c = sw->credentials[i];
        list[i] = (struct credential){
            .name = c->name, .user = c->user, .password = c->password, .enable_password = c->enable_password};
    }
    return list;
}

/* Secrets of the console server may be echoed too, and those that the configuration holds. */
static void add_other_secrets(struct session_options *o, const struct site_switch *sw, struct arena *arena)
{
    const struct site_credential *const *more = sw->config.secrets;
    const struct secret **list = arena_alloc_array(arena, 3 + sw->config.secret_count, sizeof *list);
    const struct site_credential *c = sw->console_credential;
    size_t n = 0;
    if (sw->console.options.password)
        list[n++] = sw->console.options.password;
    if (c && c->password)
        list[n++] = c->password;
    if (c && c->enable_password)
        list[n++] = c->enable_password;
    for (size_t i = 0; i < sw->config.secret_count; i++)
        if (more[i]->password)
            list[n++] = more[i]->password;
    o->other_secrets = list;
    o->other_secret_count = n;
}

static void fill_run(struct work *w)
{
    const struct engine_options *o = w->job->options;
    const struct site_switch *sw = w->job->spec->sw;
    const struct platform *platform = w->job->spec->platform;
    w->console = sw->console;
    w->console.options.cancel = o->cancel;
    w->run = (struct run){.site = o->site,
                          .sw = sw,
                          .role = sw->role,
                          .platform = platform,
                          .cancel = o->cancel,
                          .attendant = o->attendant,
                          .capturer = o->capturer,
                          .hooks = journal_run_hooks(&w->journal)};
    w->run.session_options = (struct session_options){.console = &w->console,
                                                      .dialect = &platform->dialect,
                                                      .credentials = credentials_of(sw, &w->run.arena),
                                                      .credential_count = sw->credential_count,
                                                      .open = o->open,
                                                      .open_ctx = o->open_ctx,
                                                      .hooks = journal_session_hooks(&w->journal),
                                                      .cancel = o->cancel,
                                                      .answer_first_boot = o->type->changes};
    w->run.session_options.nonce_seed = job_nonce_seed(w->job->spec);
    add_other_secrets(&w->run.session_options, sw, &w->run.arena);
    w->guard = (struct guard){.store = o->store,
                              .job = w->job->id,
                              .mask = w->mask,
                              .journal = &w->journal,
                              .override_serial = w->job->spec->override_serial,
                              .override_reason = w->job->spec->override_reason};
    w->run.guard = guard_of(&w->guard);
    if (!o->type->changes)
        w->run.guard.permit = NULL; /* a job that reads has nobody to ask */
}

/* A job that died between its change and its restart leaves the restart to the one that goes on: it finds everything done, and
   nothing proven. A store that cannot tell is taken for yes. */
static bool inherits_change(const struct work *w)
{
    struct err e = {0};
    bool unproven = true;
    if (!w->job->spec->parent_job || !w->job->options->type->changes)
        return false;
    return !permit_rows_unproven(w->job->options->store, w->job->id, &unproven, &e) || unproven;
}

static void work_open(struct work *w)
{
    const struct job *job = w->job;
    char worker[PROCESS_TEXT_MAX];
    w->mask = mask_of(job->spec->sw);
    w->outcome.state = JOB_RUNNING;
    w->lock.fd = -1;
    w->journal = (struct journal){.store = job->options->store,
                                  .events = job->options->events,
                                  .mask = w->mask,
                                  .cancel = job->options->cancel,
                                  .clock = job->spec->sw->console.options.clock,
                                  .index = job->index,
                                  .job = job->id,
                                  .plugins = (unsigned)job->steps->count};
    journal_open(&w->journal, process_format(job->self, worker));
    fill_run(w);
    w->run.changed = inherits_change(w);
    job_site_put(w->journal.store, job, &w->journal, w->run.session_options.nonce_seed);
}

static void work_close(struct work *w)
{
    outcome_clear(&w->outcome);
    arena_clear(&w->run.arena);
    journal_clear(&w->journal);
    mask_free(w->mask);
}

/* Why the console must not be opened, or NULL. Busy was found out; a folder that cannot be written was not. */
static const struct verdict *obstacle(struct work *w)
{
    const struct job *job = w->job;
    struct err e = {0};
    if (job->given || !job->options->locks_dir)
        return job->given;
    if (console_lock_take(&w->lock, job->options->store, job->options->locks_dir, w->console.name, job->id,
                          job->self, &e))
        return NULL;
    struct verdict *v = ARENA_NEW(&w->run.arena, struct verdict);
    v->kind = e.failure ? VERDICT_FAIL : VERDICT_ERROR;
    v->failure = e.failure ? e.failure : FAILURE_OOB_CONNECT_FAIL;
    v->text = arena_strdup(&w->run.arena, e.msg);
    return v;
}

/* The answer was judged, and then more of it came: it was not whole. */
static bool came_late(struct work *w, const struct verdict *v)
{
    return v->kind != VERDICT_ERROR && w->run.session && session_late_bytes(w->run.session);
}

static struct verdict verdict_late(struct work *w, const struct verdict *v)
{
    return (struct verdict){.kind = VERDICT_ERROR,
                            .failure = FAILURE_PARSE_FAILURE,
                            .text = arena_printf(&w->run.arena, LATE_BYTES " (%s)", v->text ? v->text : ""),
                            .evidence = v->evidence};
}

static struct verdict skipped(const char *why)
{
    return (struct verdict){.kind = VERDICT_SKIP, .text = why};
}

static bool is_to_change(const struct site_switch *sw)
{
    const struct config_source *c = &sw->config;
    return sw->firmware.version || sw->firmware.image || c->file || c->url || c->command;
}

static struct verdict run_step(struct work *w, const struct step *step)
{
    if (step->left_out)
        return skipped("left out by --only or --skip");
    if (step->for_changes && !is_to_change(w->run.sw))
        return verdict_not_asked(&w->run, "the site names neither `firmware:` nor `config:` of %s",
                                 w->run.sw->name);
    const char *missing = steps_missing_query(step->plugin, w->run.sw, w->run.platform);
    if (missing)
        return skipped(
            step->rule && step->rule->own
                ? arena_printf(&w->run.arena, "the rule has no query for platform %s", w->run.platform->name)
                : arena_printf(&w->run.arena, "platform %s declares no query %s", w->run.platform->name,
                               missing));
    if (!policy_may_run(&w->outcome, step->plugin))
        return skipped("nothing is changed after a failure");
    w->run.first_read = NULL;
    w->run.rule = step->rule;
    struct verdict v = step->plugin->run(&w->run);
    if (came_late(w, &v))
        return verdict_late(w, &v);
    /* The platform knows the query and this switch no such command: a step that may be left out is. */
    if (step->optional && step->plugin->effect == READS && v.kind == VERDICT_ERROR &&
        v.failure == FAILURE_COMMAND_REJECTED)
        return (struct verdict){.kind = VERDICT_SKIP, .text = v.text, .evidence = v.evidence};
    return v;
}

static void tell_logged_in(struct work *w)
{
    if (w->job->logged_in)
        w->job->logged_in(w->job->ctx);
}

static void run_steps(struct work *w, const struct verdict *given)
{
    for (size_t i = 0; i < w->job->steps->count && !w->outcome.stopped && !w->journal.failed; i++) {
        const struct step *step = &w->job->steps->items[i];
        if (cancel_level(w->job->options->cancel) != CANCEL_NONE) {
            outcome_cancel(&w->outcome);
            return;
        }
        journal_phase_start(&w->journal, step->plugin);
        struct verdict v = i == 0 && given ? *given : run_step(w, step);
        journal_phase_end(&w->journal, &v);
        outcome_add(&w->outcome, step, &v);
        w->config_proved |= v.kind == VERDICT_PASS && step->plugin->phase == PHASE_CONFIG_PUSH;
        w->reboot_proved |= v.kind == VERDICT_PASS && step->plugin->phase == PHASE_REBOOT_VERIFY;
        if (i == 0)
            tell_logged_in(w);
    }
}

/* What a session left behind is worth a note: the next one to come finds it. */
static void close_session(struct work *w)
{
    struct str left = {0};
    if (!w->run.session)
        return;
    session_close(w->run.session, &left);
    w->run.session = NULL;
    if (left.len) {
        journal_note(&w->journal, str_cstr(&left));
        snprintf(w->journal.left, sizeof w->journal.left, "%s", str_cstr(&left));
    }
    str_clear(&left);
}

/* A job that passed without all of its steps says so. */
static void tell_skips(struct work *w)
{
    struct str text = {0};
    outcome_say(&w->outcome, &text);
    if (w->outcome.state == JOB_PASSED && text.len)
        w->outcome.text = arena_strdup(&w->run.arena, str_cstr(&text));
    str_clear(&text);
}

/* What a change left half done is said where the job's end is read. */
static void tell_taint(struct work *w)
{
    guard_end(&w->guard, w->run.sw->name);
    if (w->guard.tainted)
        w->outcome.text = arena_printf(&w->run.arena, "%s%sthe switch is TAINTED: see `torstarter show %lld`",
                                       w->outcome.text ? w->outcome.text : "", w->outcome.text ? "; " : "",
                                       (long long)w->job->id);
}

/* The mark goes when the state is proven again: the switch was restarted and came back as it should, and where its configuration was
   half changed, that is the wanted one now. A mark that cannot be taken away only asks for the next job. */
static void clear_taint(struct work *w)
{
    struct err e = {0};
    if (w->outcome.state == JOB_PASSED && w->job->options->type->changes && w->reboot_proved &&
        !guard_clear_taint(&w->guard, w->run.sw->name, w->config_proved, &e))
        log_line(LOG_JOB, LOG_ERROR, "%s stays TAINTED: %s", w->run.sw->name, e.msg);
}

bool job_run(const struct job *job, enum job_state *state, struct err *e)
{
    struct work *w = MEM_NEW(struct work); /* not on the small stack */
    w->job = job;
    work_open(w);
    run_steps(w, obstacle(w));
    close_session(w);
    outcome_end(&w->outcome);
    tell_skips(w);
    tell_taint(w);
    if (*w->journal.serial_found || w->journal.wanted.len)
        job_site_put(w->journal.store, job, &w->journal, w->run.session_options.nonce_seed);
    if (*w->journal.left && w->outcome.text)
        w->outcome.text = arena_printf(&w->run.arena, "%s; %s", w->outcome.text, w->journal.left);
    bool durable = journal_end(&w->journal, &w->outcome);
    if (durable)
        clear_taint(w);
    console_lock_release(&w->lock, job->options->store);
    *state = w->outcome.state;
    if (!durable && e)
        *e = w->journal.err;
    work_close(w);
    mem_free(w);
    return durable;
}

bool job_cancel(const struct job *job, struct err *e)
{
    struct outcome outcome = {.state = JOB_RUNNING};
    struct journal journal = {.store = job->options->store,
                              .events = job->options->events,
                              .index = job->index,
                              .job = job->id,
                              .plugins = (unsigned)job->steps->count,
                              .transcript = {.store = job->options->store, .job = job->id}};
    outcome_cancel(&outcome);
    bool durable = journal_end(&journal, &outcome);
    if (!durable && e)
        *e = journal.err;
    journal_clear(&journal);
    return durable;
}
