/* show: one job as a page: the switch, its phases, its components with the failed ones marked, the next step. */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/permits.h"
#include "cli/screen.h"
#include "store/transcript.h"

struct show {
    struct cli *cli;
    struct store *store;
    const char *table;
    bool found, colours;
};

struct section {
    const char *table, *title, *select;
    const char *name_column; /* first on the line */
    const char *columns[8];  /* printed as "column value" where there is one */
};

static const struct section sections[] = {
    {"power_supply",
     "power supplies",
     "SELECT * FROM power_supply WHERE job = ? ORDER BY slot",
     "slot",
     {"model", "serial", "input_a", "output_w"}},
    {"fan",
     "fans",
     "SELECT * FROM fan WHERE job = ? ORDER BY kind DESC, slot",
     "slot",
     {"kind", "speed_percent", "airflow"}},
    {"uplink",
     "uplinks",
     "SELECT * FROM uplink WHERE job = ? ORDER BY interface",
     "interface",
     {"peer_found", "peer_interface_found", "peer_wanted", "peer_interface_wanted", "gateway"}},
    {"transceiver",
     "transceivers",
     "SELECT * FROM transceiver WHERE job = ? ORDER BY interface, lane",
     "interface",
     {"lane", "rx_dbm", "tx_dbm", "rx_min_dbm", "rx_max_dbm"}},
    {"image", "images", "SELECT * FROM image WHERE job = ? ORDER BY slot", "slot", {"version"}},
};

static const char job_select[] =
    "SELECT j.*, s.*, " TRANSCRIPT_SIZES "FROM job j JOIN switch_job s ON s.job = j.id WHERE j.id = ?";
static const char phase_select[] = "SELECT job, seq, plugin, phase, state, started_at, finished_at, "
                                   "failure_code, text, remedy FROM phase_run WHERE job = ? "
                                   "ORDER BY seq";

static void print_field(const struct cell *cells, size_t count, const char *label, const char *column)
{
    char b[32];
    const char *text = cell_as_text(cells, count, column, b);
    if (*text)
        printf("  %-18s %s\n", label, text);
}

static void print_sizes(const struct cell *cells, size_t count)
{
    long long plain = cell_as_int(cells, count, "transcript_bytes"),
              stored = cell_as_int(cells, count, "transcript_stored_bytes");
    if (plain)
        printf("  %-18s %lld bytes, %lld in the store\n", "recorded", plain, stored);
}

static bool print_head(void *ctx, const struct cell *cells, size_t count)
{
    struct show *s = ctx;
    char b[32], at[CLOCK_TEXT_MAX], span[CLOCK_TEXT_MAX];
    s->found = true;
    if (s->cli->json) {
        screen_print_json_row("job", cells, count);
        return true;
    }
    struct str state = {0};
    const char *name = cell_as_text(cells, count, "state", b);
    screen_colour(&state, s->colours, screen_state_colour(name), name);
    printf("job %lld  %s  %s  %s\n", cell_as_int(cells, count, "id"), cell_as_text(cells, count, "type", b),
           cell_as_text(cells, count, "switch", b), str_cstr(&state));
    str_clear(&state);
    long long started = cell_as_int(cells, count, "started_at"),
              finished = cell_as_int(cells, count, "finished_at");
    printf("  %-18s %s%s%s\n", "submitted", clock_format_utc(cell_as_int(cells, count, "submitted_at"), at),
           started && finished ? ", took " : "",
           started && finished ? clock_format_span((finished - started) / 1000, span) : "");
    static const char *const fields[][2] = {{"goes on with job", "parent_job"},
                                            {"rack", "rack"},
                                            {"role", "role"},
                                            {"platform", "platform"},
                                            {"console", "console"},
                                            {"model", "model"},
                                            {"serial wanted", "serial_expected"},
                                            {"serial found", "serial_found"},
                                            {"MAC address", "mac"},
                                            {"firmware wanted", "firmware_wanted"},
                                            {"firmware found", "firmware_found"}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        print_field(cells, count, fields[i][0], fields[i][1]);
    print_sizes(cells, count);
    return true;
}

static bool print_phase(void *ctx, const struct cell *cells, size_t count)
{
    struct show *s = ctx;
    char b[32], span[CLOCK_TEXT_MAX] = "";
    if (s->cli->json) {
        screen_print_json_row("phase_run", cells, count);
        return true;
    }
    if (cell_as_int(cells, count, "seq") == 1)
        puts("\nphases");
    struct str line = {0}, state = {0};
    const char *name = cell_as_text(cells, count, "state", b);
    long long started = cell_as_int(cells, count, "started_at"),
              finished = cell_as_int(cells, count, "finished_at");
    if (finished)
        snprintf(span, sizeof span, "%.1f s", (double)(finished - started) / 1e6);
    str_add_cstr(&line, "  ");
    screen_put(&line, cell_as_text(cells, count, "phase", b), 20);
    screen_put(&line, cell_as_text(cells, count, "plugin", b), 14);
    screen_put(&state, name, 10);
    screen_colour(&line, s->colours, screen_state_colour(name), str_cstr(&state));
    str_printf(&line, "%8s  ", span);
    const char *code = cell_as_text(cells, count, "failure_code", b);
    str_printf(&line, "%s%s", code, *code ? ": " : "");
    const char *text = cell_as_text(cells, count, "text", b);
    str_add_printable(&line, text);
    puts(str_cstr(&line));
    str_clear(&line);
    str_clear(&state);
    return true;
}

struct part {
    struct show *show;
    const struct section *section;
    size_t rows;
};

static bool print_part(void *ctx, const struct cell *cells, size_t count)
{
    struct part *p = ctx;
    char b[32];
    if (p->show->cli->json) {
        screen_print_json_row(p->section->table, cells, count);
        return true;
    }
    if (p->rows++ == 0)
        printf("\n%s\n", p->section->title);
    bool failed = cell_as_int(cells, count, "failed");
    struct str line = {0};
    screen_colour(&line, p->show->colours, COLOUR_RED, failed ? "! " : "  ");
    screen_put(&line, cell_as_text(cells, count, p->section->name_column, b), 18);
    screen_put(&line, cell_as_text(cells, count, "status", b), 12);
    for (const char *const *c = p->section->columns; *c; c++) {
        const char *text = cell_as_text(cells, count, *c, b);
        if (*text)
            str_printf(&line, "  %s %s", *c, text);
    }
    const char *text = cell_as_text(cells, count, "text", b);
    if (*text)
        str_printf(&line, "  %s", text);
    puts(str_cstr(&line));
    str_clear(&line);
    return true;
}

static bool print_next(void *ctx, const struct cell *cells, size_t count)
{
    struct show *s = ctx;
    char b[32];
    const char *code = cell_as_text(cells, count, "failure_code", b);
    if (s->cli->json || !*code)
        return true;
    printf("\n%s: %s\n", code, cell_as_text(cells, count, "failure_text", b));
    printf("  do this: %s\n", cell_as_text(cells, count, "remedy", b));
    printf("  then:    torstarter %s%s %s        the bytes behind it:  torstarter why %lld\n",
           strcmp(cell_as_text(cells, count, "type", b), "provision") &&
                   strcmp(cell_as_text(cells, count, "type", b), "validate")
               ? "run "
               : "",
           cell_as_text(cells, count, "type", b), cell_as_text(cells, count, "switch", b),
           cell_as_int(cells, count, "id"));
    return true;
}

static bool show_job(struct show *s, int64_t job, struct err *e)
{
    struct cell key = cell_int("job", job);
    if (!store_select(s->store, job_select, &key, 1, print_head, s, e))
        return false;
    if (!s->found)
        return err_set(e, ERR_USAGE, "there is no job %lld in %s; `torstarter jobs` lists them",
                       (long long)job, store_path(s->store));
    if (!store_select(s->store, phase_select, &key, 1, print_phase, s, e))
        return false;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct part p = {s, &sections[i], 0};
        if (!store_select(s->store, sections[i].select, &key, 1, print_part, &p, e))
            return false;
    }
    return permits_list(s->cli, s->store, job, e) &&
           store_select(s->store, job_select, &key, 1, print_next, s, e);
}

static enum status show_run(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct err e;
    int64_t job;
    if (!cli_job_number(cli->args[0], &job, &e))
        return cli_error(&e);
    struct show s = {.cli = cli,
                     .colours = screen_has_colours(stdout),
                     .store = cli_open_store(cli, STORE_READ_ONLY, &status)};
    if (!s.store)
        return status;
    if (!show_job(&s, job, &e))
        status = cli_error(&e);
    store_close(s.store);
    return status;
}

const struct command command_show = {
    .name = "show",
    .arguments = "JOB",
    .about = "one job: switch, phases, components, next step",
    .group = "look at jobs",
    .min_args = 1,
    .max_args = 1,
    .run = show_run,
};
