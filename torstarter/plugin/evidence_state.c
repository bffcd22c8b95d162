/* The signs that are compared with what we know: who the switch is, its configuration, its record in the assets. */
#include <ctype.h>
#include <string.h>

#include "plugin/evidence_self.h"
#include "plugin/normal.h"

static const struct asset *asset_of(const struct run *run, const char *serial, const char *name)
{
    for (size_t i = 0; i < run->site->asset_count; i++) {
        const struct asset *a = &run->site->assets[i];
        if ((serial && text_same(a->serial, serial)) || (name && text_same(a->name, name)))
            return a;
    }
    return NULL;
}

const char *evidence_serial_wanted(const struct run *run)
{
    const struct asset *named = asset_of(run, NULL, run->sw->name);
    return run->sw->serial ? run->sw->serial : named ? named->serial : NULL;
}

/* Digits alone count: switches, labels and databases each have their own dots and colons. */
static bool mac_same(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a && !isxdigit((unsigned char)*a))
            a++;
        while (*b && !isxdigit((unsigned char)*b))
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static const char *mac_wanted(const struct run *run, const char *serial)
{
    const struct asset *a = asset_of(run, serial, NULL);
    return run->sw->mac ? run->sw->mac : a && a->mac && *a->mac ? a->mac : NULL;
}

static void judge_mac(struct run *run, const struct chassis *c, struct evidence_found *f)
{
    const char *wanted = mac_wanted(run, c->serial);
    if (wanted && !*c->mac)
        evidence_say(run, f, UNKNOWN, &c->from, c->row, NULL, "shows no MAC address; %s is expected", wanted);
    else if (wanted && !mac_same(wanted, c->mac))
        evidence_say(run, f, UNSAFE, &c->from, c->row, NULL, "its MAC address is %s, not %s", c->mac, wanted);
    else
        evidence_say(run, f, SAFE, &c->from, c->row, records_has(&c->from, "serial") ? "serial" : NULL,
                     "serial %s%s%s", c->serial, wanted ? ", MAC address " : "", wanted ? c->mac : "");
}

void evidence_identity(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct chassis c = {0};
    const char *wanted = evidence_serial_wanted(run);
    if (run->session) {
        run_forget(run, "version");
        run_forget(run, "inventory");
    }
    if (!chassis_read(run, &c)) {
        evidence_unread(run, k, f);
        return;
    }
    k->report->serial = arena_strdup(&run->arena, c.serial);
    k->report->mac = arena_strdup(&run->arena, c.mac);
    const char *column = records_has(&c.from, "serial") ? "serial" : NULL;
    if (!wanted)
        evidence_say(run, f, UNKNOWN, &c.from, c.row, column,
                     "nothing says which serial number %s has: add `serial:` to its entry in the site file",
                     run->sw->name);
    else if (!*c.serial)
        evidence_say(run, f, UNKNOWN, &c.from, c.row, column, "shows no serial number; %s is expected",
                     wanted);
    else if (!text_same(wanted, c.serial))
        evidence_say(run, f, UNSAFE, &c.from, c.row, column, "its serial number is %s, not %s", c.serial,
                     wanted);
    else
        judge_mac(run, &c, f);
}

static bool is_stage(const struct known *k, const char *sha256)
{
    for (size_t i = 0; i < k->own.stage_count; i++)
        if (strcmp(k->own.stages[i], sha256) == 0)
            return true;
    return false;
}

static bool is_blank(const struct records *r)
{
    for (size_t i = 0; i < r->answer_len; i++)
        if (!isspace((unsigned char)r->answer[i]))
            return false;
    return true;
}

/* A paste of ours that was cut off: what is there of it, and nothing else beside what the factory puts there. */
static bool is_part_of_ours(struct run *run, const struct normal *n)
{
    const char *stranger;
    struct normal rest = {.lines = arena_alloc_array(&run->arena, n->count + 1, sizeof *rest.lines)};
    for (size_t i = 0; i < n->count; i++) {
        bool ours = false;
        for (size_t j = 0; run->wanted && j < run->wanted->count && !ours; j++)
            ours = strcmp(run->wanted->lines[j].path, n->lines[i].path) == 0;
        if (!ours)
            rest.lines[rest.count++] = n->lines[i];
    }
    return run->wanted && rest.count < n->count &&
           (rest.count == 0 || normal_is_factory(run->platform, &rest, &stranger));
}

static void judge_normal(struct run *run, const struct known *k, const struct records *r,
                         const struct normal *n, struct evidence_found *f)
{
    const char *stranger = NULL;
    if (is_stage(k, n->sha256))
        evidence_say(run, f, SAFE, r, SIZE_MAX, NULL, "what torstarter itself put there (%.12s)", n->sha256);
    else if (run->wanted && strcmp(run->wanted->sha256, n->sha256) == 0)
        evidence_say(run, f, SAFE, r, SIZE_MAX, NULL, "the wanted one already (%.12s)", n->sha256);
    else if (n->count == 0)
        evidence_say(run, f, UNKNOWN, r, SIZE_MAX, NULL, "no line that counts was read back");
    else if (run->platform->config.factory.count == 0)
        evidence_say(run, f, UNKNOWN, r, SIZE_MAX, NULL,
                     "platform %s does not say what a factory configuration is (`config: {factory: …}`)",
                     run->platform->name);
    else if (normal_is_factory(run->platform, n, &stranger))
        evidence_say(run, f, SAFE, r, SIZE_MAX, NULL, "as from the factory");
    else if (k->own.half_ours && is_part_of_ours(run, n))
        evidence_say(run, f, SAFE, r, SIZE_MAX, NULL,
                     "a part of the wanted one, and else as from the factory");
    else
        evidence_say(run, f, UNSAFE, r, SIZE_MAX, NULL,
                     "not as from the factory, nor one that torstarter put there: \"%.120s\"",
                     stranger ? stranger : "");
}

void evidence_configuration(struct run *run, const struct known *k, struct evidence_found *f)
{
    struct records r;
    struct normal n = {0};
    if (!evidence_ask(run, k, "running_config", &r, f))
        return;
    if (!run->platform->config.declared) {
        evidence_say(run, f, UNKNOWN, &r, SIZE_MAX, NULL,
                     "platform %s does not say how its configuration is read (`config:`)",
                     run->platform->name);
        return;
    }
    if (r.count != 1 || is_blank(&r)) {
        evidence_say(run, f, UNKNOWN, &r, SIZE_MAX, NULL, "the configuration was read back empty");
        return;
    }
    normal_read(run->platform, r.answer, r.answer_len, &run->arena, &n);
    judge_normal(run, k, &r, &n, f);
}

void evidence_assets(struct run *run, const struct known *k, struct evidence_found *f)
{
    const struct site *site = run->site;
    if (site->assets_not_asked) {
        evidence_say(run, f, SAFE, NULL, 0, NULL, "not asked: the site says that it has none");
        return;
    }
    if (!site->assets_file) {
        evidence_say(
            run, f, UNKNOWN, NULL, 0, NULL,
            "the site names no asset database: add `assets: {file: …}`, or `guard: {assets: false}` where "
            "there is none");
        return;
    }
    const struct asset *a = asset_of(run, k->report->serial, NULL);
    if (!a)
        evidence_say(run, f, UNKNOWN, NULL, 0, NULL, "serial %s is not in %s", k->report->serial,
                     site->assets_file);
    else if (!text_same(a->name, run->sw->name))
        evidence_say(run, f, UNSAFE, NULL, 0, NULL, "serial %s is %s in %s (line %u)", a->serial, a->name,
                     site->assets_file, a->line);
    else if (text_same(a->status, "planned") || text_same(a->status, "staged"))
        evidence_say(run, f, SAFE, NULL, 0, NULL, "status %s in %s (line %u)", a->status, site->assets_file,
                     a->line);
    else
        evidence_say(run, f, text_same(a->status, "active") ? UNSAFE : UNKNOWN, NULL, 0, NULL,
                     "status \"%s\" in %s (line %u), not planned or staged", a->status, site->assets_file,
                     a->line);
}
