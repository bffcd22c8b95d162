/* Asks every way of every query that needs nothing but the site's uplinks, and judges none: whether the answers are read is all it says. */
#include "plugin/capture.h"

#include <string.h>

#include "plugin/all.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_NONE};
static const char *const needs[] = {NULL};

struct tally {
    unsigned asked, read, rejected, unread;
    bool decided;     /* an earlier way of this query was read */
    struct str names; /* of what was not read */
    struct err first_err;
    struct evidence first_evidence;
};

static void tell(struct run *run, const struct captured *c)
{
    run->capturer->answer(run->capturer->ctx, run, c);
}

static void count_unread(struct run *run, struct tally *t, const struct captured *c)
{
    if (t->unread++ == 0) {
        t->first_err = run->err;
        t->first_evidence = run->err_evidence;
    }
    str_printf(&t->names, "%s%s", t->names.len ? ", " : "", c->query->name);
    if (c->query->alternative)
        str_printf(&t->names, "#%u", c->query->alternative + 1);
}

static enum captured_state state_of(const struct cached_answer *c)
{
    if (c->err.failure == FAILURE_COMMAND_REJECTED)
        return CAPTURED_REJECTED;
    if (c->err.code != ERR_NONE)
        return CAPTURED_UNREAD;
    return c->records.none ? CAPTURED_NONE : CAPTURED_READ;
}

/* False: the console is lost, or the operator stops. */
static bool ask_one(struct run *run, struct tally *t, const struct query *q, const struct argument *args,
                    size_t arg_count, const char *about, unsigned number)
{
    const struct cached_answer *c = run_ask(run, q, args, arg_count);
    struct captured out = {
        .state = CAPTURED_UNREAD, .query = q, .about = about, .number = number, .command = q->command};
    t->asked++;
    if (!c && (run->err.code == ERR_CLOSED || run->err.code == ERR_CANCELLED))
        return false;
    if (c) {
        out.state = state_of(c);
        out.command = c->command;
        out.text = c->text;
        out.len = c->len;
        out.records = c->err.code == ERR_NONE ? &c->records : NULL;
        run->err = c->err;
        run->err_evidence = c->err_evidence;
    }
    out.why = out.records ? NULL : arena_strdup(&run->arena, run->err.msg);
    t->read += out.records != NULL;
    t->rejected += out.state == CAPTURED_REJECTED;
    out.spare = out.state == CAPTURED_UNREAD && q->alternative > 0 && t->decided;
    if (out.state == CAPTURED_UNREAD && !out.spare)
        count_unread(run, t, &out);
    tell(run, &out);
    return true;
}

/* A place in the command that nothing here can fill; NULL: none. */
static const char *foreign_argument(struct run *run, const struct query *q)
{
    static const char *const known[] = {"interface", "interfaces", "address", "source", "mtu", "payload"};
    for (const char *p = q->command; (p = strchr(p, '{')); p++) {
        size_t len = strcspn(p + 1, "}"), i = 0;
        while (i < sizeof known / sizeof *known &&
               (strlen(known[i]) != len || strncmp(known[i], p + 1, len) != 0))
            i++;
        if (i == sizeof known / sizeof *known)
            return arena_strndup(&run->arena, p, len + 2);
    }
    return NULL;
}

/* What the site does not say about this uplink and the command wants; NULL: nothing. */
static const char *not_said(const struct query *q, const struct uplink *u)
{
    if (query_takes(q, "address") && !u->gateway)
        return "gateway";
    if (query_takes(q, "source") && !u->address)
        return "address";
    if ((query_takes(q, "mtu") || query_takes(q, "payload")) && !u->mtu)
        return "mtu";
    return NULL;
}

static bool ask_uplink(struct run *run, struct tally *t, const struct query *q, const struct uplink *u,
                       unsigned number)
{
    const char *own = u->address ? u->address : "";
    struct argument args[] = {
        {"interface", platform_interface(run->platform, u->interface, &run->arena)},
        {"address", u->gateway},
        {"source", arena_strndup(&run->arena, own, strcspn(own, "/"))},
        {"mtu", arena_printf(&run->arena, "%u", u->mtu)},
        {"payload", arena_printf(&run->arena, "%u", u->mtu > 28 ? u->mtu - 28 : 0)},
    };
    return ask_one(run, t, q, args, sizeof args / sizeof *args, args[0].value, number);
}

static void not_asked(struct run *run, const struct query *q, const char *why)
{
    tell(run, &(struct captured){.state = CAPTURED_NOT_ASKED, .query = q, .command = q->command, .why = why});
}

static bool ask_uplinks(struct run *run, struct tally *t, const struct query *q)
{
    unsigned asked = 0;
    const char *missing = "no uplink";
    for (size_t i = 0; i < run->sw->uplink_count; i++) {
        const struct uplink *u = &run->sw->uplinks[i];
        const char *lacks = not_said(q, u);
        missing = lacks ? arena_printf(&run->arena, "no %s of %s", lacks, u->interface) : missing;
        if (!lacks && !ask_uplink(run, t, q, u, asked++))
            return false;
    }
    if (!asked)
        not_asked(run, q, arena_printf(&run->arena, "the site file says %s", missing));
    return true;
}

static bool ask_way(struct run *run, struct tally *t, const struct query *q)
{
    const char *foreign = foreign_argument(run, q);
    unsigned read = t->read;
    bool whole = true;
    t->decided = t->decided && q->alternative > 0;
    bool per_uplink = query_takes(q, "interface") || query_takes(q, "address");
    if (foreign)
        not_asked(run, q, arena_printf(&run->arena, "it wants %s", foreign));
    else if (per_uplink)
        whole = ask_uplinks(run, t, q);
    else if (query_takes(q, "interfaces") && run->sw->uplink_count == 0)
        not_asked(run, q, "the site file says no uplink");
    else
        whole = ask_one(run, t, q, NULL, 0, NULL, 0);
    t->decided = t->decided || t->read > read;
    return whole;
}

static struct verdict verdict_of(struct run *run, const struct tally *t)
{
    if (t->unread == 0)
        return verdict_pass(run, "%u answers: %u read, %u rejected", t->asked, t->read, t->rejected);
    run->err = t->first_err;
    run->err_evidence = t->first_evidence;
    struct verdict v = verdict_error(run);
    v.failure = FAILURE_PARSE_FAILURE;
    v.text = arena_printf(&run->arena, "%u of %u answers were not read: %s", t->unread, t->asked,
                          str_cstr(&t->names));
    return v;
}

static struct verdict capture_run(struct run *run)
{
    const struct dialect *d = &run->platform->dialect;
    struct tally t = {0};
    bool whole = true;
    if (!run->capturer)
        return verdict_skip(run, "nobody writes the answers down: this step is for `torstarter capture`");
    for (size_t i = 0; whole && i < d->query_count; i++)
        whole = ask_way(run, &t, &d->queries[i]);
    struct verdict v = whole ? verdict_of(run, &t) : verdict_error(run);
    str_clear(&t.names);
    return v;
}

const struct plugin plugin_capture = {
    .name = "capture",
    .about = "every answer that the switch can be asked for, to be written down (torstarter capture)",
    .phase = PHASE_CAPTURE,
    .effect = READS,
    .needs = needs,
    .codes = codes,
    .run = capture_run,
};
