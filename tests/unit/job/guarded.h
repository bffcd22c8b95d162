/* A switch that answers in JSON, logged in to, and the guard of a job on it. */
#ifndef TESTS_JOB_GUARDED_H
#define TESTS_JOB_GUARDED_H

#include "unit/job/fake.h"

#include "helpers/support_desk.h"
#include "job/guard.h"
#include "job/journal.h"
#include "job/policy.h"
#include "plugin/change.h"
#include "plugin/normal.h"
#include "session/change.h"
#include "session/permit_self.h"

#define ROWS(x)       "{\"rows\": [" x "]}\r\n"
#define WHO(serial)   ROWS("{\"serial\": \"" serial "\", \"mac\": \"c0d6.8200.0001\", \"version\": \"1\"}")
#define OWN           "{\"line\": \"con\", \"user\": \"admin\", \"own\": \"yes\"}"
#define RATE(port, n) ROWS("{\"interface\": \"" port "\", \"in\": \"" n "\", \"out\": \"0\"}")
#define FACTORY       "hostname switch\r\n"
#define FOREIGN       "hostname switch\r\nvlan 6\r\n"

enum { VERSION, AGAIN, USERS, PENDING, BGP, RATES, MACS, CONFIG, SAVE, LENGTH, UP, DOWN, EXIT, NOTHING };

struct scene {
    struct fake *f;
    struct platform *platform;
    struct arena arena;
    struct desk desk;
    struct peer_rule rules[NOTHING + 1];
    struct peer_state states[4];
    struct asset asset;
    struct run run;
    struct journal journal;
    struct guard guard;
    struct session_hooks desk_hooks; /* which watch for unsafe bytes */
    const char *stop_at;             /* this line, and the operator presses Ctrl-C … */
    enum cancel_level stop_how;      /* … so often, */
    bool stop_after;                 /* once the line is on disk and on its way */
};

static const struct peer_rule healthy[] = {[VERSION] = {.typed = "show version", .reply = WHO("SER1")},
                                           [AGAIN] = {.typed = "show version", .reply = WHO("SER1")},
                                           [USERS] = {.typed = "show users", .reply = ROWS(OWN)},
                                           [PENDING] = {.typed = "show pending", .reply = ROWS("")},
                                           [BGP] = {.typed = "show bgp", .reply = ROWS("")},
                                           [RATES] = {.typed = "show rates", .reply = RATE("Et1", "0")},
                                           [MACS] = {.typed = "show mac", .reply = ROWS("")},
                                           [CONFIG] = {.typed = "show running-config", .reply = FACTORY},
                                           [SAVE] = {.typed = "write memory", .reply = "saved\r\n"},
                                           [LENGTH] = {.typed = "terminal length 0"},
                                           [UP] = {.typed = "ip address 10.0.9.3/24"},
                                           [DOWN] = {.typed = "no ip address"},
                                           [EXIT] = {.typed = "exit", .next = "login"},
                                           [NOTHING] = {0}};

static inline void load_platform(struct scene *s)
{
    struct search_path path;
    struct mistakes m = {0};
    search_path_init(&path, (const char *[]){"tests/data/plugin/guard"}, 1, NULL, &s->arena);
    s->platform = platform_load("guarded", &path, &m);
    if (!s->platform)
        fail_msg("%s", str_cstr(&m.text));
    mistakes_clear(&m);
}

static inline bool before_send(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct scene *s = ctx;
    struct session_hooks journal = journal_session_hooks(&s->journal);
    bool stop = s->stop_at && strcmp(what->text, s->stop_at) == 0;
    if (stop && !s->stop_after)
        cancel_raise(s->desk.cancel, s->stop_how);
    uint64_t of_desk = 0;
    bool ok = journal.before_send(journal.ctx, what, event, e) &&
              s->desk_hooks.before_send(s->desk_hooks.ctx, what, &of_desk, e);
    if (stop)
        cancel_raise(s->desk.cancel, s->stop_how);
    return ok;
}

static inline void after_answer(void *ctx, uint64_t event, const struct answer *a)
{
    struct scene *s = ctx;
    struct session_hooks journal = journal_session_hooks(&s->journal);
    journal.after_answer(journal.ctx, event, a);
}

static inline void bytes_seen(void *ctx, bool received, const char *bytes, size_t len, int64_t at_us)
{
    struct scene *s = ctx;
    s->desk_hooks.bytes(s->desk_hooks.ctx, received, bytes, len, at_us);
}

/* A job on a switch that is logged in to, with a guard; whatever the test changed in s->rules before. */
static inline void begin(struct scene *s, struct fake *f)
{
    static const struct peer_rule login[] = {{.typed = "*", .next = "password"}, {0}};
    static const struct peer_rule password[] = {{.typed = "*", .next = "enable"}, {0}};
    s->f = f;
    load_platform(s);
    s->states[0] = (struct peer_state){.name = "login", .prompt = "\r\ntor01 login: ", .rules = login};
    s->states[1] =
        (struct peer_state){.name = "password", .prompt = "Password: ", .hidden = true, .rules = password};
    s->states[2] = (struct peer_state){.name = "enable", .prompt = "tor01#", .rules = s->rules};
    desk_init(&s->desk, s->states);
    s->desk.options.dialect = &s->platform->dialect;
    s->journal = (struct journal){
        .store = f->store, .job = fake_job(f, "RUNNING", "host:1:2"), .cancel = s->desk.cancel};
    s->journal.transcript = (struct transcript){.store = f->store, .job = s->journal.job};
    s->desk_hooks = s->desk.options.hooks;
    s->desk.options.hooks = (struct session_hooks){
        .ctx = s, .before_send = before_send, .after_answer = after_answer, .bytes = bytes_seen};
    if (!desk_login(&s->desk))
        fail_msg("%s", s->desk.e.msg);
    s->asset = (struct asset){"SER1", "tor-r1-01", "planned", "", 2};
    f->site = (struct site){
        .file = "site.yaml", .assets_file = "assets.csv", .assets = &s->asset, .asset_count = 1};
    s->guard = (struct guard){.store = f->store, .job = s->journal.job, .journal = &s->journal};
    s->run = (struct run){.site = &f->site,
                          .sw = &f->switches[0],
                          .role = &f->role,
                          .platform = s->platform,
                          .session = s->desk.session,
                          .cancel = s->desk.cancel,
                          .guard = guard_of(&s->guard)};
}

static inline struct scene *scene_new(void)
{
    struct scene *s = calloc(1, sizeof *s);
    memcpy(s->rules, healthy, sizeof healthy);
    return s;
}

static inline void end(struct scene *s)
{
    session_close(s->desk.session, NULL);
    s->desk.session = NULL;
    journal_clear(&s->journal);
    arena_clear(&s->run.arena);
    desk_clear(&s->desk);
    platform_free(s->platform);
    arena_clear(&s->arena);
    free(s);
}

static inline struct permit *ask(struct scene *s)
{
    s->run.err = (struct err){0};
    return s->run.guard.permit(s->run.guard.ctx, &s->run, "config_save");
}

static inline void refused(struct scene *s, enum failure failure, const char *text)
{
    struct permit *p = ask(s);
    if (p)
        fail_msg("a permit was given though: %s", text);
    if (s->run.err.failure != failure || !strstr(s->run.err.msg, text))
        fail_msg("%s: %s", failure_name(s->run.err.failure), s->run.err.msg);
}

#endif
