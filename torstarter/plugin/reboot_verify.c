/* Does it all survive a restart? What the switch says before is kept; then it is restarted, under a permit like any change, while its
   console is only listened to; and then the same questions are asked again. That a login prompt came back proves nothing
   (behaviour 57): the up time has to be shorter than the time since, the reason a reload, the version the same. Nor is
   a switch ready because it can be logged in to (behaviour 59): what is not as before is asked for again until its time is over. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plugin/all.h"
#include "plugin/change.h"
#include "plugin/reboot_state.h"
#include "plugin/shared.h"
#include "plugin/uptime.h"

static const enum failure codes[] = {FAILURE_REBOOT_TIMEOUT,    FAILURE_REBOOT_NOT_PROVEN,
                                     FAILURE_BOOT_LOOP,         FAILURE_BOOT_LOADER,
                                     FAILURE_FIRST_BOOT,        FAILURE_LOGIN_FAIL,
                                     FAILURE_LOGIN_POLICY,      FAILURE_CONSOLE_SILENT,
                                     FAILURE_CONSOLE_GARBLED,   FAILURE_QUESTION_UNKNOWN,
                                     FAILURE_IDENTITY_MISMATCH, FAILURE_IN_PRODUCTION,
                                     FAILURE_GUARD_UNPROVEN,    FAILURE_FIRMWARE_VERSION,
                                     FAILURE_CONFIG_MISMATCH,   FAILURE_CONFIG_NOT_SAVED,
                                     FAILURE_UPLINKS_COUNT,     FAILURE_NEIGHBORS_UNAVAILABLE,
                                     FAILURE_ROUTING_FAIL,      FAILURE_NONE};
static const char *const needs[] = {"version",           "inventory",      "last_boot",  "boot_reason",
                                    "running_config",    "startup_config", "interfaces", "neighbors",
                                    "routing_neighbors", "system_ready",   "clock",      NULL};

enum {
    ASK_AGAIN_MS = 3 * 1000,
    UNREAD_MS = 5 * 60 * 1000, /* a command of an agent that is not up yet is refused, or answered in half */
    UPTIME_MS = 2 * 60 * 1000, /* up times are printed in whole minutes */
    OLDEST_YEAR = 2020,        /* clocks that were never set stand at 1970, 2000, 2010, 2017 */
    MINUTE_S = 60
};

struct reboot {
    struct run *run;
    struct reboot_state before;
    struct boot_report boot;
    int64_t told_ms; /* when it was told to restart */
    int64_t back_ms; /* when it was logged in to again */
    const char *uptime, *reason;
};

static void wait_a_while(struct reboot *b, const char *about)
{
    struct run *run = b->run;
    const struct console *console = run->session_options.console;
    struct clock *clock = console ? console->options.clock : NULL;
    struct change_progress p = {
        .about = about, .percent = -1, .elapsed_ms = session_now_ms(run->session) - b->told_ms};
    if (run->hooks.progress)
        run->hooks.progress(run->hooks.ctx, &p);
    clock_wait_until(clock, clock_now_ms(clock) + ASK_AGAIN_MS);
}

/* What cannot be read yet may be read later; a line that broke or an operator who stops it does not get better. */
static bool may_get_better(const struct verdict *v)
{
    return v->kind != VERDICT_ERROR ||
           (v->failure != FAILURE_CONSOLE_LOST && v->failure != FAILURE_CANCELLED);
}

/* ---- that it restarted ---- */

static int64_t since_told_s(const struct reboot *b)
{
    return (session_now_ms(b->run->session) - b->told_ms) / 1000;
}

/* A switch that did not restart has been up for longer than the time since it was told to; and then either its up time fell, or the
   boot was watched, or it is shorter by more than its own rounding. */
static bool uptime_proves(const struct reboot *b, int64_t now_s)
{
    int64_t rounding_s = now_s % MINUTE_S == 0 ? MINUTE_S : 1;
    bool fell = now_s<b->before.uptime_s, watched = b->boot.starts> 0;
    return now_s <= since_told_s(b) && (fell || watched || now_s + rounding_s <= since_told_s(b));
}

static struct verdict look_at_uptime(struct reboot *b)
{
    struct run *run = b->run;
    struct records r;
    int64_t now_s;
    run_forget(run, "last_boot");
    if (!run_query(run, "last_boot", &r))
        return verdict_error(run);
    b->uptime = r.count ? record_get(&r, 0, "uptime") : "";
    if (r.count == 0 || !uptime_read(b->uptime, &now_s))
        return verdict_unread(run, &r, 0, "\"%s\" is no up time", b->uptime);
    if (records_has(&r, "reason"))
        b->reason = record_get(&r, 0, "reason");
    if (uptime_proves(b, now_s))
        return verdict_pass(run, "up for %s", b->uptime);
    struct verdict v = verdict_fail(run, FAILURE_REBOOT_NOT_PROVEN,
                                    "it was told to restart %lld s ago and says that it is up for %s; before "
                                    "it said %s",
                                    (long long)since_told_s(b), b->uptime, b->before.uptime);
    verdict_point(run, &v, &r, 0, "uptime", "shorter than %lld s", (long long)since_told_s(b));
    return v;
}

static bool holds_word(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcasestr(text, *words))
            return true;
    return false;
}

/* No restart that we asked for: it fell over by itself, or somebody pulled the cord meanwhile. */
static struct verdict look_at_reason(struct reboot *b)
{
    static const char *const bad[] = {"crash",      "panic",   "watchdog",  "exception", "fatal",
                                      "unexpected", "power",   "brown-out", "oops",      "thermal",
                                      "overtemp",   "failure", NULL};
    static const char *const good[] = {"reload", "reboot",   "request", "user",
                                       "admin",  "software", "upgrade", NULL};
    struct run *run = b->run;
    struct records r = {0};
    const char *query = "last_boot";
    if ((!b->reason || !*b->reason) && dialect_query(&run->platform->dialect, "boot_reason")) {
        query = "boot_reason";
        run_forget(run, query);
    }
    if (!platform_maps(run->platform, query, "reason"))
        return verdict_pass(run, "no reason is printed");
    if (!run_query(run, query, &r))
        return verdict_error(run);
    b->reason = r.count ? record_get(&r, 0, "reason") : "";
    if (!holds_word(b->reason, bad)) {
        if (*b->reason && !holds_word(b->reason, good))
            run_note(run, "the reason of the restart, \"%s\", is none that torstarter knows", b->reason);
        return verdict_pass(run, "%s", b->reason);
    }
    struct verdict v = verdict_fail(run, FAILURE_REBOOT_NOT_PROVEN,
                                    "it restarted, but not as it was told to: it says \"%s\"", b->reason);
    verdict_point(run, &v, &r, 0, "reason", "a reload that was asked for");
    verdict_remedy(run, &v, "find out why it went down (its log, its power), then run the job again");
    return v;
}

/* ---- waiting for it to be as before ---- */

/* Never longer than the platform gives a whole boot. */
static int64_t patience_of(const struct reboot *b, const struct verdict *v, int64_t own_ms)
{
    int64_t total_ms = b->run->platform->boot.total_ms;
    int64_t patience_ms = v->kind == VERDICT_ERROR ? UNREAD_MS : own_ms;
    return total_ms && total_ms < patience_ms ? total_ms : patience_ms;
}

static struct verdict until_proven(struct reboot *b)
{
    for (;;) {
        struct verdict v = look_at_uptime(b);
        int64_t waited_ms = session_now_ms(b->run->session) - b->back_ms;
        if (v.kind == VERDICT_PASS || !may_get_better(&v) || waited_ms >= patience_of(b, &v, UPTIME_MS))
            return v.kind == VERDICT_PASS ? look_at_reason(b) : v;
        wait_a_while(b, "up time");
    }
}

static struct verdict until_as_before(struct reboot *b, const struct reboot_check *check)
{
    for (;;) {
        struct verdict v = check->look(b->run, &b->before);
        int64_t waited_ms = session_now_ms(b->run->session) - b->back_ms;
        if (v.kind == VERDICT_PASS || !may_get_better(&v) ||
            waited_ms >= patience_of(b, &v, check->patience_ms))
            return v;
        wait_a_while(b, check->about);
    }
}

/* Behaviour 74: with a wrong clock certificates are refused and logs lie; that is worth knowing, and no reason to send anybody. */
static void look_at_clock(struct run *run)
{
    struct records r;
    if (!dialect_query(&run->platform->dialect, "clock") || !run_query(run, "clock", &r) || r.count == 0)
        return;
    const char *text = record_get(&r, 0, "time");
    for (const char *p = text; *p; p++) {
        char *end;
        bool begins = isdigit((unsigned char)*p) && (p == text || !isalnum((unsigned char)p[-1]));
        long year = begins ? strtol(p, &end, 10) : 0;
        if (begins && end - p == 4 && year >= 1970 && year < 2100) {
            if (year < OLDEST_YEAR)
                run_note(
                    run,
                    "its clock says \"%s\": it was never set; until it is, certificates and the times in its "
                    "log are not to be trusted",
                    text);
            return;
        }
    }
}

/* What the site names is judged as routing does it: with prefixes, and for longer than the hold time. */
static struct verdict judge_routing(struct run *run)
{
    if (run->sw->neighbor_count == 0 && !run->sw->lags)
        return verdict_pass(run, "not asked for");
    return plugin_routing.run(run);
}

static size_t up_count(const struct records *r, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += record_is(r, i, "state", word);
    return n;
}

static struct verdict passed(struct reboot *b)
{
    struct run *run = b->run;
    char span[CLOCK_TEXT_MAX];
    const struct reboot_state *s = &b->before;
    clock_format_span(b->back_ms - b->told_ms, span);
    const char *reason = b->reason && *b->reason ? arena_printf(&run->arena, " (%s)", b->reason) : "";
    return verdict_pass(
        run,
        "restarted%s and back after %s: up for %s, serial %s, version %s, %s, %zu interfaces up "
        "and %zu neighbours as before",
        reason, span, b->uptime, s->serial, s->version,
        s->compares ? "configuration as saved" : "configuration not compared", up_count(&s->interfaces, "up"),
        s->neighbors.count);
}

static struct verdict verify(struct reboot *b)
{
    struct run *run = b->run;
    struct verdict v = until_as_before(b, &reboot_checks[0]); /* another switch's up time proves nothing */
    if (v.kind == VERDICT_PASS)
        v = until_proven(b);
    for (size_t i = 1; v.kind == VERDICT_PASS && i < reboot_check_count; i++)
        v = until_as_before(b, &reboot_checks[i]);
    if (v.kind != VERDICT_PASS)
        return v;
    look_at_clock(run);
    v = judge_routing(run);
    return v.kind == VERDICT_PASS || v.kind == VERDICT_SKIP ? passed(b) : v;
}

/* ---- the restart ---- */

/* What a switch that does not come back ends in is a finding about it, whatever phase the code belongs to. */
static struct verdict did_not_come_back(struct reboot *b, const struct change *c)
{
    struct verdict v = verdict_changed(b->run, c);
    bool begun = c->state != CHANGE_NOT_BEGUN;
    if (begun && v.failure != FAILURE_NONE && failure_info(v.failure)->phase == PHASE_OOB_CONNECT)
        v.kind = VERDICT_FAIL;
    if (begun && v.failure == FAILURE_FIRST_BOOT)
        v.text = arena_printf(&b->run->arena, "%s: it lost its startup configuration", v.text);
    return v;
}

static struct verdict restart(struct reboot *b)
{
    struct run *run = b->run;
    struct change c;
    b->told_ms = session_now_ms(run->session);
    bool ok = run_procedure(run, "reload", NULL, 0, NULL, &c);
    struct verdict v = ok ? verdict_pass(run, "restarted") : did_not_come_back(b, &c);
    b->boot = c.boot;
    b->back_ms = session_now_ms(run->session);
    run->changed = run->changed || c.state != CHANGE_NOT_BEGUN;
    change_clear(&c);
    return v;
}

/* NULL: it is to be restarted; else why not. */
static const char *why_not(const struct run *run)
{
    const char *said = run->sw->reboot ? run->sw->reboot : run->role->reboot;
    if (said && strcmp(said, "never") == 0)
        return "the site says `reboot: never`";
    if (!run->changed && (!said || strcmp(said, "always") != 0))
        return "this job changed nothing, and the site does not say `reboot: always`";
    return NULL;
}

static struct verdict reboot_verify_run(struct run *run)
{
    struct reboot b = {.run = run};
    const char *why = why_not(run);
    if (why)
        return verdict_not_asked(run, "%s", why);
    if (!run_can(run, "reload"))
        return verdict_skip(run, "platform %s declares no reload", run->platform->name);
    if (!reboot_state_read(run, &b.before))
        return verdict_error(run);
    struct verdict v = reboot_state_saved(run, &b.before);
    if (v.kind == VERDICT_PASS)
        v = restart(&b);
    return v.kind == VERDICT_PASS ? verify(&b) : v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    (void)sw;
    bool must = strcmp(query, "version") == 0 || strcmp(query, "last_boot") == 0;
    return must || dialect_query(&platform->dialect, query) ? 2 : 0;
}

const struct plugin plugin_reboot_verify = {
    .name = "reboot_verify",
    .about = "does it all survive a restart?",
    .phase = PHASE_REBOOT_VERIFY,
    .effect = CHANGES,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = reboot_verify_run,
};
