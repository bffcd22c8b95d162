/* `speaks:` → struct dialect. The order of the table is the order of reading: later keys lean on earlier ones. */
#include <ctype.h>
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"

struct regex *platform_pattern(struct load *l, const struct yaml_node *at, const char *pattern,
                               unsigned flags)
{
    struct platform_load *pl = l->owner;
    struct err e = {0};
    struct regex *re = regex_new(pattern, flags | REGEX_BYTES | REGEX_JIT, &e);
    if (re)
        VEC_ADD(&pl->patterns, re);
    else
        mistakes_add(l->m, &at->place, "%s", e.msg);
    return re;
}

struct regex *platform_pattern_in(struct load *l, const struct yaml_node *at, const char *own,
                                  const char *full, unsigned flags)
{
    struct err e = {0};
    struct regex *alone = regex_new(own, flags | REGEX_BYTES, &e);
    if (!alone) {
        mistakes_add(l->m, &at->place, "%s", e.msg);
        return NULL;
    }
    regex_free(alone);
    return platform_pattern(l, at, full, flags);
}

bool platform_prompt_state(struct load *l, const struct yaml_node *n, enum state *out)
{
    static const char *const names[] = {"exec", "enable", "config", "shell"};
    const struct platform_load *pl = l->owner;
    const char *text;
    enum state state;
    if (!fields_text(l, n, NULL, &text))
        return false;
    if (!state_by_name(text, &state) || !state_is_prompt(state)) {
        fields_unknown(l, &n->place, "mode", text, names, sizeof names / sizeof *names);
        return false;
    }
    if (pl->has_prompt[state])
        return *out = state, true;
    mistakes_add(l->m, &n->place, "there is no prompt for %s; add it to prompts:", text);
    return false;
}

static void read_read_only(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    fields_texts(l, pair->value, check_read_prefix, &((struct platform_load *)l->owner)->read_only);
}

static void read_pipes(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    fields_texts(l, pair->value, check_pipe, &((struct platform_load *)l->owner)->pipes);
}

static void read_settings(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    fields_texts(l, pair->value, check_read_prefix, &((struct platform_load *)l->owner)->settings);
}

static void read_hostname(struct load *l, const struct yaml_pair *pair, void *into)
{
    (void)into;
    struct platform_load *pl = l->owner;
    if (fields_text(l, pair->value, check_pattern_text, &pl->hostname) &&
        !platform_pattern(l, pair->value, pl->hostname, 0))
        pl->hostname = NULL;
}

static void read_on_login(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct dialect *d = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    d->on_login = arena_alloc_array(l->arena, count, sizeof *d->on_login);
    for (size_t i = 0; i < count; i++)
        if (fields_text(l, items[i], check_not_empty, &d->on_login[d->on_login_count]) &&
            platform_check_command(l, items[i], d->on_login[d->on_login_count],
                                   ((struct platform_load *)l->owner)->settings, "session_settings"))
            d->on_login_count++;
}

static void read_from(struct load *l, const struct yaml_pair *pair, void *into)
{
    platform_prompt_state(l, pair->value, &((struct mode_change *)into)->from);
}

static void read_to(struct load *l, const struct yaml_pair *pair, void *into)
{
    platform_prompt_state(l, pair->value, &((struct mode_change *)into)->to);
}

static void read_answer(struct load *l, const struct yaml_pair *pair, void *into)
{
    static const char *const words[] = {"password", "enable_password"};
    struct mode_change *mode = into;
    const char *text;
    if (!fields_text(l, pair->value, NULL, &text))
        return;
    if (strcmp(text, words[0]) == 0)
        mode->answer = ANSWER_PASSWORD;
    else if (strcmp(text, words[1]) == 0)
        mode->answer = ANSWER_ENABLE_PASSWORD;
    else
        fields_unknown(l, &pair->value->place, "answer", text, words, 2);
}

struct mode_entry {
    struct mode_change change; /* first: its readers see this */
    const char *ask;
};

static const char *const ask_words[] = {"password", NULL};
static const struct field mode_fields[] = {
    {"from", FIELD_READ, FIELD_REQUIRED, .read = read_from},
    {"to", FIELD_READ, FIELD_REQUIRED, .read = read_to},
    {"send", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct mode_entry, change.send),
     .check = check_harmless_send},
    {"ask", FIELD_TEXT, .offset = offsetof(struct mode_entry, ask), .words = ask_words},
    {"answer", FIELD_READ, .read = read_answer},
    {"back", FIELD_TEXT, .offset = offsetof(struct mode_entry, change.back), .check = check_harmless_send},
};

static void read_modes(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct dialect *d = into;
    if (!yaml_want_list(pair->value, l->m))
        return;
    d->modes = arena_alloc_array(l->arena, pair->value->count, sizeof *d->modes);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_node *n = pair->value->items[i];
        struct mode_entry entry = {.change = {.from = STATE_UNKNOWN}};
        if (!fields_read(l, n, "a mode change", mode_fields, FIELD_COUNT(mode_fields), &entry))
            continue;
        if ((entry.ask != NULL) != (entry.change.answer != ANSWER_NOTHING))
            mistakes_add(l->m, &n->place, "ask and answer belong together: add the other one");
        if (entry.change.from == entry.change.to && entry.change.from != STATE_UNKNOWN)
            mistakes_add(l->m, &n->place, "this mode change leads to where it begins; correct from or to");
        d->modes[d->mode_count++] = entry.change;
    }
}

static void read_home(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct dialect *d = into;
    if (platform_prompt_state(l, pair->value, &d->home) && d->home == STATE_CONFIG)
        mistakes_add(l->m, &pair->value->place,
                     "home cannot be config: queries only read; write exec, enable or shell");
}

_Static_assert(sizeof(size_t) == sizeof(unsigned long), "line_max_bytes is read as FIELD_ULONG");

/* One reader a list of signs; what a sign means comes from its list. */
#define SIGNS(list, send_required, ...)                                                                      \
    static void read_##list(struct load *l, const struct yaml_pair *pair, void *into)                        \
    {                                                                                                        \
        static const struct sign preset = {__VA_ARGS__};                                                     \
        platform_read_signs(l, pair, &((struct dialect *)into)->list, &preset, send_required);               \
    }
SIGNS(pager, true, .unfinished = true)
SIGNS(rejected, false, .failure = FAILURE_COMMAND_REJECTED)
SIGNS(noise, false, .failure = FAILURE_NONE)
SIGNS(questions, false, .failure = FAILURE_QUESTION_UNKNOWN, .unfinished = true)
SIGNS(first_boot, false, .failure = FAILURE_FIRST_BOOT)
SIGNS(booting, false, .failure = FAILURE_NONE)
SIGNS(ready, false, .failure = FAILURE_NONE)
SIGNS(login_failed, false, .failure = FAILURE_LOGIN_FAIL)
SIGNS(dirty, false, .failure = FAILURE_CONSOLE_DIRTY)

#define AT(member) offsetof(struct dialect, member)
static const struct field speaks_fields[] = {
    {"hostname", FIELD_READ, .read = read_hostname},
    {"comment", FIELD_TEXT, .offset = AT(comment), .check = check_comment},
    {"prompts", FIELD_READ, FIELD_REQUIRED, .read = platform_read_prompts},
    {"modes", FIELD_READ, .read = read_modes},
    {"home", FIELD_READ, FIELD_REQUIRED, .read = read_home},
    {"session_settings", FIELD_READ, .read = read_settings},
    {"read_only", FIELD_READ, .read = read_read_only},
    {"pipes", FIELD_READ, .read = read_pipes},
    {"on_login", FIELD_READ, .read = read_on_login},
    {"logout", FIELD_TEXT, FIELD_REQUIRED, AT(logout), .check = check_harmless_send},
    {"pager", FIELD_READ, .read = read_pager},
    {"rejected", FIELD_READ, FIELD_REQUIRED, .read = read_rejected},
    {"noise", FIELD_READ, .read = read_noise},
    {"questions", FIELD_READ, .read = read_questions},
    {"first_boot", FIELD_READ, .read = read_first_boot},
    {"factory", FIELD_READ, .read = read_first_boot},
    {"booting", FIELD_READ, .read = read_booting},
    {"ready", FIELD_READ, .read = read_ready},
    {"login_failed", FIELD_READ, .read = read_login_failed},
    {"dirty", FIELD_READ, .read = read_dirty},
    {"settle", FIELD_SPAN, .offset = AT(settle_ms), .min = 1, .max = 60000},
    {"login_failed_silence", FIELD_SPAN, .offset = AT(login_failed_ms), .min = 0, .max = 120000},
    {"line_max", FIELD_ULONG, .offset = AT(line_max_bytes), .min = 80, .max = 1000000},
};
#undef AT

static void require_prompt(struct load *l, const struct yaml_node *at, enum state state)
{
    if (!((struct platform_load *)l->owner)->has_prompt[state])
        mistakes_add(l->m, &at->place, "prompts: has none for %s; add it", state_name(state));
}

static void add_common(struct load *l, struct sign_list *own, const struct sign_list *common)
{
    struct sign *items = arena_alloc_array(l->arena, own->count + common->count, sizeof *items);
    for (size_t i = 0; i < own->count; i++)
        items[i] = own->items[i];
    for (size_t i = 0; i < common->count; i++)
        items[own->count + i] = common->items[i];
    own->items = items;
    own->count += common->count;
}

void platform_read_speaks(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct platform_load *pl = l->owner;
    struct dialect *d = &pl->platform.dialect;
    (void)into;
    *d = (struct dialect){.comment = "", .settle_ms = 200, .login_failed_ms = 4000, .line_max_bytes = 1023};
    if (!fields_read(l, pair->value, "speaks", speaks_fields, FIELD_COUNT(speaks_fields), d))
        return;
    require_prompt(l, pair->value, STATE_LOGIN);
    require_prompt(l, pair->value, STATE_PASSWORD);
    add_common(l, &d->booting, dialect_common_booting());
    add_common(l, &d->first_boot, dialect_common_first_boot());
}
