/* libyaml's events → a tree. Events, not libyaml's own documents: those would lose quotes, duplicate keys and the depth of what
   has not been read yet, and a hostile file must be refused before it has grown. */
#include "text/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "base/vec.h"
#include "text/yaml_load.h"

struct composer {
    struct yaml_load *load;
    yaml_parser_t parser;
    const char *file, *text;
    size_t len;
    struct map anchors; /* name → struct anchored */
};

struct anchored {
    struct yaml_node *node;
    size_t weight;   /* nodes below and with it */
    unsigned height; /* levels below it */
};

struct pairs {
    VEC(struct yaml_pair) own;
    VEC(struct yaml_node *) merged; /* values of << */
};

static struct yaml_node *compose_node(struct composer *c, yaml_event_t *event, unsigned depth,
                                      unsigned *height);

static struct yaml_place place_of(const struct composer *c, const yaml_mark_t *mark)
{
    return (struct yaml_place){
        .file = c->file, .line = (unsigned)mark->line + 1, .column = (unsigned)mark->column + 1};
}

static struct yaml_place place_at(const struct composer *c, size_t offset)
{
    struct yaml_place at = {.file = c->file, .line = 1, .column = 1};
    for (size_t i = 0; i < offset && i < c->len; i++) {
        if (c->text[i] == '\n') {
            at.line++;
            at.column = 1;
        } else if (((unsigned char)c->text[i] & 0xC0) != 0x80) {
            at.column++;
        }
    }
    return at;
}

static bool tab_at(const struct composer *c, size_t offset)
{
    while (offset < c->len && c->text[offset] == ' ')
        offset++;
    return offset < c->len && c->text[offset] == '\t';
}

static void add_syntax_mistake(struct composer *c)
{
    const yaml_parser_t *p = &c->parser;
    const char *problem = p->problem ? p->problem : "not YAML";
    if (p->error == YAML_READER_ERROR) {
        struct yaml_place at = place_at(c, p->problem_offset);
        mistakes_add(c->load->m, &at, "%s here; remove it", problem);
        return;
    }
    struct yaml_place at = place_of(c, &p->problem_mark);
    if (tab_at(c, p->problem_mark.index))
        mistakes_add(c->load->m, &at, "a tab stands here; YAML is indented with blanks, replace the tab");
    else if (p->context && p->context_mark.line != p->problem_mark.line)
        mistakes_add(c->load->m, &at, "%s, %s that began in line %zu", problem, p->context,
                     p->context_mark.line + 1);
    else
        mistakes_add(c->load->m, &at, "%s%s%s", problem, p->context ? ", " : "",
                     p->context ? p->context : "");
}

static bool next_event(struct composer *c, yaml_event_t *event)
{
    if (yaml_parser_parse(&c->parser, event))
        return true;
    add_syntax_mistake(c);
    return false;
}

static bool count_nodes(struct composer *c, size_t more, const struct yaml_place *at)
{
    c->load->nodes += more;
    if (c->load->nodes <= YAML_NODE_MAX)
        return true;
    mistakes_add(c->load->m, at,
                 "grows to more than %d values here (aliases count each time); make it smaller",
                 YAML_NODE_MAX);
    return false;
}

static bool depth_fits(struct composer *c, unsigned depth, const struct yaml_place *at)
{
    if (depth <= YAML_DEPTH_MAX)
        return true;
    mistakes_add(c->load->m, at, "nested deeper than %d levels; make it flatter", YAML_DEPTH_MAX);
    return false;
}

static struct yaml_node *new_node(struct composer *c, enum yaml_kind kind, const struct yaml_place *at)
{
    struct yaml_node *n = ARENA_NEW(c->load->arena, struct yaml_node);
    n->kind = kind;
    n->place = *at;
    n->text = "";
    return n;
}

/* !!str makes text of anything; other tags would promise types that nobody here reads. */
static void check_tag(struct composer *c, const yaml_char_t *tag, const struct yaml_place *at)
{
    if (tag && strcmp((const char *)tag, "!") != 0 && !str_starts((const char *)tag, "tag:yaml.org,2002:"))
        mistakes_add(c->load->m, at, "the tag %.60s is not known; remove it", (const char *)tag);
}

static struct yaml_node *compose_scalar(struct composer *c, const yaml_event_t *event,
                                        const struct yaml_place *at)
{
    struct yaml_node *n = new_node(c, YAML_SCALAR, at);
    const char *bytes = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    const char *tag = (const char *)event->data.scalar.tag;
    check_tag(c, event->data.scalar.tag, at);
    if (memchr(bytes, '\0', len))
        mistakes_add(c->load->m, at, "the text holds a NUL; remove it");
    n->text = arena_strndup(c->load->arena, bytes, len);
    n->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || (tag && str_ends(tag, ":str"));
    return n;
}

static struct yaml_node *compose_alias(struct composer *c, const yaml_event_t *event, unsigned depth,
                                       unsigned *height, const struct yaml_place *at)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct anchored *a = map_get(&c->anchors, name);
    if (!a) {
        mistakes_add(c->load->m, at, "*%.60s: no &%.60s is finished before this line", name, name);
        return new_node(c, YAML_SCALAR, at);
    }
    *height = a->height;
    if (!count_nodes(c, a->weight, at) || !depth_fits(c, depth + a->height, at))
        return NULL;
    return a->node;
}

static struct yaml_node *compose_list(struct composer *c, unsigned depth, unsigned *height,
                                      const struct yaml_place *at)
{
    VEC(struct yaml_node *) items = {0};
    bool ok = false;
    yaml_event_t event;
    while (next_event(c, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            ok = true;
            break;
        }
        unsigned below = 0;
        struct yaml_node *item = compose_node(c, &event, depth + 1, &below);
        if (!item)
            break;
        *height = below + 1 > *height ? below + 1 : *height;
        VEC_ADD(&items, item);
    }
    struct yaml_node *n = NULL;
    if (ok) {
        n = new_node(c, YAML_LIST, at);
        n->count = items.count;
        n->items = arena_alloc_array(c->load->arena, items.count, sizeof *n->items);
        if (items.count)
            memcpy(n->items, items.items, items.count * sizeof *n->items);
    }
    VEC_CLEAR(&items);
    return n;
}

static void add_pair(struct composer *c, struct pairs *pairs, struct map *seen, const struct yaml_node *key,
                     struct yaml_node *value)
{
    if (key->kind != YAML_SCALAR) {
        mistakes_add(c->load->m, &key->place, "a key must be plain text, this is a %s",
                     key->kind == YAML_LIST ? "list" : "map");
        return;
    }
    if (strcmp(key->text, "<<") == 0 && !key->quoted) {
        VEC_ADD(&pairs->merged, value);
        return;
    }
    size_t earlier = (size_t)map_get(seen, key->text);
    if (earlier) {
        mistakes_add(c->load->m, &key->place, "the key \"%.60s\" stands already in line %u; keep one of them",
                     key->text, pairs->own.items[earlier - 1].key_place.line);
        return;
    }
    struct yaml_pair pair = {.key = key->text, .key_place = key->place, .value = value};
    VEC_ADD(&pairs->own, pair);
    map_put(seen, key->text, (void *)pairs->own.count);
}

/* https://yaml.org/type/merge.html: keys that stand in the map itself win, then those of the earlier map. */
static void merge_map(struct composer *c, struct pairs *pairs, struct map *seen, const struct yaml_node *from)
{
    if (from->kind != YAML_MAP) {
        mistakes_add(c->load->m, &from->place,
                     "<< wants a map or a list of maps, usually an alias: <<: *name");
        return;
    }
    for (size_t i = 0; i < from->count; i++) {
        if (map_has(seen, from->pairs[i].key))
            continue;
        VEC_ADD(&pairs->own, from->pairs[i]);
        map_put(seen, from->pairs[i].key, (void *)pairs->own.count);
    }
}

static void merge_all(struct composer *c, struct pairs *pairs, struct map *seen)
{
    for (size_t i = 0; i < pairs->merged.count; i++) {
        const struct yaml_node *from = pairs->merged.items[i];
        if (from->kind != YAML_LIST)
            merge_map(c, pairs, seen, from);
        for (size_t j = 0; from->kind == YAML_LIST && j < from->count; j++)
            merge_map(c, pairs, seen, from->items[j]);
    }
}

static bool compose_pairs(struct composer *c, unsigned depth, unsigned *height, struct pairs *pairs,
                          struct map *seen)
{
    yaml_event_t event;
    while (next_event(c, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            merge_all(c, pairs, seen);
            return true;
        }
        unsigned below = 0;
        struct yaml_node *key = compose_node(c, &event, depth + 1, &below);
        if (!key || !next_event(c, &event))
            return false;
        struct yaml_node *value = compose_node(c, &event, depth + 1, &below);
        if (!value)
            return false;
        *height = below + 1 > *height ? below + 1 : *height;
        add_pair(c, pairs, seen, key, value);
    }
    return false;
}

static struct yaml_node *compose_map(struct composer *c, unsigned depth, unsigned *height,
                                     const struct yaml_place *at)
{
    struct pairs pairs = {0};
    struct map seen = {0};
    struct yaml_node *n = NULL;
    if (compose_pairs(c, depth, height, &pairs, &seen)) {
        n = new_node(c, YAML_MAP, at);
        n->count = pairs.own.count;
        n->pairs = arena_alloc_array(c->load->arena, n->count, sizeof *n->pairs);
        if (n->count)
            memcpy(n->pairs, pairs.own.items, n->count * sizeof *n->pairs);
    }
    VEC_CLEAR(&pairs.own);
    VEC_CLEAR(&pairs.merged);
    map_clear(&seen);
    return n;
}

static const char *anchor_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return (const char *)event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return (const char *)event->data.sequence_start.anchor;
    return event->type == YAML_MAPPING_START_EVENT ? (const char *)event->data.mapping_start.anchor : NULL;
}

static struct yaml_node *compose_by_kind(struct composer *c, const yaml_event_t *event, unsigned depth,
                                         unsigned *height)
{
    struct yaml_place at = place_of(c, &event->start_mark);
    if (!count_nodes(c, 1, &at) || !depth_fits(c, depth, &at))
        return NULL;
    if (event->type == YAML_SCALAR_EVENT)
        return compose_scalar(c, event, &at);
    if (event->type == YAML_ALIAS_EVENT)
        return compose_alias(c, event, depth, height, &at);
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        check_tag(c, event->data.sequence_start.tag, &at);
        return compose_list(c, depth, height, &at);
    }
    check_tag(c, event->data.mapping_start.tag, &at);
    return compose_map(c, depth, height, &at);
}

/* Takes the event. An anchor is known only once its node is finished: so no node can hold itself. */
static struct yaml_node *compose_node(struct composer *c, yaml_event_t *event, unsigned depth,
                                      unsigned *height)
{
    size_t before = c->load->nodes;
    unsigned own_height = 0;
    struct yaml_node *n = compose_by_kind(c, event, depth, &own_height);
    const char *anchor = anchor_of(event);
    if (n && anchor) {
        struct anchored *a = ARENA_NEW(c->load->arena, struct anchored);
        *a = (struct anchored){.node = n, .weight = c->load->nodes - before, .height = own_height};
        map_put(&c->anchors, anchor, a);
    }
    yaml_event_delete(event);
    *height = own_height > *height ? own_height : *height;
    return n;
}

static struct yaml_node *compose_root(struct composer *c)
{
    struct yaml_node *root = NULL;
    yaml_event_t event;
    while (next_event(c, &event)) {
        yaml_event_type_t type = event.type;
        if (type == YAML_STREAM_END_EVENT) {
            yaml_event_delete(&event);
            struct yaml_place start = {.file = c->file, .line = 1, .column = 1};
            return root ? root : new_node(c, YAML_MAP, &start);
        }
        if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT ||
            type == YAML_DOCUMENT_END_EVENT) {
            yaml_event_delete(&event);
            continue;
        }
        if (root) {
            struct yaml_place at = place_of(c, &event.start_mark);
            mistakes_add(c->load->m, &at,
                         "a second document begins before this line; put it into a file of its own");
            yaml_event_delete(&event);
            return NULL;
        }
        unsigned height = 0;
        root = compose_node(c, &event, 1, &height);
        if (!root)
            return NULL;
    }
    return NULL;
}

static bool check_bytes(struct composer *c)
{
    for (size_t i = 0; i < c->len;) {
        unsigned char byte = (unsigned char)c->text[i];
        size_t n = str_utf8_len((const unsigned char *)c->text + i, c->len - i);
        bool control = byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t';
        if (n && !control && byte != 0x7F) {
            i += n;
            continue;
        }
        struct yaml_place at = place_at(c, i);
        mistakes_add(c->load->m, &at, "the byte 0x%02x is %s; remove it", byte,
                     n ? "a control character" : "not UTF-8");
        return false;
    }
    return true;
}

struct yaml_node *yaml_compose(struct yaml_load *load, const char *file, const char *text, size_t len)
{
    struct composer c = {.load = load, .file = arena_strdup(load->arena, file), .text = text, .len = len};
    if (len > YAML_FILE_MAX_BYTES) {
        struct yaml_place at = {.file = c.file};
        mistakes_add(load->m, &at, "larger than %d bytes; split it", YAML_FILE_MAX_BYTES);
        return NULL;
    }
    if (!check_bytes(&c))
        return NULL;
    if (!yaml_parser_initialize(&c.parser)) {
        struct yaml_place at = {.file = c.file};
        mistakes_add(load->m, &at, "no memory to read it");
        return NULL;
    }
    yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&c.parser, (const unsigned char *)text, len);
    struct yaml_node *root = compose_root(&c);
    yaml_parser_delete(&c.parser);
    map_clear(&c.anchors);
    return root;
}
