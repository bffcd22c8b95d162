#include "job/component.h"

#include <string.h>

static const struct component_table tables[] = {
    [COMPONENT_PSU] = {"power_supply", {"slot"}, {"model", "serial", "input_a", "output_w", "text"}},
    [COMPONENT_FAN] = {"fan", {"slot"}, {"kind", "speed_percent", "airflow", "text"}},
    [COMPONENT_UPLINK] = {"uplink",
                          {"interface"},
                          {"peer_wanted", "peer_interface_wanted", "peer_found", "peer_interface_found",
                           "gateway", "text"}},
    [COMPONENT_TRANSCEIVER] = {"transceiver",
                               {"interface", "lane"},
                               {"rx_dbm", "tx_dbm", "rx_min_dbm", "rx_max_dbm", "tx_min_dbm", "tx_max_dbm",
                                "model", "serial", "text"}},
    [COMPONENT_IMAGE] = {"image", {"slot"}, {"version", "text"}},
};

const struct component_table *component_table(enum component what)
{
    return &tables[what];
}

const char *component_column(const struct component_table *t, const char *name)
{
    for (size_t i = 0; t->columns[i]; i++)
        if (strcmp(t->columns[i], name) == 0)
            return t->columns[i];
    return NULL;
}
