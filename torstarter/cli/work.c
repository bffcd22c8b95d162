#include "cli/work.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/rule.h"

enum { DEFAULT_JOBS = 32 };

static enum status say_mistakes(struct mistakes *m)
{
    fflush(stdout);
    fputs(str_cstr(&m->text), stderr);
    mistakes_clear(m);
    return STATUS_FILE;
}

static const char **plugin_names(struct cli *cli, size_t *count)
{
    const struct plugin *const *all = plugins(count);
    const char **names = arena_alloc_array(&cli->arena, *count, sizeof *names);
    for (size_t i = 0; i < *count; i++)
        names[i] = all[i]->name;
    return names;
}

/* The queries that rules bring; before anything looks at the platform. */
static void add_rules(struct work *w, struct platform *p, struct mistakes *m)
{
    for (size_t i = 0; i < w->type->step_count; i++)
        if (w->type->steps[i].rule)
            platform_add_rule(p, w->type->steps[i].rule, &w->path, m);
}

static const struct platform *platform_of(struct work *w, const char *name, struct mistakes *m)
{
    for (size_t i = 0; i < w->platforms.count; i++)
        if (strcmp(w->platforms.items[i]->name, name) == 0)
            return w->platforms.items[i];
    struct platform *p = platform_load(name, &w->path, m);
    if (p) {
        VEC_ADD(&w->platforms, p);
        add_rules(w, p, m);
    }
    return p;
}

static enum status load_platforms(struct work *w)
{
    struct mistakes m = {0};
    w->specs = mem_alloc_array(w->chosen.count, sizeof *w->specs);
    for (size_t i = 0; i < w->chosen.count; i++) {
        if (w->platform)
            w->chosen.items[i]->platform = w->platform;
        w->specs[i].sw = w->chosen.items[i];
        w->specs[i].platform = platform_of(w, w->chosen.items[i]->platform, &m);
        if (!w->specs[i].platform)
            break;
    }
    return m.count ? say_mistakes(&m) : STATUS_OK;
}

static enum status load_type(struct work *w, const char *name)
{
    struct mistakes m = {0};
    size_t count;
    const char **names = plugin_names(w->cli, &count);
    w->type = job_type_load(name, &w->path, names, count, &m);
    return w->type ? STATUS_OK : say_mistakes(&m);
}

static enum status choose(struct work *w, char **selectors, int count)
{
    struct err e;
    struct str text = {0};
    char *every[] = {"all"};
    if (w->cli->console) {
        selectors = every;
        count = 1;
    }
    for (int i = 0; i < count; i++) {
        if (!site_select(w->site, selectors[i], &w->chosen, &e)) {
            str_clear(&text);
            return cli_error(&e);
        }
        str_printf(&text, "%s%s", i ? " " : "", selectors[i]);
    }
    w->selectors = str_take(&text);
    return STATUS_OK;
}

static const char *const *names_or_null(const char *const *names, size_t count)
{
    return count ? names : NULL; /* struct cli is zeroed and one slot is always left: NULL ends the list */
}

static struct job_spec *spec_named(struct work *w, const char *name, size_t len)
{
    for (size_t i = 0; i < w->chosen.count; i++)
        if (strlen(w->specs[i].sw->name) == len && strncmp(w->specs[i].sw->name, name, len) == 0)
            return &w->specs[i];
    return NULL;
}

/* Name and serial number both, as they stand on the label: a glob or a slip of the finger overrides nothing. */
static enum status add_override(struct work *w, const char *text)
{
    const char *serial = strchr(text, '=');
    struct job_spec *spec = serial ? spec_named(w, text, (size_t)(serial - text)) : NULL;
    if (!serial || !serial[1])
        return cli_usage("--override wants SWITCH=SERIAL, such as tor-r1-03=JPE14080459; got \"%s\"", text);
    if (!spec)
        return cli_usage("--override %s: no such switch among those chosen", text);
    if (spec->sw->serial && strcasecmp(spec->sw->serial, serial + 1) != 0)
        return cli_usage("--override %s: the site file says that the serial number of %s is %s", text,
                         spec->sw->name, spec->sw->serial);
    spec->override_serial = serial + 1;
    spec->override_reason = w->cli->reason;
    return STATUS_OK;
}

static enum status add_overrides(struct work *w)
{
    struct cli *cli = w->cli;
    enum status status = STATUS_OK;
    if (cli->override_count == 0)
        return cli->reason ? cli_usage("--reason goes with --override SWITCH=SERIAL") : STATUS_OK;
    if (!cli->reason || !cli->reason[strspn(cli->reason, " \t")])
        return cli_usage("--override wants a --reason TEXT: it is kept with the job");
    if (!w->type->changes)
        return cli_usage("--override: job type %s changes nothing, there is nothing to override",
                         w->type->name);
    for (size_t i = 0; i < cli->override_count && status == STATUS_OK; i++)
        status = add_override(w, cli->overrides[i]);
    return status;
}

enum status work_prepare(struct work *w, const char *type, char **selectors, int count)
{
    enum status status = STATUS_OK;
    if (w->cli->console ? !w->cli->platform || count > 0 : count == 0)
        return cli_usage(w->cli->console ? "--console URI wants --platform NAME, and no SELECTOR"
                                         : "which switches? a name, a glob, rack=r1, role=tor or all; or "
                                           "--console URI --platform NAME");
    w->site = cli_load_site(w->cli, &w->path, &status);
    if (!w->site)
        return status;
    if ((status = load_type(w, type)) || (status = choose(w, selectors, count)) ||
        (status = load_platforms(w)) || (status = add_overrides(w)))
        return status;
    struct err e;
    w->options = (struct engine_options){
        .site = w->site,
        .type = w->type,
        .jobs = w->cli->jobs ? (unsigned)w->cli->jobs : DEFAULT_JOBS,
        .only = names_or_null(w->cli->only, w->cli->only_count),
        .skip = names_or_null(w->cli->skip, w->cli->skip_count),
        .submitted_by = getlogin() ? getlogin() : "",
        .locks_dir = arena_printf(&w->cli->arena, "%s/locks", cli_state_dir(w->cli)),
    };
    if (!engine_check(&w->options, w->specs, w->chosen.count, &e))
        return cli_error(&e);
    /* Passwords before the first byte is typed: a missing one is the operator's to mend, not a finding about a switch. */
    for (size_t i = 0; i < w->chosen.count && !w->cli->plan; i++)
        if (!site_resolve_switch(w->site, w->specs[i].sw, &e))
            return cli_error(&e);
    return STATUS_OK;
}

enum status work_open_store(struct work *w)
{
    struct err e;
    enum status status = STATUS_OK;
    unsigned lost = 0;
    if (!file_make_dirs(w->options.locks_dir, 0700, &e))
        return cli_error(&e);
    w->store = cli_open_store(w->cli, 0, &status);
    if (!w->store)
        return status;
    if (!engine_recover(w->store, &lost, &e))
        return cli_error(&e);
    if (lost)
        fprintf(stderr,
                "torstarter: %u job%s of a process that died %s marked LOST; see `torstarter jobs`, and "
                "`torstarter retry JOB` to go on\n",
                lost, lost == 1 ? "" : "s", lost == 1 ? "was" : "were");
    return STATUS_OK;
}

void work_clear(struct work *w)
{
    if (w->store)
        store_close(w->store);
    for (size_t i = 0; i < w->platforms.count; i++)
        platform_free(w->platforms.items[i]);
    VEC_CLEAR(&w->platforms);
    mem_free(w->specs);
    mem_free(w->chosen.items);
    mem_free(w->selectors);
    if (w->type)
        job_type_free(w->type);
    if (w->site)
        site_free(w->site);
}
