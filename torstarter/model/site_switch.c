#include <string.h>

#include "model/check.h"
#include "model/site_load.h"

static void read_platform(struct load *l, const struct yaml_pair *pair, void *into)
{
    const struct site_load *sl = l->owner;
    struct site_switch *sw = into;
    if (!fields_text(l, pair->value, check_name, &sw->platform))
        return;
    for (size_t i = 0; i < sl->platform_count; i++)
        if (strcmp(sl->platforms[i], sw->platform) == 0)
            return;
    fields_unknown(l, &pair->value->place, "platform", sw->platform, sl->platforms, sl->platform_count);
}

static void read_role(struct load *l, const struct yaml_pair *pair, void *into)
{
    const struct site *s = ((struct site_load *)l->owner)->site;
    const char *name;
    if (!fields_text(l, pair->value, NULL, &name))
        return;
    for (size_t i = 0; i < s->role_count; i++)
        if (strcmp(s->roles[i].name, name) == 0) {
            ((struct site_switch *)into)->role = &s->roles[i];
            return;
        }
    const char **names = arena_alloc_array(l->arena, s->role_count, sizeof *names);
    for (size_t i = 0; i < s->role_count; i++)
        names[i] = s->roles[i].name;
    fields_unknown(l, &pair->value->place, "role", name, names, s->role_count);
}

static void read_serial(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_load *sl = l->owner;
    struct site_switch *sw = into;
    if (!fields_text(l, pair->value, check_serial, &sw->serial))
        return;
    const struct site_switch *other = map_get(&sl->serials, sw->serial);
    if (other)
        mistakes_add(l->m, &pair->value->place,
                     "%s has the serial number %s already (line %u); correct one of them", other->name,
                     sw->serial, other->place.line);
    else
        map_put(&sl->serials, sw->serial, sw);
}

static void read_credentials(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_switch *sw = into;
    const struct yaml_node *const *items = (const struct yaml_node *const *)&pair->value;
    size_t count = fields_items(pair->value, &items);
    sw->credentials = arena_alloc_array(l->arena, count, sizeof *sw->credentials);
    for (size_t i = 0; i < count; i++) {
        const struct site_credential *c = site_want_credential(l, items[i]);
        bool again = false;
        for (size_t k = 0; k < sw->credential_count; k++)
            again = again || sw->credentials[k] == c;
        if (again)
            mistakes_add(l->m, &items[i]->place, "credential \"%s\" stands twice in this list; remove one",
                         c->name);
        else if (c)
            sw->credentials[sw->credential_count++] = c;
    }
}

#define AT(member) offsetof(struct uplink, member)
static const struct field uplink_fields[] = {
    {"interface", FIELD_TEXT, FIELD_REQUIRED, AT(interface), .check = check_interface},
    {"peer", FIELD_TEXT, .offset = AT(peer), .check = check_name},
    {"peer_interface", FIELD_TEXT, .offset = AT(peer_interface), .check = check_interface},
    {"address", FIELD_TEXT, .offset = AT(address), .check = check_prefix},
    {"gateway", FIELD_TEXT, .offset = AT(gateway), .check = check_ip},
    {"mtu", FIELD_UINT, .offset = AT(mtu), .min = 68, .max = 65535},
};
#undef AT

static void check_uplink(struct load *l, const struct site_switch *sw, const struct uplink *u)
{
    for (size_t i = 0; i + 1 < sw->uplink_count && u->interface; i++)
        if (sw->uplinks[i].interface && strcasecmp(sw->uplinks[i].interface, u->interface) == 0)
            mistakes_add(l->m, &u->place,
                         "the interface %s is an uplink already (line %u); correct one of them", u->interface,
                         sw->uplinks[i].place.line);
}

static void read_uplinks(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_switch *sw = into;
    if (!yaml_want_list(pair->value, l->m))
        return;
    sw->uplinks = arena_alloc_array(l->arena, pair->value->count, sizeof *sw->uplinks);
    for (size_t i = 0; i < pair->value->count; i++) {
        struct uplink *u = &sw->uplinks[sw->uplink_count++];
        u->place = pair->value->items[i]->place;
        fields_read(l, pair->value->items[i], "an uplink", uplink_fields, FIELD_COUNT(uplink_fields), u);
        check_uplink(l, sw, u);
    }
    if (sw->role->uplinks && sw->uplink_count != sw->role->uplinks)
        mistakes_add(l->m, &pair->key_place,
                     "%zu uplinks are listed, but the role %s has %u (line %u); correct one of them",
                     sw->uplink_count, sw->role->name, sw->role->uplinks, sw->role->place.line);
}

#define AT(member) offsetof(struct firmware, member)
static const struct field checksum_fields[] = {
    {"md5", FIELD_TEXT, .offset = AT(md5), .check = check_hex},
    {"sha256", FIELD_TEXT, .offset = AT(sha256), .check = check_hex},
    {"sha512", FIELD_TEXT, .offset = AT(sha512), .check = check_hex},
};

static void check_digits(struct load *l, const struct yaml_node *n, const char *name, const char *hex,
                         size_t digits)
{
    if (hex && strlen(hex) != digits)
        mistakes_add(l->m, &n->place, "%s has %zu hexadecimal digits, this has %zu", name, digits,
                     strlen(hex));
}

static void read_checksums(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct firmware *f = into;
    if (!fields_read(l, pair->value, "checksums", checksum_fields, FIELD_COUNT(checksum_fields), f))
        return;
    check_digits(l, pair->value, "md5", f->md5, 32);
    check_digits(l, pair->value, "sha256", f->sha256, 64);
    check_digits(l, pair->value, "sha512", f->sha512, 128);
}

static const struct field firmware_fields[] = {
    {"version", FIELD_TEXT, FIELD_REQUIRED, AT(version), .check = check_version},
    {"image", FIELD_TEXT, .offset = AT(image), .check = check_version},
    {"checksums", FIELD_READ, .read = read_checksums},
};
#undef AT

static void read_firmware(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_switch *sw = into;
    sw->firmware.place = pair->key_place;
    fields_read(l, pair->value, "firmware", firmware_fields, FIELD_COUNT(firmware_fields), &sw->firmware);
    sw->firmware_version = sw->firmware.version;
}

#define AT(member) offsetof(struct management, member)
static const struct field management_fields[] = {
    {"interface", FIELD_TEXT, FIELD_REQUIRED, AT(interface), .check = check_interface},
    {"address", FIELD_TEXT, FIELD_REQUIRED, AT(address), .check = check_prefix},
    {"gateway", FIELD_TEXT, .offset = AT(gateway), .check = check_ip},
};
#undef AT

static void read_management(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct management *management = &((struct site_switch *)into)->management;
    management->place = pair->key_place;
    fields_read(l, pair->value, "management", management_fields, FIELD_COUNT(management_fields), management);
}

static const struct field neighbor_fields[] = {
    {"address", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct neighbor, address), .check = check_ip},
    {"as", FIELD_ULONG, FIELD_REQUIRED, offsetof(struct neighbor, as), .min = 1, .max = 4294967295},
    {"min_prefixes", FIELD_UINT, .offset = offsetof(struct neighbor, min_prefixes), .min = 0,
     .max = 100000000},
    {"hold_time", FIELD_UINT, .offset = offsetof(struct neighbor, hold_time_s), .min = 3, .max = 65535},
    {"bfd", FIELD_BOOL, .offset = offsetof(struct neighbor, bfd)},
    {"no_flaps", FIELD_BOOL, .offset = offsetof(struct neighbor, no_flaps)},
};

static void read_neighbors(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_switch *sw = into;
    if (!yaml_want_list(pair->value, l->m))
        return;
    sw->neighbors = arena_alloc_array(l->arena, pair->value->count, sizeof *sw->neighbors);
    for (size_t i = 0; i < pair->value->count; i++)
        fields_read(l, pair->value->items[i], "a neighbour", neighbor_fields, FIELD_COUNT(neighbor_fields),
                    &sw->neighbors[sw->neighbor_count++]);
}

static void read_lags(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (yaml_want_list(pair->value, l->m))
        fields_texts(l, pair->value, check_interface, &((struct site_switch *)into)->lags);
}

static const struct field routing_fields[] = {
    {"lags", FIELD_READ, .read = read_lags},
    {"neighbors", FIELD_READ, FIELD_REQUIRED, .read = read_neighbors},
};

static void read_routing(struct load *l, const struct yaml_pair *pair, void *into)
{
    fields_read(l, pair->value, "routing", routing_fields, FIELD_COUNT(routing_fields), into);
}

/* In this order: the console leans on the credentials, the uplinks on the role. */
static const struct field switch_fields[] = {
    {"platform", FIELD_READ, FIELD_REQUIRED, .read = read_platform},
    {"role", FIELD_READ, .read = read_role},
    {"rack", FIELD_TEXT, .offset = offsetof(struct site_switch, rack), .check = check_name},
    {"serial", FIELD_READ, .read = read_serial},
    {"mac", FIELD_TEXT, .offset = offsetof(struct site_switch, mac), .check = check_mac},
    {"credentials", FIELD_READ, FIELD_REQUIRED, .read = read_credentials},
    {"console", FIELD_READ, FIELD_REQUIRED, .read = site_read_console},
    {"firmware", FIELD_READ, .read = read_firmware},
    {"config", FIELD_READ, .read = site_read_config},
    {"management", FIELD_READ, .read = read_management},
    {"uplinks", FIELD_READ, .read = read_uplinks},
    {"routing", FIELD_READ, .read = read_routing},
    {"reboot", FIELD_TEXT, .offset = offsetof(struct site_switch, reboot), .words = site_reboot_words},
};

static const char *check_switch_name(const char *text)
{
    return strcmp(text, "all") == 0 ? "means every switch of the site; choose another name"
                                    : check_name(text);
}

void site_read_switches(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    s->switches = arena_alloc_array(l->arena, pair->value->count, sizeof *s->switches);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *p = &pair->value->pairs[i];
        struct site_switch *sw = &s->switches[s->switch_count++];
        *sw = (struct site_switch){.name = p->key, .rack = "", .role = &site_no_role, .place = p->key_place};
        site_name_is_good(l, p, check_switch_name);
        fields_read(l, p->value, "a switch", switch_fields, FIELD_COUNT(switch_fields), sw);
    }
}
