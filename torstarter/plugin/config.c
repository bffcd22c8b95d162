/* The wanted configuration is put on the switch: compared first, typed under a permit, read back, confirmed, saved, and the startup
   configuration read back too. What is not as wanted then is taken back, and that is read back as well; where even this cannot be
   proven the switch is TAINTED with what was left on it. */
#include "plugin/config.h"

#include <string.h>

#include "base/mem.h"
#include "plugin/all.h"
#include "plugin/change.h"
#include "plugin/shared.h"

static const enum failure codes[] = {FAILURE_CONFIG_SOURCE_FAIL,
                                     FAILURE_CONFIG_REJECTED,
                                     FAILURE_CONFIG_MISMATCH,
                                     FAILURE_CONFIG_NOT_SAVED,
                                     FAILURE_CONFIG_ROLLBACK_FAIL,
                                     FAILURE_AUTH_POLICY,
                                     FAILURE_NONE};
static const char *const needs[] = {"running_config", "startup_config", NULL};

enum { DIFF_LINES = 40 };

/* Of the timer that takes the change back by itself; two digits, as EOS wants them. */
static const struct argument minutes[] = {{"minutes", "05"}};

struct push {
    struct run *run;
    struct normal before;
    struct verdict verdict; /* once something failed */
};

static bool has_startup(const struct run *run)
{
    return dialect_query(&run->platform->dialect, "startup_config") != NULL;
}

/* ---- what went wrong ---- */

static bool fail(struct push *p, struct verdict v)
{
    p->verdict = v;
    return false;
}

/* A change that cannot be taken back for sure is told to the guard: the switch is TAINTED from now on. */
static void taint(struct push *p, const char *text)
{
    struct run *run = p->run;
    if (run->guard.changed)
        run->guard.changed(run->guard.ctx, run, "config_load", "half", text);
}

/* Behaviour 49: it is no wrong line that a policy refuses, and no hang when it asks again. */
static bool speaks_of_policy(const char *words)
{
    static const char *const signs[] = {
        "password policy",  "password strength", "too weak",       "weak password",    "not strong",
        "password is weak", "too short",         "too simple",     "password history", "already used",
        "secure password",  "dictionary word",   "minimum length", "complexity"};
    if (!words)
        return false;
    bool of_secret =
        strcasestr(words, "password") || strcasestr(words, "secret") || strcasestr(words, "passphrase");
    for (size_t i = 0; of_secret && i < sizeof signs / sizeof signs[0]; i++)
        if (strcasestr(words, signs[i]))
            return true;
    return false;
}

/* A line that the switch refused stands somewhere in a file of the user's. */
static struct verdict explain(struct run *run, const struct change *c)
{
    const struct config_text *t = run->wanted_text;
    const struct paste_result *r = &c->paste;
    struct verdict v = verdict_changed(run, c);
    size_t line = r->rejected_line;
    if (line > 0 && line <= t->line_count)
        v.text = arena_printf(&run->arena, "%s:%u: %s", t->name, t->lines[line - 1], v.text);
    const char *words = strchr(str_cstr(&r->rejected), '\n'); /* the switch's, behind the line itself */
    if (speaks_of_policy(words) || speaks_of_policy(run->err_evidence.raw)) {
        v.kind = VERDICT_FAIL;
        v.failure = FAILURE_AUTH_POLICY;
    }
    return v;
}

/* ---- taking it back ---- */

/* True: what ran before runs again, read back. */
static bool is_as_before(struct push *p, struct str *diff)
{
    struct normal now;
    return config_read(p->run, "running_config", &now) &&
           normal_same(&p->before, &now, true, DIFF_LINES, diff);
}

static struct verdict not_taken_back(struct push *p, const struct verdict *first, const char *why)
{
    struct run *run = p->run;
    const char *text = arena_printf(&run->arena, "%s; and the old configuration is not proven to be back: %s",
                                    first->text, why);
    taint(p, text);
    struct verdict v = verdict_fail(run, FAILURE_CONFIG_ROLLBACK_FAIL, "%s", text);
    v.evidence = first->evidence;
    return v;
}

static struct verdict taken_back(struct push *p, struct verdict v)
{
    struct str diff = {0};
    if (is_as_before(p, &diff))
        v.text = arena_printf(&p->run->arena, "%s; the configuration is as it was before", v.text);
    else
        v = not_taken_back(p, &v, diff.len ? str_cstr(&diff) : p->run->err.msg);
    str_clear(&diff);
    return v;
}

static struct verdict roll_back(struct push *p, struct verdict v)
{
    struct run *run = p->run;
    struct change c;
    if (!run_can(run, "config_rollback"))
        return not_taken_back(p, &v, "the platform file declares no config_rollback");
    bool done = run_procedure(run, "config_rollback", minutes, 1, NULL, &c);
    const char *why = arena_strdup(&run->arena, run->err.msg);
    change_clear(&c);
    return done ? taken_back(p, v) : not_taken_back(p, &v, why);
}

/* ---- steps ---- */

/* From here on this is a configuration that we put there: the guard of the next step knows it. */
static void record_stage(struct run *run, const struct normal *n)
{
    if (run->guard.stage)
        run->guard.stage(run->guard.ctx, run, n->sha256);
}

static bool load(struct push *p)
{
    struct run *run = p->run;
    const struct config_text *t = run->wanted_text;
    struct paste paste = {.text = t->text, .len = t->len, .cutting = run->platform->config.cutting_texts};
    struct change c;
    if (!paste_check(run->session, t->text, t->len, &run->err)) {
        run->err_evidence = (struct evidence){0};
        run->err.failure = FAILURE_CONFIG_SOURCE_FAIL;
        err_wrap(&run->err, "%s, rendered: ", t->name);
        struct verdict v = verdict_error(run);
        v.kind = VERDICT_FAIL;
        return fail(p, v);
    }
    bool ok = run_procedure(run, "config_load", minutes, 1, &paste, &c);
    if (!ok) {
        struct verdict v = explain(run, &c);
        p->verdict = c.state == CHANGE_UNDONE ? taken_back(p, v) : v;
    }
    run->uplinks_tried = NULL; /* addresses are to be judged as they are now */
    run->changed = run->changed || c.state == CHANGE_DONE || c.state == CHANGE_HALF;
    change_clear(&c);
    return ok;
}

static bool read_back(struct push *p)
{
    struct run *run = p->run;
    struct str diff = {0};
    struct normal now;
    if (!config_read(run, "running_config", &now)) {
        struct verdict v = verdict_error(run);
        return fail(p, v.failure == FAILURE_CONSOLE_LOST ? not_taken_back(p, &v, "the console is lost")
                                                         : roll_back(p, v));
    }
    record_stage(run, &now);
    bool same = config_same(run, &now, &diff);
    if (!same) {
        struct verdict v =
            verdict_fail(run, FAILURE_CONFIG_MISMATCH, "%s is not what the switch holds now: %s",
                         run->wanted_text->name, str_cstr(&diff));
        v.evidence = (struct evidence){.query = "running_config",
                                       .command = run->last_read ? run->last_read->command : NULL,
                                       .event = run->last_read ? run->last_read->event : 0,
                                       .raw = arena_strdup(&run->arena, str_cstr(&diff)),
                                       .wanted = run->wanted_text->name};
        p->verdict = roll_back(p, v);
    }
    str_clear(&diff);
    return same;
}

static bool confirm(struct push *p)
{
    struct run *run = p->run;
    struct change c;
    if (!run_can(run, "config_confirm"))
        return true;
    bool ok = run_procedure(run, "config_confirm", minutes, 1, NULL, &c);
    if (!ok)
        p->verdict = roll_back(p, verdict_changed(run, &c));
    change_clear(&c);
    return ok;
}

static struct verdict not_saved(struct run *run, const char *why, const char *diff)
{
    struct verdict v = verdict_fail(run, FAILURE_CONFIG_NOT_SAVED, "%s%s", why, diff);
    v.evidence = (struct evidence){.query = "startup_config",
                                   .command = run->last_read ? run->last_read->command : NULL,
                                   .event = run->last_read ? run->last_read->event : 0,
                                   .raw = arena_strdup(&run->arena, diff),
                                   .wanted = "the running configuration"};
    return v;
}

/* True: the next boot loads what runs now. *why says what it would load instead. */
static bool is_saved(struct run *run, const struct normal *running, struct str *why)
{
    struct normal startup;
    struct str more = {0};
    if (!config_read(run, "startup_config", &startup)) {
        str_add_cstr(why, run->err.msg);
        return false;
    }
    /* Saving may leave out a line of its own making; what counts is that nothing is lost and nothing is new. */
    bool same = normal_same(running, &startup, true, DIFF_LINES, &more);
    str_add(why, str_cstr(&more), more.len);
    str_clear(&more);
    return same;
}

/* Behaviour 47: that it was saved is a fact of its own, whatever the command said. */
static bool save(struct push *p)
{
    struct run *run = p->run;
    struct normal running;
    struct str why = {0};
    struct change c;
    if (!has_startup(run) && !run_can(run, "config_save"))
        return true; /* the commit was the save */
    if (!config_read(run, "running_config", &running))
        return fail(p, verdict_error(run));
    if (has_startup(run) && is_saved(run, &running, &why)) {
        str_clear(&why);
        return true;
    }
    str_reset(&why);
    if (!run_can(run, "config_save"))
        return fail(p, not_saved(run, "it runs, but the platform file declares no config_save", ""));
    bool ok = run_procedure(run, "config_save", NULL, 0, NULL, &c);
    if (!ok)
        p->verdict = verdict_changed(run, &c);
    change_clear(&c);
    if (ok && !has_startup(run))
        ok = fail(p,
                  not_saved(run, "the platform file declares no query startup_config to prove the save", ""));
    else if (ok && !is_saved(run, &running, &why))
        ok = fail(p, not_saved(run, "saved, and yet the startup configuration is not the running one: ",
                               str_cstr(&why)));
    str_clear(&why);
    return ok;
}

/* ---- the plugin ---- */

static void tell_diff(struct run *run, const struct str *diff)
{
    run_note(run, "to be changed:\n%s", str_cstr(diff));
}

/* True: it runs already. */
static bool runs_already(struct push *p)
{
    struct str diff = {0};
    bool same = config_same(p->run, &p->before, &diff);
    if (!same)
        tell_diff(p->run, &diff);
    str_clear(&diff);
    return same;
}

static struct verdict push(struct push *p)
{
    struct run *run = p->run;
    if (!config_read(run, "running_config", &p->before))
        return verdict_error(run);
    bool same = runs_already(p);
    if (!same && !run_can(run, "config_load"))
        return verdict_skip(run, "platform %s declares no config_load", run->platform->name);
    if (!same && (!load(p) || !read_back(p) || !confirm(p)))
        return p->verdict;
    if (!save(p))
        return p->verdict;
    return verdict_pass(run, same ? "%s runs already, and is saved" : "%s runs, read back, and is saved",
                        run->wanted_text->name);
}

static struct verdict config_run(struct run *run)
{
    struct push p = {.run = run};
    if (!config_wanted(run)) {
        struct verdict v = verdict_error(run);
        v.kind = v.failure == FAILURE_CONFIG_SOURCE_FAIL ? VERDICT_FAIL : v.kind;
        return v;
    }
    if (!run->wanted)
        return verdict_not_asked(run, "the site names no `config:` of %s", run->sw->name);
    if (!run->platform->config.declared)
        return verdict_skip(run, "platform %s does not say how its configuration is read (`config:`)",
                            run->platform->name);
    struct verdict v = push(&p);
    config_forget(run);
    return v;
}

static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    bool wanted = sw->config.file || sw->config.url || sw->config.command;
    if (strcmp(query, "startup_config") == 0 && !dialect_query(&platform->dialect, query))
        return 0; /* there are platforms where the commit is the save */
    return wanted ? 2 : 0;
}

const struct plugin plugin_config = {
    .name = "config",
    .about = "is the wanted configuration in place, and saved?",
    .phase = PHASE_CONFIG_PUSH,
    .effect = CHANGES,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = config_run,
};
