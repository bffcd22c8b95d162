#include "cli/hostile.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/failure.h"

/* No job waits so long, however often it tries again; and none reads so often within one. */
enum { BOUND_MS = 12 * 3600 * 1000, READS_MOST = 1000000, SHRINKS_MOST = 400 };

struct bad_line {
    struct faults_line line;
    int64_t until_ms;
    uint64_t came; /* bytes, before they were spoiled; of all connections */
    unsigned reads;
    bool hung;
};

static void opened(void *ctx)
{
    struct bad_line *b = ctx;
    fault_chain_reset(&b->line.chain);
}

static bool pass(void *ctx, int64_t now_ms, const char *bytes, size_t len, struct str *out)
{
    struct bad_line *b = ctx;
    b->came += len;
    b->hung = b->hung || now_ms > b->until_ms || ++b->reads > READS_MOST;
    return !b->hung && fault_chain_feed(&b->line.chain, bytes, len, out);
}

static void play(struct replays *r, const char *path, const struct faults *faults, struct bad_line *b,
                 int64_t good_ms, struct replay_result *out)
{
    *b = (struct bad_line){.until_ms = BOUND_MS + 10 * good_ms};
    faults_line_init(&b->line, faults);
    const struct log_line_fault fault = {.opened = opened, .pass = pass, .ctx = b};
    replay_through(r, path, &fault, out);
    faults_line_clear(&b->line);
}

static const char *verdict(const struct replay_result *r)
{
    return r->failure ? failure_name(r->failure) : job_state_name(r->state);
}

/* The first line in which they differ; false: none. */
static bool find_other(const struct str *good, const struct str *bad, struct str *details)
{
    const char *a = str_cstr(good), *b = str_cstr(bad);
    while (*a || *b) {
        size_t a_len = strcspn(a, "\n"), b_len = strcspn(b, "\n");
        if (a_len != b_len || memcmp(a, b, a_len) != 0) {
            str_printf(details, "records:\n  - %.*s\n  + %.*s\n", (int)a_len, a, (int)b_len, b);
            return true;
        }
        a += a_len + (a[a_len] == '\n');
        b += b_len + (b[b_len] == '\n');
    }
    return false;
}

/* True: it is as it must be. */
static bool judge(const struct replay_result *good, const struct replay_result *bad, const struct bad_line *b,
                  struct str *text, struct str *details)
{
    char span[CLOCK_TEXT_MAX];
    if (b->hung)
        str_printf(text, "had not ended after %s", clock_format_span(b->until_ms, span));
    else if (bad->state == JOB_PASSED && good->state != JOB_PASSED)
        str_printf(text, "%s over a good line, PASSED over this one", verdict(good));
    else if (bad->state == JOB_PASSED && find_other(&good->records, &bad->records, details))
        str_add_cstr(text, "PASSED with other records than over a good line");
    else if (bad->state != good->state && bad->state != JOB_PASSED && !bad->failure)
        str_printf(text, "%s without a code", job_state_name(bad->state));
    else {
        str_printf(text, "%s", verdict(bad));
        return true;
    }
    return false;
}

/* False: the file cannot be played; *ok: as judge. */
static bool try_faults(struct replays *r, const char *path, const struct faults *faults,
                       const struct replay_result *good, bool *ok, struct replay_result *out)
{
    struct bad_line b;
    struct replay_result bad;
    play(r, path, faults, &b, good->virtual_ms, &bad);
    *out = (struct replay_result){.end = bad.end, .virtual_ms = bad.virtual_ms};
    bool played = bad.end == REPLAY_OK || bad.end == REPLAY_NOT_OK;
    if (played) {
        *ok = judge(good, &bad, &b, &out->text, &out->details);
        out->end = *ok ? REPLAY_OK : REPLAY_NOT_OK;
    } else {
        str_add_cstr(&out->text, str_cstr(&bad.text));
    }
    replay_result_clear(&bad);
    return played;
}

/* *faults become the fewest that still fail; `out` tells how those do. */
static void shrink(struct replays *r, const char *path, struct faults *faults,
                   const struct replay_result *good, struct replay_result *out)
{
    struct faults smaller;
    size_t tried = 0;
    for (size_t i = 0; tried < SHRINKS_MOST && faults_smaller(faults, i, &smaller); i++, tried++) {
        struct replay_result now;
        bool ok = true;
        if (!try_faults(r, path, &smaller, good, &ok, &now) || ok) {
            replay_result_clear(&now);
            continue;
        }
        replay_result_clear(out);
        *out = now;
        *faults = smaller;
        i = (size_t)-1; /* from the first one again */
    }
}

static void tell(const struct faults *faults, const char *path, const struct hostile_wishes *wishes,
                 uint64_t seed, struct replay_result *out)
{
    struct str line = {0}, text = {0};
    faults_write(faults, &line);
    if (!wishes->faults)
        str_printf(&text, "seed %" PRIu64 ": ", seed);
    str_printf(&text, "%s: %s", str_cstr(&line), str_cstr(&out->text));
    if (out->end == REPLAY_NOT_OK)
        str_printf(&out->details, "again: torstarter replay --faults '%s' %s\n", str_cstr(&line), path);
    str_clear(&out->text);
    out->text = text;
    str_clear(&line);
}

static void play_hostile(struct replays *r, const struct hostile_wishes *wishes, const char *path,
                         uint64_t seed, const struct replay_result *good, uint64_t came,
                         struct replay_result *out)
{
    struct faults faults;
    bool ok;
    if (wishes->faults)
        faults = *wishes->faults;
    else
        faults_choose(&faults, seed, came);
    if (!try_faults(r, path, &faults, good, &ok, out))
        return;
    if (!ok && wishes->shrink)
        shrink(r, path, &faults, good, out);
    tell(&faults, path, wishes, seed, out);
}

void hostile_play(struct replays *r, const struct hostile_wishes *wishes, const char *path, uint64_t seed,
                  struct replay_result *out)
{
    const struct faults none = {0};
    struct replay_result good;
    struct bad_line b;
    play(r, path, &none, &b, 0, &good);
    *out = (struct replay_result){.end = good.end};
    if (good.end == REPLAY_OK) {
        play_hostile(r, wishes, path, seed, &good, b.came, out);
    } else if (good.end == REPLAY_NOT_OK) {
        out->end = REPLAY_SKIPPED;
        str_printf(&out->text, "by command, over a good line: %s", str_cstr(&good.text));
    } else {
        str_add_cstr(&out->text, str_cstr(&good.text));
    }
    replay_result_clear(&good);
}
