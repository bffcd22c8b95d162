#include <string.h>

#include "cli/cli.h"
#include "model/platform.h"
#include "model/rule.h"
#include "plugin/plugin.h"
#include "plugin/rule.h"
#include "text/json.h"

static void print_json(const struct plugin *p)
{
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "plugin", p->name);
    json_put_text(&w, "phase", phase_name(p->phase));
    json_put_text(&w, "about", p->about);
    json_put_bool(&w, "changes", p->effect == CHANGES);
    json_key(&w, "queries");
    json_open_list(&w);
    for (const char *const *n = p->needs; n && *n; n++)
        json_text(&w, *n);
    json_close_list(&w);
    json_key(&w, "codes");
    json_open_list(&w);
    for (const enum failure *f = p->codes; f && *f; f++)
        json_text(&w, failure_name(*f));
    json_close_list(&w);
    json_close_object(&w);
    puts(str_cstr(&line));
    str_clear(&line);
}

static void print_query(const char *name)
{
    const struct query_info *q = vocabulary_query(name);
    printf("  query %s%s%s\n", name, q ? ": " : "", q ? q->about : "");
    for (size_t i = 0; q && i < q->column_count; i++) {
        const struct column_info *c = &q->columns[i];
        printf("    %-16s %-9s %s", c->column, c->required ? "required" : "", c->about);
        for (const char *const *word = c->words; word && *word; word++)
            printf("%s%s", word == c->words ? "; one of " : ", ", *word);
        putchar('\n');
    }
}

static void print_whole(const struct plugin *p)
{
    printf("%s: %s\n  phase %s, %s\n", p->name, p->about, phase_name(p->phase),
           p->effect == CHANGES ? "changes the switch" : "only reads");
    for (const char *const *n = p->needs; n && *n; n++)
        print_query(*n);
    for (const enum failure *f = p->codes; f && *f; f++)
        printf("  code %s: %s\n", failure_name(*f), failure_info(*f)->meaning);
}

static void print(const struct cli *cli, const struct plugin *p, bool whole)
{
    if (cli->json)
        print_json(p);
    else if (whole)
        print_whole(p);
    else
        printf("  %-14s %-20s %s\n", p->name, phase_name(p->phase), p->about);
}

static void print_rule(const struct cli *cli, const struct rule *r, struct arena *arena, bool whole)
{
    print(cli, rule_plugin(r, arena), whole);
    if (!whole || cli->json)
        return;
    printf("  rule %s", r->file);
    for (const char *const *name = r->platforms; name && *name; name++)
        printf("%s %s", name == r->platforms ? ", for" : ",", *name);
    putchar('\n');
}

/* A rule with mistakes is said, and is not listed. */
static enum status print_rules(struct cli *cli, const char *wanted, bool *found)
{
    struct search_path path;
    struct mistakes m = {0};
    const char *const *names;
    cli_search_path(cli, cli->site, &path);
    size_t count = rule_names(&path, &cli->arena, &names);
    for (size_t i = 0; i < count; i++) {
        struct rule *r = !wanted || strcmp(wanted, names[i]) == 0 ? rule_load(names[i], &path, &m) : NULL;
        *found = *found || (wanted && strcmp(wanted, names[i]) == 0);
        if (r)
            print_rule(cli, r, &cli->arena, wanted != NULL);
        rule_free(r);
    }
    fputs(str_cstr(&m.text), stderr);
    enum status status = m.count ? STATUS_FILE : STATUS_OK;
    mistakes_clear(&m);
    return status;
}

static enum status plugins_run(struct cli *cli)
{
    size_t count;
    const struct plugin *const *all = plugins(&count);
    const char *wanted = cli->arg_count ? cli->args[0] : NULL;
    bool found = wanted && plugin_by_name(wanted);
    for (size_t i = 0; i < count; i++)
        if (!wanted || strcmp(all[i]->name, wanted) == 0)
            print(cli, all[i], wanted != NULL);
    enum status status = found ? STATUS_OK : print_rules(cli, wanted, &found);
    if (wanted && !found)
        return cli_usage("there is no plugin or rule \"%s\"; `torstarter plugins` lists them", wanted);
    return status;
}

const struct command command_plugins = {
    .name = "plugins",
    .arguments = "[PLUGIN | RULE]",
    .about = "the checks and rules; of one: its queries, columns, words and codes",
    .group = "what there is",
    .max_args = 1,
    .run = plugins_run,
};
