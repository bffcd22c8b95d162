/* Our own side of the paste bench: one line, at whose end a switch stands in configuration mode; a file is pasted into it.
   Prints "name value" lines.      bench_paste CONSOLE FILE */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/platform.h"
#include "session/change.h"
#include "session/inner.h"
#include "session/permit_self.h"
#include "text/uri.h"

static int stop(const char *what, const struct err *e)
{
    fprintf(stderr, "bench_paste: %s: %s\n", what, e->msg);
    return 1;
}

/* The switch's prompt after one return; nothing has to be proven about a simulated switch. */
static bool reach(struct session *s, struct err *e)
{
    struct sight sight;
    s->state = STATE_UNKNOWN;
    s->deadline_ms = line_now_ms(&s->line) + 10 * 1000;
    if (!session_look(s, 100, &sight, e))
        return false;
    if (sight.state != STATE_CONFIG)
        return err_set(e, ERR_STATE, "the switch is in state %s", state_name(sight.state));
    s->state = STATE_CONFIG;
    s->logged_in = s->present = true;
    session_learn(s, STATE_CONFIG);
    return true;
}

static bool run(struct session *s, const struct procedure *p, const struct str *text, struct err *e)
{
    struct permit *permit = permit_make(s, session_now_ms(s), "BENCH0001", p->name, 1);
    struct paste what = {.text = text->data, .len = text->len};
    struct paste_result r = {0};
    size_t step = 0;
    while (step < p->step_count && p->steps[step].kind != STEP_PASTE)
        step++;
    bool ok = change_begin(s, permit, p, e);
    int64_t began_us = clock_now_us(NULL);
    uint64_t received = session_received(s);
    ok = ok && change_paste(s, permit, p, step, &what, NULL, &r, e);
    if (ok)
        printf("paste_ms %.1f\npaste_bytes %llu\npaste_repeated %zu\n",
               (double)(clock_now_us(NULL) - began_us) / 1000.0,
               (unsigned long long)(session_received(s) - received), r.repeated);
    s->begun = (struct begun){0};
    str_clear(&r.rejected);
    permit_free(permit);
    return ok;
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    struct search_path path;
    struct mistakes m = {0};
    struct err e = {0};
    struct str text = {0};
    struct uri uri;
    if (argc != 3)
        return stop("usage", &(struct err){.msg = "bench_paste CONSOLE FILE"});
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &arena);
    struct platform *platform = platform_load("arista_eos", &path, &m);
    if (!mistakes_none(&m, &e) || !uri_parse(argv[1], &arena, &uri, &e) || !file_read(argv[2], &text, &e))
        return stop(argv[1], &e);
    struct session_options options = {.take_transport =
                                          transport_open(&uri, &(struct transport_options){0}, &e),
                                      .dialect = &platform->dialect,
                                      .nonce_seed = 1};
    if (!options.take_transport)
        return stop(argv[1], &e);
    struct session *s = session_open(&options, &e);
    bool ok = s && reach(s, &e) && run(s, dialect_procedure(&platform->dialect, "config_load"), &text, &e);
    if (s)
        session_close(s, NULL);
    str_clear(&text);
    platform_free(platform);
    arena_clear(&arena);
    return ok ? 0 : stop(argv[1], &e);
}
