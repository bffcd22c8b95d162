/* A configuration is put on a simulated switch as from the factory: looked at first, typed, read back, saved, or taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "helpers/support_rack.h"
#include "plugin/all.h"
#include "plugin/config.h"
#include "plugin/shared.h"
#include "session/permit_self.h"

static struct rack *rack;

#define CONFIG                                                                                               \
    "hostname {{ name }}\n"                                                                                  \
    "!\n"                                                                                                    \
    "no aaa root\n"                                                                                          \
    "spanning-tree mode mstp\n"                                                                              \
    "{{# uplinks }}\n"                                                                                       \
    "interface {{ interface }}\n"                                                                            \
    "   description {{ peer }}\n"                                                                            \
    "   no switchport\n"                                                                                     \
    "   ip address {{ address }}\n"                                                                          \
    "{{/ uplinks }}\n"                                                                                       \
    "ip routing\n"                                                                                           \
    "router bgp 65109\n"                                                                                     \
    "   neighbor 10.1.1.0 remote-as 65001\n"                                                                 \
    "   neighbor 10.1.1.0 password 0 {{ secret:bgp }}\n"                                                     \
    "end\n"

enum { SECRET_LEN = 12 };
static const char bgp_secret[] = "bgp-S3cret-1";

struct bench {
    struct run run;
    struct site_switch sw;
    struct site_credential bgp;
    const struct site_credential *secrets[1];
    struct str notes, told;
    char stages[8][65];
    size_t stage_count;
    unsigned permits, refuse_from; /* the guard refuses this one and all behind it; 0: none */
    char file[256];
};

static void note(void *ctx, const char *text)
{
    str_printf(&((struct bench *)ctx)->notes, "%s\n", text);
}

static struct permit *permit(void *ctx, struct run *run, const char *procedure)
{
    struct bench *b = ctx;
    if (b->refuse_from && ++b->permits >= b->refuse_from) {
        err_fail(&run->err, ERR_STATE, FAILURE_IN_PRODUCTION, "%s was not begun: in production", procedure);
        return NULL;
    }
    return permit_make(run->session, session_now_ms(run->session), b->sw.serial, procedure, 1);
}

static void changed(void *ctx, struct run *run, const char *procedure, const char *state, const char *text)
{
    (void)run;
    (void)text;
    str_printf(&((struct bench *)ctx)->told, "%s %s\n", procedure, state);
}

static void stage(void *ctx, struct run *run, const char *sha256)
{
    struct bench *b = ctx;
    (void)run;
    if (b->stage_count < 8)
        snprintf(b->stages[b->stage_count++], 65, "%s", sha256);
}

static void write_config(struct bench *b, const char *text)
{
    struct err e = {0};
    snprintf(b->file, sizeof b->file, "%s/leaf.cfg", rack->dir);
    if (!file_write(b->file, text, strlen(text), 0600, &e))
        fail_msg("%s", e.msg);
    b->sw.config.file = b->file;
}

/* Switch `i` of the scenario, logged in. */
static void begin(struct bench *b, size_t i, const char *config)
{
    memset(b, 0, sizeof *b);
    b->sw = *rack->specs[i].sw;
    b->bgp = (struct site_credential){.name = "bgp", .password = secret_new("bgp", bgp_secret, SECRET_LEN)};
    b->secrets[0] = &b->bgp;
    b->sw.config.secrets = b->secrets;
    b->sw.config.secret_count = 1;
    if (config)
        write_config(b, config);
    struct run *run = &b->run;
    *run = (struct run){.site = rack->site, .sw = &b->sw, .role = b->sw.role, .platform = rack->platform};
    run->hooks = (struct run_hooks){.ctx = b, .note = note};
    run->guard = (struct run_guard){.ctx = b, .permit = permit, .changed = changed, .stage = stage};
    struct credential *list = arena_alloc_array(&run->arena, b->sw.credential_count, sizeof *list);
    for (size_t k = 0; k < b->sw.credential_count; k++)
        list[k] = (struct credential){.name = b->sw.credentials[k]->name,
                                      .user = b->sw.credentials[k]->user,
                                      .password = b->sw.credentials[k]->password};
    const struct secret **others = arena_alloc_array(&run->arena, 1, sizeof *others);
    others[0] = b->bgp.password;
    rack_rewind(rack, i);
    run->session_options = (struct session_options){.console = &b->sw.console,
                                                    .open = rack_console,
                                                    .open_ctx = rack,
                                                    .dialect = &rack->platform->dialect,
                                                    .credentials = list,
                                                    .credential_count = b->sw.credential_count,
                                                    .other_secrets = others,
                                                    .other_secret_count = 1,
                                                    .answer_first_boot = true,
                                                    .nonce_seed = 1};
    struct verdict v = plugin_by_name("oob_connect")->run(run);
    if (v.kind != VERDICT_PASS)
        fail_msg("%s", v.text);
}

static void finish(struct bench *b)
{
    struct str left = {0};
    assert_null(strstr(str_cstr(&b->notes), bgp_secret));
    if (b->run.session)
        session_close(b->run.session, &left);
    str_clear(&left);
    str_clear(&b->notes);
    str_clear(&b->told);
    arena_clear(&b->run.arena);
    secret_free(b->bgp.password);
}

static struct verdict configure(struct bench *b)
{
    struct verdict v = plugin_by_name("config")->run(&b->run);
    assert_null(strstr(v.text, bgp_secret));
    assert_true(v.evidence.raw == NULL || !strstr(v.evidence.raw, bgp_secret));
    return v;
}

static void expect(const struct verdict *v, enum verdict_kind kind, enum failure failure, const char *says)
{
    if (v->kind != kind || v->failure != failure || !strstr(v->text, says))
        fail_msg("kind %d %s: %s; expected kind %d %s: %s", v->kind, failure_name(v->failure), v->text, kind,
                 failure_name(failure), says);
}

static void a_factory_fresh_switch_is_configured_confirmed_and_saved(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, CONFIG);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_PASS, FAILURE_NONE, "leaf.cfg runs, read back, and is saved");
    assert_string_equal(str_cstr(&b.told), "config_load done\nconfig_confirm done\nconfig_save done\n");
    assert_int_equal(b.stage_count, 1);
    assert_true(b.run.changed);
    assert_non_null(strstr(str_cstr(&b.notes), "bgp in it is the version with the hash sha256:"));
    assert_non_null(strstr(str_cstr(&b.notes), "to be changed:"));
    /* Once more: nothing is typed that changes anything. */
    str_reset(&b.told);
    b.run.wanted = NULL;
    v = configure(&b);
    expect(&v, VERDICT_PASS, FAILURE_NONE, "runs already, and is saved");
    assert_string_equal(str_cstr(&b.told), "");
    finish(&b);
}

static void behaviour_47_a_save_that_saves_nothing_is_seen(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 1, CONFIG);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_NOT_SAVED, "saved, and yet the startup configuration is not");
    finish(&b);
    begin(&b, 2, CONFIG);
    v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_NOT_SAVED, "");
    finish(&b);
}

static void a_rejected_line_is_named_by_its_place_and_nothing_stays(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 3,
          "no aaa root\n{{# uplinks }}\n{{/ uplinks }}\ninterface Ethernet49/1\n   mtu 9999\nhostname x\n");
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_REJECTED, "leaf.cfg:5: ");
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_REJECTED, "the configuration is as it was before");
    assert_string_equal(str_cstr(&b.told), "config_load undone\n");
    assert_int_equal(b.stage_count, 0);
    finish(&b);
}

static void what_cannot_be_had_or_typed_touches_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {{"hostname {{ nam }}\n", "leaf.cfg:1:10: {{ nam }} is no name"},
               {"hostname a\x13"
                "b\n",
                "a control byte"},
               {"! nothing\n", "holds no line that counts"},
               {"", "is empty"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bench b;
        begin(&b, 0, bad[i].text);
        struct verdict v = configure(&b);
        expect(&v, VERDICT_FAIL, FAILURE_CONFIG_SOURCE_FAIL, bad[i].says);
        assert_string_equal(str_cstr(&b.told), "");
        finish(&b);
    }
}

static void a_site_without_a_configuration_does_not_ask(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, NULL);
    struct verdict v = configure(&b);
    assert_true(v.not_asked);
    finish(&b);
}

static void a_guard_that_refuses_leaves_the_switch_as_it_is(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, CONFIG);
    b.refuse_from = 1;
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_IN_PRODUCTION, "nothing was changed");
    assert_string_equal(str_cstr(&b.told), "");
    finish(&b);
}

#define CONTRADICTS "no aaa root\ninterface Ethernet49/1\n   mtu 9000\n   mtu 9100\n"

static void what_is_read_back_is_compared_and_taken_back_where_it_differs(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 0, CONTRADICTS);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_MISMATCH, "-mtu 9000");
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_MISMATCH, "the configuration is as it was before");
    assert_string_equal(str_cstr(&b.told), "config_load done\nconfig_rollback done\n");
    finish(&b);
}

static void a_rollback_that_brings_nothing_back_is_tainted(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 4, CONTRADICTS);
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_ROLLBACK_FAIL, "is not proven to be back");
    assert_non_null(strstr(str_cstr(&b.told), "config_load half\n"));
    finish(&b);
}

/* The guard gives no permit for the rest: what is on the switch then is not what it was, and that is said. */
static void what_cannot_be_taken_back_is_tainted(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 4, CONFIG);
    b.refuse_from = 2;
    struct verdict v = configure(&b);
    expect(&v, VERDICT_FAIL, FAILURE_CONFIG_ROLLBACK_FAIL, "is not proven to be back");
    assert_string_equal(str_cstr(&b.told), "config_load done\nconfig_load half\n");
    finish(&b);
}

static void behaviour_46_what_cuts_our_own_branch_comes_last(void **state)
{
    (void)state;
    static const char text[] =
        "hostname tor\nusername admin secret x\ninterface Ethernet1\n   mtu 9214\nbanner motd\n"
        "hostname in a banner\nEOF\nip routing\nend";
    static const size_t from_wanted[] = {2, 3, 4, 5, 6, 7, 0, 1};
    struct arena arena = {0};
    size_t *from, count;
    char *out = config_cut_last(rack->platform, text, sizeof text - 1, &arena, &from, &count);
    assert_string_equal(
        out, "interface Ethernet1\n   mtu 9214\nbanner motd\nhostname in a banner\nEOF\nip routing\n"
             "hostname tor\nusername admin secret x\n");
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(from[i], from_wanted[i]);
    arena_clear(&arena);
}

static int open_rack(void **state)
{
    struct err e = {0};
    (void)state;
    rack = rack_open("tests/data/sim/factory.yaml", "validate", &e);
    if (!rack)
        fprintf(stderr, "%s\n", e.msg);
    return rack ? 0 : -1;
}

static int close_rack(void **state)
{
    (void)state;
    char path[300];
    snprintf(path, sizeof path, "%s/leaf.cfg", rack->dir);
    remove(path);
    rack_close(rack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_46_what_cuts_our_own_branch_comes_last),
        cmocka_unit_test(a_factory_fresh_switch_is_configured_confirmed_and_saved),
        cmocka_unit_test(behaviour_47_a_save_that_saves_nothing_is_seen),
        cmocka_unit_test(a_rejected_line_is_named_by_its_place_and_nothing_stays),
        cmocka_unit_test(what_cannot_be_had_or_typed_touches_nothing),
        cmocka_unit_test(a_site_without_a_configuration_does_not_ask),
        cmocka_unit_test(a_guard_that_refuses_leaves_the_switch_as_it_is),
        cmocka_unit_test(what_is_read_back_is_compared_and_taken_back_where_it_differs),
        cmocka_unit_test(a_rollback_that_brings_nothing_back_is_tainted),
        cmocka_unit_test(what_cannot_be_taken_back_is_tainted),
    };
    return cmocka_run_group_tests(tests, open_rack, close_rack);
}
