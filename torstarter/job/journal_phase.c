#include "base/clock.h"
#include "job/event.h"
#include "job/journal.h"

void journal_phase_start(struct journal *j, const struct plugin *plugin)
{
    int64_t now_us = clock_utc_us(j->clock);
    const char *phase = phase_name(plugin->phase);
    j->plugin = plugin;
    j->phase_seq++;
    transcript_mark(&j->transcript, phase, now_us);
    const struct cell run[] = {cell_int("job", j->job),           cell_int("seq", j->phase_seq),
                               cell_text("plugin", plugin->name), cell_text("phase", phase),
                               cell_text("state", "RUNNING"),     cell_int("started_at", now_us)};
    const struct cell where[] = {cell_text("phase", phase)};
    const struct cell key[] = {cell_int("job", j->job)};
    JOURNAL_PUT(j, "phase_run", run);
    JOURNAL_CHANGE(j, "switch_job", where, key);
    journal_tell(j, EVENT_PHASE_STARTED, NULL, 0);
}

static struct cell number_or_null(const char *column, uint64_t n)
{
    return n ? cell_int(column, (int64_t)n) : cell_null(column);
}

static void put_verdict(struct journal *j, const struct verdict *v, const char *text, const char *remedy)
{
    const struct evidence *ev = &v->evidence;
    struct str raw = {0};
    const struct cell cells[] = {cell_text("state", verdict_state_name(v)),
                                 cell_int("finished_at", clock_utc_us(j->clock)),
                                 cell_text("failure_code", v->failure ? failure_name(v->failure) : NULL),
                                 cell_text("text", text),
                                 cell_text("remedy", remedy),
                                 number_or_null("event", ev->event),
                                 cell_text("query", ev->query),
                                 cell_text("template", ev->template_file),
                                 number_or_null("template_line", ev->template_line),
                                 number_or_null("answer_row", ev->row),
                                 number_or_null("answer_line", ev->line),
                                 cell_text("column_name", ev->column),
                                 cell_text("raw", journal_masked(j, ev->raw, &raw)),
                                 cell_text("word", ev->word),
                                 cell_text("word_place", ev->word_place),
                                 cell_text("wanted", ev->wanted)};
    const struct cell keys[] = {cell_int("job", j->job), cell_int("seq", j->phase_seq)};
    JOURNAL_CHANGE(j, "phase_run", cells, keys);
    str_clear(&raw);
}

void journal_phase_end(struct journal *j, const struct verdict *v)
{
    struct str text_room = {0}, remedy_room = {0};
    const char *text = journal_masked(j, v->text, &text_room);
    const char *remedy = journal_masked(j, verdict_remedy_text(v), &remedy_room);
    transcript_flush(&j->transcript);
    journal_close_typed(j);
    put_verdict(j, v, text, remedy);
    j->passed += v->kind == VERDICT_PASS;
    j->plugins -= v->kind == VERDICT_SKIP && v->not_asked;
    struct job_event e = journal_event(j, EVENT_PHASE_FINISHED);
    e.verdict = v->kind;
    e.failure = v->failure;
    e.text = (char *)text;
    e.remedy = (char *)remedy;
    event_push(j->events, &e);
    str_clear(&text_room);
    str_clear(&remedy_room);
}

static store_ticket put_end(struct journal *j, const struct outcome *o, const char *text, const char *remedy)
{
    const struct cell job[] = {cell_text("state", job_state_name(o->state)),
                               cell_int("finished_at", clock_utc_us(j->clock))};
    const struct cell job_key[] = {cell_int("id", j->job)};
    const struct cell end[] = {cell_text("failure_code", o->failure ? failure_name(o->failure) : NULL),
                               cell_text("failure_text", text), cell_text("remedy", remedy),
                               cell_int("passed", o->passed), cell_int("plugins", j->plugins)};
    const struct cell key[] = {cell_int("job", j->job)};
    transcript_flush(&j->transcript);
    journal_close_typed(j);
    JOURNAL_CHANGE(j, "switch_job", end, key);
    return JOURNAL_CHANGE(j, "job", job, job_key);
}

/* The store failed: nothing of the switch was judged, and nothing more could be typed. */
static char *not_kept(const struct journal *j, struct str *room)
{
    str_reset(room);
    str_printf(room, "%s%s%s", j->err.msg, *j->left ? "; " : "", j->left);
    return room->data;
}

bool journal_end(struct journal *j, const struct outcome *o)
{
    struct str text_room = {0}, remedy_room = {0};
    const char *text = journal_masked(j, o->text, &text_room);
    const char *remedy = journal_masked(j, o->remedy, &remedy_room);
    bool durable = journal_wait(j, put_end(j, o, text, remedy), NULL);
    struct job_event e = journal_event(j, EVENT_JOB_FINISHED);
    e.state = durable ? o->state : JOB_ERROR;
    e.failure = durable ? o->failure : FAILURE_LOST;
    e.span_us = j->started_us ? clock_now_us(NULL) - j->started_us : 0;
    e.text = durable ? (char *)text : not_kept(j, &text_room);
    e.remedy = durable ? (char *)remedy
                       : "make room for the store, or name another with --db; then run the job again";
    event_push(j->events, &e);
    str_clear(&text_room);
    str_clear(&remedy_room);
    return durable;
}
