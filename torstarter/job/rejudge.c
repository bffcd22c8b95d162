#include "job/rejudge.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "job/late.h"
#include "job/past.h"
#include "job/past_site.h"
#include "job/policy.h"
#include "job/steps.h"
#include "plugin/rule.h"
#include "store/change_rows.h"

struct judges { /* all threads together */
    const struct rejudge *r;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t told;
    size_t next, turn; /* to be judged, to be told */
    bool failed;
    struct err err;
};

struct judging { /* one job */
    const struct rejudge *r;
    struct store *store;
    struct past_job *job;
    struct past_site site;
    struct run run;
    size_t recalled; /* answers that the run has by now */
    VEC(struct rejudged) results;
};

/* ---- one plugin ---- */

static const struct platform *platform_of(const struct rejudge *r, const char *name)
{
    for (size_t i = 0; i < r->platform_count; i++)
        if (strcmp(r->platforms[i]->name, name) == 0)
            return r->platforms[i];
    return NULL;
}

static const struct plugin *plugin_of(struct judging *j, const char *name)
{
    const struct plugin *p = plugin_by_name(name);
    j->run.rule = NULL;
    for (size_t i = 0; !p && i < j->r->rule_count; i++)
        if (strcmp(j->r->rules[i]->name, name) == 0) {
            j->run.rule = j->r->rules[i];
            p = rule_plugin(j->run.rule, &j->run.arena);
        }
    return p;
}

/* What a plugin saw when it ran: answers of later ones may be others. */
static void recall(struct judging *j, int64_t phase_run)
{
    for (; j->recalled < j->job->answers.count; j->recalled++) {
        const struct past_answer *a = &j->job->answers.items[j->recalled];
        bool rejected = strcmp(a->status, "rejected") == 0;
        if (a->phase_run > phase_run)
            return;
        if (a->output && (rejected || strcmp(a->status, "ok") == 0 || strcmp(a->status, "none") == 0))
            run_recall(&j->run, a->query, a->command, rejected, a->output, a->len, (uint64_t)a->seq);
    }
}

static struct verdict judge(struct judging *j, const struct plugin *p)
{
    struct run *run = &j->run;
    const char *missing = steps_missing_query(p, run->sw, run->platform);
    if (missing && run->rule && run->rule->own)
        return verdict_skip(run, "the rule has no query for platform %s", run->platform->name);
    if (missing)
        return verdict_skip(run, "platform %s declares no query %s", run->platform->name, missing);
    run->first_read = NULL;
    run->not_kept = NULL;
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){0};
    return p->run(run);
}

static bool keep_stage(void *ctx, const struct cell *cells, size_t count)
{
    (void)cells;
    (void)count;
    *(bool *)ctx = true;
    return false;
}

/* The guard also counts configurations that the tool itself put there, or was about to. */
static bool guard_knew_more(const struct judging *j)
{
    const struct config_source *c = &j->run.sw->config;
    bool staged = false;
    struct cell key = cell_int("job", j->job->id);
    store_select(
        j->store,
        "SELECT 1 FROM config_stage c JOIN switch_job s ON c.serial = s.serial_found WHERE s.job = ?", &key,
        1, keep_stage, &staged, NULL);
    return staged || c->file || c->url || c->command;
}

/* Why this verdict cannot be found again; NULL: it can. */
static const char *obstacle(const struct judging *j, const struct past_run *past, const struct plugin *p)
{
    static const char *const from_little[] = {"identity", "uplinks"};
    bool little = false;
    for (size_t i = 0; i < sizeof from_little / sizeof *from_little; i++)
        little = little || strcmp(p->name, from_little[i]) == 0;
    if (!j->site.whole && (!little || strcmp(past->code, failure_name(FAILURE_CONSOLE_SWAPPED)) == 0))
        return "neither the site file nor the store says what was wanted of this switch";
    if (str_starts(past->text, LATE_BYTES) || strstr(past->text, DAMAGED_BYTES))
        return "the line lost or damaged bytes of its answer";
    if (p->phase == PHASE_GUARD_CHECK && strcmp(past->state, "SKIPPED") == 0)
        return "the guard was not asked";
    if (p->phase == PHASE_GUARD_CHECK && guard_knew_more(j))
        return "the guard knew of configurations that the tool itself put there";
    return NULL;
}

static struct past_verdict verdict_now(const struct past_run *past, const struct verdict *v)
{
    bool left_out = strcmp(past->state, "SKIPPED") == 0 && v->kind == VERDICT_ERROR &&
                    v->failure == FAILURE_COMMAND_REJECTED; /* an optional step */
    return (struct past_verdict){.state = left_out ? past->state : verdict_state_name(v),
                                 .code = v->failure && !left_out ? failure_name(v->failure) : "",
                                 .text = v->text ? v->text : "",
                                 .template_file = v->evidence.template_file ? v->evidence.template_file : "",
                                 .template_line = v->evidence.template_line,
                                 .event = (int64_t)v->evidence.event};
}

static enum rejudge_end compare(const struct past_verdict *then, const struct past_verdict *now)
{
    if (strcmp(then->state, now->state) != 0 || strcmp(then->code, now->code) != 0)
        return REJUDGE_FLIPPED;
    /* What the switch said to refuse it is not compared: it stands in the answer. */
    bool same =
        strcmp(then->text, now->text) == 0 || strcmp(now->code, failure_name(FAILURE_COMMAND_REJECTED)) == 0;
    return same ? REJUDGE_SAME : REJUDGE_REWORDED;
}

static const struct past_answer *answer_of(const struct judging *j, int64_t event)
{
    for (size_t i = 0; event && i < j->job->answers.count; i++)
        if (j->job->answers.items[i].seq == event)
            return &j->job->answers.items[i];
    return NULL;
}

static void judge_run(struct judging *j, const struct past_run *past, const struct plugin *p)
{
    struct rejudged out = {
        .job = j->job->id,
        .seq = past->seq,
        .switch_name = j->job->switch_name,
        .platform = j->job->platform,
        .plugin = past->plugin,
        .then = {past->state, past->code, past->text, past->template_file, past->template_line, past->event},
        .command = "",
        .answer = "",
        .values = j->site.values,
        .end = REJUDGE_NOT_JUDGED};
    out.why = p ? obstacle(j, past, p) : "there is no such plugin or rule";
    if (!out.why) {
        struct verdict v = judge(j, p);
        out.now = verdict_now(past, &v);
        out.evidence = v.evidence;
        out.end = compare(&out.then, &out.now);
    }
    if (!out.why && j->run.not_kept) {
        out.end = REJUDGE_NOT_JUDGED;
        out.why =
            arena_printf(&j->run.arena, "the store has no answer to what %s asks today", j->run.not_kept);
    }
    const struct past_answer *a = answer_of(j, out.now.event ? out.now.event : past->event);
    if (a) {
        out.command = a->command;
        out.answer = a->output ? a->output : "";
    }
    VEC_ADD(&j->results, out);
}

/* ---- one job ---- */

static bool is_verdict(const struct past_run *past)
{
    static const char *const ends[] = {"PASSED", "FAILED", "ERROR", "SKIPPED"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(past->state, ends[i]) == 0)
            return true;
    return false;
}

/* What needs the line itself, or changes the switch, cannot be done to the past. */
static bool is_judged(const struct plugin *p)
{
    return !p || (p->effect == READS && p->phase != PHASE_OOB_CONNECT && p->phase != PHASE_CAPTURE);
}

static void judge_all(struct judging *j)
{
    for (size_t i = 0; i < j->job->runs.count; i++) {
        const struct past_run *past = &j->job->runs.items[i];
        const struct plugin *p = plugin_of(j, past->plugin);
        bool wanted = !j->r->plugin || strcmp(j->r->plugin, past->plugin) == 0;
        recall(j, past->seq);
        if (wanted && is_verdict(past) && is_judged(p))
            judge_run(j, past, p);
    }
}

static void no_platform(struct judging *j)
{
    struct rejudged out = {.end = REJUDGE_NOT_JUDGED,
                           .job = j->job->id,
                           .switch_name = j->job->switch_name,
                           .platform = j->job->platform,
                           .plugin = "",
                           .why = "its platform's file cannot be read"};
    VEC_ADD(&j->results, out);
}

static void judge_past(struct judging *j)
{
    j->run = (struct run){.site = j->site.site,
                          .sw = j->site.sw,
                          .role = j->site.sw->role,
                          .platform = platform_of(j->r, j->job->platform)};
    if (j->run.platform)
        judge_all(j);
    else
        no_platform(j);
}

static bool judge_job(struct judging *j, int64_t job, struct err *e)
{
    if (!past_read(j->store, job, j->job, e))
        return false;
    past_site_of(j->job, j->r->site, j->r->path, &j->site);
    judge_past(j);
    return true;
}

static void judging_clear(struct judging *j)
{
    arena_clear(&j->run.arena);
    VEC_CLEAR(&j->results);
    past_site_clear(&j->site);
    j->recalled = 0;
}

/* ---- the threads ---- */

static void fail(struct judges *all, const struct err *e)
{
    pthread_mutex_lock(&all->lock);
    if (!all->failed)
        all->err = *e;
    all->failed = true;
    pthread_cond_broadcast(&all->told);
    pthread_mutex_unlock(&all->lock);
}

static bool take(struct judges *all, size_t *index)
{
    pthread_mutex_lock(&all->lock);
    bool more = !all->failed && all->next < all->r->job_count;
    *index = more ? all->next++ : 0;
    pthread_mutex_unlock(&all->lock);
    return more;
}

static void tell(struct judges *all, size_t index, const struct judging *j)
{
    pthread_mutex_lock(&all->lock);
    while (!all->failed && all->turn != index)
        pthread_cond_wait(&all->told, &all->lock);
    for (size_t i = 0; !all->failed && i < j->results.count; i++)
        all->r->tell(all->r->ctx, &j->results.items[i]);
    all->turn++;
    pthread_cond_broadcast(&all->told);
    pthread_mutex_unlock(&all->lock);
}

static void *judge_some(void *arg)
{
    struct judges *all = arg;
    struct err e = {0};
    size_t index;
    struct past_job job = {0};
    struct judging j = {.r = all->r, .job = &job, .store = store_open(all->r->store, STORE_READ_ONLY, &e)};
    bool ok = j.store != NULL;
    while (ok && take(all, &index)) {
        ok = cancel_level(all->r->cancel) == CANCEL_NONE ||
             err_set(&e, ERR_CANCELLED, "stopped by the operator");
        ok = ok && judge_job(&j, all->r->jobs[index], &e);
        if (ok)
            tell(all, index, &j);
        judging_clear(&j);
        past_clear(&job);
    }
    if (!ok)
        fail(all, &e);
    if (j.store)
        store_close(j.store);
    return NULL;
}

bool rejudge_run(const struct rejudge *r, struct err *e)
{
    struct judges all = {.r = r};
    unsigned started = 0, wanted = r->threads ? r->threads : 1;
    pthread_t *threads = mem_alloc_array(wanted, sizeof *threads);
    pthread_mutex_init(&all.lock, NULL);
    pthread_cond_init(&all.told, NULL);
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, judge_some, &all) == 0)
        started++;
    judge_some(&all); /* this thread judges too: without any other it still gets done */
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_cond_destroy(&all.told);
    pthread_mutex_destroy(&all.lock);
    mem_free(threads);
    if (all.failed && e)
        *e = all.err;
    return !all.failed;
}

void rejudge_past(const struct rejudge *r, struct past_job *job, const struct past_site *site,
                  struct store *store)
{
    struct judging j = {.r = r, .store = store, .job = job, .site = *site};
    j.site.own = NULL; /* stays the caller's */
    judge_past(&j);
    for (size_t i = 0; i < j.results.count; i++)
        r->tell(r->ctx, &j.results.items[i]);
    judging_clear(&j);
}
