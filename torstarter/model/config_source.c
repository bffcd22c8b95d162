#include "model/config_source.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/http.h"

bool config_source_is_stated(const struct site_switch *sw)
{
    return sw->config.file || sw->config.url || sw->config.command || sw->config.text;
}

static const char *fill_in(const struct site_switch *sw, const char *text, struct arena *arena, struct err *e)
{
    struct str s = {0};
    struct str where = {0};
    const struct yaml_place *p = &sw->config.place;
    str_printf(&where, "%s:%u: config", p->file ? p->file : "site", p->line);
    const char *filled =
        render_word(sw, str_cstr(&where), text, &s, e) ? arena_strndup(arena, str_cstr(&s), s.len) : NULL;
    str_clear(&where);
    str_clear(&s);
    return filled;
}

const char *config_source_name(const struct site_switch *sw, struct arena *arena, struct err *e)
{
    const struct config_source *c = &sw->config;
    if (c->text)
        return "the recording";
    return fill_in(sw, c->file ? c->file : c->url ? c->url : c->command[0], arena, e);
}

static bool run(const struct site_switch *sw, const struct cancel *cancel, struct arena *arena,
                struct str *out, struct err *e)
{
    size_t count = 0;
    while (sw->config.command[count])
        count++;
    const char **argv = arena_alloc_array(arena, count + 1, sizeof *argv);
    for (size_t i = 0; i < count; i++)
        if (!(argv[i] = fill_in(sw, sw->config.command[i], arena, e)))
            return false;
    return config_source_run(argv, cancel, CONFIG_SOURCE_LIMIT_MS, out, e);
}

static bool read_source(const struct site_switch *sw, const char *name, const struct cancel *cancel,
                        struct arena *arena, struct str *out, struct err *e)
{
    if (sw->config.text)
        return str_add_cstr(out, sw->config.text);
    if (sw->config.file)
        return file_read(name, out, e);
    if (sw->config.url)
        return http_get(&(struct http_request){.url = name, .cancel = cancel}, out, e);
    return run(sw, cancel, arena, out, e);
}

bool config_source_read(const struct site_switch *sw, const struct cancel *cancel, struct arena *arena,
                        struct rendered *out, struct err *e)
{
    struct str text = STR_MAX(CONFIG_SOURCE_MAX_BYTES);
    const char *name = config_source_name(sw, arena, e);
    bool ok = name && read_source(sw, name, cancel, arena, &text, e);
    if (ok && text.len == 0)
        ok = err_set(e, ERR_SYNTAX, "%s is empty; a configuration of no lines is not wanted", name);
    ok = ok && render_text(sw, name, text.data, text.len, out, e);
    if (text.data)
        mem_wipe(text.data, text.len);
    str_clear(&text);
    if (!ok && e->failure == FAILURE_NONE)
        e->failure = FAILURE_CONFIG_SOURCE_FAIL;
    return ok || err_wrap(e, "the configuration of %s: ", sw->name);
}
