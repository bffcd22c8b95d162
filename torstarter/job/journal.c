#include "job/journal.h"

#include <string.h>

#include "base/clock.h"
#include "job/event.h"
#include "store/change_rows.h"

enum { BYTES_EVENT_MS = 200 };

const char *journal_masked(const struct journal *j, const char *text, struct str *room)
{
    if (!text || !j->mask)
        return text;
    str_reset(room);
    mask_text(j->mask, text, strlen(text), room);
    return str_cstr(room);
}

struct job_event journal_event(const struct journal *j, enum job_event_kind kind)
{
    return (struct job_event){.kind = kind,
                              .index = j->index,
                              .job = j->job,
                              .at_utc_us = clock_utc_us(j->clock),
                              .plugin = j->plugin ? j->plugin->name : NULL,
                              .phase = j->plugin ? j->plugin->phase : PHASE_OOB_CONNECT,
                              .state = JOB_RUNNING,
                              .passed = j->passed,
                              .plugins = j->plugins,
                              .bytes_received = j->transcript.received};
}

void journal_tell(const struct journal *j, enum job_event_kind kind, const char *text, int64_t span_us)
{
    struct job_event e = journal_event(j, kind);
    e.text = (char *)text; /* copied */
    e.span_us = span_us;
    event_push(j->events, &e);
}

bool journal_wait(struct journal *j, store_ticket ticket, struct err *e)
{
    if (store_wait(j->store, ticket, &j->err))
        return true;
    j->failed = true;
    if (e)
        *e = j->err;
    return false;
}

void journal_open(struct journal *j, const char *worker)
{
    int64_t now_us = clock_utc_us(j->clock);
    j->started_us = clock_now_us(NULL);
    j->transcript = (struct transcript){.store = j->store, .job = j->job};
    const struct cell job[] = {cell_text("state", job_state_name(JOB_RUNNING)),
                               cell_int("started_at", now_us), cell_text("worker", worker)};
    const struct cell key[] = {cell_int("id", j->job)};
    JOURNAL_CHANGE(j, "job", job, key);
    journal_tell(j, EVENT_JOB_STARTED, NULL, 0);
}

void journal_clear(struct journal *j)
{
    transcript_clear(&j->transcript);
    str_clear(&j->wanted);
}

void journal_close_typed(struct journal *j)
{
    if (!j->unanswered)
        return;
    const struct cell cells[] = {cell_text("status", "typed"),
                                 cell_int("transcript_to", (int64_t)j->transcript.received)};
    const struct cell keys[] = {cell_int("job", j->job), cell_int("seq", j->unanswered)};
    JOURNAL_CHANGE(j, "log_event", cells, keys);
    j->unanswered = 0;
}

void journal_permit(struct journal *j, int64_t id)
{
    j->permit = id;
    j->permit_spent = false;
}

bool journal_permit_spent(const struct journal *j)
{
    return j->permit && j->permit_spent;
}

void journal_take_back(struct journal *j, bool on)
{
    j->taking_back = on;
}

/* Durable with the row of what is typed, which is put behind it and waited for. */
static void spend_permit(struct journal *j, enum sent_kind kind, int64_t at_us)
{
    if (!j->permit || j->permit_spent || (kind != SENT_CHANGE && kind != SENT_PASTE))
        return;
    permit_row_spend(j->store, j->permit, at_us);
    j->permit_spent = true;
}

/* Ctrl-C once: the query under way is finished, none is begun, nor a login; what ends a session is still said, and a procedure
   that has begun is finished or taken back. */
static bool may_begin(const struct journal *j, enum sent_kind kind, struct err *e)
{
    enum cancel_level level = cancel_level(j->cancel);
    bool connecting = !j->plugin || j->plugin->phase == PHASE_OOB_CONNECT;
    bool changes = kind == SENT_CHANGE || kind == SENT_PASTE;
    bool begins = kind == SENT_QUERY || changes || (connecting && (kind == SENT_WAKE || kind == SENT_USER));
    if (!begins || level == CANCEL_NONE || ((j->permit_spent || j->taking_back) && level == CANCEL_ASKED))
        return true;
    return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "stopped by the operator before it was typed");
}

static bool before_send(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct journal *j = ctx;
    if (!may_begin(j, what->kind, e))
        return false;
    struct str room = {0};
    /* The session has masked it already; once more only where nothing stands masked, since {secret:x} reads like a prompt. */
    const char *text = strstr(what->text, "{secret:") ? what->text : journal_masked(j, what->text, &room);
    transcript_flush(&j->transcript);
    journal_close_typed(j);
    spend_permit(j, what->kind, what->at_utc_us);
    *event = (uint64_t)++j->event_seq;
    const struct cell row[] = {
        cell_int("job", j->job),
        cell_int("seq", j->event_seq),
        cell_int("phase_run", j->phase_seq),
        cell_text("phase", phase_name(j->plugin ? j->plugin->phase : PHASE_OOB_CONNECT)),
        cell_int("at", what->at_utc_us),
        cell_text("kind", sent_kind_name(what->kind)),
        cell_text("mode", state_name(what->state)),
        cell_text("query", what->query ? what->query : ""),
        cell_text("command", text ? text : ""),
        cell_text("status", "sent"),
        cell_int("transcript_from", (int64_t)what->received_from)};
    bool durable = journal_wait(j, JOURNAL_PUT(j, "log_event", row), e);
    j->unanswered = j->event_seq;
    if (durable)
        journal_tell(j, EVENT_COMMAND, text, 0);
    str_clear(&room);
    return durable;
}

static void after_answer(void *ctx, uint64_t event, const struct answer *a)
{
    struct journal *j = ctx;
    struct str room = {0};
    if (event == 0)
        return;
    transcript_flush(&j->transcript);
    if (j->unanswered == (int64_t)event)
        j->unanswered = 0;
    if (j->mask)
        mask_text(j->mask, str_cstr(&a->text), a->text.len, &room);
    const struct str *output = j->mask ? &room : &a->text;
    const struct cell cells[] = {cell_text_len("output", str_cstr(output), output->len),
                                 cell_text("status", answer_status_name(a->status)),
                                 cell_int("duration_us", a->duration_us),
                                 cell_int("transcript_from", (int64_t)a->received_from),
                                 cell_int("transcript_to", (int64_t)a->received_to)};
    const struct cell keys[] = {cell_int("job", j->job), cell_int("seq", (int64_t)event)};
    JOURNAL_CHANGE(j, "log_event", cells, keys);
    journal_tell(j, EVENT_ANSWER, journal_masked(j, a->command, &room), a->duration_us);
    str_clear(&room);
}

static void bytes_seen(void *ctx, bool received, const char *bytes, size_t len, int64_t at_utc_us)
{
    struct journal *j = ctx;
    transcript_add(&j->transcript, received, bytes, len, at_utc_us);
    int64_t now_ms = clock_now_ms(NULL);
    if (!received || now_ms - j->bytes_told_ms < BYTES_EVENT_MS)
        return;
    j->bytes_told_ms = now_ms;
    journal_tell(j, EVENT_BYTES, NULL, 0);
}

/* A note is an event of the log like a command; its words stand where a command's output stands. */
void journal_note(struct journal *j, const char *text)
{
    struct str room = {0};
    const char *safe = journal_masked(j, text, &room);
    const struct cell row[] = {
        cell_int("job", j->job),
        cell_int("seq", ++j->event_seq),
        cell_int("phase_run", j->phase_seq),
        cell_text("phase", phase_name(j->plugin ? j->plugin->phase : PHASE_OOB_CONNECT)),
        cell_int("at", clock_utc_us(j->clock)),
        cell_text("kind", "note"),
        cell_text("output", safe),
        cell_text("status", "note"),
        cell_int("transcript_from", (int64_t)j->transcript.received),
        cell_int("transcript_to", (int64_t)j->transcript.received)};
    JOURNAL_PUT(j, "log_event", row);
    journal_tell(j, EVENT_NOTE, safe, 0);
    str_clear(&room);
}

static void note_seen(void *ctx, const char *text)
{
    journal_note(ctx, text);
}

struct session_hooks journal_session_hooks(struct journal *j)
{
    return (struct session_hooks){.ctx = j,
                                  .before_send = before_send,
                                  .after_answer = after_answer,
                                  .bytes = bytes_seen,
                                  .note = note_seen};
}
