#include "cli/why_change.h"

#include <stdio.h>
#include <string.h>

#include "cli/screen.h"
#include "session/procedure.h"

/* Was this typed for that? {arguments} stand for anything. */
static bool fits(const char *form, const char *typed)
{
    const char *brace = strchr(form, '{'), *end = brace ? strchr(brace, '}') : NULL;
    if (!end)
        return strcmp(form, typed) == 0;
    if (strncmp(form, typed, (size_t)(brace - form)) != 0)
        return false;
    for (typed += brace - form;; typed++) {
        if (fits(end + 1, typed))
            return true;
        if (!*typed)
            return false;
    }
}

static bool is_of(const struct procedure_step *step, const char *command, const char *query)
{
    if (step->kind == STEP_QUERY)
        return step->query && strcmp(step->query, query) == 0;
    return step->kind == STEP_RUN && *command && fits(step->command, command);
}

/* The step whose words these are; else the one that pastes, when the verdict is of the procedure itself. NULL: it cannot be told. */
static const struct procedure_step *find_step(const struct procedure *p, const char *command,
                                              const char *query)
{
    for (size_t i = 0; i < p->step_count; i++)
        if (is_of(&p->steps[i], command, query))
            return &p->steps[i];
    for (size_t i = 0; i < p->step_count && strcmp(p->name, query) == 0; i++)
        if (p->steps[i].kind == STEP_PASTE)
            return &p->steps[i];
    return NULL;
}

static void print_place(const struct platform *platform, const struct procedure *p, const char *command,
                        const char *query)
{
    const struct procedure_step *step = find_step(p, command, query);
    if (!step) {
        printf("  procedure %s (%s:%u)\n", p->name, platform->file, p->line);
        return;
    }
    const char *about = step->about ? step->about : step->command ? step->command : query;
    printf("  procedure %s, step %zu of %zu: %s (%s:%u)\n", p->name, (size_t)(step - p->steps) + 1,
           p->step_count, about, platform->file, step->line);
}

void why_change_print(struct cli *cli, const struct cell *cells, size_t count)
{
    char spent_text[32], query_text[32], command_text[32], platform_text[32];
    const char *spent = cell_as_text(cells, count, "procedure", spent_text),
               *query = cell_as_text(cells, count, "query", query_text);
    struct search_path path;
    struct mistakes m = {0};
    if (!*spent && !vocabulary_procedure(query))
        return;
    cli_search_path(cli, cli_site_file(cli), &path);
    struct platform *platform =
        platform_load(cell_as_text(cells, count, "platform", platform_text), &path, &m);
    const struct procedure *p = platform ? dialect_procedure(&platform->dialect, query) : NULL;
    if (platform && !p)
        p = dialect_procedure(&platform->dialect, spent);
    if (p)
        print_place(platform, p, cell_as_text(cells, count, "command", command_text), query);
    else /* the platform file is broken, or is another one today */
        printf("  procedure %s\n", *spent ? spent : query);
    mistakes_clear(&m);
    if (platform)
        platform_free(platform);
}
