/* What came, and what was typed, is each disguised as one text, for a name may be spread over events. A disguise keeps every byte's
   place, so the events are cut out of it again. */
#include "cli/fixture_session.h"

#include <string.h>

#include "base/file.h"
#include "job/export.h"
#include "transport/cast.h"

struct streams {
    struct str came, typed;   /* under other names */
    size_t came_at, typed_at; /* written */
};

static bool disguise_stream(struct disguise *d, const struct cast *c, bool typed, struct str *out)
{
    struct str plain = {0};
    for (size_t i = 0; i < c->count; i++)
        if (c->events[i].typed == typed)
            str_add(&plain, c->events[i].bytes, c->events[i].len);
    disguise_text(d, str_cstr(&plain), plain.len, out);
    bool same = out->len == plain.len;
    str_clear(&plain);
    return same;
}

/* A name in a JSON text begins behind an escape, not with its letter: each piece between two is a text. */
static void disguise_json(struct disguise *d, const char *json, struct str *out)
{
    while (*json) {
        size_t len = strcspn(json, "\\");
        disguise_text(d, json, len, out);
        json += len;
        len = *json ? (json[1] == 'u' ? 6 : 2) : 0;
        len = strnlen(json, len);
        str_add(out, json, len);
        json += len;
    }
    str_add_char(out, '\n');
}

static void put_event(const struct cast_event *event, struct streams *s, struct str *out)
{
    struct str *from = event->typed ? &s->typed : &s->came;
    size_t *at = event->typed ? &s->typed_at : &s->came_at;
    cast_write_event(out, event->at_ms, event->typed ? 'i' : 'o', str_cstr(from) + *at, event->len);
    *at += event->len;
}

static void put_mark(struct disguise *d, const struct cast_mark *mark, struct str *out)
{
    struct str words = {0};
    disguise_text(d, mark->text, strlen(mark->text), &words);
    cast_write_event(out, mark->at_ms, 'm', str_cstr(&words), words.len);
    str_clear(&words);
}

/* In the order of the lines of the true one. */
static bool disguise_cast(struct disguise *d, const struct cast *c, struct str *out)
{
    struct streams s = {0};
    bool ok = disguise_stream(d, c, false, &s.came) && disguise_stream(d, c, true, &s.typed);
    if (ok)
        disguise_json(d, c->header, out);
    for (size_t i = 0, mark = 0; ok && (i < c->count || mark < c->mark_count);) {
        bool is_mark = mark < c->mark_count && (i == c->count || c->marks[mark].line < c->events[i].line);
        if (is_mark)
            put_mark(d, &c->marks[mark++], out);
        else
            put_event(&c->events[i++], &s, out);
    }
    str_clear(&s.came);
    str_clear(&s.typed);
    return ok;
}

static void play(const struct search_path *path, const char *file, const struct str *text,
                 struct replay_result *out)
{
    const struct replay_wishes wishes = {.path = path};
    struct replays *replays = replays_new(&wishes);
    replay_text(replays, file, str_cstr(text), text->len, out);
    replays_free(replays);
}

bool fixture_session(struct store *store, int64_t job, struct disguise *d, const struct search_path *path,
                     const char *file, struct replay_result *out, struct err *e)
{
    struct str plain = {0}, text = {0};
    struct cast cast = {0};
    *out = (struct replay_result){.end = REPLAY_REFUSED};
    bool ok =
        export_job(store, job, &plain, e) && cast_read_text(file, str_cstr(&plain), plain.len, &cast, e);
    if (ok && !disguise_cast(d, &cast, &text))
        ok = err_set(e, ERR_STATE, "%s: a name and what stands for it are not of one length", file);
    if (ok)
        play(path, file, &text, out);
    if (ok && out->end != REPLAY_REFUSED)
        ok = file_write(file, str_cstr(&text), text.len, 0644, e);
    cast_clear(&cast);
    str_clear(&plain);
    str_clear(&text);
    return ok;
}
