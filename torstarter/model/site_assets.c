/* The asset database as a file: comma-separated values (RFC 4180) with a header line that names the columns in any order. */
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "model/check.h"
#include "model/netbox.h"
#include "model/site_load.h"

enum { ASSETS_MAX_BYTES = 64 * 1024 * 1024, CELLS_MAX = 16 };
enum { SERIAL, NAME, STATUS, MAC, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {"serial", "name", "status", "mac"};

struct csv {
    struct load *l;
    const char *file, *p, *end;
    unsigned line; /* of the row being read */
    unsigned next_line;
    const char *cells[CELLS_MAX];
    size_t count;
};

static struct yaml_place place_of(const struct csv *csv)
{
    return (struct yaml_place){.file = csv->file, .line = csv->line, .column = 1};
}

static const char *quoted_cell(struct csv *csv)
{
    struct str cell = {0};
    bool closed = false;
    for (csv->p++; csv->p < csv->end && !closed; csv->p++) {
        bool quote = *csv->p == '"', doubled = quote && csv->p + 1 < csv->end && csv->p[1] == '"';
        closed = quote && !doubled;
        csv->next_line += *csv->p == '\n';
        if (!closed)
            str_add_char(&cell, *csv->p);
        csv->p += doubled;
    }
    struct yaml_place at = place_of(csv);
    if (!closed)
        mistakes_add(csv->l->m, &at, "a quote that begins in this line has no end; add the second \"");
    else if (csv->p < csv->end && !strchr(",\r\n", *csv->p))
        mistakes_add(csv->l->m, &at,
                     "text follows a closing quote; double the quotes inside, or remove them");
    const char *kept = arena_strdup(csv->l->arena, str_cstr(&cell));
    str_clear(&cell);
    return kept;
}

static const char *plain_cell(struct csv *csv)
{
    const char *from = csv->p;
    while (csv->p < csv->end && *csv->p != ',' && *csv->p != '\n')
        csv->p++;
    const char *to = csv->p;
    while (to > from && strchr(" \t\r", to[-1]))
        to--;
    while (from < to && strchr(" \t", *from))
        from++;
    return arena_strndup(csv->l->arena, from, (size_t)(to - from));
}

/* The next row; false at the end. The text is followed by a NUL. */
static bool next_row(struct csv *csv)
{
    csv->count = 0;
    csv->line = csv->next_line;
    if (csv->p >= csv->end)
        return false;
    for (;;) {
        const char *cell = *csv->p == '"' ? quoted_cell(csv) : plain_cell(csv);
        if (csv->count < CELLS_MAX)
            csv->cells[csv->count++] = cell;
        while (csv->p < csv->end && *csv->p != ',' && *csv->p != '\n')
            csv->p++; /* said already: text behind a quote */
        if (csv->p == csv->end || *csv->p != ',')
            break;
        csv->p++; /* a comma at the very end is followed by an empty cell */
    }
    if (csv->p < csv->end && *csv->p == '\n') {
        csv->p++;
        csv->next_line++;
    }
    return true;
}

static bool read_header(struct csv *csv, int columns[CELLS_MAX])
{
    bool seen[COLUMN_COUNT] = {false};
    bool any = next_row(csv);
    struct yaml_place at = {.file = csv->file, .line = 1, .column = 1};
    for (size_t i = 0; any && i < csv->count; i++) {
        columns[i] = -1;
        for (int c = 0; c < COLUMN_COUNT; c++)
            if (strcasecmp(csv->cells[i], column_names[c]) == 0 && !seen[c])
                columns[i] = c, seen[c] = true;
        if (columns[i] < 0)
            fields_unknown(csv->l, &at, "the column", csv->cells[i], column_names, COLUMN_COUNT);
    }
    for (int c = 0; c < MAC; c++)
        if (!seen[c])
            mistakes_add(csv->l->m, &at,
                         "the first line must name the column \"%s\"; serial,name,status[,mac] are wanted",
                         column_names[c]);
    return seen[SERIAL] && seen[NAME] && seen[STATUS];
}

static bool check_row(struct csv *csv, const char *values[COLUMN_COUNT])
{
    static const char *(*const checks[])(const char *) = {check_serial, check_name, check_name, check_mac};
    struct yaml_place at = place_of(csv);
    bool good = true;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const char *wrong = c == MAC && !*values[c] ? NULL : checks[c](values[c]);
        if (wrong)
            mistakes_add(csv->l->m, &at, "%s \"%.40s\" %s", column_names[c], values[c], wrong);
        good = good && !wrong;
    }
    return good;
}

/* A serial number or a name that stands twice would let a check pass by chance. */
static void check_twice(struct csv *csv, struct map *seen, const char *what, const char *key)
{
    struct yaml_place at = place_of(csv);
    char *tagged = arena_printf(csv->l->arena, "%s %s", what, key);
    size_t earlier = (size_t)map_get(seen, tagged);
    if (earlier)
        mistakes_add(csv->l->m, &at, "the %s %s stands already in line %zu; keep one of them", what, key,
                     earlier);
    else
        map_put(seen, tagged, (void *)(size_t)csv->line);
}

static void parse_assets(struct load *l, const char *file, const char *text, size_t len)
{
    struct site *s = ((struct site_load *)l->owner)->site;
    struct csv csv = {.l = l, .file = file, .p = text, .end = text + len, .line = 1, .next_line = 1};
    int columns[CELLS_MAX];
    VEC(struct asset) assets = {0};
    struct map seen = {0};
    bool good = read_header(&csv, columns);
    size_t width = csv.count;
    while (good && next_row(&csv)) {
        const char *values[COLUMN_COUNT] = {"", "", "", ""};
        struct yaml_place at = place_of(&csv);
        if (csv.count == 1 && !*csv.cells[0])
            continue;
        if (csv.count != width) {
            mistakes_add(l->m, &at, "%zu values stand here, the first line names %zu columns", csv.count,
                         width);
            continue;
        }
        for (size_t i = 0; i < width; i++)
            if (columns[i] >= 0)
                values[columns[i]] = csv.cells[i];
        if (!check_row(&csv, values))
            continue;
        check_twice(&csv, &seen, "serial", values[SERIAL]);
        check_twice(&csv, &seen, "name", values[NAME]);
        struct asset asset = {values[SERIAL], values[NAME], values[STATUS], values[MAC], csv.line};
        VEC_ADD(&assets, asset);
    }
    s->asset_count = assets.count;
    s->assets = arena_alloc_array(l->arena, assets.count, sizeof *s->assets);
    if (assets.count)
        memcpy(s->assets, assets.items, assets.count * sizeof *s->assets);
    VEC_CLEAR(&assets);
    map_clear(&seen);
}

static bool check_bytes(struct load *l, const struct yaml_place *at, const struct str *text)
{
    for (size_t i = 0; i < text->len;) {
        const unsigned char *p = (const unsigned char *)text->data + i;
        size_t n = str_utf8_len(p, text->len - i);
        if (n == 0 || (*p < 0x20 && !strchr("\t\r\n", *p)) || *p == 0) {
            mistakes_add(l->m, at,
                         "the asset file holds the byte 0x%02x at offset %zu, which is no text; remove it",
                         *p, i);
            return false;
        }
        i += n;
    }
    return true;
}

static void read_file(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    const char *name;
    struct err e = {0};
    struct str text = STR_MAX(ASSETS_MAX_BYTES);
    if (!fields_text(l, pair->value, check_not_empty, &name))
        return;
    s->assets_file = fields_path(l, &pair->value->place, name);
    if (!file_read(s->assets_file, &text, &e))
        mistakes_add(l->m, &pair->value->place, "%s", e.msg);
    else if (check_bytes(l, &pair->value->place, &text)) {
        size_t mark =
            text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* spreadsheets write one */
        parse_assets(l, s->assets_file, str_cstr(&text) + mark, text.len - mark);
    }
    str_clear(&text);
}

struct netbox_entry {
    const char *url, *site;
    struct site_credential token; /* its password is the token */
};

#define AT(member) offsetof(struct netbox_entry, member)
static void read_token(struct load *l, const struct yaml_pair *pair, void *into)
{
    site_read_password(l, pair, &((struct netbox_entry *)into)->token);
}

static const struct field netbox_fields[] = {
    {"url", FIELD_TEXT, FIELD_REQUIRED, AT(url), .check = check_url},
    {"token", FIELD_READ, FIELD_REQUIRED, .read = read_token},
    {"site", FIELD_TEXT, .offset = AT(site), .check = check_name},
};
#undef AT

static void read_netbox(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    struct netbox_entry entry = {.token = {.name = "netbox", .place = pair->key_place}};
    struct err e = {0};
    size_t mistakes = l->m->count;
    if (!fields_read(l, pair->value, "netbox", netbox_fields, FIELD_COUNT(netbox_fields), &entry) ||
        l->m->count != mistakes)
        return;
    s->assets_file = arena_printf(l->arena, "NetBox at %s", entry.url);
    bool ok = site_resolve_credential(s, &entry.token, &e);
    struct netbox n = {.url = entry.url, .site = entry.site, .token = entry.token.password};
    ok = ok && netbox_read(&n, l->arena, &s->assets, &s->asset_count, &e);
    if (!ok)
        mistakes_add(l->m, &pair->value->place, "%s", e.msg);
    secret_free(entry.token.password);
}

/* The same text, kept with a job: model/snapshot.h. */
static void read_rows(struct load *l, const struct yaml_pair *pair, void *into)
{
    const char *rows = pair->value->text;
    if (pair->value->kind != YAML_SCALAR) {
        mistakes_add(l->m, &pair->value->place, "one text is wanted here");
        return;
    }
    ((struct site *)into)->assets_file = arena_strdup(l->arena, pair->value->place.file);
    parse_assets(l, pair->value->place.file, rows, strlen(rows));
}

static const struct field assets_fields[] = {{"file", FIELD_READ, .read = read_file},
                                             {"netbox", FIELD_READ, .read = read_netbox},
                                             {"rows", FIELD_READ, .read = read_rows}};

void site_read_assets(struct load *l, const struct yaml_pair *pair, void *into)
{
    if (pair->value->kind == YAML_MAP && pair->value->count != 1)
        mistakes_add(l->m, &pair->value->place, "`assets:` wants `file:` or `netbox:`, and nothing else");
    else
        fields_read(l, pair->value, "assets", assets_fields, FIELD_COUNT(assets_fields), into);
}

const struct asset *site_asset_by_serial(const struct site *s, const char *serial)
{
    for (size_t i = 0; i < s->asset_count; i++)
        if (strcmp(s->assets[i].serial, serial) == 0)
            return &s->assets[i];
    return NULL;
}

const struct asset *site_asset_by_name(const struct site *s, const char *name)
{
    for (size_t i = 0; i < s->asset_count; i++)
        if (strcmp(s->assets[i].name, name) == 0)
            return &s->assets[i];
    return NULL;
}
