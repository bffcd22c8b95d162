/* console: a person on a switch's console, over the same path as a job and recorded like one. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "cli/work.h"
#include "store/transcript.h"

enum { WATCH_MS = 200, QUIET_AT_END_MS = 500 };

struct keyboard {
    struct termios before;
    bool is_terminal, at_line_start, after_tilde, ended;
    int64_t last_byte_ms;
    const char *console;
};

static const char help[] =
    "\r\n~.  leave    ~b  send a BREAK    ~~  a tilde    ~?  this help    (after Return)\r\n";

static void say(const char *text)
{
    fputs(text, stderr);
    fflush(stderr);
}

static void opened(void *ctx)
{
    struct keyboard *k = ctx;
    k->last_byte_ms = clock_now_ms(NULL);
    fprintf(stderr, "connected to %s, recorded; Return ~? for help, ~. to leave\r\n", k->console);
}

static void show(void *ctx, const char *bytes, size_t len)
{
    struct keyboard *k = ctx;
    k->last_byte_ms = clock_now_ms(NULL);
    fwrite(bytes, 1, len, stdout);
    fflush(stdout);
}

/* One key; what goes to the switch is added to out. The escape counts at the start of a line only, as ssh's does. */
static enum attend_wish take_key(struct keyboard *k, char key, char *out, size_t *len)
{
    if (k->after_tilde) {
        k->after_tilde = false;
        if (key == '.')
            return ATTEND_LEAVE;
        if (key == 'b' || key == 'B')
            return ATTEND_BREAK;
        if (key == '?') {
            say(help);
            return ATTEND_STAY;
        }
        if (key != '~')
            out[(*len)++] = '~';
    } else if (key == '~' && k->at_line_start) {
        k->after_tilde = true;
        return ATTEND_STAY;
    }
    out[(*len)++] = key == '\n' && !k->is_terminal ? '\r' : key;
    k->at_line_start = key == '\r' || key == '\n';
    return ATTEND_STAY;
}

/* Without a terminal the input ends some time: the person leaves once the line has answered the last of it. */
static enum attend_wish at_end(const struct keyboard *k)
{
    return clock_now_ms(NULL) - k->last_byte_ms > QUIET_AT_END_MS ? ATTEND_LEAVE : ATTEND_STAY;
}

static enum attend_wish keys(void *ctx, char *out, size_t room, size_t *len)
{
    struct keyboard *k = ctx;
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    char typed[128];
    *len = 0;
    if (k->ended)
        return at_end(k);
    if (poll(&p, 1, 0) <= 0)
        return ATTEND_STAY;
    ssize_t n = read(STDIN_FILENO, typed, sizeof typed < room / 2 ? sizeof typed : room / 2);
    if (n < 0 && errno == EINTR)
        return ATTEND_STAY;
    if (n <= 0) {
        k->ended = true;
        k->last_byte_ms = clock_now_ms(NULL);
        return k->is_terminal ? ATTEND_LEAVE : ATTEND_STAY;
    }
    enum attend_wish wish = ATTEND_STAY;
    for (ssize_t i = 0; i < n && wish == ATTEND_STAY; i++)
        wish = take_key(k, typed[i], out, len);
    mem_wipe(typed, sizeof typed);
    return wish;
}

static void raw_mode(struct keyboard *k)
{
    k->is_terminal = screen_is_terminal(stdin) && tcgetattr(STDIN_FILENO, &k->before) == 0;
    if (!k->is_terminal)
        return;
    struct termios raw = k->before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static enum status attend(struct work *w)
{
    struct err e;
    struct engine_tally tally;
    struct keyboard k = {.at_line_start = true, .console = w->specs[0].sw->console.name};
    const struct attendant attendant = {&k, opened, show, keys};
    w->options.store = w->store;
    w->options.cancel = stop_on_signals();
    w->options.attendant = &attendant;
    raw_mode(&k);
    bool ok = engine_run(&w->options, w->specs, 1, &tally, &e);
    if (k.is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &k.before);
    if (!ok)
        return cli_error(&e);
    return tally.passed ? STATUS_OK : tally.cancelled ? STATUS_INTERRUPTED : STATUS_JOB_FAILED;
}

static bool print_end(void *ctx, const struct cell *cells, size_t count)
{
    (void)ctx;
    char b[32];
    const char *code = cell_as_text(cells, count, "failure_code", b),
               *text = cell_as_text(cells, count, "failure_text", b);
    fprintf(stderr, "\njob %lld ended%s%s%s%s; torstarter log %lld shows it\n",
            cell_as_int(cells, count, "job"), *code ? ": " : "", code, *code ? ": " : "", text,
            cell_as_int(cells, count, "job"));
    if (strcmp(code, "CONSOLE_BUSY") == 0)
        fputs("torstarter console --watch follows what a job does there, without typing\n", stderr);
    return true;
}

static const char last_select[] =
    "SELECT job, failure_code, COALESCE(failure_text, '') AS failure_text FROM switch_job WHERE console = ? "
    "ORDER BY job DESC LIMIT 1";
static const char holder_select[] = "SELECT job FROM console_lock WHERE console = ?";

struct watch {
    int64_t job, seq;
};

static bool read_holder(void *ctx, const struct cell *cells, size_t count)
{
    ((struct watch *)ctx)->job = cell_as_int(cells, count, "job");
    return false;
}

static bool show_bytes(void *ctx, const struct transcript_chunk *c)
{
    ((struct watch *)ctx)->seq = c->seq;
    if (c->direction == 'o')
        fwrite(c->bytes, 1, c->len, stdout);
    return true;
}

static enum status watch_console(struct work *w)
{
    struct err e;
    struct watch now = {0}, first = {0};
    struct cell console = cell_text("console", w->specs[0].sw->console.name);
    const struct cancel *cancel = stop_on_signals();
    bool ok = store_select(w->store, holder_select, &console, 1, read_holder, &first, &e);
    if (ok && !first.job)
        return cli_usage("no job is on %s now; `torstarter console` opens it", w->specs[0].sw->console.name);
    if (ok)
        fprintf(stderr, "watching job %lld on %s; Ctrl-C leaves\n", (long long)first.job,
                w->specs[0].sw->console.name);
    for (bool held = true; ok && held && cancel_level(cancel) == CANCEL_NONE;) {
        now.job = 0;
        ok = store_select(w->store, holder_select, &console, 1, read_holder, &now, &e);
        held =
            now.job == first.job; /* asked first: what was written before the end is then certainly shown */
        ok = ok && transcript_after(w->store, first.job, first.seq, show_bytes, &first, &e);
        fflush(stdout);
        if (held)
            clock_wait_until(NULL, clock_now_ms(NULL) + WATCH_MS);
    }
    return ok ? STATUS_OK : cli_error(&e);
}

static enum status console_run(struct cli *cli)
{
    struct err e;
    struct work w = {.cli = cli, .command = "console"};
    enum status status = work_prepare(&w, "console", cli->args, cli->arg_count);
    if (status == STATUS_OK && w.chosen.count != 1)
        status = cli_usage("a console is of one switch; \"%s\" names %zu", w.selectors, w.chosen.count);
    if (status == STATUS_OK)
        status = work_open_store(&w);
    if (status == STATUS_OK && cli->watch) {
        status = watch_console(&w);
    } else if (status == STATUS_OK) {
        status = attend(&w);
        struct cell console = cell_text("console", w.specs[0].sw->console.name);
        if (!store_select(w.store, last_select, &console, 1, print_end, NULL, &e))
            cli_error(&e);
    }
    work_clear(&w);
    return status;
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec console_options[] = {
    {"watch", 0, NULL, "follow what a job does there, without typing", OPTION_FLAG, AT(watch), 0, 0, 0, 0},
    {"console", 0, "URI", "a switch that is in no site file", OPTION_TEXT, AT(console), 0, 0, 0, 0},
    {"platform", 0, "NAME", "its platform", OPTION_TEXT, AT(platform), 0, 0, 0, 0},
    {0}};

const struct command command_console = {
    .name = "console",
    .arguments = "SWITCH",
    .about = "an interactive console over the same path, recorded like a job",
    .help = "After Return: ~. leaves, ~b sends a BREAK, ~~ is a tilde, ~? helps. What is typed at a password "
            "prompt is not recorded.\n"
            "Refuses a console that a job holds.",
    .group = "work on switches",
    .options = console_options,
    .max_args = 1,
    .run = console_run,
};
