/* The inside of loading a device model: shared by device_load.c, device_load_ops.c and device_load_state.c, and by no others. */
#ifndef SIM_DEVICE_LOAD_SELF_H
#define SIM_DEVICE_LOAD_SELF_H

#include "sim/device.h"
#include "sim/keys.h"

struct device_load {
    struct arena *arena;
    struct mistakes *m;
    const char *dir; /* of the file: fixtures lie beside it */
};

/* device_load.c */
/* Nothing is read, and *out stays, where the key is absent. Lines end in CR LF. */
void device_load_text(const struct device_load *l, const struct yaml_node *map, const char *key,
                      const char **out);
/* A fixture's text, `replace:` of `map` done. */
void device_load_file(const struct device_load *l, const struct yaml_node *n, const struct yaml_node *map,
                      const char **text, size_t *len);
const char *device_load_one_blank(struct arena *arena, const char *command);
/* device_load_ops.c */
void device_load_ops(const struct device_load *l, const struct yaml_node *n, struct device_ops *out);
void device_load_whens(const struct device_load *l, const struct yaml_node *n, struct device_whens *out);
void device_load_each(const struct device_load *l, const struct yaml_node *n, struct device_answer *a);
/* Everything of a command but its type and modes. */
void device_load_command(const struct device_load *l, const struct yaml_node *n, struct device_command *c);
/* device_load_state.c */
void device_load_state(const struct device_load *l, const struct yaml_node *root, struct device_model *model);
struct regex *device_load_regex(const struct device_load *l,
                                const struct yaml_node *n); /* NULL with a mistake */
bool device_load_word(const struct device_load *l, const struct yaml_node *map, const char *key,
                      const char *const *words, size_t count, unsigned *out); /* false: absent or unknown */

#endif
