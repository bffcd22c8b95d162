#include "job/replay_records.h"

#include <inttypes.h>
#include <string.h>

struct writing {
    const char *table;
    struct str *out;
};

static bool put_row(void *ctx, const struct cell *cells, size_t count)
{
    struct writing *w = ctx;
    str_printf(w->out, "%s:", w->table);
    for (size_t i = 0; i < count; i++) {
        if (cells[i].kind == CELL_NULL || strcmp(cells[i].column, "job") == 0)
            continue;
        str_printf(w->out, " %s=", cells[i].column);
        if (cells[i].kind == CELL_INT)
            str_printf(w->out, "%" PRId64, cells[i].number);
        else if (cells[i].kind == CELL_REAL)
            str_printf(w->out, "%g", cells[i].real);
        else
            str_add_escaped(w->out, cells[i].bytes, cells[i].len);
    }
    str_add_char(w->out, '\n');
    return true;
}

bool replay_records(struct store *store, struct str *out, struct err *e)
{
    static const struct {
        const char *table, *select;
    } rows[] = {
        {"switch", "SELECT serial_found, mac, model, firmware_found FROM switch_job"},
        {"power_supply", "SELECT * FROM power_supply ORDER BY slot"},
        {"fan", "SELECT * FROM fan ORDER BY slot"},
        {"uplink", "SELECT * FROM uplink ORDER BY interface"},
        {"transceiver", "SELECT * FROM transceiver ORDER BY interface, lane"},
        {"image", "SELECT * FROM image ORDER BY slot"},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof rows / sizeof *rows; i++) {
        struct writing w = {.table = rows[i].table, .out = out};
        ok = store_select(store, rows[i].select, NULL, 0, put_row, &w, e);
    }
    return ok;
}
