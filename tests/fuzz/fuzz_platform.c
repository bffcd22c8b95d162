/* The platform loader under arbitrary bytes: a platform that only reads, or a mistake. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/platform.h"
#include "session/procedure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], file[96];

static void remove_folder(void)
{
    unlink(file);
    *strrchr(file, '/') = '\0';
    rmdir(file);
    rmdir(folder);
}

static void put(const uint8_t *data, size_t size)
{
    if (!*folder) {
        strcpy(folder, "/tmp/fuzz_platform.XXXXXX");
        if (!mkdtemp(folder))
            abort();
        snprintf(file, sizeof file, "%s/platforms", folder);
        mkdir(file, 0700);
        strcat(file, "/example.yaml");
        atexit(remove_folder);
    }
    FILE *f = fopen(file, "wb");
    if (!f || (size && fwrite(data, 1, size, f) != size) || fclose(f) != 0)
        abort();
}

/* A pipe may stand at the end only, and none of the example's names a file. */
static int only_reads(const char *command)
{
    const char *pipe = strchr(command, '|');
    return !strpbrk(command, "<>;&`$!\n\r") &&
           (!pipe || (pipe > command && pipe[-1] == ' ' && pipe[1] == ' '));
}

/* What session/change.h is given has all that it needs. */
static void judge_procedure(const struct dialect *d, const struct procedure *p)
{
    if (!vocabulary_procedure(p->name) || p->step_count == 0 || (p->undo && !dialect_procedure(d, p->undo)))
        abort();
    for (size_t i = 0; i < p->step_count; i++) {
        const struct procedure_step *step = &p->steps[i];
        if ((step->kind == STEP_RUN && !step->command) ||
            (step->kind == STEP_QUERY && !dialect_query(d, step->query)) ||
            (step->reloads && i + 1 < p->step_count) || step->mode == STATE_LOADER || step->stall_ms <= 0)
            abort();
        for (size_t k = 0; k < step->answer_count; k++)
            if (!step->answers[k].regex || !step->answers[k].send)
                abort();
        for (size_t k = 0; k < step->failure_count; k++)
            if (!step->failures[k].regex || step->failures[k].failure == FAILURE_NONE)
                abort();
    }
}

static void judge(const struct platform *p)
{
    for (size_t i = 0; i < p->dialect.procedure_count; i++)
        judge_procedure(&p->dialect, &p->dialect.procedures[i]);
    for (size_t i = 0; i < p->boot.count; i++)
        if (!p->boot.milestones[i].name || !p->boot.milestones[i].regex)
            abort();
    for (size_t i = 0; i < p->dialect.query_count; i++) {
        const struct query *q = &p->dialect.queries[i];
        const struct reader *r = platform_reader_of(p, q);
        if (!q->command || !only_reads(q->command) || q->mode == STATE_CONFIG ||
            strcmp(r->query, q->name) != 0)
            abort();
        if ((r->kind == READER_TEXTFSM && !r->template) || (r->kind == READER_JSON && !r->rows))
            abort();
        if (q->alternative > 0 && dialect_query_otherwise(&p->dialect, q - 1) != q)
            abort();
    }
    for (size_t i = 0; i < p->dialect.prompt_count; i++)
        if (!p->dialect.prompts[i].regex ||
            (i && p->dialect.prompts[i].state < p->dialect.prompts[i - 1].state))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    put(data, size);
    struct search_path path = {.dirs = {folder, "tests/data/model"}, .count = 2};
    struct mistakes m = {0};
    struct platform *p = platform_load("example", &path, &m);
    if ((p == NULL) != (m.count > 0))
        abort();
    if (p)
        judge(p);
    platform_free(p);
    mistakes_clear(&m);
    return 0;
}
