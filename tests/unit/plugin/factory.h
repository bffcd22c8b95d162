/* Simulated EOS switches as from the factory, for plugins that change: a run on one of them, with a guard that only writes down. */
#ifndef UNIT_PLUGIN_FACTORY_H
#define UNIT_PLUGIN_FACTORY_H

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

static void expect(const struct verdict *v, enum verdict_kind kind, enum failure failure, const char *says)
{
    if (v->kind != kind || v->failure != failure || !strstr(v->text, says))
        fail_msg("kind %d %s: %s; expected kind %d %s: %s", v->kind, failure_name(v->failure), v->text, kind,
                 failure_name(failure), says);
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
    if (!rack)
        return 0;
    char path[300];
    snprintf(path, sizeof path, "%s/leaf.cfg", rack->dir);
    remove(path);
    rack_close(rack);
    return 0;
}

#endif
