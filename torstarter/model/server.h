/* Console-server drivers: platforms/console-servers/KIND.yaml → struct console_driver. */
#ifndef MODEL_SERVER_H
#define MODEL_SERVER_H

#include "base/arena.h"
#include "model/path.h"
#include "session/console.h"
#include "text/yaml.h"

/* In the arena; NULL with mistakes added (place: who asked for it). Patterns are compiled and freed by console_driver_clear. */
struct console_driver *console_driver_load(const char *kind, const struct yaml_place *asked,
                                           const struct search_path *path, struct arena *arena,
                                           struct mistakes *m);
/* The same for another of the schemes that the file lists under also:; NULL: its first. */
struct console_driver *console_driver_load_way(const char *kind, const char *scheme,
                                               const struct yaml_place *asked, const struct search_path *path,
                                               struct arena *arena, struct mistakes *m);
void console_driver_clear(struct console_driver *d);

#endif
