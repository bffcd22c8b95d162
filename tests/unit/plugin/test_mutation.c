/* No false pass, on any platform. Every answer that fixtures/PLATFORM/verdicts.yaml lays is damaged at random and judged by the plugin
   of its case: a PASS must be harmless. Whether it is, is told by two judges that know no plugin:
     the records  the damaged answer's records say, in what decides, the same as those of the answer that is healthy: as many supplies
                  and fans in each state; each uplink once and up, with the same transceiver; each neighbour's host and port; each
                  lane once with both levels, within the role's limits; the counts of a ping; the chassis's serial number
     the text     the words by which the healthy answer says so (state, port, host, serial) still stand in at least as many lines
   A faulty answer (a case that expects a failure) must read like the platform's healthy one before it may pass. A log line spliced
   into a healthy answer must not pass when it changed what was read. SKIPPED is no pass, and is counted apart.

   $TORSTARTER_PLATFORM: that platform alone; $TORSTARTER_SEED repeats a run; $TORSTARTER_ROUNDS: damages per answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <cmocka.h>

#include "base/file.h"
#include "helpers/support_verdicts.h"
#include "plugin/lanes.h"
#include "unit/plugin/damage.h"

enum { ROUNDS = 100, DAMAGES_MAX = 3, WORDS_MAX = 96, ENOUGH_BYTES = 8000 };

static struct arena arena; /* of the list of tests */

/* ---- the records' judge ---- */

struct bench { /* one answer of one case */
    struct verdicts *of;
    const struct verdict_case *c;
    struct trial trial;
    const char *query; /* as in verdicts.yaml */
    size_t uplink;     /* whose answer it is; SIZE_MAX: of all */
    struct records healthy;
    bool has_healthy;
    unsigned long lanes; /* judged of the healthy one: "16 lanes within limits" */
    struct damage_words words;
};

static size_t count_word(const struct records *r, const char *column, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; records_has(r, column) && i < r->count; i++)
        n += record_is(r, i, column, word);
    return n;
}

/* At least as many good rows as the healthy one has, and no more of any other word. */
static bool as_good(const struct records *a, const struct records *b, const char *column)
{
    if (!records_has(a, column) || !records_has(b, column))
        return records_has(a, column) == records_has(b, column);
    if (count_word(a, column, "ok") < count_word(b, column, "ok"))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const char *word = record_get(a, i, column);
        if (strcmp(word, "ok") != 0 && count_word(a, column, word) > count_word(b, column, word))
            return false;
    }
    return true;
}

static bool gives_nothing(const struct records *r, size_t row)
{
    double in = 1, out = 1;
    return record_is(r, row, "state", "ok") && records_has(r, "input_a") && records_has(r, "output_w") &&
           record_number(r, row, "input_a", &in) && record_number(r, row, "output_w", &out) && in == 0 &&
           out == 0;
}

static bool supplies_true(const struct records *r, const struct records *healthy)
{
    for (size_t i = 0; i < r->count; i++)
        if (gives_nothing(r, i))
            return false;
    return as_good(r, healthy, "state") && records_duplicate(r, "slot") == ROW_NONE;
}

static bool fans_true(const struct bench *b, const struct records *r, const struct records *healthy)
{
    const char *airflow = b->trial.run.role->airflow;
    for (size_t i = 0; airflow && i < r->count; i++) {
        const char *found = record_text(r, i, "airflow");
        if (*found && strcmp(found, "unknown") != 0 && strcmp(found, airflow) != 0 &&
            !record_is(r, i, "state", "absent"))
            return false;
    }
    return as_good(r, healthy, "state") && as_good(r, healthy, "cooling") &&
           records_duplicate(r, "slot") == ROW_NONE;
}

static bool uplinks_true(struct bench *b, const struct records *r, const struct records *healthy)
{
    struct run *run = &b->trial.run;
    for (size_t i = 0; i < run->sw->uplink_count; i++) {
        size_t rows, there, row = uplink_row(run, r, run->sw->uplinks[i].interface, &rows),
                            was = uplink_row(run, healthy, run->sw->uplinks[i].interface, &there);
        if (b->uplink != SIZE_MAX && b->uplink != i)
            continue;
        if (rows != 1 || was == ROW_NONE)
            return false;
        if (strcmp(b->c->plugin, "uplinks") == 0 && !record_is(r, row, "state", "up"))
            return false;
    }
    return true;
}

static bool port_is(struct run *run, const char *wanted, const char *found)
{
    return strcasecmp(platform_interface(run->platform, wanted, &run->arena),
                      platform_interface(run->platform, found, &run->arena)) == 0;
}

static bool neighbors_true(struct bench *b, const struct records *r)
{
    struct run *run = &b->trial.run;
    for (size_t i = 0; i < run->sw->uplink_count; i++) {
        const struct uplink *u = &run->sw->uplinks[i];
        size_t rows, row = uplink_row(run, r, u->interface, &rows);
        if (rows != 1)
            return false;
        const char *peer = record_get(r, row, "peer");
        size_t host = u->peer ? strlen(u->peer) : 0;
        if (host && (strncasecmp(peer, u->peer, host) != 0 || (peer[host] && peer[host] != '.')))
            return false;
        if (u->peer_interface && !port_is(run, u->peer_interface, record_get(r, row, "peer_interface")) &&
            !port_is(run, u->peer_interface, record_text(r, row, "peer_description")))
            return false;
    }
    return true;
}

static size_t levels(const struct records *r, const char *column)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += *record_get(r, i, column) != '\0';
    return n;
}

static bool within_role(const struct bench *b, const struct records *r, size_t row, bool rx)
{
    const struct light_limits *l = &b->trial.run.role->light;
    const char *name = record_get(r, row, "interface");
    double dbm;
    bool ours = false;
    for (size_t i = 0; i < b->trial.run.sw->uplink_count; i++)
        ours = ours || port_is((struct run *)&b->trial.run, b->trial.run.sw->uplinks[i].interface, name);
    if (!ours || !level_dbm(r, row, rx ? "rx_dbm" : "tx_dbm", &dbm))
        return true;
    if (rx)
        return (!l->has_rx_min || dbm >= l->rx_min_dbm) && (!l->has_rx_max || dbm <= l->rx_max_dbm);
    return (!l->has_tx_min || dbm >= l->tx_min_dbm) && (!l->has_tx_max || dbm <= l->tx_max_dbm);
}

static bool light_true(const struct bench *b, const struct records *r, const struct records *healthy)
{
    for (size_t i = 0; i < r->count; i++)
        if (!within_role(b, r, i, true) || !within_role(b, r, i, false))
            return false;
    return levels(r, "rx_dbm") >= levels(healthy, "rx_dbm") &&
           levels(r, "tx_dbm") >= levels(healthy, "tx_dbm") &&
           count_word(r, "media", "copper") <= count_word(healthy, "media", "copper");
}

static bool ping_true(const struct records *r)
{
    double sent, received;
    return r->count == 1 && !*record_text(r, 0, "refusal") && record_number(r, 0, "sent", &sent) &&
           record_number(r, 0, "received", &received) && sent >= 3 &&
           (received == sent || received == sent - 1);
}

static bool inventory_true(const struct bench *b, const struct records *r, const struct records *healthy)
{
    const struct role *role = b->trial.run.role;
    if (strcmp(b->c->plugin, "psu") == 0 || strcmp(b->c->plugin, "fan") == 0) {
        if (role->power_supplies == 0 &&
            count_word(r, "kind", "power_supply") < count_word(healthy, "kind", "power_supply"))
            return false;
        return role->fans > 0 || strcmp(b->c->plugin, "psu") == 0 ||
               count_word(r, "kind", "fan") >= count_word(healthy, "kind", "fan");
    }
    return true;
}

static bool same_everything(const struct records *a, const struct records *b)
{
    if (a->count != b->count || a->none != b->none)
        return false;
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < a->column_count; k++)
            if (strcmp(a->rows[i].values[k], b->rows[i].values[k]) != 0)
                return false;
    return true;
}

static bool is_query(const struct bench *b, const char *query)
{
    size_t len = strlen(query);
    return strncmp(b->query, query, len) == 0 && strchr("#", b->query[len]);
}

/* "Nothing there" leaves the word to another way of asking. */
static bool leaves_it_to_others(const struct bench *b, const struct records *r)
{
    size_t ways = 0, len = strcspn(b->query, "#");
    for (size_t i = 0; i < b->c->answer_count; i++)
        ways +=
            strncmp(b->c->answers[i].query, b->query, len) == 0 && strchr("#", b->c->answers[i].query[len]);
    return r->none && ways > 1;
}

static bool records_true(struct bench *b, const struct records *r)
{
    if (!b->has_healthy)
        return false;
    if (is_query(b, "power_supplies"))
        return supplies_true(r, &b->healthy);
    if (is_query(b, "fans"))
        return fans_true(b, r, &b->healthy);
    if (is_query(b, "uplink_interfaces"))
        return uplinks_true(b, r, &b->healthy);
    if (is_query(b, "neighbors"))
        return b->trial.run.sw->uplink_count == 0 || neighbors_true(b, r);
    if (is_query(b, "transceivers"))
        return light_true(b, r, &b->healthy);
    if (is_query(b, "ping") || is_query(b, "ping_full"))
        return ping_true(r);
    if (is_query(b, "inventory"))
        return inventory_true(b, r, &b->healthy);
    return is_query(b, "version") || is_query(b, "interfaces") || same_everything(r, &b->healthy);
}

/* ---- the text's judge ---- */

static bool stands_alone(const char *line, const char *at, size_t len)
{
    return (at == line || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[len]);
}

/* Lines that hold the word, as a word of its own. */
static size_t lines_with(const char *text, const char *word)
{
    size_t n = 0, len = strlen(word);
    while (*text) {
        size_t line = strcspn(text, "\n");
        bool found = false;
        for (size_t i = 0; !found && i + len <= line; i++)
            found = strncasecmp(text + i, word, len) == 0 && stands_alone(text, text + i, len);
        n += found;
        text += line + (text[line] == '\n');
    }
    return n;
}

/* How many rows say it, for what is said once per row; where the healthy text itself has fewer lines (a summary), those. */
static bool word_stands(const struct records *healthy, const char *text, const char *word, size_t rows)
{
    size_t was = lines_with(healthy->answer, word);
    return !*word || lines_with(text, word) >= (was < rows ? was : rows);
}

static bool column_stands(struct bench *b, const char *text, const char *column, const char *only_word)
{
    const struct records *h = &b->healthy;
    for (size_t i = 0; records_has(h, column) && i < h->count; i++) {
        size_t rows = 0;
        const char *raw = record_raw(h, i, column);
        if (only_word && !record_is(h, i, column, only_word))
            continue;
        if (records_has(h, "interface") &&
            platform_is_management(b->of->platform, record_get(h, i, "interface")))
            continue;
        for (size_t k = 0; k < h->count; k++)
            rows += strcmp(record_raw(h, k, column), raw) == 0;
        if (!word_stands(h, text, raw, rows))
            return false;
    }
    return true;
}

/* Lines that name the port, in whatever spelling the platform knows. */
static bool port_stands(struct bench *b, const char *text, const char *port)
{
    struct run *run = &b->trial.run;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, " \t\n,:\"");
        if (len > 0 && port_is(run, port, arena_strndup(&run->arena, p, len)))
            return true;
        p += len + (p[len] != '\0');
    }
    return false;
}

static bool uplinks_stand(struct bench *b, const char *text)
{
    const struct site_switch *sw = b->trial.run.sw;
    for (size_t i = 0; i < sw->uplink_count; i++) {
        if (port_stands(b, b->healthy.answer, sw->uplinks[i].interface) &&
            !port_stands(b, text, sw->uplinks[i].interface))
            return false;
        if (is_query(b, "neighbors") && sw->uplinks[i].peer &&
            !word_stands(&b->healthy, text, sw->uplinks[i].peer, 1))
            return false;
    }
    return true;
}

static bool text_true(struct bench *b, const struct records *r, const char *text)
{
    if (is_query(b, "power_supplies") || is_query(b, "fans"))
        return column_stands(b, text, "state", "ok");
    if (is_query(b, "uplink_interfaces") && strcmp(b->c->plugin, "uplinks") == 0)
        return uplinks_stand(b, text) &&
               (b->trial.run.sw->uplink_count < b->healthy.count || column_stands(b, text, "state", "up"));
    if (is_query(b, "neighbors"))
        return uplinks_stand(b, text);
    /* A serial number that is gone is looked for in the inventory. */
    if (is_query(b, "version") && r->count > 0 && *record_text(r, 0, "serial"))
        return column_stands(b, text, "serial", NULL);
    return true;
}

/* ---- one damage ---- */

struct tally {
    size_t judged, passed, failed, errors, skipped;
};

static const char *wrong(struct bench *b, const struct verdict *v, const char *text)
{
    struct records r;
    if (v->kind != VERDICT_PASS)
        return v->kind != VERDICT_SKIP && v->failure == FAILURE_NONE ? "ended without a code" : NULL;
    const struct cached_answer *c = b->trial.run.cache;
    if (!c || c->err.code != ERR_NONE)
        return "passed over an answer that was not read";
    r = c->records;
    if (leaves_it_to_others(b, &r))
        return NULL;
    if (strcmp(b->c->plugin, "light") == 0 && strtoul(v->text, NULL, 10) < b->lanes)
        return "passed over lanes that nobody looked at";
    if (!records_true(b, &r))
        return "passed, and its records are not those of a healthy answer";
    return text_true(b, &r, text) ? NULL : "passed, and its text is not that of a healthy answer";
}

/* Lines that the undamaged text lacks. */
static void show_changes(struct str *out, const char *whole, const char *damaged)
{
    for (const char *at = damaged; *at;) {
        size_t len = strcspn(at, "\n");
        char *line = mem_strndup(at, len);
        if (*line && !strstr(whole, line))
            str_printf(out, "  damaged: %.160s\n", line);
        mem_free(line);
        at += len + (at[len] == '\n');
    }
}

static bool one_round(struct bench *b, const char *whole, uint64_t *seed, struct tally *t)
{
    uint64_t started = *seed;
    struct str s = {0};
    enum damage damages[DAMAGES_MAX];
    size_t n = 0, count = below(seed, 2) == 0 ? 1 : 1 + below(seed, DAMAGES_MAX);
    str_add_cstr(&s, whole);
    for (unsigned tries = 0; (n == 0 || n < count) && s.len > 0 && tries < 20; tries++) {
        damages[n] = (enum damage)below(seed, DAMAGE_COUNT);
        n += damage_text(&s, damages[n], &b->words, seed);
        if (n > 0 && damages[n - 1] == DOUBLE_LINE)
            break; /* doubled and then renamed is one part more: nobody could know better */
    }
    struct run kept = b->trial.run; /* all that is laid stays; this round's memory goes */
    b->trial.run.arena = (struct arena){0};
    trial_say(&b->trial, b->query, str_cstr(&s), s.len, b->uplink);
    const struct cached_answer *mine = b->trial.run.cache;
    struct verdict v = trial_judge(&b->trial, b->c->plugin);
    const char *what = b->trial.run.cache == mine ? wrong(b, &v, str_cstr(&s)) : "asked for more";
    if (what) {
        str_printf(&b->of->mistakes, "%s:%u: %s %s: %s: %s\n  seed %llu:", b->of->file, b->c->line,
                   b->c->plugin, b->query, what, v.text, (unsigned long long)started);
        for (size_t i = 0; i < n; i++)
            str_printf(&b->of->mistakes, " %s", damage_names[damages[i]]);
        str_add_char(&b->of->mistakes, '\n');
        show_changes(&b->of->mistakes, whole, str_cstr(&s));
    }
    t->judged++;
    t->passed += v.kind == VERDICT_PASS;
    t->failed += v.kind == VERDICT_FAIL;
    t->errors += v.kind == VERDICT_ERROR;
    t->skipped += v.kind == VERDICT_SKIP;
    arena_clear(&b->trial.run.arena);
    b->trial.run = kept;
    str_clear(&s);
    return !what;
}

/* ---- one answer of one case ---- */

/* The platform's own words: those that mean well, and all others. */
static void collect_words(struct bench *b)
{
    const struct dialect *d = &b->of->platform->dialect;
    const char **good = arena_alloc_array(&b->of->arena, WORDS_MAX + 1, sizeof *good);
    const char **bad = arena_alloc_array(&b->of->arena, WORDS_MAX + 1, sizeof *bad);
    size_t goods = 0, bads = 0;
    for (size_t i = 0; i < d->query_count; i++) {
        const struct reader *reader = platform_reader_of(b->of->platform, &d->queries[i]);
        for (size_t k = 0; k < reader->column_count; k++)
            for (size_t w = 0; w < reader->columns[k].word_count; w++) {
                const struct word_list *list = &reader->columns[k].words[w];
                bool is_good = strcmp(list->word, "ok") == 0 || strcmp(list->word, "up") == 0;
                for (size_t s = 0; s < list->spelling_count; s++)
                    if (is_good && *list->spellings[s] && goods < WORDS_MAX && is_query(b, reader->query))
                        good[goods++] = list->spellings[s];
                    else if (!is_good && *list->spellings[s] && bads < WORDS_MAX)
                        bad[bads++] = list->spellings[s];
            }
    }
    b->words = (struct damage_words){
        .log_line = "Nov 22 09:41:07 tor-r1-09 Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface "
                    "Ethernet12, changed state to up\n",
        .good = good,
        .bad = bad};
}

static const char *own_words(struct bench *b)
{
    const char *hash = strchr(b->query, '#');
    return hash ? arena_printf(&b->of->arena, "healthy/%.*s.%s.txt", (int)(hash - b->query), b->query,
                               hash + 1)
                : arena_printf(&b->of->arena, "healthy/%s.txt", b->query);
}

/* What it must read like. A case that passes: its own answer; one that fails: the platform's healthy one. */
static void read_healthy(struct bench *b, const char *whole)
{
    const char *file = own_words(b);
    const char *path = arena_printf(&b->of->arena, "fixtures/%s/%s", b->of->name, file);
    char *text = NULL;
    if (b->c->kind != VERDICT_PASS && file_exists(path))
        text = trial_text(&b->trial, file, b->uplink);
    if (b->c->kind == VERDICT_PASS)
        text = mem_strdup(whole);
    if (!text)
        return;
    b->has_healthy = trial_say(&b->trial, b->query, text, strlen(text), b->uplink);
    b->healthy = b->trial.run.cache->records;
    mem_free(text);
}

static unsigned long lanes_of(struct verdicts *v, const struct verdict_case *c)
{
    struct trial t;
    unsigned long lanes = 0;
    if (trial_open(&t, v, c)) {
        if (c)
            trial_lay_case(&t, c);
        else
            trial_lay_healthy(&t, NULL);
        lanes = strtoul(trial_judge(&t, "light").text, NULL, 10);
    }
    trial_close(&t);
    return lanes;
}

static size_t rounds(void)
{
    const char *given = getenv("TORSTARTER_ROUNDS");
    return given ? strtoul(given, NULL, 10) : ROUNDS;
}

static void damage_answer(struct verdicts *v, const struct verdict_case *c, const char *query,
                          const char *file, size_t uplink, uint64_t *seed, struct tally *t)
{
    struct bench b = {.of = v, .c = c, .query = query, .uplink = uplink};
    char *whole = NULL;
    if (trial_open(&b.trial, v, c) && (whole = trial_text(&b.trial, file, uplink))) {
        trial_lay_case(&b.trial, c);
        collect_words(&b);
        read_healthy(&b, whole);
        if (strcmp(c->plugin, "light") == 0)
            b.lanes = lanes_of(v, c->kind == VERDICT_PASS ? c : NULL);
        bool good = true;
        for (size_t i = 0, n = rounds() * (c->answer_count == 0 ? 4 : 1); good && i < n; i++)
            good = one_round(&b, whole, seed, t);
    }
    mem_free(whole);
    trial_close(&b.trial);
}

/* What the verdict of this case does not depend on may be damaged as it likes. */
static bool is_asked(const struct trial *t, const struct verdict_case *c, const char *query)
{
    const struct plugin *p = plugin_by_name(c->plugin);
    size_t len = strcspn(query, "#");
    for (const char *const *need = p->needs; *need; need++)
        if (strlen(*need) == len && strncmp(*need, query, len) == 0)
            return plugin_times(p, t->run.sw, t->run.platform, *need) > 0;
    return false;
}

static void damage_file(struct verdicts *v, const struct verdict_case *c, const char *query,
                        const char *const *files, size_t count, uint64_t *seed, struct tally *t)
{
    struct trial probe;
    bool asked = trial_open(&probe, v, c) && is_asked(&probe, c, query);
    bool per_uplink = asked && trial_is_per_uplink(&probe, query);
    size_t uplink = per_uplink ? below(seed, count > 1 ? count : probe.run.sw->uplink_count) : SIZE_MAX;
    trial_close(&probe);
    if (asked)
        damage_answer(v, c, query, files[count > 1 && per_uplink ? uplink : 0], uplink, seed, t);
}

/* A case without answers lays the healthy ones: each that the plugin needs is damaged. */
static void damage_needs(struct verdicts *v, const struct verdict_case *c, uint64_t *seed, struct tally *t)
{
    const struct plugin *p = plugin_by_name(c->plugin);
    for (const char *const *need = p->needs; *need; need++) {
        const char *file = arena_printf(&v->arena, "healthy/%s.txt", *need);
        if (dialect_query(&v->platform->dialect, *need) &&
            file_exists(arena_printf(&v->arena, "fixtures/%s/%s", v->name, file)))
            damage_file(v, c, *need, &file, 1, seed, t);
    }
}

static uint64_t chosen_seed(void)
{
    const char *given = getenv("TORSTARTER_SEED");
    /* The same damage every time, so that a red run can be repeated. */
    return given ? strtoull(given, NULL, 10) : 1;
}

static void print_lines(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        printf("# %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void no_damage_passes_on(void **state)
{
    struct verdicts *v = verdicts_open(*state);
    uint64_t seed = chosen_seed();
    struct tally t = {0};
    for (size_t i = 0; v->mistakes.len < ENOUGH_BYTES && i < v->case_count; i++) {
        const struct verdict_case *c = &v->cases[i];
        if (c->kind == VERDICT_SKIP)
            continue;
        if (c->answer_count == 0)
            damage_needs(v, c, &seed, &t);
        for (size_t k = 0; k < c->answer_count; k++)
            damage_file(v, c, c->answers[k].query, c->answers[k].files, c->answers[k].file_count, &seed, &t);
    }
    printf(
        "# %s: %zu damaged answers: %zu passed, %zu failed, %zu errors, %zu skipped; TORSTARTER_SEED=%llu\n",
        v->name, t.judged, t.passed, t.failed, t.errors, t.skipped, (unsigned long long)chosen_seed());
    print_lines(str_cstr(&v->mistakes));
    bool good = v->mistakes.len == 0 && t.judged > 0;
    verdicts_close(v);
    assert_true(good);
}

int main(void)
{
    const char **names;
    size_t count = verdicts_platforms(&arena, &names);
    struct CMUnitTest *tests = arena_alloc_array(&arena, count + 1, sizeof *tests);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = arena_printf(&arena, "no_damage_passes_on_%s", names[i]),
                                       .test_func = no_damage_passes_on,
                                       .initial_state = (void *)names[i]};
    int failed = _cmocka_run_group_tests("plugin/mutation", tests, count, NULL, NULL);
    arena_clear(&arena);
    return failed;
}
