/* Permits: made by the guard from evidence of this moment, spent by one procedure, void as soon as anything they rest on may have
   changed. The one place that says so. */
#include "session/permit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"
#include "session/permit_self.h"
#include "session/procedure.h"

struct permit *permit_make(const struct session *s, int64_t oldest_ms, const char *serial,
                           const char *procedure, int64_t store_id)
{
    struct permit *p = MEM_NEW(struct permit);
    p->session = s;
    p->epoch = s->epoch;
    p->oldest_ms = oldest_ms;
    p->store_id = store_id;
    snprintf(p->serial, sizeof p->serial, "%s", serial ? serial : "");
    snprintf(p->procedure, sizeof p->procedure, "%s", procedure);
    return p;
}

void permit_free(struct permit *p)
{
    mem_free(p);
}

static bool refuse(const struct session *s, const struct procedure *p, const char *why, struct err *e)
{
    return err_fail(e, ERR_STATE, FAILURE_GUARD_UNPROVEN, "%s: %s was not begun: %s; nothing was typed",
                    session_name(s), p->name, why);
}

static const char *why_void(const struct permit *permit, const struct session *s, const struct procedure *p)
{
    int64_t age_ms = line_now_ms(&s->line) - permit->oldest_ms;
    if (permit->spent)
        return "its permit is spent already";
    if (permit->session != s)
        return "its permit is of another session";
    if (permit->epoch != s->epoch)
        return "since its permit was given there was another connection, login or restart";
    if (age_ms < 0 || age_ms > PERMIT_VALID_MS)
        return "the evidence of its permit is older than a minute";
    if (strcmp(permit->procedure, p->name) != 0)
        return "its permit is for another procedure";
    if (!permit->serial[0])
        return "its permit names no serial number";
    if (s->serial[0] && strcmp(s->serial, permit->serial) != 0)
        return "its permit is for another serial number than the one before: is this still the same switch?";
    return NULL;
}

bool permit_spend(struct permit *permit, struct session *s, const struct procedure *p, struct err *e)
{
    const char *why = permit ? why_void(permit, s, p) : "there is no permit for it";
    if (why)
        return refuse(s, p, why, e);
    permit->spent = true;
    memcpy(s->serial, permit->serial, sizeof s->serial);
    s->begun = (struct begun){.permit = permit, .procedure = p, .epoch = s->epoch};
    return true;
}

bool permit_holds(const struct session *s)
{
    return s->begun.permit && s->begun.epoch == s->epoch;
}

bool permit_covers(const struct permit *permit, const struct session *s, const struct procedure *p,
                   struct err *e)
{
    const struct procedure *begun = s->begun.procedure;
    if (!permit || permit != s->begun.permit)
        return refuse(s, p, "nothing was begun under this permit", e);
    if (!permit_holds(s))
        return refuse(s, p, "since its permit was given there was another connection, login or restart", e);
    if (p != begun && (!begun->undo || strcmp(begun->undo, p->name) != 0))
        return refuse(s, p, "its permit is for another procedure", e);
    return true;
}
