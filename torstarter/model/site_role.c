/* Roles: how many of what a switch of this kind has, and what light it should see. */
#include <string.h>

#include "model/check.h"
#include "model/site_load.h"

const struct role site_no_role = {.name = ""};

struct limit {
    const char *key;
    size_t has, value;
};

static const struct limit limits[] = {
    {"rx_min_dbm", offsetof(struct light_limits, has_rx_min), offsetof(struct light_limits, rx_min_dbm)},
    {"rx_max_dbm", offsetof(struct light_limits, has_rx_max), offsetof(struct light_limits, rx_max_dbm)},
    {"tx_min_dbm", offsetof(struct light_limits, has_tx_min), offsetof(struct light_limits, tx_min_dbm)},
    {"tx_max_dbm", offsetof(struct light_limits, has_tx_max), offsetof(struct light_limits, tx_max_dbm)},
};

static void read_limit(struct load *l, const struct yaml_pair *pair, void *into)
{
    for (size_t i = 0; i < FIELD_COUNT(limits); i++) {
        double value;
        if (strcmp(limits[i].key, pair->key) != 0 || !yaml_want_number(pair->value, &value, l->m))
            continue;
        if (value < -60 || value > 30) {
            mistakes_add(l->m, &pair->value->place, "%.40s dBm is out of range; -60 to 30 is allowed",
                         pair->value->text);
            continue;
        }
        *(bool *)((char *)into + limits[i].has) = true;
        *(double *)((char *)into + limits[i].value) = value;
    }
}

static const struct field light_fields[] = {
    {"rx_min_dbm", FIELD_READ, .read = read_limit},
    {"rx_max_dbm", FIELD_READ, .read = read_limit},
    {"tx_min_dbm", FIELD_READ, .read = read_limit},
    {"tx_max_dbm", FIELD_READ, .read = read_limit},
};

static void read_light(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct light_limits *light = &((struct role *)into)->light;
    const struct yaml_place *at = &pair->value->place;
    if (!fields_read(l, pair->value, "light", light_fields, FIELD_COUNT(light_fields), light))
        return;
    if (light->has_rx_min && light->has_rx_max && light->rx_min_dbm >= light->rx_max_dbm)
        mistakes_add(l->m, at, "rx_min_dbm is not below rx_max_dbm; exchange them");
    if (light->has_tx_min && light->has_tx_max && light->tx_min_dbm >= light->tx_max_dbm)
        mistakes_add(l->m, at, "tx_min_dbm is not below tx_max_dbm; exchange them");
}

#define AT(member) offsetof(struct role, member)
const char *const site_reboot_words[] = {"always", "when-changed", "never", NULL};
static const char *const airflow_words[] = {"front-to-back", "back-to-front", NULL};
static const struct field role_fields[] = {
    {"power_supplies", FIELD_UINT, .offset = AT(power_supplies), .min = 0, .max = 64},
    {"fans", FIELD_UINT, .offset = AT(fans), .min = 0, .max = 1000},
    {"airflow", FIELD_TEXT, .offset = AT(airflow), .words = airflow_words},
    {"uplinks", FIELD_UINT, .offset = AT(uplinks), .min = 0, .max = 1024},
    {"light", FIELD_READ, .read = read_light},
    {"reboot", FIELD_TEXT, .offset = AT(reboot), .words = site_reboot_words},
};
#undef AT

void site_read_roles(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    s->roles = arena_alloc_array(l->arena, pair->value->count, sizeof *s->roles);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *p = &pair->value->pairs[i];
        struct role *role = &s->roles[s->role_count++];
        *role = (struct role){.name = p->key, .place = p->key_place};
        site_name_is_good(l, p, check_name);
        fields_read(l, p->value, "a role", role_fields, FIELD_COUNT(role_fields), role);
    }
}
