#include "cli/cli.h"
#include "session/procedure.h"
#include "text/json.h"

/* name#2 for the second way to ask. */
static const char *way_name(struct arena *arena, const struct query *q)
{
    return q->alternative ? arena_printf(arena, "%s#%u", q->name, q->alternative + 1) : q->name;
}

static void print_query(struct arena *arena, const struct platform *p, const struct query *q)
{
    const struct reader *r = platform_reader_of(p, q);
    static const char *const kinds[] = {[READER_JSON] = "json, ", [READER_TEXT] = "text, "};
    printf("    %-20s %-44s %s%s", way_name(arena, q), q->command,
           r->kind == READER_TEXTFSM ? "" : kinds[r->kind], r->template_file);
    if (r->line)
        printf(":%u", r->line);
    putchar('\n');
}

static const char *step_text(struct arena *arena, const struct procedure_step *step)
{
    return step->kind == STEP_RUN     ? step->command
           : step->kind == STEP_QUERY ? arena_printf(arena, "(asks %s)", step->query)
                                      : "(types the configuration)";
}

static void print_procedure(struct arena *arena, const struct platform *p, const struct procedure *change)
{
    for (size_t i = 0; i < change->step_count; i++)
        printf("    %-20s %-44s %s:%u\n", i ? "" : change->name, step_text(arena, &change->steps[i]), p->file,
               change->steps[i].line);
    if (change->undo)
        printf("    %-20s (taken back by %s)\n", "", change->undo);
}

static void print_all_of(struct cli *cli, const struct platform *p)
{
    for (size_t i = 0; i < p->dialect.query_count; i++)
        print_query(&cli->arena, p, &p->dialect.queries[i]);
    if (p->dialect.procedure_count)
        puts("  changes, each under a permit of its own:");
    for (size_t i = 0; i < p->dialect.procedure_count; i++)
        print_procedure(&cli->arena, p, &p->dialect.procedures[i]);
}

static void put_procedures(struct cli *cli, struct json_writer *w, const struct dialect *d)
{
    json_key(w, "procedures");
    json_open_object(w);
    for (size_t i = 0; i < d->procedure_count; i++) {
        const struct procedure *change = &d->procedures[i];
        json_key(w, change->name);
        json_open_object(w);
        json_key(w, "steps");
        json_open_list(w);
        for (size_t k = 0; k < change->step_count; k++)
            json_text(w, step_text(&cli->arena, &change->steps[k]));
        json_close_list(w);
        if (change->undo)
            json_put_text(w, "undo", change->undo);
        json_close_object(w);
    }
    json_close_object(w);
}

static void print_platform(struct cli *cli, const struct platform *p)
{
    if (!cli->json) {
        printf("  %-16s %s\n", p->name, p->about);
        if (cli->arg_count)
            print_all_of(cli, p);
        return;
    }
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "platform", p->name);
    json_put_text(&w, "about", p->about);
    json_put_text(&w, "file", p->file);
    json_key(&w, "queries");
    json_open_object(&w);
    for (size_t i = 0; i < p->dialect.query_count; i++)
        json_put_text(&w, way_name(&cli->arena, &p->dialect.queries[i]), p->dialect.queries[i].command);
    json_close_object(&w);
    put_procedures(cli, &w, &p->dialect);
    json_close_object(&w);
    puts(str_cstr(&line));
    str_clear(&line);
}

static enum status platforms_run(struct cli *cli)
{
    struct search_path path;
    struct mistakes m = {0};
    const char *const *names = (const char *const *)cli->args;
    size_t count = (size_t)cli->arg_count;
    cli_search_path(cli, cli->site, &path);
    if (count == 0)
        count = search_path_list(&path, "platforms", ".yaml", &cli->arena, &names);
    for (size_t i = 0; i < count; i++) {
        struct platform *p = platform_load(names[i], &path, &m);
        if (p)
            print_platform(cli, p);
        platform_free(p);
    }
    enum status status = m.count ? STATUS_FILE : STATUS_OK;
    fflush(stdout);
    fputs(str_cstr(&m.text), stderr);
    mistakes_clear(&m);
    return status;
}

const struct command command_platforms = {
    .name = "platforms",
    .arguments = "[PLATFORM…]",
    .about = "the kinds of switches; of one: its queries, its procedures and their commands",
    .group = "what there is",
    .max_args = -1,
    .run = platforms_run,
};
