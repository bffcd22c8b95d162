/* The law: no platform file can type a changing command outside a procedure. Every place of every shipped file where something stands
   that may be typed is given every one of these commands in turn, and the loader must refuse each at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "model/platform.h"

static const char *const commands[] = {
    "reload now",
    "write memory",
    "wr mem",
    "copy running-config startup-config",
    "configure replace flash:x",
    "configure checkpoint restore x",
    "rollback clean-config",
    "commit",
    "commit confirmed 5",
    "load override terminal",
    "request system reboot",
    "request system zeroize",
    "request vmhost software add /var/tmp/x",
    "delete flash:x",
    "erase startup-config",
    "zerotouch cancel",
    "boot system flash:x",
    "install all nxos bootflash:x",
    "poap enable",
    "checkpoint x",
    "rollback running-config checkpoint x",
    "no shutdown",
    "set system host-name x",
    "deactivate interfaces",
    "restart routing",
    "config reload -y",
    "config save -y",
    "sudo config load_minigraph",
    "sudo fast-reboot",
    "warm-reboot",
    "sonic-installer install http://x/y.bin",
    "sudo sonic-installer set-default x",
    "sonic-clear counters",
    "ztp disable -y",
    "nv set system hostname x",
    "nv config apply -y",
    "net add hostname x",
    "net commit",
    "sudo ifreload -a",
    "sudo -n systemctl restart frr",
    "systemctl stop frr",
    "sudo systemctl disable ztp",
    "ip link set swp1 down",
    "ip -j link show; reboot",
    "ip address flush dev swp1",
    "ethtool -s swp1 speed 1000",
    "lldpcli configure system hostname x",
    "bridge fdb del x dev y",
    "sysctl -w net.ipv4.ip_forward=1",
    "vtysh -c 'conf t' -c 'no router bgp'",
    "sudo vtysh -c 'write memory'",
    "onie-install http://x/y",
    "onie-discovery-stop",
    "onie-select rescue",
    "checkpoint rollback x",
    "vsx update-software",
    "clear bgp all",
    "debug all",
    "bash -c reboot",
    "sudo reboot",
    "date -s 2020-01-01",
    "show running-config | redirect flash:x",
    "show version > flash:x",
    "show clock ; reload",
    "show clock && reboot",
    "show $(reboot)",
    "show `reboot`",
    "tee /etc/frr/frr.conf",
    "sed -i s/a/b/ /etc/x",
    "cp /mnt/x /etc/frr/frr.conf",
    "dpkg -i x.deb",
    "kill 1",
    "archive download-sw http://x",
    "license boot level x",
    "event manager run x",
    "tclsh flash:x",
    "hw-module subslot 0/0 reload",
    "redundancy force-switchover",
};

enum { PLACES_MAX = 512 };
struct place {
    size_t from, to; /* of the file's text */
    const struct yaml_node *node;
    bool is_prefix; /* a list of beginnings, not a command itself */
};
struct places {
    struct place items[PLACES_MAX];
    size_t count;
    const char *text;
};

/* Where the scalar stands in the text, quotes included. */
static struct place place_of(const char *text, const struct yaml_node *n)
{
    const char *p = text;
    for (unsigned line = 1; line < n->place.line; line++)
        p = strchr(p, '\n') + 1;
    p += n->place.column - 1;
    size_t len = strlen(n->text);
    if (*p == '\'' || *p == '"') {
        const char *end = p + 1;
        while (*end != *p || (*p == '\'' && end[1] == '\''))
            end += *end == *p || (*p == '"' && *end == '\\') ? 2 : 1;
        len = (size_t)(end - p) + 1;
    } else if (strncmp(p, n->text, len) != 0) {
        fail_msg("line %u column %u is not \"%s\"", n->place.line, n->place.column, n->text);
    }
    return (struct place){.from = (size_t)(p - text), .to = (size_t)(p - text) + len, .node = n};
}

static void add_place(struct places *all, const struct yaml_node *n, bool is_prefix)
{
    if (n->kind == YAML_LIST) {
        for (size_t i = 0; i < n->count; i++)
            add_place(all, n->items[i], is_prefix);
        return;
    }
    assert_true(n->kind == YAML_SCALAR && all->count < PLACES_MAX);
    all->items[all->count] = place_of(all->text, n);
    all->items[all->count++].is_prefix = is_prefix;
}

static void find_places(struct places *all, const struct yaml_node *n)
{
    static const char *const typed[] = {"command", "send", "back", "logout", "comment", "on_login"},
                             *const prefixes[] = {"read_only", "session_settings", "pipes"};
    for (size_t i = 0; n->kind == YAML_LIST && i < n->count; i++)
        find_places(all, n->items[i]);
    for (size_t i = 0; n->kind == YAML_MAP && i < n->count; i++) {
        const struct yaml_pair *pair = &n->pairs[i];
        bool is_place = false;
        if (strcmp(pair->key, "procedures") == 0)
            continue;
        for (size_t k = 0; k < sizeof typed / sizeof *typed; k++)
            is_place = is_place || strcmp(pair->key, typed[k]) == 0;
        for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++)
            if (strcmp(pair->key, prefixes[k]) == 0)
                add_place(all, pair->value, true);
        if (is_place)
            add_place(all, pair->value, false);
        else
            find_places(all, pair->value);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* The text with the command at each place of this kind; lines stay, so that the places' lines are those of the mistakes. */
static char *smuggle(const struct places *all, bool prefixes, const char *command)
{
    struct str out = {0};
    size_t at = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct place *place = &all->items[i];
        if (place->is_prefix != prefixes)
            continue;
        str_add(&out, all->text + at, place->from - at);
        str_add_char(&out, '\'');
        for (const char *p = command; *p; p++) {
            str_add_char(&out, *p);
            if (*p == '\'')
                str_add_char(&out, '\'');
        }
        str_add_char(&out, '\'');
        at = place->to;
    }
    str_add_cstr(&out, all->text + at);
    return str_take(&out);
}

/* How many of the mistakes quote the command. Several places may stand in one line, each has its own mistake. */
static size_t refusals(const char *mistakes, const char *command)
{
    char quoted[64];
    size_t count = 0;
    snprintf(quoted, sizeof quoted, ": \"%.36s", command);
    for (const char *p = mistakes; (p = strstr(p, quoted)); p++)
        count++;
    return count;
}

static unsigned judge(const char *name, const struct places *all, const struct folder *f)
{
    unsigned wrong = 0;
    /* Its templates are left out: they are not what is judged, and the mistakes that they are missing quote no command. */
    struct search_path path = {.dirs = {f->path}, .count = 1};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        for (int prefixes = 0; prefixes < 2; prefixes++) {
            struct mistakes m = {0};
            size_t wanted = 0;
            char *text = smuggle(all, prefixes, commands[i]), file[80];
            snprintf(file, sizeof file, "platforms/%s.yaml", name);
            folder_put(f, file, text);
            for (size_t k = 0; k < all->count; k++)
                wanted += all->items[k].is_prefix == prefixes;
            struct platform *p = platform_load(name, &path, &m);
            size_t found = refusals(str_cstr(&m.text), commands[i]);
            if (p || found != wanted)
                wrong++, print_error("%s: \"%s\" at %zu places, refused at %zu:\n%s\n", name, commands[i],
                                     wanted, found, str_cstr(&m.text));
            platform_free(p);
            mem_free(text);
            mistakes_clear(&m);
        }
    return wrong;
}

static void no_shipped_platform_can_be_made_to_type_a_changing_command(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mistakes m = {0};
    struct folder f;
    const char *const *names;
    unsigned wrong = 0;
    const struct search_path here = {.dirs = {"."}, .count = 1};
    size_t count = search_path_list(&here, "platforms", ".yaml", &arena, &names);
    assert_true(count >= 7);
    folder_open(&f);
    for (size_t i = 0; i < count; i++) {
        struct str text = {0};
        const char *file = arena_printf(&arena, "platforms/%s.yaml", names[i]);
        static struct places all;
        assert_true(file_read(file, &text, NULL));
        all = (struct places){.text = str_cstr(&text)};
        find_places(&all, yaml_read_file(file, &arena, &m));
        assert_true(all.count > 20);
        qsort(all.items, all.count, sizeof *all.items, by_place);
        wrong += judge(names[i], &all, &f);
        str_clear(&text);
    }
    folder_close(&f);
    arena_clear(&arena);
    mistakes_clear(&m);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_shipped_platform_can_be_made_to_type_a_changing_command),
    };
    return cmocka_run_group_tests_name("model/smuggle", tests, NULL, NULL);
}
