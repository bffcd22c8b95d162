#include "job/policy.h"

bool policy_may_run(const struct outcome *o, const struct plugin *p)
{
    return !o->stopped && (p->effect == READS || !o->found_bad);
}

static bool is_cancelled(const struct verdict *v)
{
    return v->kind != VERDICT_PASS && v->failure == FAILURE_CANCELLED;
}

const char *verdict_state_name(const struct verdict *v)
{
    static const char *const names[] = {"PASSED", "FAILED", "ERROR", "SKIPPED"};
    return is_cancelled(v) ? "CANCELLED" : names[v->kind];
}

const char *verdict_remedy_text(const struct verdict *v)
{
    if (v->remedy || v->kind == VERDICT_PASS || v->kind == VERDICT_SKIP)
        return v->remedy;
    return v->failure ? failure_info(v->failure)->remedy : NULL;
}

/* A verdict without a code would be a failure that nobody can count or look up. */
static enum failure code_of(const struct verdict *v)
{
    return v->failure ? v->failure : FAILURE_PARSE_FAILURE;
}

static void note_first(struct outcome *o, enum job_state state, const struct verdict *v)
{
    o->found_bad = true;
    if (o->state != JOB_RUNNING)
        return;
    o->state = state;
    o->failure = code_of(v);
    o->text = v->text;
    o->remedy =
        v->remedy ? v->remedy
        : v->kind == VERDICT_SKIP
            ? "add what is missing to the site file, or mark the plugin `optional: true` in the job type"
            : failure_info(o->failure)->remedy;
}

/* A skipped identity stops nothing: nobody said who the switch should be, and looking at it does no harm. A switch that was
   exchanged while the job ran (behaviour 77) stops it wherever it is noticed. */
static bool stops(const struct step *step, const struct verdict *v)
{
    return (step->plugin->stops_job && v->kind != VERDICT_SKIP) || v->failure == FAILURE_CONSOLE_LOST ||
           v->failure == FAILURE_IDENTITY_MISMATCH;
}

/* The operator left it out: he knows. What the platform or the site could not tell, he may not. */
static void note_skip(struct outcome *o, const struct step *step, const struct verdict *v)
{
    o->skipped++;
    if (!step->left_out)
        str_printf(&o->skips, "%s%s (%s)", o->skips.len ? ", " : "", step->plugin->name,
                   v->text ? v->text : "");
}

void outcome_add(struct outcome *o, const struct step *step, const struct verdict *v)
{
    if (v->kind == VERDICT_SKIP && v->not_asked)
        return; /* no part of what this switch is to be: neither "of 8" nor a reason to say less than PASSED */
    o->steps++;
    if (v->kind == VERDICT_PASS) {
        o->passed++;
        return;
    }
    if (v->kind == VERDICT_SKIP && (step->optional || step->left_out)) {
        note_skip(o, step, v);
        return;
    }
    if (is_cancelled(v)) {
        outcome_cancel(o);
        return;
    }
    note_first(o, v->kind == VERDICT_FAIL ? JOB_FAILED : JOB_ERROR, v);
    o->stopped = o->stopped || stops(step, v);
}

/* What was found before stays in its phase_run; the job as a whole was not judged. */
void outcome_cancel(struct outcome *o)
{
    o->state = JOB_CANCELLED;
    o->failure = FAILURE_CANCELLED;
    o->text = failure_info(FAILURE_CANCELLED)->meaning;
    o->remedy = failure_info(FAILURE_CANCELLED)->remedy;
    o->stopped = true;
}

/* Fails closed: a job that passed nothing has proven nothing. */
void outcome_end(struct outcome *o)
{
    if (o->state != JOB_RUNNING)
        return;
    o->state = o->passed ? JOB_PASSED : JOB_ERROR;
    if (o->state == JOB_PASSED)
        return;
    o->failure = FAILURE_PARSE_FAILURE;
    o->text = "nothing was judged: every step was skipped";
    o->remedy = "look at the steps of the job type";
}

void outcome_say(const struct outcome *o, struct str *out)
{
    if (o->skipped > 0)
        str_printf(out, "%u of %u passed, %u skipped%s%s", o->passed, o->steps, o->skipped,
                   o->skips.len ? ": " : "", str_cstr(&o->skips));
}

void outcome_clear(struct outcome *o)
{
    str_clear(&o->skips);
}
