#include "job/guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/guard_text.h"
#include "job/journal.h"
#include "plugin/config.h"
#include "session/permit_self.h"
#include "store/change_rows.h"

struct asking { /* one look at the switch */
    struct guard *guard;
    struct run *run;
    const char *procedure; /* "": nobody wants to change anything yet */
    struct evidence_known known;
    struct taint_row *taints;
    size_t taint_count;
    struct evidence_report report;
    struct verdict verdict;
    bool overridden;
};

static bool is_config(const char *procedure)
{
    return str_starts(procedure, "config_");
}

/* What the store knows of this hardware. */
static bool recall(struct asking *a, struct err *e)
{
    struct run *run = a->run;
    const char *serial = evidence_serial_wanted(run);
    if (!stage_rows(a->guard->store, serial ? serial : "", &run->arena, &a->known.stages,
                    &a->known.stage_count, e) ||
        !taint_rows(a->guard->store, run->sw->name, serial ? serial : "", &run->arena, &a->taints,
                    &a->taint_count, e))
        return false;
    for (size_t i = 0; i < a->taint_count; i++)
        a->known.half_ours = a->known.half_ours || is_config(a->taints[i].procedure);
    if (a->known.half_ours &&
        !run->wanted) { /* half of what? where it cannot be had, nothing is taken for ours */
        struct err kept = run->err;
        config_wanted(run);
        run->err = kept;
    }
    return true;
}

/* Behaviour 77: the switch was exchanged while the job ran. Every later change is refused without another look. */
static void refuse_other_switch(struct asking *a)
{
    struct guard *g = a->guard;
    const struct evidence_report *r = &a->report;
    const struct evidence_found *who = evidence_named(r, "identity");
    bool known = *g->serial != '\0';
    bool other = known && ((*r->serial && strcasecmp(r->serial, g->serial) != 0) ||
                           (*g->mac && *r->mac && strcasecmp(r->mac, g->mac) != 0));
    if (!other && !(who && who->safety == UNSAFE))
        return;
    if (other)
        snprintf(g->stopped, sizeof g->stopped,
                 "another switch answers than before (serial %s, MAC address %s; it was serial %s, MAC "
                 "address %s)",
                 r->serial, r->mac, g->serial, g->mac);
    else
        snprintf(g->stopped, sizeof g->stopped, "%s", who->text);
    a->verdict = verdict_fail(a->run, FAILURE_IDENTITY_MISMATCH, "%s", g->stopped);
    if (who)
        a->verdict.evidence = who->evidence;
}

static void remember_first(struct asking *a)
{
    struct guard *g = a->guard;
    if (*g->serial || a->verdict.failure == FAILURE_IDENTITY_MISMATCH)
        return;
    snprintf(g->serial, sizeof g->serial, "%s", a->report.serial);
    snprintf(g->mac, sizeof g->mac, "%s", a->report.mac);
}

/* The operator named this very hardware, and took it on himself that it is in service. What could not be found out he cannot know. */
static void apply_override(struct asking *a)
{
    const struct guard *g = a->guard;
    if (a->verdict.failure != FAILURE_IN_PRODUCTION || !g->override_reason || !g->override_serial ||
        strcasecmp(g->override_serial, a->report.serial) != 0)
        return;
    for (size_t i = 0; i < a->report.count; i++)
        if (a->report.items[i].safety == UNKNOWN)
            return;
    a->overridden = true;
    run_note(a->run, "overridden (%s): %s", g->override_reason, a->verdict.text);
    a->verdict = verdict_pass(a->run, "overridden: %s", a->verdict.text);
}

/* Half a change is on it: only a configuration that is known, a stage of ours or the factory's, lets another one begin, or the
   operator who names this very switch and says why. */
static void apply_taint(struct asking *a)
{
    const struct evidence_found *c = evidence_named(&a->report, "configuration");
    if (a->verdict.kind != VERDICT_PASS || a->taint_count == 0)
        return;
    const struct taint_row *t = &a->taints[0];
    if (c && c->safety == SAFE) {
        run_note(a->run, "TAINTED by job %lld (%s); its configuration is known: %s", (long long)t->job,
                 t->text, c->text);
        return;
    }
    if (a->overridden) {
        run_note(a->run, "TAINTED by job %lld (%s); overridden too", (long long)t->job, t->text);
        return;
    }
    a->verdict = verdict_fail(a->run, FAILURE_GUARD_UNPROVEN,
                              "the switch is TAINTED by job %lld: %s; its configuration: %s",
                              (long long)t->job, t->text, c ? c->text : "not read");
    if (c)
        a->verdict.evidence = c->evidence;
}

static bool keep_row(struct asking *a, int64_t *id, struct err *e)
{
    struct guard *g = a->guard;
    char *evidence = guard_evidence_text(&a->report, g->mask);
    const struct permit_row row = {
        .job = g->job,
        .at_us = clock_utc_us(NULL),
        .procedure = a->procedure,
        .serial = a->report.serial,
        .evidence = evidence,
        .override_reason = a->overridden ? g->override_reason : NULL,
        .refused = a->verdict.kind == VERDICT_PASS ? NULL : failure_name(a->verdict.failure),
        .text = a->verdict.text};
    bool ok = permit_row_add(g->store, &row, id, e);
    mem_free(evidence);
    return ok;
}

/* True: run->err is not touched and the verdict says what the guard says; false: the store failed. */
static bool look(struct asking *a, int64_t *id, struct err *e)
{
    struct run *run = a->run;
    const struct cached_answer *first = run->first_read, *last = run->last_read;
    if (!recall(a, e))
        return false;
    evidence_read(run, &a->known, &a->report);
    run->first_read = first; /* a pass of the plugin points at what the plugin itself asked */
    run->last_read = last;
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    a->verdict = evidence_verdict(run, &a->report);
    if (a->report.broken.code == ERR_NONE) {
        refuse_other_switch(a);
        remember_first(a);
        apply_override(a);
        apply_taint(a);
    }
    return keep_row(a, id, e);
}

static struct permit *refuse(struct run *run, enum failure failure, enum err_code code, const char *procedure,
                             const char *why, const struct evidence *evidence)
{
    run->err = (struct err){0};
    run->err_evidence = evidence ? *evidence : (struct evidence){.query = procedure};
    err_fail(&run->err, code, failure, "%s was not begun: %s", procedure, why);
    return NULL;
}

static enum err_code code_of(enum failure failure)
{
    return failure == FAILURE_CANCELLED      ? ERR_CANCELLED
           : failure == FAILURE_CONSOLE_LOST ? ERR_CLOSED
                                             : ERR_STATE;
}

static struct permit *give(struct asking *a, int64_t id)
{
    struct guard *g = a->guard;
    g->open = id;
    snprintf(g->open_procedure, sizeof g->open_procedure, "%s", a->procedure);
    if (g->journal)
        journal_permit(g->journal, id);
    return permit_make(a->run->session, a->report.oldest_ms, a->report.serial, a->procedure, id);
}

static bool is_one_of(const char *procedure, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(procedure, *names) == 0)
            return true;
    return false;
}

/* What only takes back what this job did is done after the first Ctrl-C too, or it would stay behind; its evidence is read as ever, and
   so is what proves it afterwards. Not image_delete: on its own it takes away a file that was there before. */
static const char *const taking_back[] = {"management_down", "uplink_address_clear", "config_rollback",
                                          "image_restore", NULL};
/* And what was lent is made known, as a stage of ours, before it can be taken back. */
static const char *const lending[] = {"management_up", "uplink_address_set", NULL};

static void take_back(struct guard *g, struct run *run, bool on)
{
    session_take_back(run->session, on);
    if (g->journal)
        journal_take_back(g->journal, on);
}

static bool is_stopped(struct guard *g, struct run *run, const char *procedure)
{
    enum cancel_level level = cancel_level(run->cancel);
    bool goes_on = level < CANCEL_NOW && is_one_of(procedure, taking_back);
    take_back(g, run, goes_on);
    return level != CANCEL_NONE && !goes_on;
}

struct permit *guard_permit(void *guard, struct run *run, const char *procedure)
{
    struct guard *g = guard;
    struct asking a = {.guard = g, .run = run, .procedure = procedure};
    struct err e = {0};
    int64_t id = 0;
    if (*g->stopped)
        return refuse(run, FAILURE_IDENTITY_MISMATCH, ERR_STATE, procedure, g->stopped, NULL);
    if (!run->session)
        return refuse(run, FAILURE_GUARD_UNPROVEN, ERR_STATE, procedure,
                      "there is no session to ask the switch in", NULL);
    if (is_stopped(g, run, procedure))
        return refuse(run, FAILURE_CANCELLED, ERR_CANCELLED, procedure, "stopped by the operator", NULL);
    if (!look(&a, &id, &e))
        return refuse(run, FAILURE_GUARD_UNPROVEN, e.code, procedure, e.msg, NULL);
    if (a.verdict.kind != VERDICT_PASS)
        return refuse(run, a.verdict.failure, code_of(a.verdict.failure), procedure, a.verdict.text,
                      &a.verdict.evidence);
    return give(&a, id);
}

static struct verdict guard_look(void *guard, struct run *run)
{
    struct guard *g = guard;
    struct asking a = {.guard = g, .run = run, .procedure = ""};
    int64_t id = 0;
    run->err = (struct err){0};
    if (!look(&a, &id, &run->err))
        return verdict_error(run);
    return a.verdict;
}

static bool taint(struct guard *g, const char *switch_name, const char *procedure, const char *text,
                  struct err *e)
{
    struct arena room = {0};
    const struct taint_row row = {.switch_name = switch_name,
                                  .serial = g->serial,
                                  .job = g->job,
                                  .at_us = clock_utc_us(NULL),
                                  .procedure = procedure,
                                  .text = arena_printf(&room, "%s was left half done: %s", procedure, text)};
    g->tainted = true;
    bool ok = taint_row_add(g->store, &row, e);
    arena_clear(&room);
    return ok;
}

/* A store that fails here has failed the journal too: the job ends in ERROR, and the permit's row, spent and without an end, is the
   mark that the next start finds. */
static void guard_changed(void *guard, struct run *run, const char *procedure, const char *state,
                          const char *text)
{
    struct guard *g = guard;
    struct str room = {0};
    if (g->mask) {
        mask_text(g->mask, text, strlen(text), &room);
        text = str_cstr(&room);
    }
    bool ok = true;
    if (strcmp(state, "half") == 0)
        ok = taint(g, run->sw->name, procedure, text, NULL);
    if (ok && g->open)
        permit_row_end(g->store, g->open, state, text, NULL);
    g->open = 0;
    if (g->journal)
        journal_permit(g->journal, 0);
    if (run->session && is_one_of(procedure, lending))
        take_back(g, run, strcmp(state, "undone") != 0);
    str_clear(&room);
}

static void guard_stage(void *guard, struct run *run, const char *sha256)
{
    struct guard *g = guard;
    struct err e = {0};
    const struct stage_row row = {
        .serial = g->serial, .sha256 = sha256, .job = g->job, .at_us = clock_utc_us(NULL)};
    if (!*g->serial)
        run_note(run, "a configuration is not recorded as a stage: the serial number was not read yet");
    else if (!stage_row_add(g->store, &row, &e))
        run_note(run, "a configuration is not recorded as a stage: %s", e.msg);
}

struct run_guard guard_of(struct guard *g)
{
    return (struct run_guard){
        .ctx = g, .permit = guard_permit, .changed = guard_changed, .look = guard_look, .stage = guard_stage};
}

void guard_end(struct guard *g, const char *switch_name)
{
    bool spent = g->journal && journal_permit_spent(g->journal);
    if (!g->open || !spent)
        return;
    if (taint(g, switch_name, g->open_procedure, "the job ended within it", NULL))
        permit_row_end(g->store, g->open, "half", "the job ended within it", NULL);
    g->open = 0;
}

bool guard_clear_taint(struct guard *g, const char *switch_name, bool configuration_proved, struct err *e)
{
    struct arena room = {0};
    struct taint_row *rows;
    size_t count = 0;
    bool ok = taint_rows(g->store, switch_name, g->serial, &room, &rows, &count, e);
    for (size_t i = 0; ok && i < count; i++)
        if (configuration_proved || !is_config(rows[i].procedure))
            ok = taint_row_clear(g->store, rows[i].id, g->job, clock_utc_us(NULL), e);
    arena_clear(&room);
    return ok;
}
