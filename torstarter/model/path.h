/* Where data files are looked for: --path DIR…, beside the site file, $XDG_DATA_HOME/torstarter, the share folder or source tree. */
#ifndef MODEL_PATH_H
#define MODEL_PATH_H

#include <stddef.h>

#include "base/arena.h"

struct search_path {
    const char *dirs[16];
    size_t count;
};

/* `extra` are those of --path; site_dir may be NULL. Dirs that do not exist are left out. Strings live in the arena. */
void search_path_init(struct search_path *p, const char *const *extra, size_t extra_count,
                      const char *site_dir, struct arena *arena);
/* First dir/relative that exists, in the arena; NULL if none. */
const char *search_path_find(const struct search_path *p, const char *relative, struct arena *arena);
/* "looked in a, b, c", for error texts. */
const char *search_path_text(const struct search_path *p, struct arena *arena);
/* Names (without suffix) of files dir/relative/NAME<suffix> in all dirs, sorted, unique; in the arena. */
size_t search_path_list(const struct search_path *p, const char *relative, const char *suffix,
                        struct arena *arena, const char *const **names);

#endif
