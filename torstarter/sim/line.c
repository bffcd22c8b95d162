/* What is typed → pace → switch → faults → pace → connection. All of it happens when somebody looks: a line needs no thread. */
#include "sim/line.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sim/pace.h"

enum { HOLDS_BYTES = 1024, PAUSE_MS = 3000, LOOK_US = 5000, IDLE_KEEPS_BYTES = 4096 };

struct line {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    const struct scenario_switch *sw;
    struct device *device;
    line_typed *typed;
    void *ctx;
    struct pace to_switch, from_switch;
    struct fault_chain faults;
    struct str typing, said; /* scratch */
    bool started, held, cut;
    uint64_t passed; /* bytes of this connection */
    uint64_t connections, refused, sent_bytes;
};

static void on_typed(void *ctx, const struct device_typed *what)
{
    struct line *l = ctx;
    if (l->typed)
        l->typed(l->ctx, l->sw, what);
}

static void set_pace(struct pace *p, const struct line_setup *setup)
{
    p->bytes_per_s = setup->bytes_per_s;
    p->latency_ms = setup->latency_ms;
}

static void init_freed(pthread_cond_t *freed)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(freed, &attr);
    pthread_condattr_destroy(&attr);
}

struct line *line_new(const struct device_model *model, const struct scenario_switch *sw, line_typed *typed,
                      void *ctx)
{
    struct line *l = MEM_NEW(struct line);
    pthread_mutex_init(&l->lock, NULL);
    init_freed(&l->freed);
    l->sw = sw;
    l->typed = typed;
    l->ctx = ctx;
    l->device = device_new(model, &sw->device, on_typed, l);
    set_pace(&l->to_switch, &sw->line);
    l->to_switch.latency_ms += sw->line.echo_delay_ms;
    set_pace(&l->from_switch, &sw->line);
    l->from_switch.look_us = LOOK_US;
    l->from_switch.chunk_bytes = (size_t)sw->line.chunk_bytes;
    fault_chain_init(&l->faults, sw->line.faults, sw->line.fault_count);
    return l;
}

void line_free(struct line *l)
{
    if (!l)
        return;
    device_free(l->device);
    pace_clear(&l->to_switch);
    pace_clear(&l->from_switch);
    fault_chain_clear(&l->faults);
    str_clear(&l->typing);
    str_clear(&l->said);
    pthread_cond_destroy(&l->freed);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

const struct scenario_switch *line_switch(const struct line *l)
{
    return l->sw;
}

static bool half_open(const struct line *l)
{
    return l->sw->line.half_open_after > 0 && l->passed >= (uint64_t)l->sw->line.half_open_after;
}

static void put_on_wire(struct line *l, const char *bytes, size_t len, int64_t now_us)
{
    uint64_t most = (uint64_t)l->sw->line.half_open_after, left = most > l->passed ? most - l->passed : 0;
    if (most > 0 && len > left)
        len = (size_t)left;
    l->passed += len;
    const char *after = l->sw->line.pause_after, *hit;
    size_t text = after ? strlen(after) : 0;
    while (text > 0 && (hit = memmem(bytes, len, after, text))) {
        size_t piece = (size_t)(hit - bytes) + text;
        pace_put(&l->from_switch, bytes, piece, now_us);
        pace_pause(&l->from_switch, PAUSE_MS, now_us);
        bytes += piece;
        len -= piece;
    }
    pace_put(&l->from_switch, bytes, len, now_us);
}

/* What the switch said goes on its way, if there is a connection to hear it; a real line keeps nothing. */
static void send_said(struct line *l, int64_t now_us)
{
    struct str sent = {0};
    if (l->held && !l->cut && l->said.len > 0) {
        l->cut = !fault_chain_feed(&l->faults, str_cstr(&l->said), l->said.len, &sent);
        put_on_wire(l, str_cstr(&sent), sent.len, now_us);
    }
    if (l->sw->line.bytes_per_s >
        0) /* what its driver's buffer does not hold keeps the switch's CLI waiting */
        device_hold(l->device,
                    l->from_switch.free_us - HOLDS_BYTES * INT64_C(1000000) / l->sw->line.bytes_per_s);
    str_clear(&sent);
    if (l->said.cap > IDLE_KEEPS_BYTES) /* hundreds of idle lines should not hold their longest answer */
        str_clear(&l->said);
    str_reset(&l->said);
}

/* Turns the line's world forward. A thing due in between happens at its own time, however late we look. */
static void turn(struct line *l, int64_t now_us)
{
    for (;;) {
        int64_t typed_us = pace_due_us(&l->to_switch), device_us = device_due_us(l->device);
        int64_t due_us = typed_us < device_us ? typed_us : device_us;
        if (due_us > now_us)
            return;
        if (typed_us <= device_us) {
            str_reset(&l->typing);
            pace_take(&l->to_switch, due_us, &l->typing);
            device_type(l->device, str_cstr(&l->typing), l->typing.len, due_us, &l->said);
        } else {
            device_tick(l->device, due_us, &l->said);
        }
        send_said(l, due_us);
    }
}

void line_wait_free(struct line *l, long wait_ms)
{
    const int64_t until_us = clock_now_us(NULL) + wait_ms * 1000;
    const struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    pthread_mutex_lock(&l->lock);
    while (l->held && pthread_cond_timedwait(&l->freed, &l->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&l->lock);
}

bool line_attach(struct line *l, int64_t now_us, const char **holder)
{
    pthread_mutex_lock(&l->lock);
    bool free_now = !l->held && !l->sw->line.busy;
    if (!free_now) {
        *holder = l->sw->line.busy ? l->sw->line.busy : "another session";
        l->refused++;
    } else {
        if (!l->started)
            device_start(l->device, now_us);
        else
            turn(l, now_us);
        l->started = l->held = true;
        l->cut = false;
        l->passed = 0;
        l->connections++;
        fault_chain_reset(&l->faults);
        put_on_wire(l, l->sw->line.banner, strlen(l->sw->line.banner), now_us);
        put_on_wire(l, l->sw->line.stale, strlen(l->sw->line.stale), now_us);
    }
    pthread_mutex_unlock(&l->lock);
    return free_now;
}

void line_detach(struct line *l, int64_t now_us)
{
    pthread_mutex_lock(&l->lock);
    turn(l, now_us);
    l->held = false;
    pthread_cond_signal(&l->freed);
    pace_clear(&l->from_switch);
    if (l->sw->line.forgets)
        device_log_out(l->device);
    pthread_mutex_unlock(&l->lock);
}

void line_type(struct line *l, const void *bytes, size_t len, int64_t now_us)
{
    pthread_mutex_lock(&l->lock);
    turn(l, now_us);
    if (!half_open(l)) /* what is typed into a dead link reaches nobody */
        pace_put(&l->to_switch, bytes, len, now_us);
    turn(l, now_us);
    pthread_mutex_unlock(&l->lock);
}

bool line_take(struct line *l, int64_t now_us, struct str *out)
{
    pthread_mutex_lock(&l->lock);
    turn(l, now_us);
    size_t taken = pace_take(&l->from_switch, now_us, out);
    l->sent_bytes += taken;
    bool whole = !l->cut || taken > 0 || pace_due_us(&l->from_switch) != INT64_MAX;
    pthread_mutex_unlock(&l->lock);
    return whole;
}

int64_t line_due_us(struct line *l)
{
    pthread_mutex_lock(&l->lock);
    int64_t due_us = pace_due_us(&l->from_switch), typed_us = pace_due_us(&l->to_switch);
    int64_t device_us = device_due_us(l->device);
    if (typed_us < due_us)
        due_us = typed_us;
    if (device_us < due_us)
        due_us = device_us;
    pthread_mutex_unlock(&l->lock);
    return due_us;
}

void line_read_counts(struct line *l, struct line_counts *out)
{
    pthread_mutex_lock(&l->lock);
    *out = (struct line_counts){.device = *device_counts(l->device),
                                .connections = l->connections,
                                .refused = l->refused,
                                .sent_bytes = l->sent_bytes,
                                .state = device_state(l->device),
                                .held = l->held};
    pthread_mutex_unlock(&l->lock);
}
