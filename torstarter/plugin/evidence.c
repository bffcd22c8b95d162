/* What must be positively safe before a change: eight signs, read anew each time. What was not asked, not read or not declared is
   no sign of safety. */
#include "plugin/evidence.h"

#include <stdarg.h>
#include <string.h>

#include "plugin/evidence_self.h"

/* In the order in which they are asked: who it is comes first. */
static const struct {
    const char *name;
    evidence_sign *read;
} signs[] = {{"identity", evidence_identity},
             {"users", evidence_users},
             {"pending_changes", evidence_pending},
             {"routing_sessions", evidence_routing},
             {"traffic", evidence_traffic},
             {"hosts", evidence_hosts},
             {"configuration", evidence_configuration},
             {"assets", evidence_assets}};
enum { SIGNS = sizeof signs / sizeof *signs };

const char *const *evidence_names(void)
{
    static const char *const names[] = {"identity",         "users",   "pending_changes",
                                        "routing_sessions", "traffic", "hosts",
                                        "configuration",    "assets",  NULL};
    _Static_assert(sizeof names / sizeof *names == SIGNS + 1, "a name for each sign");
    return names;
}

const struct evidence_found *evidence_named(const struct evidence_report *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->items[i].name, name) == 0)
            return &r->items[i];
    return NULL;
}

void evidence_say(struct run *run, struct evidence_found *f, enum safety safety, const struct records *r,
                  size_t row, const char *column, const char *fmt, ...)
{
    struct str text = {0};
    struct verdict v = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(&text, fmt, ap);
    va_end(ap);
    f->safety = safety;
    f->text = arena_strdup(&run->arena, str_cstr(&text));
    str_clear(&text);
    if (!r)
        return;
    verdict_point(run, &v, r, row, column, NULL);
    f->evidence = v.evidence;
}

/* Nothing more can be asked, or must not be. */
static bool ends_asking(const struct err *e)
{
    return e->code == ERR_CANCELLED || e->code == ERR_CLOSED || e->failure == FAILURE_CANCELLED ||
           e->failure == FAILURE_CONSOLE_LOST;
}

void evidence_unread(struct run *run, const struct known *k, struct evidence_found *f)
{
    if (ends_asking(&run->err) && k->report->broken.code == ERR_NONE)
        k->report->broken = run->err;
    f->safety = UNKNOWN;
    f->text = arena_strdup(&run->arena, run->err.msg);
    f->evidence = run->err_evidence;
}

bool evidence_ask(struct run *run, const struct known *k, const char *query, struct records *r,
                  struct evidence_found *f)
{
    const char *why = platform_not_applicable(run->platform, query);
    if (!dialect_query(&run->platform->dialect, query)) {
        evidence_say(run, f, why ? SAFE : UNKNOWN, NULL, 0, NULL,
                     why ? "not asked of %s: %s%.0s"
                         : "platform %s declares no query %s; its file must declare it, or say under `guard: "
                           "{not_applicable: …}` why there is none",
                     run->platform->name, why ? why : query, "");
        return false;
    }
    if (run->session) /* judged again from what was kept: there is nothing else */
        run_forget(run, query);
    if (run_query(run, query, r))
        return true;
    evidence_unread(run, k, f);
    return false;
}

void evidence_read(struct run *run, const struct evidence_known *known, struct evidence_report *out)
{
    struct known k = {.own = known ? *known : (struct evidence_known){0}, .report = out};
    *out = (struct evidence_report){
        .oldest_ms = run->session ? session_now_ms(run->session) : 0, .serial = "", .mac = ""};
    for (size_t i = 0; i < SIGNS; i++) {
        struct evidence_found *f = &out->items[out->count++];
        *f = (struct evidence_found){.name = signs[i].name, .safety = UNKNOWN, .text = "not asked"};
        bool stranger = i > 0 && out->items[0].safety != SAFE;
        if (!stranger && out->broken.code == ERR_NONE)
            signs[i].read(run, &k, f);
        else if (stranger)
            f->text = "not asked: it is not proven which switch this is";
    }
}

static const struct evidence_found *first_of(const struct evidence_report *r, enum safety safety)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].safety == safety)
            return &r->items[i];
    return NULL;
}

static bool all_safe(const struct evidence_report *r)
{
    for (size_t i = 0; i < SIGNS; i++) {
        const struct evidence_found *f = evidence_named(r, signs[i].name);
        if (!f || f->safety != SAFE)
            return false;
    }
    return first_of(r, UNSAFE) == NULL && first_of(r, UNKNOWN) == NULL;
}

/* All that is not safe, the unsafe first: "hosts: …; users: …". */
static const char *list(struct run *run, const struct evidence_report *r)
{
    static const enum safety order[] = {UNSAFE, UNKNOWN};
    struct str s = {0};
    for (size_t o = 0; o < 2; o++)
        for (size_t i = 0; i < r->count; i++)
            if (r->items[i].safety == order[o] && (o == 0 || !str_starts(r->items[i].text, "not asked"))) {
                text_list(&s);
                str_printf(&s, "%s: %s", r->items[i].name, r->items[i].text);
            }
    const char *text = s.len ? arena_strdup(&run->arena, s.data) : "not every evidence was read";
    str_clear(&s);
    return text;
}

struct verdict evidence_verdict(struct run *run, const struct evidence_report *r)
{
    const struct evidence_found *unsafe = first_of(r, UNSAFE), *unknown = first_of(r, UNKNOWN);
    const struct evidence_found *who = evidence_named(r, "identity");
    if (all_safe(r))
        return verdict_pass(run, "%zu evidences, each of them safe", r->count);
    if (r->broken.code != ERR_NONE) {
        run->err = r->broken;
        return verdict_error(run);
    }
    bool other = who && who->safety == UNSAFE;
    bool unsure = !who || who->safety == UNKNOWN;
    const struct evidence_found *decides = other || unsure ? who : unsafe ? unsafe : unknown;
    struct verdict v = verdict_fail(run,
                                    other    ? FAILURE_IDENTITY_MISMATCH
                                    : unsure ? FAILURE_GUARD_UNPROVEN
                                    : unsafe ? FAILURE_IN_PRODUCTION
                                             : FAILURE_GUARD_UNPROVEN,
                                    "%s", list(run, r));
    if (decides)
        v.evidence = decides->evidence;
    return v;
}
