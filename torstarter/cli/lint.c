/* lint: every mistake in every file named (or in all that a job would read), not only the first. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "model/job_type.h"
#include "model/rule.h"
#include "model/server.h"
#include "parse/textfsm.h"
#include "plugin/plugin.h"
#include "plugin/rule.h"

struct lint {
    struct cli *cli;
    struct mistakes mistakes;
    unsigned files;
    struct str notes;
};

static const char *base_name(struct lint *l, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    return arena_strndup(&l->cli->arena, name, dot ? (size_t)(dot - name) : strlen(name));
}

static void lint_template(struct lint *l, const char *file)
{
    struct err e;
    const char *lax;
    struct textfsm *t = textfsm_open(file, &e);
    if (!t) {
        str_printf(&l->mistakes.text, "%s\n", e.msg);
        l->mistakes.count++;
    } else if (!textfsm_is_strict(t, &lax)) {
        fprintf(stderr,
                "%s: note: state %s does not end in \"^. -> Error\": lines that it does not know pass "
                "unseen; a platform's "
                "template must have it\n",
                file, lax);
    }
    textfsm_free(t);
}

/* No mistake: a platform may be without a check's query, and the check then says so. */
static void note_lacks(const struct platform *p)
{
    size_t count;
    const struct plugin *const *all = plugins(&count);
    for (size_t i = 0; i < count; i++) {
        struct str lacks = {0};
        for (const char *const *need = all[i]->needs; need && *need; need++)
            if (!vocabulary_procedure(*need) && !dialect_query(&p->dialect, *need))
                str_printf(&lacks, "%s%s", lacks.len ? ", " : "", *need);
        if (lacks.len)
            fprintf(stderr, "%s: note: no query %s, which the plugin %s asks\n", p->file, str_cstr(&lacks),
                    all[i]->name);
        str_clear(&lacks);
    }
}

static void note_missing(const struct platform *p, const char *const *names, const char *whose)
{
    struct str lacks = {0};
    for (; *names; names++)
        if (!dialect_procedure(&p->dialect, *names))
            str_printf(&lacks, "%s%s", lacks.len ? ", " : "", *names);
    if (lacks.len)
        fprintf(stderr, "%s: note: no procedure %s, which %s needs\n", p->file, str_cstr(&lacks), whose);
    str_clear(&lacks);
}

/* What has to be there so that the platform's switches can be changed. */
static void note_lacks_changes(const struct platform *p)
{
    static const struct {
        const char *whose, *procedures[5];
    } needs[] = {
        {"firmware", {"image_fetch", "image_delete", "image_activate", "reload"}},
        {"config", {"config_load", "config_rollback", "config_save"}},
        {"reboot_verify", {"reload"}},
        {"uplink_address", {"uplink_address_set", "uplink_address_clear"}},
    };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        note_missing(p, needs[i].procedures, needs[i].whose);
    if (!p->config.declared)
        fprintf(stderr, "%s: note: no config:, which says how config compares what it reads back\n", p->file);
    if (p->boot.count == 0)
        fprintf(stderr, "%s: note: no boot:, which says when a reload is over\n", p->file);
}

static void lint_platform(struct lint *l, const char *name, const struct search_path *path)
{
    struct platform *p = platform_load(name, path, &l->mistakes);
    if (p) {
        note_lacks(p);
        note_lacks_changes(p);
    }
    platform_free(p);
}

/* What the platform cannot tell the rule: said once a run, however many job types use it. `asked`: a job type's step that is not
   optional, which then refuses switches of that platform. */
static void note_rule_lacks(struct lint *l, const struct rule *r, const struct platform *p,
                            const struct yaml_place *asked)
{
    const char *column = rule_missing_column(r, p);
    bool has = dialect_query(&p->dialect, r->query) != NULL;
    if (has && !column)
        return;
    struct str note = {0};
    str_printf(&note, "%s: note: %s%s%s on %s, which the rule %s asks", asked ? asked->file : r->file,
               has ? "no column " : "no query ", has ? column : r->query, has ? " of its query" : "", p->name,
               r->name);
    if (asked)
        str_printf(&note, "; this job type refuses its switches, unless line %u says optional: true",
                   asked->line);
    if (!strstr(str_cstr(&l->notes), str_cstr(&note)))
        str_printf(&l->notes, "%s\n", str_cstr(&note));
    str_clear(&note);
}

static void check_platform_names(struct lint *l, const struct rule *r, const char *const *names, size_t count)
{
    for (const char *const *own = r->platforms; own && *own; own++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || strcmp(names[i], *own) == 0;
        const char *near = found ? NULL : str_nearest(*own, names, count);
        if (!found)
            mistakes_add(&l->mistakes, &r->platform_places[own - r->platforms], "there is no platform %s%s%s",
                         *own, near ? "; did you mean " : "", near ? near : "");
    }
}

/* Its queries are read as each platform reads them. */
static void lint_rule_on_all(struct lint *l, const struct rule *r, const struct search_path *path,
                             const struct yaml_place *asked)
{
    const char *const *names;
    size_t count = search_path_list(path, "platforms", ".yaml", &l->cli->arena, &names);
    check_platform_names(l, r, names, count);
    for (size_t i = 0; i < count; i++) {
        struct mistakes others = {0}; /* of the platform file: said where that is linted */
        struct platform *p = platform_load(names[i], path, &others);
        if (p && platform_add_rule(p, r, path, &l->mistakes))
            note_rule_lacks(l, r, p, asked);
        platform_free(p);
        mistakes_clear(&others);
    }
}

static void lint_job_type(struct lint *l, const char *name, const struct search_path *path)
{
    size_t count;
    const struct plugin *const *all = plugins(&count);
    const char **names = mem_alloc_array(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = all[i]->name;
    struct job_type *t = job_type_load(name, path, names, count, &l->mistakes);
    for (size_t i = 0; t && i < t->step_count; i++)
        if (t->steps[i].rule)
            lint_rule_on_all(l, t->steps[i].rule, path, t->steps[i].optional ? NULL : &t->steps[i].place);
    job_type_free(t);
    mem_free(names);
}

static void lint_rule(struct lint *l, const char *name, const struct search_path *path)
{
    struct rule *r = rule_load(name, path, &l->mistakes);
    if (plugin_by_name(name))
        mistakes_add(&l->mistakes, NULL,
                     "the rule %s has a plugin's name, which would run in its place; name it otherwise",
                     name);
    if (r)
        lint_rule_on_all(l, r, path, NULL);
    rule_free(r);
}

static void lint_server(struct lint *l, const char *name, const struct search_path *path)
{
    struct yaml_place asked = {name, 1, 1};
    struct console_driver *d = console_driver_load(name, &asked, path, &l->cli->arena, &l->mistakes);
    if (d)
        console_driver_clear(d);
}

static void lint_site(struct lint *l, const char *file)
{
    struct search_path path;
    cli_search_path(l->cli, file, &path);
    struct site *site = site_load(file, &path, &l->mistakes);
    if (!site)
        return;
    const char *last = "";
    for (size_t i = 0; i < site->switch_count; i++)
        if (strcmp(site->switches[i].platform, last) != 0)
            lint_platform(l, last = site->switches[i].platform, &path);
    site_free(site);
}

/* The path whose first folder is the one that holds `file`'s folder: platforms/x.yaml → ., parsers/ beside it. */
static void path_above(struct lint *l, const char *file, unsigned levels, struct search_path *path)
{
    char *dir = file_dir(file);
    for (unsigned i = 0; i < levels; i++) {
        char *up = strcmp(dir, ".") == 0 ? mem_strdup("..")
                   : strchr(dir, '/')    ? file_dir(dir)
                                         : mem_strdup(".");
        mem_free(dir);
        dir = up;
    }
    const char *first[] = {dir};
    search_path_init(path, first, 1, NULL, &l->cli->arena);
    mem_free(dir);
}

/* What a YAML file is, its own keys tell. */
static void lint_yaml(struct lint *l, const char *file)
{
    struct arena arena = {0};
    struct mistakes read = {0};
    struct search_path path;
    struct yaml_node *root = yaml_read_file(file, &arena, &read);
    if (!root) {
        str_add(&l->mistakes.text, str_cstr(&read.text), read.text.len);
        l->mistakes.count += read.count;
    } else if (yaml_get(root, "speaks") || yaml_get(root, "queries")) {
        path_above(l, file, 1, &path);
        lint_platform(l, base_name(l, file), &path);
    } else if (yaml_get(root, "checks")) {
        path_above(l, file, 2, &path);
        lint_rule(l, base_name(l, file), &path);
    } else if (yaml_get(root, "plugins")) {
        path_above(l, file, 2, &path);
        lint_job_type(l, base_name(l, file), &path);
    } else if (yaml_get(root, "scheme")) {
        path_above(l, file, 2, &path);
        lint_server(l, base_name(l, file), &path);
    } else {
        lint_site(l, file);
    }
    mistakes_clear(&read);
    arena_clear(&arena);
}

static void lint_all(struct lint *l)
{
    struct search_path path;
    const char *const *names;
    const char *site = l->cli->site ? l->cli->site : file_exists("site.yaml") ? "site.yaml" : NULL;
    cli_search_path(l->cli, site, &path);
    size_t count = search_path_list(&path, "platforms", ".yaml", &l->cli->arena, &names);
    for (size_t i = 0; i < count; i++, l->files++)
        lint_platform(l, names[i], &path);
    count = search_path_list(&path, "platforms/console-servers", ".yaml", &l->cli->arena, &names);
    for (size_t i = 0; i < count; i++, l->files++)
        lint_server(l, names[i], &path);
    count = search_path_list(&path, "configs/job-types", ".yaml", &l->cli->arena, &names);
    for (size_t i = 0; i < count; i++, l->files++)
        lint_job_type(l, names[i], &path);
    count = rule_names(&path, &l->cli->arena, &names);
    for (size_t i = 0; i < count; i++, l->files++)
        lint_rule(l, names[i], &path);
    if (site) {
        lint_site(l, site);
        l->files++;
    }
}

static enum status lint_run(struct cli *cli)
{
    struct lint l = {.cli = cli};
    for (int i = 0; i < cli->arg_count; i++, l.files++) {
        if (str_ends(cli->args[i], ".textfsm"))
            lint_template(&l, cli->args[i]);
        else
            lint_yaml(&l, cli->args[i]);
    }
    if (cli->arg_count == 0)
        lint_all(&l);
    fflush(stdout);
    fputs(str_cstr(&l.notes), stderr);
    fputs(str_cstr(&l.mistakes.text), stderr);
    str_clear(&l.notes);
    if (!l.mistakes.count)
        printf("%u file%s, no mistakes\n", l.files, l.files == 1 ? "" : "s");
    else
        fprintf(stderr, "%zu mistake%s\n", l.mistakes.count, l.mistakes.count == 1 ? "" : "s");
    enum status status = l.mistakes.count ? STATUS_FILE : STATUS_OK;
    mistakes_clear(&l.mistakes);
    return status;
}

const struct command command_lint = {
    .name = "lint",
    .arguments = "[FILE…]",
    .about = "every mistake in site, platform, job type, rule, console-server and template files",
    .help = "Without FILE: all platforms, console servers, job types and rules that are found, and the site "
            "file.",
    .group = "data files",
    .max_args = -1,
    .run = lint_run,
};
