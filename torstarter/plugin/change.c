/* One procedure from permit to proof: guard, begin, steps, the undo when one of them fails, end. Whatever it came to is told to the
   guard, and so is durable, before another line is typed. */
#include "plugin/change.h"

#include <string.h>

#include "plugin/shared.h"

enum { TEXT_MAX = 256, RAW_MAX = 4096 };

struct doing {
    struct run *run;
    struct permit *permit;
    const struct argument *args;
    size_t arg_count;
    const struct paste *paste;
    struct change *out;
    bool reloading; /* the switch was told to restart and left */
};

void change_clear(struct change *c)
{
    answer_clear(&c->last);
    str_clear(&c->paste.rejected);
}

bool run_can(const struct run *run, const char *procedure)
{
    return dialect_procedure(&run->platform->dialect, procedure) != NULL;
}

static void progress(void *ctx, const struct change_progress *p)
{
    struct run *run = ctx;
    if (run->hooks.progress)
        run->hooks.progress(run->hooks.ctx, p);
}

/* What was read before a change says nothing about after it. Whoever holds an answer keeps it: it is the arena's. */
static void forget_all(struct run *run)
{
    run->cache = NULL;
    run->joined = NULL;
}

static bool is_given(const struct doing *d, const char *name)
{
    for (size_t i = 0; i < d->arg_count; i++)
        if (strcmp(d->args[i].name, name) == 0)
            return d->args[i].value && *d->args[i].value;
    return false;
}

static bool left_out(const struct doing *d, const struct procedure_step *step)
{
    return (step->when && !is_given(d, step->when)) || (step->unless && is_given(d, step->unless));
}

static void point_at_answer(struct run *run, const struct procedure *p, const struct answer *a)
{
    size_t len = a->text.len < RAW_MAX ? a->text.len : RAW_MAX;
    run->err_evidence = (struct evidence){.query = p->name,
                                          .command = arena_strdup(&run->arena, a->command),
                                          .event = a->event,
                                          .raw = len ? arena_strndup(&run->arena, a->text.data, len) : NULL};
}

static void point_at_paste(struct run *run, const struct procedure *p, const struct paste_result *r)
{
    const char *words = str_cstr(&r->rejected), *rest = strchr(words, '\n');
    size_t len = strcspn(words, "\n");
    run->err_evidence = (struct evidence){.query = p->name,
                                          .command = arena_strndup(&run->arena, words, len),
                                          .event = r->event,
                                          .line = (unsigned)r->rejected_line,
                                          .raw = rest ? arena_strdup(&run->arena, rest + 1) : NULL};
}

static bool make_run(struct doing *d, const struct procedure *p, size_t i)
{
    struct run *run = d->run;
    struct change_watch watch = {run, progress};
    answer_clear(&d->out->last);
    bool ok =
        change_step(run->session, d->permit, p, i, d->args, d->arg_count, &watch, &d->out->last, &run->err);
    if (!ok)
        point_at_answer(run, p, &d->out->last);
    d->reloading = ok && p->steps[i].reloads;
    return ok;
}

static bool make_paste(struct doing *d, const struct procedure *p, size_t i)
{
    struct run *run = d->run;
    struct change_watch watch = {run, progress};
    if (!d->paste)
        return err_set(&run->err, ERR_STATE, "procedure %s pastes, and there is nothing to paste", p->name);
    str_clear(&d->out->paste.rejected);
    bool ok = change_paste(run->session, d->permit, p, i, d->paste, &watch, &d->out->paste, &run->err);
    if (!ok)
        point_at_paste(run, p, &d->out->paste);
    return ok;
}

/* The value wanted of a column, with the procedure's {arguments} in it. NULL: one of them is missing. */
static const char *wanted_value(struct doing *d, const char *form)
{
    struct str s = STR_MAX(TEXT_MAX);
    bool whole = true;
    for (const char *p = form; *p;) {
        size_t n = *p == '{' ? strcspn(p, "}") : 0;
        const char *value = NULL;
        for (size_t i = 0; n && p[n] == '}' && i < d->arg_count; i++)
            if (strlen(d->args[i].name) == n - 1 && strncmp(d->args[i].name, p + 1, n - 1) == 0)
                value = d->args[i].value;
        if (value)
            str_add_cstr(&s, value);
        else
            str_add_char(&s, *p);
        whole = whole && (n == 0 || value);
        p += value ? n + 1 : 1;
    }
    const char *text = whole && !s.overflowed ? arena_strdup(&d->run->arena, str_cstr(&s)) : NULL;
    str_clear(&s);
    return text;
}

static bool fail_required(struct doing *d, const struct procedure_step *step, const struct records *r,
                          size_t row, const char *column, const char *wanted)
{
    struct run *run = d->run;
    bool there = row < r->count && records_has(r, column);
    const char *found = there ? record_get(r, row, column) : NULL;
    struct verdict v = {.kind = VERDICT_FAIL};
    verdict_point(run, &v, r, row, there ? column : NULL, "%s: %s", column, wanted ? wanted : "?");
    run->err = (struct err){0};
    run->err_evidence = v.evidence;
    if (!wanted)
        return err_set(&run->err, ERR_STATE, "query %s: an argument of what %s must be is missing",
                       step->query, column);
    return err_fail(&run->err, ERR_FAILED, step->code, "%s: %s is \"%s\", it must be \"%s\"",
                    step->about ? step->about : step->query, column, found ? found : "not there", wanted);
}

static bool compare(struct doing *d, const struct procedure_step *step, const struct records *r)
{
    for (size_t i = 0; i < step->requirement_count; i++) {
        const struct step_requirement *q = &step->requirements[i];
        const char *wanted = wanted_value(d, q->value);
        for (size_t row = 0; row < r->count; row++) {
            if (!wanted || !records_has(r, q->column) || !text_same(record_get(r, row, q->column), wanted))
                return fail_required(d, step, r, row, q->column, wanted);
        }
        if (r->count == 0)
            return fail_required(d, step, r, SIZE_MAX, q->column, wanted);
    }
    return true;
}

static bool make_query(struct doing *d, const struct procedure *p, size_t i)
{
    const struct procedure_step *step = &p->steps[i];
    struct run *run = d->run;
    struct records r = {0};
    run_forget(run, step->query);
    if (run_query_with(run, step->query, d->args, d->arg_count, &r))
        return compare(d, step, &r);
    if (step->code &&
        (run->err.failure == FAILURE_COMMAND_TIMEOUT || run->err.failure == FAILURE_PARSE_FAILURE))
        run->err.failure = step->code;
    return false;
}

static bool make_step(struct doing *d, const struct procedure *p, size_t i)
{
    switch (p->steps[i].kind) {
    case STEP_PASTE:
        return make_paste(d, p, i);
    case STEP_QUERY:
        return make_query(d, p, i);
    default:
        return make_run(d, p, i);
    }
}

static bool make_steps(struct doing *d, const struct procedure *p)
{
    bool ok = true;
    for (size_t i = 0; ok && i < p->step_count; i++)
        if (!left_out(d, &p->steps[i]))
            ok = make_step(d, p, i);
    return ok;
}

/* True: it is as if nothing had been typed. run->err stays what made it necessary. */
static bool take_back(struct doing *d, const struct procedure *p)
{
    struct run *run = d->run;
    const struct procedure *undo = p->undo ? dialect_procedure(&run->platform->dialect, p->undo) : NULL;
    struct err why = run->err;
    struct evidence evidence = run->err_evidence;
    if (!undo)
        return false;
    struct answer last = d->out->last;
    d->out->last = (struct answer){0};
    bool ok = make_steps(d, undo);
    struct err undo_err = run->err;
    answer_clear(&d->out->last);
    d->out->last = last;
    run->err = why;
    run->err_evidence = evidence;
    if (!ok)
        run_note(run, "%s, which takes %s back, failed: %s", undo->name, p->name, undo_err.msg);
    return ok;
}

static const char *const state_words[] = {
    [CHANGE_NOT_BEGUN] = "", [CHANGE_DONE] = "done", [CHANGE_UNDONE] = "undone", [CHANGE_HALF] = "half"};

static void tell_guard(struct doing *d, const struct procedure *p)
{
    struct run *run = d->run;
    if (run->guard.changed && d->out->state != CHANGE_NOT_BEGUN)
        run->guard.changed(run->guard.ctx, run, p->name, state_words[d->out->state],
                           d->out->state == CHANGE_DONE ? p->name : run->err.msg);
}

/* The restart is over when somebody can work there again: what first boot asks is the login's business. */
static bool wait_and_log_in(struct doing *d)
{
    struct run *run = d->run;
    struct change_watch watch = {run, progress};
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    if (!session_await_boot(run->session, &run->platform->boot, &watch, &d->out->boot, &run->err) &&
        run->err.failure != FAILURE_FIRST_BOOT)
        return false;
    run->err = (struct err){0};
    return session_login(run->session, &run->err);
}

static bool carry_out(struct doing *d, const struct procedure *p)
{
    struct run *run = d->run;
    bool ok = make_steps(d, p);
    forget_all(run);
    if (ok && d->reloading)
        ok = wait_and_log_in(d);
    if (ok)
        d->out->state = CHANGE_DONE;
    else if (!change_typed(run->session) && !d->reloading)
        d->out->state = CHANGE_NOT_BEGUN;
    else
        d->out->state = !d->reloading && take_back(d, p) ? CHANGE_UNDONE : CHANGE_HALF;
    forget_all(run);
    tell_guard(d, p);
    struct err at_end = {0};
    bool ended = change_end(run->session, d->permit, &at_end) || d->reloading; /* the login has ended it */
    if (ok && !ended)
        run->err = at_end;
    return ok && ended;
}

static bool cannot(struct run *run, const char *procedure, enum failure failure, const char *why)
{
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){.query = procedure};
    return err_fail(&run->err, ERR_STATE, failure, "%s: %s; nothing was changed", procedure, why);
}

bool run_procedure(struct run *run, const char *procedure, const struct argument *args, size_t arg_count,
                   const struct paste *paste, struct change *out)
{
    const struct procedure *p = dialect_procedure(&run->platform->dialect, procedure);
    memset(out, 0, sizeof *out);
    if (!p)
        return cannot(run, procedure, FAILURE_NONE, "the platform file declares no such procedure");
    if (!run->session)
        return cannot(run, procedure, FAILURE_NONE, "there is no session with the switch");
    if (!run->guard.permit)
        return cannot(run, procedure, FAILURE_GUARD_UNPROVEN, "there is no guard that could permit it");
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    struct doing d = {.run = run, .args = args, .arg_count = arg_count, .paste = paste, .out = out};
    d.permit = run->guard.permit(run->guard.ctx, run, procedure);
    if (!d.permit)
        return false;
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){.query = procedure};
    bool ok = change_begin(run->session, d.permit, p, &run->err) && carry_out(&d, p);
    permit_free(d.permit);
    return ok;
}

/* A code of a change's own says what is wrong with the switch; others, that it could not be found out. */
static bool is_failure_of_switch(enum failure failure)
{
    switch (failure_info(failure)->phase) {
    case PHASE_GUARD_CHECK:
    case PHASE_IDENTITY_CHECK:
    case PHASE_CONNECTIVITY_CHECK:
    case PHASE_FIRMWARE:
    case PHASE_CONFIG_PUSH:
    case PHASE_ROUTING_CHECK:
    case PHASE_REBOOT_VERIFY:
        return failure != FAILURE_NONE;
    default:
        return false;
    }
}

struct verdict verdict_changed(struct run *run, const struct change *c)
{
    static const char *const words[] = {
        [CHANGE_NOT_BEGUN] = "nothing was changed",
        [CHANGE_DONE] = "the change itself was made",
        [CHANGE_UNDONE] = "the change was taken back: the switch is as it was before",
        [CHANGE_HALF] = "the switch is neither as it was nor as it should be: look at it by hand"};
    struct verdict v = verdict_error(run);
    if (is_failure_of_switch(v.failure))
        v.kind = VERDICT_FAIL;
    if (!strstr(v.text, words[c->state]))
        v.text = arena_printf(&run->arena, "%s; %s", v.text, words[c->state]);
    return v;
}
