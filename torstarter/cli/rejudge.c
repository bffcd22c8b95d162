/* rejudge: what today's templates and plugins say of the past, before they meet a switch. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "cli/evidence.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "job/rejudge.h"
#include "text/json.h"

static const char job_select[] =
    "SELECT j.id FROM job j JOIN switch_job s ON s.job = j.id WHERE j.state NOT IN ('QUEUED', 'RUNNING') AND "
    "j.submitted_at >= ?1 AND (?2 = '' OR s.platform = ?2) AND (?3 = '' OR s.failure_code = ?3 OR EXISTS "
    "(SELECT 1 FROM phase_run p WHERE p.job = j.id AND p.failure_code = ?3)) AND (?4 = '' OR EXISTS "
    "(SELECT 1 FROM phase_run p WHERE p.job = j.id AND p.plugin = ?4)) ORDER BY j.id";
static const char platform_select[] = "SELECT DISTINCT platform AS name FROM switch_job ORDER BY 1";
static const char plugin_select[] = "SELECT DISTINCT plugin AS name FROM phase_run ORDER BY 1";

struct names {
    struct cli *cli;
    VEC(const char *) items;
};

struct rejudging {
    struct cli *cli;
    struct search_path path;
    struct rejudge what;
    VEC(int64_t) jobs;
    VEC(struct platform *) platforms;
    VEC(struct rule *) rules;
    size_t ends[REJUDGE_ENDS], kept_values;
    int64_t last_job;
    struct names whys; /* why not, each once */
    VEC(size_t) why_counts;
};

/* ---- what there is ---- */

static bool take_id(void *ctx, const struct cell *cells, size_t count)
{
    struct rejudging *r = ctx;
    VEC_ADD(&r->jobs, cell_as_int(cells, count, "id"));
    return true;
}

static bool take_name(void *ctx, const struct cell *cells, size_t count)
{
    struct names *n = ctx;
    char b[32];
    VEC_ADD(&n->items, arena_strdup(&n->cli->arena, cell_as_text(cells, count, "name", b)));
    return true;
}

static bool choose_jobs(struct rejudging *r, struct store *store, struct err *e)
{
    struct cli *cli = r->cli;
    int64_t span_ms = 0, job;
    for (int i = 0; i < cli->arg_count; i++) {
        if (!cli_job_number(cli->args[i], &job, e))
            return false;
        VEC_ADD(&r->jobs, job);
    }
    if (cli->arg_count && (cli->since || cli->platform || cli->code))
        return err_set(e, ERR_USAGE, "name jobs, or choose them by --since, --platform and --code, not both");
    if (cli->since && !clock_parse_span(cli->since, &span_ms))
        return err_set(e, ERR_USAGE, "--since wants a span such as 30d, 12h or 45m; got \"%s\"", cli->since);
    const struct cell parameters[] = {cell_int("since", cli->since ? clock_utc_us(NULL) - span_ms * 1000 : 0),
                                      cell_text("platform", cli->platform ? cli->platform : ""),
                                      cell_text("code", cli->code ? cli->code : ""),
                                      cell_text("plugin", cli->plugin ? cli->plugin : "")};
    return cli->arg_count > 0 || store_select(store, job_select, parameters, 4, take_id, r, e);
}

static enum status say_mistakes(struct mistakes *m)
{
    enum status status = m->count ? STATUS_FILE : STATUS_OK;
    fflush(stdout);
    fputs(str_cstr(&m->text), stderr);
    mistakes_clear(m);
    return status;
}

/* A rule that jobs ran and that is gone since is told as "no such plugin or rule". */
static void load_rules(struct rejudging *r, const struct names *plugins, struct mistakes *m)
{
    for (size_t i = 0; i < plugins->items.count; i++) {
        const char *file = arena_printf(&r->cli->arena, "configs/rules/%s.yaml", plugins->items.items[i]);
        if (plugin_by_name(plugins->items.items[i]) || !search_path_find(&r->path, file, &r->cli->arena))
            continue;
        struct rule *rule = rule_load(plugins->items.items[i], &r->path, m);
        if (rule)
            VEC_ADD(&r->rules, rule);
    }
}

static void load_platforms(struct rejudging *r, const struct names *names, struct mistakes *m)
{
    for (size_t i = 0; i < names->items.count; i++) {
        const char *file = arena_printf(&r->cli->arena, "platforms/%s.yaml", names->items.items[i]);
        if (!search_path_find(&r->path, file, &r->cli->arena))
            continue;
        struct platform *p = platform_load(names->items.items[i], &r->path, m);
        for (size_t k = 0; p && k < r->rules.count; k++)
            platform_add_rule(p, r->rules.items[k], &r->path, m);
        if (p)
            VEC_ADD(&r->platforms, p);
    }
}

static enum status load_files(struct rejudging *r, struct store *store)
{
    struct mistakes m = {0};
    struct names platforms = {.cli = r->cli}, plugins = {.cli = r->cli};
    struct err e;
    enum status status = STATUS_OK;
    if (cli_site_file(r->cli))
        r->what.site = cli_load_site(r->cli, &r->path, &status);
    else
        cli_search_path(r->cli, NULL, &r->path);
    if (status == STATUS_OK && (!store_select(store, platform_select, NULL, 0, take_name, &platforms, &e) ||
                                !store_select(store, plugin_select, NULL, 0, take_name, &plugins, &e)))
        status = cli_error(&e);
    if (status == STATUS_OK) {
        load_rules(r, &plugins, &m);
        load_platforms(r, &platforms, &m);
        status = say_mistakes(&m);
    }
    VEC_CLEAR(&platforms.items);
    VEC_CLEAR(&plugins.items);
    return status;
}

/* ---- what is told ---- */

static const char *verdict_word(const struct past_verdict *v)
{
    return *v->code ? v->code : v->state;
}

static void print_reading(const char *when, const struct past_verdict *v)
{
    struct str line = {0};
    const char *slash = strrchr(v->template_file, '/');
    str_printf(&line, "  %-5s", when);
    screen_colour(&line, screen_has_colours(stdout), screen_state_colour(v->state), verdict_word(v));
    str_add_cstr(&line, ": ");
    str_add_printable(&line, v->text);
    if (*v->template_file && v->template_line)
        str_printf(&line, "  (%s, rule at line %lld)", slash ? slash + 1 : v->template_file,
                   (long long)v->template_line);
    else if (*v->template_file)
        str_printf(&line, "  (%s)", slash ? slash + 1 : v->template_file);
    puts(str_cstr(&line));
    str_clear(&line);
}

static void print_flip(const struct rejudged *r)
{
    const struct evidence *ev = &r->evidence;
    printf("%s  job %lld, %s (%s), plugin %s: %s → %s\n", r->end == REJUDGE_FLIPPED ? "FLIP" : "words",
           (long long)r->job, r->switch_name, r->platform, r->plugin, verdict_word(&r->then),
           verdict_word(&r->now));
    print_reading("then", &r->then);
    print_reading("now", &r->now);
    if (*r->command)
        printf("  \"%s\", event %lld\n", r->command,
               (long long)(r->now.event ? r->now.event : r->then.event));
    evidence_print(r->answer, ev->line, ev->line && ev->raw ? ev->raw : "");
    if (ev->wanted)
        printf("  wanted: %s\n", ev->wanted);
    printf("  site values: %s\n\n", r->values);
}

static void put_verdict(struct json_writer *w, const char *when, const struct past_verdict *v)
{
    char key[32];
    snprintf(key, sizeof key, "%s_state", when);
    json_put_text(w, key, v->state);
    snprintf(key, sizeof key, "%s_failure_code", when);
    json_put_text(w, key, *v->code ? v->code : NULL);
    snprintf(key, sizeof key, "%s_text", when);
    json_put_text(w, key, v->text);
    snprintf(key, sizeof key, "%s_template", when);
    json_put_text(w, key, *v->template_file ? v->template_file : NULL);
    snprintf(key, sizeof key, "%s_template_line", when);
    json_put_int(w, key, v->template_line);
    snprintf(key, sizeof key, "%s_event", when);
    json_put_int(w, key, v->event);
}

static void print_json(const struct rejudged *r)
{
    static const char *const ends[] = {"same", "reworded", "flipped", "not judged"};
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "result", ends[r->end]);
    json_put_int(&w, "job", r->job);
    json_put_text(&w, "switch", r->switch_name);
    json_put_text(&w, "platform", r->platform);
    json_put_text(&w, "plugin", r->plugin);
    if (r->end == REJUDGE_NOT_JUDGED) {
        json_put_text(&w, "why", r->why);
    } else {
        put_verdict(&w, "then", &r->then);
        put_verdict(&w, "now", &r->now);
        json_put_text(&w, "command", r->command);
        json_put_int(&w, "answer_line", r->evidence.line);
        json_put_text(&w, "raw", r->evidence.raw);
        json_put_text(&w, "site_values", r->values);
    }
    json_close_object(&w);
    puts(str_cstr(&line));
    str_clear(&line);
}

static void count_why(struct rejudging *r, const char *why)
{
    for (size_t i = 0; i < r->whys.items.count; i++)
        if (strcmp(r->whys.items.items[i], why) == 0) {
            r->why_counts.items[i]++;
            return;
        }
    VEC_ADD(&r->whys.items, arena_strdup(&r->cli->arena, why));
    VEC_ADD(&r->why_counts, (size_t)1);
}

static void tell(void *ctx, const struct rejudged *one)
{
    struct rejudging *r = ctx;
    bool wanted = one->end == REJUDGE_FLIPPED || (r->cli->all && one->end == REJUDGE_REWORDED);
    r->ends[one->end]++;
    r->kept_values += one->job != r->last_job && r->what.site && one->values &&
                      strcmp(one->values, r->what.site->file ? r->what.site->file : "") != 0;
    r->last_job = one->job;
    if (one->end == REJUDGE_NOT_JUDGED)
        count_why(r, one->why);
    if (r->cli->json && (wanted || one->end == REJUDGE_NOT_JUDGED))
        print_json(one);
    else if (wanted)
        print_flip(one);
}

static void print_sum(const struct rejudging *r)
{
    size_t judged = r->ends[REJUDGE_SAME] + r->ends[REJUDGE_REWORDED] + r->ends[REJUDGE_FLIPPED];
    printf("%zu jobs, %zu verdicts judged again: %zu flipped, %zu in other words, %zu not judged\n",
           r->what.job_count, judged, r->ends[REJUDGE_FLIPPED], r->ends[REJUDGE_REWORDED],
           r->ends[REJUDGE_NOT_JUDGED]);
    for (size_t i = 0; i < r->whys.items.count; i++)
        printf("  %6zu not judged: %s\n", r->why_counts.items[i], r->whys.items.items[i]);
    if (!r->what.site)
        puts("  no site file: judged with the values that were kept with the jobs");
    else if (r->kept_values)
        printf("  %zu jobs of switches that %s does not name: judged with the values kept with them\n",
               r->kept_values, r->what.site->file ? r->what.site->file : "the site");
}

/* ---- the command ---- */

static enum status judge(struct rejudging *r, struct store *store)
{
    struct err e;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!choose_jobs(r, store, &e))
        return cli_error(&e);
    enum status status = load_files(r, store);
    if (status != STATUS_OK)
        return status;
    r->what.store = cli_store_uri(r->cli);
    r->what.path = &r->path;
    r->what.jobs = r->jobs.items;
    r->what.job_count = r->jobs.count;
    r->what.plugin = r->cli->plugin;
    r->what.platforms = r->platforms.items;
    r->what.platform_count = r->platforms.count;
    r->what.rules = r->rules.items;
    r->what.rule_count = r->rules.count;
    r->what.threads = r->cli->jobs ? (unsigned)r->cli->jobs : cores > 0 ? (unsigned)cores : 1;
    r->what.cancel = stop_on_signals();
    r->what.tell = tell;
    r->what.ctx = r;
    if (!rejudge_run(&r->what, &e))
        return cli_error(&e);
    if (!r->cli->json)
        print_sum(r);
    return r->ends[REJUDGE_FLIPPED] ? STATUS_JOB_FAILED : STATUS_OK;
}

static enum status rejudge_command(struct cli *cli)
{
    enum status status = STATUS_OK;
    struct rejudging r = {.cli = cli, .whys.cli = cli};
    struct store *store = cli_open_store(cli, STORE_READ_ONLY, &status);
    if (!store)
        return status;
    status = judge(&r, store);
    store_close(store);
    for (size_t i = 0; i < r.platforms.count; i++)
        platform_free(r.platforms.items[i]);
    for (size_t i = 0; i < r.rules.count; i++)
        rule_free(r.rules.items[i]);
    VEC_CLEAR(&r.platforms);
    VEC_CLEAR(&r.rules);
    VEC_CLEAR(&r.jobs);
    VEC_CLEAR(&r.whys.items);
    VEC_CLEAR(&r.why_counts);
    if (r.what.site)
        site_free(r.what.site);
    return status;
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec rejudge_options[] = {
    {"plugin", 0, "NAME", "only this plugin or rule", OPTION_TEXT, AT(plugin), 0, 0, 0, 0},
    {"platform", 0, "NAME", "only jobs on this platform", OPTION_TEXT, AT(platform), 0, 0, 0, 0},
    {"since", 0, "SPAN", "only jobs submitted in the last 30d, 12h, …", OPTION_TEXT, AT(since), 0, 0, 0, 0},
    {"code", 0, "CODE", "only jobs of which some check ended in this code", OPTION_TEXT, AT(code), 0, 0, 0,
     0},
    {"jobs", 'j', "N", "at once (default: one per core)", OPTION_NUMBER, AT(jobs), 0, 1, 256, 0},
    {"all", 0, NULL, "also show where only the words are others", OPTION_FLAG, AT(all), 0, 0, 0, 0},
    {0}};

const struct command command_rejudge = {
    .name = "rejudge",
    .arguments = "[JOB…]",
    .about = "today's templates and plugins over stored answers; verdicts that flip",
    .help =
        "Types nothing. A check whose answers are not all in the store, and what changes a switch, is not "
        "judged. What the site wants is\ntaken from the site file where it names the switch, else from what "
        "was kept with the job.\nExit status 1: some verdict flips.",
    .group = "look at jobs",
    .options = rejudge_options,
    .max_args = -1,
    .run = rejudge_command,
};
