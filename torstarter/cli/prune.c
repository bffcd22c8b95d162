/* prune: removes old jobs, by age and by the store's size, and says what went. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "job/engine.h"
#include "store/prune.h"
#include "store/transcript.h"

enum { SIZE_TEXT_MAX = 32 };

/* Powers of ten, as disks are sold. */
static const char *const units[] = {"", "KB", "MB", "GB", "TB"};

static bool parse_size(const char *text, int64_t *bytes)
{
    char *end;
    double n = strtod(text, &end);
    if (end == text || !(n >= 0) || n > 1e15 || !strchr("0123456789.", *text))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++, n *= 1000)
        if (strcmp(end, units[i]) == 0) {
            *bytes = n < 9e18 ? (int64_t)n : INT64_MAX;
            return true;
        }
    return false;
}

static const char *size_text(int64_t bytes, char out[SIZE_TEXT_MAX])
{
    double n = (double)bytes;
    size_t i = 0;
    for (; n >= 1000 && i + 1 < sizeof units / sizeof *units; i++)
        n /= 1000;
    snprintf(out, SIZE_TEXT_MAX, i ? "%.1f %s" : "%.0f bytes%s", n, units[i]);
    return out;
}

static bool read_wish(const struct cli *cli, struct prune_wish *w)
{
    int64_t span_ms;
    *w = (struct prune_wish){
        .before_us = INT64_MIN, .keep_bytes = INT64_MAX, .all = cli->all, .dry_run = cli->dry_run};
    if (!cli->older_than && !cli->keep_bytes) {
        cli_usage(
            "prune: say what may go: --older-than 90d, --keep-bytes 2GB, or both; --dry-run shows it first");
        return false;
    }
    if (cli->older_than && (!clock_parse_span(cli->older_than, &span_ms) || span_ms < 0)) {
        cli_usage("--older-than wants a time such as 90d or 12h, not \"%s\"", cli->older_than);
        return false;
    }
    if (cli->keep_bytes && !parse_size(cli->keep_bytes, &w->keep_bytes)) {
        cli_usage("--keep-bytes wants a size such as 2GB, 500MB or 0, not \"%s\"", cli->keep_bytes);
        return false;
    }
    if (cli->older_than)
        w->before_us = clock_utc_us(NULL) - span_ms * 1000;
    return true;
}

static void tell(void *ctx, const struct pruned *job)
{
    const struct cli *cli = ctx;
    const struct cell cells[] = {cell_int("id", job->job),
                                 cell_text("type", job->type),
                                 cell_text("switch", job->switch_name),
                                 cell_text("state", job->state),
                                 cell_int("finished_at", job->ended_us),
                                 cell_int("bytes", job->bytes),
                                 cell_int("line_stays", job->line_stays)};
    if (cli->json) {
        screen_print_json_row("job", cells, sizeof cells / sizeof *cells);
        return;
    }
    char at[CLOCK_TEXT_MAX], size[SIZE_TEXT_MAX];
    struct str line = {0};
    clock_format_utc(job->ended_us, at);
    str_printf(&line, "%6lld  %.16s  ", (long long)job->job, at);
    screen_put(&line, job->type, 10);
    screen_put(&line, job->switch_name, 18);
    screen_put(&line, job->state, 10);
    str_printf(&line, "about %s%s", size_text(job->bytes, size),
               job->line_stays ? "; its recording only: a mark on the switch points to it" : "");
    puts(str_cstr(&line));
    str_clear(&line);
}

static void sum_up(const struct cli *cli, const struct prune_tally *t)
{
    int64_t back = t->file_before > t->file_after ? t->file_before - t->file_after : 0;
    const struct cell cells[] = {cell_int("jobs", t->jobs),
                                 cell_int("dry_run", cli->dry_run),
                                 cell_int("used_before", t->used_before),
                                 cell_int("used_after", t->used_after),
                                 cell_int("given_back", back),
                                 cell_text("not_given_back", t->not_given_back)};
    if (cli->json) {
        screen_print_json_row("prune", cells, sizeof cells / sizeof *cells);
        return;
    }
    char before[SIZE_TEXT_MAX], after[SIZE_TEXT_MAX], given[SIZE_TEXT_MAX];
    printf("%s %u job%s; the store %s %s of %s", cli->dry_run ? "would remove" : "removed", t->jobs,
           t->jobs == 1 ? "" : "s", cli->dry_run ? "would hold about" : "holds",
           size_text(t->used_after, after), size_text(t->used_before, before));
    if (!cli->dry_run)
        printf(", %s given back to the disk", size_text(back, given));
    putchar('\n');
    if (t->not_given_back)
        printf("some free room stays in the file, for jobs to come: %s\n", t->not_given_back);
}

/* Jobs of dead processes end here, and what they left plain is packed. A disk that is full stops neither what follows. */
static void tidy(struct store *store)
{
    struct err e = {0};
    unsigned lost = 0, packed = 0;
    if (!engine_recover(store, &lost, &e) || !transcript_pack_ended(store, UINT32_MAX, &packed, &e))
        cli_error(&e);
}

static enum status prune_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct prune_wish wish;
    struct prune_tally tally;
    struct err e = {0};
    if (!read_wish(cli, &wish))
        return STATUS_USAGE;
    struct store *store = cli_open_store(cli, 0, &status);
    if (!store)
        return status;
    bool ok = store_prune(store, &wish, tell, cli, &tally, &e);
    sum_up(cli, &tally);
    if (!ok)
        status = cli_error(&e);
    else if (!cli->dry_run)
        tidy(store);
    store_close(store);
    return status;
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec prune_options[] = {
    {"older-than", 0, "SPAN", "jobs that ended longer ago: 90d, 12h", OPTION_TEXT, AT(older_than), 0, 0, 0,
     0},
    {"keep-bytes", 0, "SIZE", "the oldest, until the store holds no more: 2GB", OPTION_TEXT, AT(keep_bytes),
     0, 0, 0, 0},
    {"dry-run", 0, NULL, "say what would go, remove nothing", OPTION_FLAG, AT(dry_run), 0, 0, 0, 0},
    {"all", 'a', NULL, "also what is kept otherwise", OPTION_FLAG, AT(all), 0, 0, 0, 0},
    {0}};

const struct command command_prune = {
    .name = "prune",
    .arguments = "[--older-than SPAN] [--keep-bytes SIZE]",
    .about = "remove old jobs, with their recordings",
    .help = "Kept unless --all: the last PASSED job of each type on each switch, and jobs that a TAINTED "
            "mark or a\n"
            "configuration put on a switch points to (of these --all takes the recording; the mark stays).\n"
            "Jobs that are queued or at work are never touched.",
    .group = "look at jobs",
    .options = prune_options,
    .run = prune_run,
};
