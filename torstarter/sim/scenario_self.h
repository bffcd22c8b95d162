/* The inside of loading a scenario: shared by scenario.c and scenario_switch.c, and by no others. */
#ifndef SIM_SCENARIO_SELF_H
#define SIM_SCENARIO_SELF_H

#include "base/map.h"
#include "base/vec.h"
#include "sim/keys.h"
#include "sim/scenario.h"

struct scenario_load {
    struct scenario *s;
    struct arena *arena;
    struct mistakes *m;
    const char *dir;
    long seed;
    struct line_setup line;     /* of every switch */
    struct device_setup device; /* its credentials */
    VEC(struct scenario_switch) switches;
    struct map names, ports;
    struct map models; /* by file: each is loaded once */
    const char *const *dirs;
    size_t dir_count;
};

/* Nothing is read, and *out stays, where the key is absent. */
void scenario_text(const struct scenario_load *l, const struct yaml_node *map, const char *key,
                   const char **out);
void scenario_credentials(const struct scenario_load *l, const struct yaml_node *n, struct device_setup *d);
/* `state:` over what is in `out` already; files are relative to dir. */
void scenario_begin(struct scenario_load *l, const struct yaml_node *n, const char *dir,
                    struct device_begin *out);
/* The model that `platform:` or `device:` of this map names; NULL where it names none, or with a mistake. */
const struct device_model *scenario_model(struct scenario_load *l, const struct yaml_node *map);
/* scenario_switch.c: the list `switches:`, into l->s. */
void scenario_switches(struct scenario_load *l, const struct yaml_node *n);

#endif
