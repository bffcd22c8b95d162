/* Every platform's fixtures against every plugin: fixtures/PLATFORM/verdicts.yaml says what must come out
   (tests/helpers/support_verdicts.h). $TORSTARTER_PLATFORM: that platform alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "helpers/support_verdicts.h"
#include "model/job_type.h"

static struct arena arena; /* of the list of tests */

/* ---- one case ---- */

static const char *kind_name(const struct verdict *v)
{
    static const char *const names[] = {"PASSED", "", "", "SKIPPED"};
    return v->kind == VERDICT_PASS || v->kind == VERDICT_SKIP ? names[v->kind] : failure_name(v->failure);
}

/* A failure that points nowhere, or does not say what to do, helps nobody. */
static const char *lacks(const struct verdict *v)
{
    if (v->kind != VERDICT_FAIL)
        return NULL;
    if (!v->evidence.query || !v->evidence.template_file)
        return "it points at no answer";
    return v->remedy || *failure_info(v->failure)->remedy ? NULL : "it does not say what to do";
}

static void complain(struct verdicts *v, const struct verdict_case *c, const char *what,
                     const struct verdict *said)
{
    str_printf(&v->mistakes, "%s:%u: %s: %s: %s (%s)\n", v->file, c->line, c->plugin, what, kind_name(said),
               said->text);
}

static void judge_case(struct verdicts *v, const struct verdict_case *c)
{
    struct trial t;
    if (trial_open(&t, v, c)) {
        trial_lay_case(&t, c);
        struct verdict said = trial_judge(&t, c->plugin);
        if (said.kind != c->kind || said.failure != c->failure)
            complain(v, c,
                     arena_printf(&v->arena, "expected %s, got",
                                  kind_name(&(struct verdict){.kind = c->kind, .failure = c->failure})),
                     &said);
        else if (!strstr(said.text, c->says))
            complain(v, c, arena_printf(&v->arena, "\"%s\" is not said in", c->says), &said);
        else if (lacks(&said))
            complain(v, c, lacks(&said), &said);
    }
    trial_close(&t);
}

/* ---- what every platform must do alike ---- */

/* The version of another vendor's switch; of whose, depends on the platform. */
static const char *foreign_version(const struct verdicts *v)
{
    return strcmp(v->name, "juniper_junos") == 0
               ? "Cisco Nexus Operating System (NX-OS) Software\nTAC support: http://www.cisco.com/tac\n"
               : "Hostname: tor-r1-09\nModel: qfx5120-48y-8c\nJunos: 21.4R3-S5.4\n";
}

static void expect(struct trial *t, const char *plugin, enum failure failure, const char *about)
{
    struct verdict said = trial_judge(t, plugin);
    if (said.failure != failure)
        str_printf(&t->of->mistakes, "%s: %s: %s: expected %s, got %s (%s)\n", t->of->name, about, plugin,
                   failure_name(failure), kind_name(&said), said.text);
}

/* The site names another serial number than the switch shows; the rack's other switch has it, or nobody. */
static void judge_identity(struct verdicts *v)
{
    struct trial t;
    if (trial_open(&t, v, NULL)) {
        struct site_switch *own = &t.site->switches[0], *other = &t.site->switches[1];
        trial_lay_healthy(&t, NULL);
        const char *shown = own->serial;
        own->serial = other->serial;
        t.site->asset_count = 0;
        expect(&t, "identity", FAILURE_IDENTITY_MISMATCH, "a serial that is not the site's");
        expect(&t, "asset", FAILURE_ADB_FAILURE, "a serial that is not in the assets");
        other->serial = shown;
        expect(&t, "identity", FAILURE_CONSOLE_SWAPPED, "the serial of the switch beside it");
        run_forget(&t.run, "version");
        trial_say(&t, "version", foreign_version(v), strlen(foreign_version(v)), SIZE_MAX);
        expect(&t, "identity", FAILURE_PLATFORM_MISMATCH, "the answer of another vendor's switch");
    }
    trial_close(&t);
}

static void judge_silence(struct verdicts *v)
{
    static const char *const names[] = {"identity", "psu", "fan", "uplinks", "light", "connectivity"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct trial t;
        if (trial_open(&t, v, NULL)) {
            struct verdict said = trial_judge(&t, names[i]);
            if (said.kind == VERDICT_PASS)
                str_printf(&v->mistakes, "%s passes without any answer\n", names[i]);
        }
        trial_close(&t);
    }
}

/* ---- what must be covered ---- */

static bool has_case(const struct verdicts *v, const char *plugin, enum verdict_kind kind,
                     enum failure failure)
{
    for (size_t i = 0; i < v->case_count; i++)
        if (strcmp(v->cases[i].plugin, plugin) == 0 && v->cases[i].kind == kind &&
            v->cases[i].failure == failure)
            return true;
    return false;
}

static bool needs_are_met(const struct verdicts *v, const struct plugin *p)
{
    for (const char *const *need = p->needs; need && *need; need++)
        if (!dialect_query(&v->platform->dialect, *need) && strcmp(*need, "inventory") != 0)
            return false;
    return true;
}

/* Looks at answers only: what connects or changes is tested with a simulator. */
static bool is_judged_here(const struct plugin *p)
{
    return p && p->effect == READS && p->phase > PHASE_OOB_CONNECT && p->phase <= PHASE_CONNECTIVITY_CHECK;
}

static void must_be_covered(struct verdicts *v, const struct plugin *p)
{
    if (!has_case(v, p->name, VERDICT_PASS, FAILURE_NONE))
        str_printf(&v->mistakes, "%s: %s has no case that is PASSED\n", v->file, p->name);
    if (p->phase == PHASE_IDENTITY_CHECK || p->phase == PHASE_ADB_CHECK)
        return; /* judge_identity */
    for (const enum failure *code = p->codes; *code != FAILURE_NONE; code++)
        if (!has_case(v, p->name, VERDICT_FAIL, *code) && !yaml_get(v->lacking, failure_name(*code)))
            str_printf(&v->mistakes,
                       "%s: no case of %s ends in %s; add one, or say why none can: lacking: {%s: …}\n",
                       v->file, p->name, failure_name(*code), failure_name(*code));
}

static void judge_coverage(struct verdicts *v)
{
    size_t count;
    const struct plugin *const *known = plugins(&count);
    const char **names = arena_alloc_array(&v->arena, count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = known[i]->name;
    struct mistakes m = {0};
    struct search_path path;
    search_path_init(&path, (const char *[]){"."}, 1, NULL, &v->arena);
    struct job_type *type = job_type_load("provision", &path, names, count, &m);
    str_add_cstr(&v->mistakes, str_cstr(&m.text));
    mistakes_clear(&m);
    for (size_t i = 0; type && i < type->step_count; i++) {
        const struct plugin *p = plugin_by_name(type->steps[i].plugin);
        if (is_judged_here(p) && needs_are_met(v, p))
            must_be_covered(v, p);
    }
    job_type_free(type);
}

static void the_fixtures_of(void **state)
{
    struct verdicts *v = verdicts_open(*state);
    struct trial t;
    bool ready = v->case_count > 0 && trial_open(&t, v, NULL);
    if (ready) {
        trial_close(&t);
        for (size_t i = 0; i < v->case_count; i++)
            if (plugin_by_name(v->cases[i].plugin))
                judge_case(v, &v->cases[i]);
        judge_identity(v);
        judge_silence(v);
        judge_coverage(v);
    }
    printf("# %s: %zu cases\n", v->name, v->case_count);
    bool good = v->mistakes.len == 0 && v->case_count > 0;
    char *text = mem_strdup(v->mistakes.len ? str_cstr(&v->mistakes) : "no cases");
    verdicts_close(v);
    for (char *line = text, *next; !good && line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        printf("# %s\n", line);
    }
    mem_free(text);
    assert_true(good);
}

int main(void)
{
    const char **names;
    size_t count = verdicts_platforms(&arena, &names);
    struct CMUnitTest *tests = arena_alloc_array(&arena, count + 1, sizeof *tests);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = arena_printf(&arena, "the_fixtures_of_%s", names[i]),
                                       .test_func = the_fixtures_of,
                                       .initial_state = (void *)names[i]};
    int failed = _cmocka_run_group_tests("plugin/fixtures", tests, count, NULL, NULL);
    arena_clear(&arena);
    return failed;
}
