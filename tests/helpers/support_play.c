#include "helpers/support_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

static const int64_t second_us = 1000000;
static const struct device_value values[] = {{"serial", "JPE1"}, {"mac", "c0d6.8200.0001"}, {"slot", "1"}};

static void on_typed(void *ctx, const struct device_typed *what)
{
    struct play *p = ctx;
    if (what->changes)
        str_printf(&p->changes, "%.*s\n", (int)what->len, what->text);
}

void play_open(struct play *p, const char *model, const char *more)
{
    struct mistakes m = {0};
    char *dir = file_dir(model);
    *p = (struct play){.setup = {.name = "tor-1", .user = "admin", .password = "pw", .enable_password = ""}};
    p->model = device_model_load(model, &p->arena, &m);
    struct yaml_node *n = yaml_read_text("state", more, strlen(more), &p->arena, &m);
    device_begin_load(yaml_get(n, "state"), dir, &p->arena, &p->setup.begin, &m);
    device_images_load(yaml_get(n, "images"), dir, &p->arena, &p->setup.images, &m);
    mem_free(dir);
    if (m.count > 0)
        fail_msg("%s", str_cstr(&m.text));
    p->setup.values = values;
    p->setup.value_count = sizeof values / sizeof values[0];
    p->setup.start = DEVICE_LOGIN;
    p->device = device_new(p->model, &p->setup, on_typed, p);
    device_start(p->device, 0);
}

void play_close(struct play *p)
{
    device_free(p->device);
    device_model_free(p->model);
    regex_free(p->setup.begin.rejects);
    arena_clear(&p->arena);
    str_clear(&p->said);
    str_clear(&p->changes);
}

void play_wait(struct play *p, long seconds)
{
    p->now_us += seconds * second_us;
    device_tick(p->device, p->now_us, &p->said);
}

void play_key(struct play *p, char key)
{
    device_type(p->device, &key, 1, p->now_us, &p->said);
}

void play_type(struct play *p, const char *line)
{
    struct str s = {0};
    str_printf(&s, "%s\r", line);
    device_type(p->device, s.data, s.len, p->now_us, &p->said);
    str_clear(&s);
    play_wait(p, 1);
}

const char *play_ask(struct play *p, const char *line)
{
    str_reset(&p->said);
    play_type(p, line);
    return str_cstr(&p->said);
}

void play_log_in(struct play *p, const char *password)
{
    play_type(p, "admin");
    if (password)
        play_type(p, password);
    play_type(p, "enable");
    play_type(p, "terminal length 0");
}

void play_expect(struct play *p, const char *line, const char *part)
{
    const char *said = play_ask(p, line);
    if (!strstr(said, part))
        fail_msg("\"%s\" was answered with\n%s\nwithout \"%s\"", line, said, part);
}
