/* All raw/yml pairs of an ntc-templates checkout: conformance CHECKOUT. Prints each pair that differs, "N of M pairs equal", and
   the seconds for what ntc_templates.parse_output does (index, templates read and compiled, parsed, tables joined). */
#include <time.h>

#include "conformance/ntc.h"
#include "parse/textfsm.h"
#include "text/yaml.h"

enum { TEMPLATES_MAX = 8, COLUMNS_MAX = 256 };

/* clitable's table: rows of values under lower-cased columns; NULL is the '' of a column that extend() added. */
struct grid {
    const char *columns[COLUMNS_MAX];
    bool keys[COLUMNS_MAX];
    size_t column_count;
    const struct textfsm_value **cells;
    size_t row_count;
};

struct parsed {
    struct textfsm *templates[TEMPLATES_MAX];
    struct textfsm_table tables[TEMPLATES_MAX];
    size_t count;
    struct grid grid;
    struct err e;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* str() of what textfsm gives: an unset group in a List is None. */
static const char *text_of(const struct textfsm_value *v)
{
    return !v ? "" : v->kind == TEXTFSM_NONE ? "None" : v->text;
}

static bool same_value(const struct textfsm_value *a, const struct textfsm_value *b)
{
    bool list = a && a->kind == TEXTFSM_LIST;
    if (list != (b && b->kind == TEXTFSM_LIST))
        return false;
    if (!list)
        return same_text(text_of(a), text_of(b));
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_text(text_of(&a->items[i]), text_of(&b->items[i])))
            return false;
    return true;
}

static size_t column_of(const struct grid *g, const char *name)
{
    size_t i = 0;
    while (i < g->column_count && !same_text(g->columns[i], name))
        i++;
    return i;
}

static void take_table(struct grid *g, const struct textfsm_table *table)
{
    g->column_count = table->column_count;
    g->row_count = table->row_count;
    for (size_t i = 0; i < table->column_count; i++)
        g->columns[i] = table->columns[i];
    g->cells = mem_alloc_array(g->row_count * COLUMNS_MAX + 1, sizeof *g->cells);
    for (size_t r = 0; r < g->row_count; r++)
        for (size_t c = 0; c < g->column_count; c++)
            g->cells[r * COLUMNS_MAX + c] = &table->rows[r].values[c];
}

static void take_keys(struct grid *g, const struct textfsm *t)
{
    bool has_keys = false;
    for (size_t i = 0; i < g->column_count; i++)
        has_keys |= g->keys[i];
    for (size_t i = 0; !has_keys && i < textfsm_column_count(t); i++) {
        size_t column = column_of(g, textfsm_column(t, i));
        if (textfsm_column_is_key(t, i) && column < g->column_count)
            g->keys[column] = true;
    }
}

static bool keys_equal(const struct grid *g, size_t row, const struct textfsm_table *table, size_t other)
{
    for (size_t i = 0; i < g->column_count; i++) {
        size_t j = 0;
        while (g->keys[i] && j < table->column_count && !same_text(table->columns[j], g->columns[i]))
            j++;
        if (g->keys[i] && (j == table->column_count ||
                           !same_value(g->cells[row * COLUMNS_MAX + i], &table->rows[other].values[j])))
            return false;
    }
    return true;
}

/* TextTable.extend(): new columns from the first row of the other table whose keys are the same. */
static void extend(struct grid *g, const struct textfsm_table *table)
{
    size_t added[COLUMNS_MAX], count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (column_of(g, table->columns[i]) == g->column_count)
            added[count++] = i;
    for (size_t row = 0; row < g->row_count; row++)
        for (size_t other = 0; other < table->row_count; other++)
            if (keys_equal(g, row, table, other)) {
                for (size_t i = 0; i < count; i++)
                    g->cells[row * COLUMNS_MAX + g->column_count + i] = &table->rows[other].values[added[i]];
                break;
            }
    for (size_t i = 0; i < count; i++)
        g->columns[g->column_count++] = table->columns[added[i]];
}

static bool parse_one(const struct ntc *n, const char *name, const struct str *raw, struct parsed *p)
{
    size_t i = p->count;
    char *path = mem_alloc(strlen(n->templates_dir) + strlen(name) + 2);
    sprintf(path, "%s/%s", n->templates_dir, name);
    p->templates[i] = textfsm_open(path, &p->e);
    mem_free(path);
    if (!p->templates[i])
        return false;
    p->count++;
    if (!textfsm_parse(p->templates[i], str_cstr(raw), raw->len, &p->tables[i], &p->e))
        return false;
    if (i == 0)
        take_table(&p->grid, &p->tables[0]);
    take_keys(&p->grid, p->templates[i]);
    if (i > 0)
        extend(&p->grid, &p->tables[i]);
    return true;
}

static bool parse_pair(const struct ntc *n, const struct ntc_pair *pair, struct parsed *p)
{
    struct str raw = {0};
    const char *templates = ntc_templates(n, pair);
    if (!templates)
        return err_set(&p->e, ERR_FAILED, "no template in the index");
    bool good = file_read(pair->raw, &raw, &p->e);
    char *names = mem_strdup(templates), *save;
    for (char *name = strtok_r(names, ":", &save); good && name; name = strtok_r(NULL, ":", &save))
        good = parse_one(n, name, &raw, p);
    mem_free(names);
    str_clear(&raw);
    return good;
}

static void parsed_clear(struct parsed *p)
{
    for (size_t i = 0; i < p->count; i++) {
        textfsm_table_clear(&p->tables[i]);
        textfsm_free(p->templates[i]);
    }
    mem_free(p->grid.cells);
}

/* ---- the comparison ---- */

static bool same_as_yaml(const struct textfsm_value *v, const struct yaml_node *y)
{
    bool list = v && v->kind == TEXTFSM_LIST;
    if (yaml_is_null(y) || (y->kind == YAML_LIST) != list)
        return false;
    if (!list)
        return y->kind == YAML_SCALAR && same_text(text_of(v), y->text);
    if (v->count != y->count)
        return false;
    for (size_t i = 0; i < v->count; i++)
        if (yaml_is_null(y->items[i]) || y->items[i]->kind != YAML_SCALAR ||
            !same_text(text_of(&v->items[i]), y->items[i]->text))
            return false;
    return true;
}

static bool row_equal(const struct grid *g, size_t row, const struct yaml_node *wanted, struct str *why)
{
    if (wanted->kind != YAML_MAP || wanted->count != g->column_count) {
        str_printf(why, "row %zu: %zu columns instead of %zu", row, g->column_count, wanted->count);
        return false;
    }
    for (size_t i = 0; i < g->column_count; i++) {
        char lower[128];
        snprintf(lower, sizeof lower, "%s", g->columns[i]);
        for (char *c = lower; *c; c++)
            *c = (char)tolower(*c);
        const struct textfsm_value *have = g->cells[row * COLUMNS_MAX + i];
        const struct yaml_node *want = yaml_get(wanted, lower);
        if (want && same_as_yaml(have, want))
            continue;
        str_printf(why, "row %zu, %s: \"%s\" instead of \"%s\"", row, lower, text_of(have),
                   want && want->kind == YAML_SCALAR ? want->text : "…");
        return false;
    }
    return true;
}

static bool pair_equal(const struct parsed *p, const char *yml, struct str *why)
{
    struct arena arena = {0};
    struct mistakes m = {0};
    const struct yaml_node *file = yaml_read_file(yml, &arena, &m);
    const struct yaml_node *wanted = file ? yaml_get(file, "parsed_sample") : NULL;
    bool equal = wanted && wanted->kind == YAML_LIST;
    if (!equal)
        str_printf(why, "cannot read %s: %s", yml, str_cstr(&m.text));
    if (equal && wanted->count != p->grid.row_count) {
        str_printf(why, "%zu rows instead of %zu", p->grid.row_count, wanted->count);
        equal = false;
    }
    for (size_t i = 0; equal && i < wanted->count; i++)
        equal = row_equal(&p->grid, i, wanted->items[i], why);
    mistakes_clear(&m);
    arena_clear(&arena);
    return equal;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: conformance NTC_TEMPLATES_CHECKOUT\n");
        return 2;
    }
    struct ntc n = {0};
    ntc_open(&n, argv[1]);
    size_t equal = 0;
    double spent = 0;
    for (size_t i = 0; i < n.pairs.count; i++) {
        static struct parsed p;
        struct str why = {0};
        memset(&p, 0, sizeof p);
        double start = seconds();
        bool good = parse_pair(&n, &n.pairs.items[i], &p);
        spent += seconds() - start;
        if (!good)
            str_add_cstr(&why, p.e.msg);
        if (good && pair_equal(&p, n.pairs.items[i].yml, &why))
            equal++;
        else
            printf("DIFFERS %s: %s\n", n.pairs.items[i].raw + strlen(argv[1]) + 1, str_cstr(&why));
        str_clear(&why);
        parsed_clear(&p);
    }
    printf("%zu of %zu pairs equal\n", equal, n.pairs.count);
    printf("torstarter: %.2f s\n", spent);
    ntc_close(&n);
    return equal == n.pairs.count ? 0 : 1;
}
