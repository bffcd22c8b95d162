#include "helpers/support_peer.h"

#include <string.h>

#include "base/mem.h"

struct peer_item { /* bytes that become readable, or a state that is entered, at a time */
    int64_t at_ms;
    const struct peer_state *state;
    char *bytes;
    size_t len, taken;
};

struct link {
    struct peer *peer;
};

static void put(struct peer *p, struct peer_item item)
{
    if (p->item_count == p->item_cap) {
        p->item_cap = p->item_cap ? p->item_cap * 2 : 64;
        p->items = mem_resize_array(p->items, p->item_cap, sizeof *p->items);
    }
    item.at_ms = p->last_ms;
    p->items[p->item_count++] = item;
}

static void put_bytes(struct peer *p, const char *bytes, size_t len)
{
    size_t piece = p->baud ? 16 : len;
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        if (p->baud)
            p->last_ms += (int64_t)(n * 10000 / p->baud);
        put(p, (struct peer_item){.bytes = mem_strndup(bytes + at, n), .len = n});
    }
}

static void put_text(struct peer *p, const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, PEER_10MS PEER_1S PEER_10S PEER_NUL);
        if (n)
            put_bytes(p, text, n);
        text += n;
        if (!*text)
            return;
        if (*text == PEER_NUL[0])
            put(p, (struct peer_item){.bytes = mem_alloc(1), .len = 1});
        else
            p->last_ms += *text == PEER_10MS[0] ? 10 : *text == PEER_1S[0] ? 1000 : 10000;
        text++;
    }
}

static void start_at(struct peer *p, int64_t delay_ms)
{
    if (p->last_ms < p->clock.now_ms + delay_ms)
        p->last_ms = p->clock.now_ms + delay_ms;
}

static const struct peer_state *find(const struct peer *p, const char *name)
{
    for (const struct peer_state *s = p->states; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return p->states;
}

static void enter(struct peer *p, const struct peer_state *state)
{
    put(p, (struct peer_item){.state = state});
    put_text(p, state->enter);
    put_text(p, state->prompt);
    if (state->after) {
        p->last_ms += state->after_ms;
        enter(p, find(p, state->after));
    }
}

static void take_line(struct peer *p, const char *line, bool key)
{
    const struct peer_state *state = p->state;
    const struct peer_rule *rule = state->rules;
    start_at(p, p->latency_ms);
    while (rule && rule->typed) {
        size_t slot = (size_t)(state - p->states) * 32 + (size_t)(rule - state->rules);
        unsigned *used = &p->used[slot % 1024];
        if ((strcmp(rule->typed, line) == 0 || strcmp(rule->typed, "*") == 0) &&
            (!rule->times || *used < rule->times)) {
            ++*used;
            break;
        }
        rule++;
    }
    bool known = rule && rule->typed;
    if (known && rule->echo) {
        put_text(p, rule->echo);
    } else if (!key && !state->mute) {
        put_text(p, state->hidden ? "" : line);
        put_text(p, "\r\n");
    }
    if (known && rule->delay_ms)
        p->last_ms += rule->delay_ms;
    if (known)
        put_text(p, rule->reply);
    if (known && rule->next)
        enter(p, find(p, rule->next));
    else if (!state->mute && !(key && !known))
        put_text(p, state->prompt);
    if (known)
        put_text(p, rule->unasked);
}

/* Enters the states whose time has come; true when bytes are readable now. */
static bool settle(struct peer *p)
{
    while (p->item_first < p->item_count && p->items[p->item_first].at_ms <= p->clock.now_ms) {
        struct peer_item *item = &p->items[p->item_first];
        if (item->bytes)
            return true;
        p->state = item->state;
        p->item_first++;
    }
    return false;
}

static void take_input(struct peer *p)
{
    while (p->input.len && p->item_first == p->item_count) {
        char line[1200] = "";
        const char *cr = memchr(p->input.data, '\r', p->input.len);
        size_t n = p->state->keys ? 1 : cr ? (size_t)(cr - p->input.data) : 0;
        if (!p->state->keys && !cr)
            return;
        memcpy(line, p->input.data, n < sizeof line ? n : sizeof line - 1);
        str_drop(&p->input, n + !p->state->keys);
        take_line(p, line, p->state->keys);
        settle(p);
    }
}

static bool peer_open(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    (void)uri;
    (void)e;
    ((struct link *)self)->peer = (struct peer *)options->clock;
    return true;
}

static void deliver(struct peer *p, struct str *into)
{
    struct peer_item *item = &p->items[p->item_first];
    size_t n = item->len - item->taken, most = p->chunk_bytes ? p->chunk_bytes : 65536;
    if (n > most)
        n = most;
    str_add(into, item->bytes + item->taken, n);
    item->taken += n;
    p->delivered += n;
    if (item->taken == item->len) {
        mem_free(item->bytes);
        p->item_first++;
    }
}

static bool flood(struct peer *p)
{
    size_t max = p->state->flood_max_bytes;
    if (!p->state->flood || (max && p->flooded >= max))
        return false;
    start_at(p, 1);
    p->flooded += strlen(p->state->flood);
    put_text(p, p->state->flood);
    return true;
}

static bool peer_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct peer *p = ((struct link *)self)->peer;
    p->reads++;
    for (;;) {
        if (settle(p)) {
            deliver(p, into);
            return true;
        }
        take_input(p);
        if (p->item_first == p->item_count && (p->state->closes || p->closed)) {
            p->closed = true;
            return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the scripted peer closed the connection");
        }
        if (p->item_first == p->item_count && until_ms > p->clock.now_ms)
            flood(p);
        int64_t next = p->item_first < p->item_count ? p->items[p->item_first].at_ms : INT64_MAX;
        if (next > until_ms || next > INT64_MAX - 1) {
            clock_wait_until(&p->clock, until_ms);
            return true;
        }
        clock_wait_until(&p->clock, next);
    }
}

static bool peer_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct peer *p = ((struct link *)self)->peer;
    if (p->closed)
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the scripted peer has closed the connection");
    settle(p);
    const char *text = bytes;
    str_add(&p->bytes, bytes, len);
    str_printf(&p->log, "%s|", p->state->name);
    for (size_t i = 0; i < len; i++)
        if (text[i] == 0x11)
            str_add_cstr(&p->log, "^Q");
        else if (text[i] != '\r' && text[i] != '\n')
            str_add_char(&p->log, text[i]);
    str_add_char(&p->log, '\n');
    if (p->state->unsafe)
        p->unsafe_bytes += len;
    if (!(len == 1 && text[0] == 0x11))
        str_add(&p->input, bytes, len);
    take_input(p);
    return true;
}

static bool peer_break(void *self, struct err *e)
{
    (void)e;
    ((struct link *)self)->peer->breaks++;
    return true;
}

static void drop_items(struct peer *p)
{
    for (size_t i = p->item_first; i < p->item_count; i++)
        mem_free(p->items[i].bytes);
    p->item_first = p->item_count = 0;
    str_reset(&p->input);
}

void peer_reconnect(struct peer *p, const char *state)
{
    drop_items(p);
    p->closed = false;
    p->last_ms = p->clock.now_ms;
    enter(p, find(p, state));
    settle(p);
}

static bool peer_set_baud(void *self, unsigned baud, struct err *e)
{
    struct peer *p = ((struct link *)self)->peer;
    if (!p->by_speed)
        return err_set(e, ERR_STATE, "the speed of the scripted line cannot be set");
    p->speeds[p->speed_count++ % 8] = baud;
    for (const struct peer_speed *s = p->by_speed; s->baud; s++)
        if (s->baud == baud)
            peer_reconnect(p, s->state);
    return true;
}

static void peer_line_state(void *self, struct transport_line_state *out)
{
    *out = ((struct link *)self)->peer->line;
}

static void peer_close(void *self)
{
    (void)self;
}

const struct transport_driver peer_driver = {
    .scheme = "peer",
    .about = "a scripted switch",
    .size_bytes = sizeof(struct link),
    .open = peer_open,
    .read = peer_read,
    .write = peer_write,
    .send_break = peer_break,
    .set_baud = peer_set_baud,
    .line_state = peer_line_state,
    .close = peer_close,
};

void peer_init(struct peer *p, const struct peer_state *states)
{
    memset(p, 0, sizeof *p);
    p->states = states;
    p->state = states;
    p->clock.utc_us = INT64_C(1767258000000000);
    enter(p, states);
    settle(p);
}

void peer_clear(struct peer *p)
{
    for (size_t i = p->item_first; i < p->item_count; i++)
        mem_free(p->items[i].bytes);
    mem_free(p->items);
    str_clear(&p->bytes);
    str_clear(&p->log);
    str_clear(&p->input);
    memset(p, 0, sizeof *p);
}

void peer_say(struct peer *p, int64_t delay_ms, const char *text)
{
    start_at(p, delay_ms);
    put_text(p, text);
}

struct transport *peer_transport(struct peer *p)
{
    static const struct uri uri = {.scheme = "peer", .user = "", .host = "switch", .path = ""};
    struct transport_options options = {.clock = &p->clock};
    return transport_open_driver(&peer_driver, &uri, &options, NULL);
}

size_t peer_count(const struct peer *p, const char *log_line)
{
    size_t count = 0, len = strlen(log_line);
    for (const char *at = str_cstr(&p->log); *at;) {
        size_t n = strcspn(at, "\n");
        count += n == len && memcmp(at, log_line, n) == 0;
        at += n + (at[n] == '\n');
    }
    return count;
}
