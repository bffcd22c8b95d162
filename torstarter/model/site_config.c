/* `config:` of a switch: where its wanted configuration comes from. Places like {{ name }} may stand in each of the three. */
#include <string.h>

#include "model/check.h"
#include "model/site_load.h"

static void read_command(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (yaml_want_list(pair->value, l->m))
        fields_texts(l, pair->value, check_not_empty, &((struct config_source *)into)->command);
}

/* Judged as if something stood in the places. */
static const char *check_url_with_places(const char *text)
{
    struct str filled = {0};
    for (const char *end; *text; text++) {
        end = str_starts(text, "{{") ? strstr(text, "}}") : NULL;
        str_add_char(&filled, end ? 'x' : *text);
        text = end ? end + 1 : text;
    }
    const char *wrong = check_url(str_cstr(&filled));
    str_clear(&filled);
    return wrong;
}

static void read_secrets(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct config_source *config = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    config->secrets = arena_alloc_array(l->arena, count, sizeof *config->secrets);
    for (size_t i = 0; i < count; i++) {
        const struct site_credential *c = site_want_credential(l, items[i]);
        if (c)
            config->secrets[config->secret_count++] = c;
    }
}

/* Of many lines, which no other value of a site file may have. */
static void read_text(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (pair->value->kind == YAML_SCALAR && *pair->value->text)
        ((struct config_source *)into)->text = pair->value->text;
    else
        mistakes_add(l->m, &pair->value->place, "one text is wanted here");
}

#define AT(member) offsetof(struct config_source, member)
static const struct field config_fields[] = {
    {"file", FIELD_FILE, .offset = AT(file), .check = check_not_empty},
    {"text", FIELD_READ, .read = read_text},
    {"url", FIELD_TEXT, .offset = AT(url), .check = check_url_with_places},
    {"command", FIELD_READ, .read = read_command},
    {"secrets", FIELD_READ, .read = read_secrets},
};
#undef AT

void site_read_config(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct config_source *config = &((struct site_switch *)into)->config;
    config->place = pair->key_place;
    if (!fields_read(l, pair->value, "config", config_fields, FIELD_COUNT(config_fields), config))
        return;
    size_t sources = 0;
    for (size_t i = 0; i < pair->value->count; i++)
        sources += strcmp(pair->value->pairs[i].key, "secrets") != 0;
    if (sources != 1)
        mistakes_add(l->m, &pair->value->place, "exactly one of the keys file, url, command is wanted here");
}
