#include "job/export.h"

#include <string.h>

#include "base/failure.h"
#include "job/engine.h"
#include "store/transcript.h"
#include "text/json.h"
#include "transport/cast.h"

static const char job_select[] =
    "SELECT j.type, j.state, j.started_at, j.finished_at, s.switch, s.platform, s.failure_code, "
    "s.failure_text, t.site, t.run FROM job j "
    "JOIN switch_job s ON s.job = j.id LEFT JOIN job_site t ON t.job = j.id WHERE j.id = ?";

enum { TYPE, STATE, STARTED, FINISHED, SWITCH, PLATFORM, CODE, TEXT, SITE, RUN, COLUMNS = RUN + 1 };

struct export
{
    struct str *out;
    bool found;
    struct str texts[COLUMNS];
    int64_t started_us, finished_us;
    int64_t from_us, last_ms;
    struct str held; /* received: the beginning of a character */
    bool heard;      /* a byte was received or typed */
};

static bool take_job(void *ctx, const struct cell *cells, size_t count)
{
    struct export *x = ctx;
    x->found = count == COLUMNS;
    for (size_t i = 0; i < count; i++)
        if (cells[i].kind == CELL_TEXT)
            str_add(&x->texts[i], cells[i].bytes, cells[i].len);
    x->started_us = cells[STARTED].number;
    x->finished_us = cells[FINISHED].number;
    return false;
}

static const char *text(const struct export *x, int column)
{
    return str_cstr(&x->texts[column]);
}

/* Where nothing was ever heard, the console's refusal is all there was. */
static bool was_not_opened(const struct export *x)
{
    static const enum failure at_the_door[] = {FAILURE_OOB_CONNECT_FAIL, FAILURE_OOB_AUTH_FAIL,
                                               FAILURE_OOB_HOST_KEY, FAILURE_CONSOLE_BUSY};
    enum failure failure = FAILURE_NONE;
    failure_by_name(text(x, CODE), &failure);
    for (size_t i = 0; i < sizeof at_the_door / sizeof *at_the_door; i++)
        if (failure == at_the_door[i])
            return !x->heard;
    return false;
}

static void put_opening(const struct export *x, struct json_writer *w)
{
    if (!was_not_opened(x))
        return;
    json_key(w, "opening");
    json_open_object(w);
    json_put_text(w, "failure_code", text(x, CODE));
    json_put_text(w, "text", text(x, TEXT));
    json_close_object(w);
}

static void put_raw(const struct export *x, struct json_writer *w, const char *key, int column)
{
    if (x->texts[column].len == 0)
        return;
    json_key(w, key);
    str_add_cstr(w->out, text(x, column));
    w->need_comma = true;
}

static void write_header(struct export *x)
{
    struct str ours = {0}, title = {0};
    struct json_writer w = {.out = &ours};
    json_open_object(&w);
    json_put_text(&w, "platform", text(x, PLATFORM));
    json_put_text(&w, "switch", text(x, SWITCH));
    json_put_text(&w, "job_type", text(x, TYPE));
    json_key(&w, "expect");
    json_open_object(&w);
    json_put_text(&w, "state", text(x, STATE));
    json_put_text(&w, "failure_code", x->texts[CODE].len ? text(x, CODE) : NULL);
    json_close_object(&w);
    put_opening(x, &w);
    put_raw(x, &w, "run", RUN);
    put_raw(x, &w, "site", SITE);
    json_close_object(&w);
    str_printf(&title, "%s %s: %s", text(x, TYPE), text(x, SWITCH),
               x->texts[CODE].len ? text(x, CODE) : text(x, STATE));
    cast_write_header(x->out, x->started_us / 1000000, str_cstr(&title), str_cstr(&ours));
    str_clear(&ours);
    str_clear(&title);
}

/* Clocks that were set back within the job do not make a recording that runs backwards. */
static int64_t time_of(struct export *x, int64_t at_us)
{
    int64_t ms = (at_us - x->from_us) / 1000;
    x->last_ms = ms > x->last_ms ? ms : x->last_ms;
    return x->last_ms;
}

static void put_held(struct export *x)
{
    if (x->held.len)
        cast_write_event(x->out, x->last_ms, 'o', x->held.data, x->held.len);
    str_reset(&x->held);
}

static void put_received(struct export *x, int64_t ms, const char *bytes, size_t len)
{
    str_add(&x->held, bytes, len);
    size_t whole = cast_whole(x->held.data, x->held.len);
    if (whole)
        cast_write_event(x->out, ms, 'o', x->held.data, whole);
    str_drop(&x->held, whole);
}

static bool put_chunk(void *ctx, const struct transcript_chunk *c)
{
    struct export *x = ctx;
    int64_t ms = time_of(x, c->at_utc_us);
    if (c->direction == 'o') {
        put_received(x, ms, c->bytes, c->len);
        return true;
    }
    put_held(x);
    cast_write_event(x->out, ms, c->direction, c->bytes, c->len);
    return true;
}

static bool look_whether_heard(void *ctx, const struct transcript_chunk *c)
{
    struct export *x = ctx;
    if (x->from_us == 0 || c->at_utc_us < x->from_us)
        x->from_us = c->at_utc_us;
    x->heard = x->heard || c->direction != 'm';
    return !x->heard;
}

static void put_end(struct export *x)
{
    struct str words = {0};
    put_held(x);
    str_printf(&words, EXPORT_END "%s%s%s", text(x, STATE), x->texts[CODE].len ? " " : "", text(x, CODE));
    cast_write_event(x->out, time_of(x, x->finished_us), 'm', words.data, words.len);
    str_clear(&words);
}

static bool check(const struct export *x, struct store *store, int64_t job, struct err *e)
{
    if (!x->found)
        return err_set(e, ERR_USAGE, "there is no job %lld in %s; `torstarter jobs` lists them",
                       (long long)job, store_path(store));
    if (strcmp(text(x, STATE), "QUEUED") == 0 || strcmp(text(x, STATE), "RUNNING") == 0)
        return err_set(e, ERR_USAGE, "job %lld is %s: a recording is made of a job that is over",
                       (long long)job, text(x, STATE));
    return true;
}

bool export_job(struct store *store, int64_t job, struct str *out, struct err *e)
{
    struct export x = {.out = out};
    const struct cell key = cell_int("job", job);
    bool ok = store_select(store, job_select, &key, 1, take_job, &x, e) && check(&x, store, job, e);
    x.from_us = x.started_us;
    ok = ok && transcript_each(store, job, look_whether_heard, &x, e);
    if (ok) {
        write_header(&x);
        ok = transcript_each(store, job, put_chunk, &x, e);
        put_end(&x);
    }
    for (size_t i = 0; i < COLUMNS; i++)
        str_clear(&x.texts[i]);
    str_clear(&x.held);
    return ok;
}
