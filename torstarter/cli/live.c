/* Each event changes one row of a table in memory; a terminal is redrawn from it at most ten times a second, so that two hundred
   consoles cost no more than two. Rows are drawn over the last picture: nothing scrolls while jobs run. */
#include "cli/live.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/screen.h"
#include "text/json.h"

enum { REDRAW_MS = 100, NAME_COLUMNS = 14, STATUS_COLUMNS = 20 };

struct live_row {
    struct live_switch what;
    int64_t job, started_ms, ended_ms;
    enum job_state state;
    enum phase phase;
    enum failure failure;
    unsigned passed, plugins;
    uint64_t bytes;
    char *text, *remedy;
};

struct live {
    const char *title;
    struct live_row *rows;
    size_t count;
    bool json, terminal, colours, changed;
    bool by_uri; /* the command names its only switch by a URI */
    int64_t began_ms, drawn_ms;
    unsigned drawn_lines, name_columns;
};

struct live *live_new(const char *title, const struct live_switch *switches, size_t count, bool json)
{
    struct live *l = MEM_NEW(struct live);
    l->title = title;
    l->rows = mem_alloc_array(count, sizeof *l->rows);
    l->count = count;
    l->json = json;
    l->terminal = !json && screen_is_terminal(stdout);
    l->colours = !json && screen_has_colours(stdout);
    l->began_ms = clock_now_ms(NULL);
    l->name_columns = NAME_COLUMNS;
    for (size_t i = 0; i < count; i++) {
        l->rows[i].what = switches[i];
        size_t n = screen_columns(switches[i].sw->name);
        if (n > l->name_columns && n <= 32)
            l->name_columns = (unsigned)n;
    }
    if (!json && !l->terminal)
        printf("%s\n", title);
    return l;
}

void live_free(struct live *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->rows[i].text);
        mem_free(l->rows[i].remedy);
    }
    mem_free(l->rows);
    mem_free(l);
}

static const char *verdict_state(enum verdict_kind kind)
{
    static const char *const names[] = {"PASSED", "FAILED", "ERROR", "SKIPPED"};
    return names[kind];
}

static void print_json_event(const struct live_row *r, const struct job_event *e)
{
    bool finished = e->kind == EVENT_JOB_FINISHED;
    if (e->kind == EVENT_BYTES || e->kind == EVENT_COMPONENT || e->kind == EVENT_PROGRESS)
        return;
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    bool job = finished || e->kind == EVENT_JOB_STARTED;
    bool phase = e->kind == EVENT_PHASE_STARTED || e->kind == EVENT_PHASE_FINISHED;
    json_put_text(&w, "table", job ? "job" : phase ? "phase_run" : "log_event");
    json_put_int(&w, job ? "id" : "job", e->job);
    json_put_text(&w, "switch", r->what.sw->name);
    json_put_int(&w, "at", e->at_utc_us);
    json_put_text(&w, "phase", phase_name(e->phase));
    if (!job)
        json_put_text(&w, "plugin", e->plugin);
    if (job)
        json_put_text(&w, "state", job_state_name(e->state));
    else if (phase)
        json_put_text(&w, "state", e->kind == EVENT_PHASE_FINISHED ? verdict_state(e->verdict) : "RUNNING");
    else
        json_put_text(&w, "kind",
                      e->kind == EVENT_COMMAND  ? "command"
                      : e->kind == EVENT_ANSWER ? "answer"
                                                : "note");
    if (finished || e->kind == EVENT_PHASE_FINISHED)
        json_put_text(&w, "failure_code", e->failure ? failure_name(e->failure) : NULL);
    if (finished) {
        json_put_int(&w, "passed", e->passed);
        json_put_int(&w, "plugins", e->plugins);
        json_put_text(&w, "remedy", e->remedy);
    }
    if (e->kind == EVENT_ANSWER || finished)
        json_put_int(&w, "duration_us", e->span_us);
    json_put_text(&w, finished ? "failure_text" : e->kind == EVENT_COMMAND ? "command" : "text", e->text);
    json_close_object(&w);
    puts(str_cstr(&line));
    fflush(stdout);
    str_clear(&line);
}

static void print_plain_event(const struct live *l, const struct live_row *r, const struct job_event *e)
{
    struct str line = {0};
    char span[CLOCK_TEXT_MAX];
    if (e->kind == EVENT_PHASE_FINISHED) {
        screen_put(&line, r->what.sw->name, l->name_columns + 2);
        screen_put(&line, phase_name(e->phase), STATUS_COLUMNS);
        screen_put(&line, verdict_state(e->verdict), 8);
        str_printf(&line, "%s%s", e->failure ? failure_name(e->failure) : "", e->failure ? "  " : "");
        str_add_printable(&line, e->text ? e->text : "");
    } else if (e->kind == EVENT_JOB_FINISHED) {
        screen_put(&line, r->what.sw->name, l->name_columns + 2);
        screen_put(&line, e->failure ? failure_name(e->failure) : job_state_name(e->state), STATUS_COLUMNS);
        str_printf(&line, "%u of %u  %s  job %lld", e->passed, e->plugins,
                   clock_format_span(e->span_us / 1000, span), (long long)e->job);
    }
    if (line.len) {
        puts(str_cstr(&line));
        fflush(stdout);
    }
    str_clear(&line);
}

static void replace(char **text, const char *with)
{
    mem_free(*text);
    *text = mem_strdup(with);
}

static void note_event(struct live_row *r, const struct job_event *e)
{
    int64_t now_ms = clock_now_ms(NULL);
    r->job = e->job;
    r->bytes = e->bytes_received ? e->bytes_received : r->bytes;
    if (e->kind == EVENT_JOB_STARTED) {
        r->started_ms = now_ms;
        r->state = JOB_RUNNING;
        r->plugins = e->plugins;
    } else if (e->kind == EVENT_PHASE_STARTED) {
        r->phase = e->phase;
        replace(&r->text, NULL);
    } else if (e->kind == EVENT_PHASE_FINISHED || e->kind == EVENT_COMMAND || e->kind == EVENT_NOTE ||
               e->kind == EVENT_PROGRESS) {
        if (e->kind == EVENT_PHASE_FINISHED)
            r->passed = e->passed;
        replace(&r->text, e->text);
    } else if (e->kind == EVENT_JOB_FINISHED) {
        r->ended_ms = now_ms;
        r->started_ms = r->started_ms ? r->started_ms : now_ms;
        r->state = e->state;
        r->failure = e->failure;
        r->passed = e->passed;
        r->plugins = e->plugins;
        replace(&r->text, e->text);
        replace(&r->remedy, e->remedy);
    }
}

void live_event(struct live *l, const struct job_event *e)
{
    struct live_row *r = &l->rows[e->index];
    note_event(r, e);
    l->changed = true;
    if (l->json)
        print_json_event(r, e);
    else if (!l->terminal)
        print_plain_event(l, r, e);
}

/* "1.9 KB/s   ~0:12": how fast the line is, and how long the rest of the planned bytes will take at that speed. */
static void put_progress(struct str *out, const struct live_row *r, int64_t now_ms)
{
    char left[CLOCK_TEXT_MAX], text[64] = "";
    double seconds = (double)(now_ms - r->started_ms) / 1000.0;
    double rate = seconds > 0.5 ? (double)r->bytes / seconds : 0;
    if (rate >= 1 && r->what.planned_bytes > r->bytes)
        snprintf(
            text, sizeof text, "%.1f KB/s  ~%s", rate / 1000.0,
            clock_format_span((int64_t)((double)(r->what.planned_bytes - r->bytes) / rate * 1000), left));
    else if (rate >= 1)
        snprintf(text, sizeof text, "%.1f KB/s", rate / 1000.0);
    screen_put(out, text, 19);
}

static enum colour row_colour(const struct live_row *r)
{
    return r->state == JOB_RUNNING ? COLOUR_BOLD : screen_state_colour(job_state_name(r->state));
}

static void draw_row(const struct live *l, const struct live_row *r, unsigned width, int64_t now_ms,
                     struct str *out)
{
    char span[CLOCK_TEXT_MAX];
    struct str status = {0};
    bool running = r->state == JOB_RUNNING;
    screen_put(&status,
               running      ? phase_name(r->phase)
               : r->failure ? failure_name(r->failure)
                            : job_state_name(r->state),
               STATUS_COLUMNS);
    str_add_cstr(out, "  ");
    screen_put(out, r->what.sw->name, l->name_columns);
    str_add_char(out, ' ');
    screen_colour(out, l->colours, row_colour(r), str_cstr(&status));
    str_clear(&status);
    unsigned used = 2 + l->name_columns + 1 + STATUS_COLUMNS, tail = running ? 19 + 15 : 15;
    screen_put(out, r->text ? r->text : "", width > used + tail + 2 ? width - used - tail - 2 : 10);
    str_add_char(out, ' ');
    if (running)
        put_progress(out, r, now_ms);
    char count[24] = "";
    if (r->state != JOB_QUEUED)
        snprintf(count, sizeof count, "%u of %u", r->passed, r->plugins);
    screen_put(out, count, 8);
    int64_t span_ms = r->state == JOB_QUEUED ? 0 : (running ? now_ms : r->ended_ms) - r->started_ms;
    str_printf(out, "%6s\x1b[K\n", r->state == JOB_QUEUED ? "" : clock_format_span(span_ms, span));
}

struct tally {
    unsigned ready, in_part, not_ready, running, queued;
};

static struct tally count_rows(const struct live *l)
{
    struct tally t = {0};
    for (size_t i = 0; i < l->count; i++) {
        enum job_state s = l->rows[i].state;
        bool whole = l->rows[i].passed == l->rows[i].plugins;
        t.ready += s == JOB_PASSED && whole;
        t.in_part += s == JOB_PASSED && !whole;
        t.running += s == JOB_RUNNING;
        t.queued += s == JOB_QUEUED;
        t.not_ready += s != JOB_PASSED && s != JOB_RUNNING && s != JOB_QUEUED;
    }
    return t;
}

static void put_tally(const struct live *l, struct str *out)
{
    struct tally t = count_rows(l);
    str_printf(out, "%u ready, %u not ready", t.ready, t.not_ready);
    if (t.in_part)
        str_printf(out, ", %u passed with checks left out", t.in_part);
    if (t.running)
        str_printf(out, ", %u running", t.running);
    if (t.queued)
        str_printf(out, ", %u waiting", t.queued);
}

/* Where there are more switches than lines, what moves and what failed is shown first; the rest is counted. */
static bool worth_a_line(const struct live_row *r)
{
    return r->state == JOB_RUNNING || (r->state != JOB_PASSED && r->state != JOB_QUEUED);
}

static void draw(struct live *l, bool last)
{
    int64_t now_ms = clock_now_ms(NULL);
    unsigned width = screen_width(stdout), height = screen_height(stdout), shown = 0;
    char span[CLOCK_TEXT_MAX];
    struct str out = {0};
    if (l->drawn_lines)
        str_printf(&out, "\x1b[%uA\r", l->drawn_lines);
    screen_put(&out, l->title, width > 12 ? width - 10 : width);
    str_printf(&out, "%8s\x1b[K\n", clock_format_span(now_ms - l->began_ms, span));
    bool all = last || l->count + 4 <= height;
    for (size_t i = 0; i < l->count; i++) {
        if (!all && (!worth_a_line(&l->rows[i]) || shown + 4 >= height))
            continue;
        draw_row(l, &l->rows[i], width, now_ms, &out);
        shown++;
    }
    put_tally(l, &out);
    str_add_cstr(&out, "\x1b[K\n\x1b[J");
    l->drawn_lines = shown + 2;
    fwrite(str_cstr(&out), 1, out.len, stdout);
    fflush(stdout);
    str_clear(&out);
    l->drawn_ms = now_ms;
    l->changed = false;
}

void live_tick(struct live *l)
{
    int64_t now_ms = clock_now_ms(NULL);
    if (l->terminal && now_ms - l->drawn_ms >= (l->changed ? REDRAW_MS : 1000))
        draw(l, false);
}

static void print_remedies(const struct live *l, const char *command)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct live_row *r = &l->rows[i];
        if (r->state == JOB_PASSED || r->state == JOB_QUEUED || r->state == JOB_RUNNING)
            continue;
        const char *remedy = r->remedy ? r->remedy : failure_info(r->failure)->remedy;
        printf("\n%s  %s: %s\n  do this: %s\n", failure_name(r->failure), r->what.sw->name,
               r->text ? r->text : "", remedy);
        printf("  then:    torstarter %s%s%s        the bytes behind it:  torstarter why %lld\n", command,
               l->by_uri ? "" : " ", l->by_uri ? "" : r->what.sw->name, (long long)r->job);
    }
}

void live_end(struct live *l, const char *command, bool by_uri)
{
    l->by_uri = by_uri;
    if (l->json)
        return;
    if (l->terminal) {
        draw(l, true);
    } else {
        struct str line = {0};
        put_tally(l, &line);
        puts(str_cstr(&line));
        str_clear(&line);
    }
    print_remedies(l, command);
}
