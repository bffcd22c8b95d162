#include "helpers/support_dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HOST "(?<hostname>[A-Za-z0-9_.-]+(?:\\((?!config)[^)\\s]*\\))?)"

static struct regex *compiled(const char *pattern)
{
    struct err e = {0};
    struct regex *re = regex_new(pattern, REGEX_BYTES | REGEX_JIT, &e);
    if (!re) {
        fprintf(stderr, "pattern %s: %s\n", pattern, e.msg);
        abort();
    }
    return re;
}

static void add(struct sign_list *list, struct sign sign)
{
    sign.regex = compiled(sign.text);
    list->items = mem_resize_array(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = sign;
}

static void add_prompt(struct dialect *d, enum state state, const char *text)
{
    d->prompts = mem_resize_array(d->prompts, d->prompt_count + 1, sizeof *d->prompts);
    d->prompts[d->prompt_count++] = (struct prompt){state, text, compiled(text)};
}

static void add_prompts(struct dialect *d)
{
    add_prompt(d, STATE_LOADER, "^Aboot#$");
    add_prompt(d, STATE_CONFIG, "^" HOST "\\(config[^)\\s]*\\)#$");
    add_prompt(d, STATE_SHELL, "^\\[\\w+@" HOST " ~\\]\\$ $");
    add_prompt(d, STATE_ENABLE, "^" HOST "#$");
    add_prompt(d, STATE_EXEC, "^" HOST ">$");
    add_prompt(d, STATE_LOGIN, "^" HOST " login: $");
    add_prompt(d, STATE_PASSWORD, "^Password: $");
}

static void add_signs(struct dialect *d)
{
    add(&d->pager, (struct sign){.text = " ?--More-- ?", .unfinished = true, .send = " "});
    add(&d->rejected, (struct sign){.text = "^% (?:Invalid|Incomplete|Ambiguous)"});
    add(&d->rejected, (struct sign){.text = "^% Authorization denied"});
    add(&d->noise, (struct sign){.text = "^\\w{3} +\\d+ [\\d:]+ \\S+ \\S+: %[A-Z]"});
    add(&d->questions, (struct sign){.text = "^Press RETURN to get started", .unfinished = true, .send = ""});
    add(&d->questions, (struct sign){.text = "^Proceed with reload\\? \\[confirm\\]", .unfinished = true});
    add(&d->first_boot, (struct sign){.text = "^Abort Auto Provisioning .*\\(yes/no\\)\\[n\\]: ?$",
                                      .unfinished = true,
                                      .failure = FAILURE_FIRST_BOOT,
                                      .send = "yes"});
    add(&d->first_boot,
        (struct sign){.text = "in Zero Touch Provisioning mode", .failure = FAILURE_FIRST_BOOT});
    add(&d->first_boot,
        (struct sign){.text = "You are required to change your password", .failure = FAILURE_LOGIN_POLICY});
    add(&d->login_failed, (struct sign){.text = "^Login incorrect"});
    add(&d->dirty, (struct sign){.text = "\\(config-s-[^)]*\\)#$",
                                 .unfinished = true,
                                 .failure = FAILURE_CONSOLE_DIRTY});
    add(&d->dirty, (struct sign){.text = "^Uncommitted changes found", .failure = FAILURE_CONSOLE_DIRTY});
    const struct sign_list *common = dialect_common_booting();
    for (size_t i = 0; i < common->count; i++)
        add(&d->booting, common->items[i]);
    common = dialect_common_first_boot();
    for (size_t i = 0; i < common->count; i++)
        add(&d->first_boot, common->items[i]);
}

static struct query queries[] = {
    {.name = "version",
     .command = "show version",
     .mode = STATE_ENABLE,
     .stall_ms = 30000,
     .max_bytes = 65536},
    {.name = "inventory",
     .command = "show inventory",
     .mode = STATE_ENABLE,
     .stall_ms = 30000,
     .max_bytes = 8 << 20},
    {.name = "ping",
     .command = "ping {address} repeat 5",
     .mode = STATE_ENABLE,
     .stall_ms = 20000,
     .max_bytes = 65536},
    {.name = "neighbors",
     .command = "show lldp neighbors",
     .mode = STATE_ENABLE,
     .stall_ms = 10000,
     .max_bytes = 1 << 20},
    {.name = "clock",
     .command = "show clock",
     .mode = STATE_EXEC,
     .stall_ms = 10000,
     .total_ms = 60000,
     .max_bytes = 65536},
    {.name = "memory", .command = "free -m", .mode = STATE_SHELL, .stall_ms = 10000, .max_bytes = 65536},
};

struct dialect *dialect_for_tests(void)
{
    static const char *settings[] = {"terminal length 0", "terminal width 32767"};
    static struct mode_change modes[] = {
        {STATE_EXEC, STATE_ENABLE, "enable", ANSWER_ENABLE_PASSWORD, "disable"},
        {STATE_ENABLE, STATE_CONFIG, "configure terminal", ANSWER_NOTHING, "end"},
        {STATE_ENABLE, STATE_SHELL, "bash", ANSWER_NOTHING, "exit"},
    };
    struct dialect *d = MEM_NEW(struct dialect);
    d->platform = "test_eos";
    d->comment = "!";
    d->home = STATE_ENABLE;
    d->on_login = settings;
    d->on_login_count = 2;
    d->modes = modes;
    d->mode_count = 3;
    d->logout = "exit";
    d->settle_ms = 200;
    d->login_failed_ms = 4000;
    d->line_max_bytes = 511;
    add_prompts(d);
    add_signs(d);
    d->query_count = sizeof queries / sizeof *queries;
    d->queries = mem_alloc_array(d->query_count, sizeof *d->queries);
    memcpy(d->queries, queries, sizeof queries);
    d->queries[3].none = compiled("^% LLDP is not enabled|^Last change[^\\n]*\\n *\\nPort +Neighbor *\\z");
    return d;
}

static void list_clear(struct sign_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        regex_free(list->items[i].regex);
    mem_free(list->items);
}

void dialect_free(struct dialect *d)
{
    struct sign_list *lists[] = {&d->pager,      &d->rejected, &d->noise,        &d->questions,
                                 &d->first_boot, &d->booting,  &d->login_failed, &d->dirty};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_clear(lists[i]);
    for (size_t i = 0; i < d->prompt_count; i++)
        regex_free(d->prompts[i].regex);
    for (size_t i = 0; i < d->query_count; i++)
        regex_free(d->queries[i].none);
    mem_free(d->prompts);
    mem_free(d->queries);
    mem_free(d);
}
