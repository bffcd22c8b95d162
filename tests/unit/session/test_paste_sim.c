/* Pasting into simulated switches of the platforms as they are shipped: their prompts, their indents, their ways in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/support_simline.h"
#include "model/platform.h"
#include "session/change.h"
#include "session/permit_self.h"
#include "sim/scenario.h"

struct bench {
    struct scenario *scenario;
    struct simline line;
    struct arena arena;
    struct search_path path;
    struct platform *platform;
    struct session *session;
    struct secret *password;
    struct credential credential;
    struct str typed;
    struct err e;
};

static void on_typed(void *ctx, const struct scenario_switch *sw, const struct device_typed *what)
{
    struct bench *b = ctx;
    (void)sw;
    if (what->changes)
        str_printf(&b->typed, "%.*s\n", (int)what->len, what->text);
}

static const char *const platforms[] = {"cumulus_linux", "cumulus_linux", "cumulus_linux",
                                        "arista_eos",    "arista_eos",    "arista_eos",
                                        "juniper_junos", "juniper_junos"}; /* as in factories.yaml */

static void begin(struct bench *b, size_t i)
{
    struct mistakes m = {0};
    static const struct uri uri = {.scheme = "sim", .user = "", .host = "switch", .path = ""};
    memset(b, 0, sizeof *b);
    setenv("PASTE_PASSWORD", "f1rst-Word", 1);
    b->scenario = scenario_load("tests/data/session/factories.yaml", NULL, 0, &m);
    if (!b->scenario)
        fail_msg("%s", str_cstr(&m.text));
    const struct scenario_switch *sw = &b->scenario->switches[i];
    search_path_init(&b->path, (const char *[]){"."}, 1, NULL, &b->arena);
    b->platform = platform_load(platforms[i], &b->path, &m);
    if (!b->platform)
        fail_msg("%s", str_cstr(&m.text));
    simline_init(&b->line, sw->model, sw, on_typed, b);
    b->password = secret_new("first", "f1rst-Word", 10);
    b->credential = (struct credential){.name = "first", .user = "admin", .password = b->password};
    struct transport_options transport = {.clock = &b->line.clock};
    struct session_options options = {
        .take_transport = simline_open(&b->line, &uri, &transport, &b->e),
        .dialect = &b->platform->dialect,
        .credentials = &b->credential,
        .credential_count = 1,
        .answer_first_boot = true,
        .nonce_seed = 1,
    };
    b->session = session_open(&options, &b->e);
    if (!b->session || !session_login(b->session, &b->e))
        fail_msg("%s", b->e.msg);
    mistakes_clear(&m);
}

static void finish(struct bench *b)
{
    session_close(b->session, NULL);
    simline_clear(&b->line);
    platform_free(b->platform);
    scenario_free(b->scenario);
    secret_free(b->password);
    arena_clear(&b->arena);
    str_clear(&b->typed);
}

/* Every step of config_load in its order. */
static bool load(struct bench *b, const char *text, size_t *repeated)
{
    static const struct argument args[] = {{"minutes", "5"}};
    const struct procedure *p = dialect_procedure(&b->platform->dialect, "config_load");
    struct paste what = {.text = text, .len = strlen(text)};
    struct permit *permit = permit_make(b->session, session_now_ms(b->session), "S1", "config_load", 1);
    bool ok = change_begin(b->session, permit, p, &b->e);
    for (size_t i = 0; ok && i < p->step_count; i++) {
        struct answer a = {0};
        struct paste_result r = {0};
        if (p->steps[i].kind == STEP_PASTE) {
            ok = change_paste(b->session, permit, p, i, &what, NULL, &r, &b->e);
            *repeated = r.repeated;
        } else if (p->steps[i].kind == STEP_RUN) {
            ok = change_step(b->session, permit, p, i, args, 1, NULL, &a, &b->e);
        }
        answer_clear(&a);
        str_clear(&r.rejected);
    }
    struct err e = {0};
    ok = change_end(b->session, permit, ok ? &b->e : &e) && ok;
    permit_free(permit);
    return ok;
}

static const char cumulus[] = "hostname tor-r1-17\n"
                              "interface swp51\n"
                              " description to spine-1\n"
                              " ip address 10.1.17.1/31\n"
                              "exit\n"
                              "router bgp 65117\n"
                              " bgp router-id 10.0.0.17\n"
                              " neighbor 10.1.17.0 remote-as 65001\n"
                              " address-family ipv4 unicast\n"
                              "  redistribute connected\n"
                              "  neighbor 10.1.17.0 activate\n"
                              " exit-address-family\n"
                              "exit\n";
static const char eos[] = "hostname tor-r1-17\n"
                          "interface Ethernet49/1\n"
                          "   description to spine-1\n"
                          "   no switchport\n"
                          "router bgp 65117\n"
                          "   neighbor 10.1.17.0 remote-as 65001\n";

static const char junos[] = "set system host-name tor-r1-17\n"
                            "set interfaces et-0/0/48 description to-spine-1\n"
                            "set interfaces et-0/0/48 unit 0 family inet address 10.1.17.1/31\n"
                            "set protocols bgp group spines neighbor 10.1.17.0 peer-as 65001\n";

/* FRR's prompts end in a blank, and the line typed ahead begins with one, two or three: which blank is whose? */
static void blanks_behind_a_prompt_and_blanks_of_an_indent_are_told_apart(void **state)
{
    (void)state;
    static const char *const texts[] = {cumulus, cumulus, cumulus, eos, eos, eos, junos, junos};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bench b;
        size_t repeated = 0;
        begin(&b, i);
        bool ok = load(&b, texts[i], &repeated);
        if (!ok)
            fail_msg("%s: %s", b.scenario->switches[i].name, b.e.msg);
        assert_int_equal(repeated, 0);
        for (const char *line = texts[i], *lf; (lf = strchr(line, '\n')); line = lf + 1) {
            char *found = memmem(str_cstr(&b.typed), b.typed.len, line, (size_t)(lf + 1 - line));
            if (!found && strncmp(line, "exit", 4) != 0 && strncmp(line, " exit", 5) != 0)
                fail_msg("%s: \"%.*s\" did not arrive in\n%s", b.platform->name, (int)(lf - line), line,
                         str_cstr(&b.typed));
        }
        finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_behind_a_prompt_and_blanks_of_an_indent_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
