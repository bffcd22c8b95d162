/* What a site says of one switch, as text that can be kept with a job and loaded again: the site file's own words, without secrets. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "model/site.h"

struct snapshot {
    const struct site *site;
    const struct site_switch *sw;
    const char *serial_found; /* who else could be meant by it is kept as well; NULL: nothing was found */
    const struct str *wanted; /* its configuration as rendered, secrets masked; NULL or empty: not kept */
};

/* Appends a JSON object with the keys of a site file: the switch, its role, its console server, the names and users of credentials,
   the rows of the assets about it, and the switch and rows that serial_found belongs to. In place of a password stands
   {secret:NAME}, which is masked and typed as the password was. */
void snapshot_write(const struct snapshot *s, struct str *out);
/* The switch whose part it is: the first. The tree must outlive the site; NULL with mistakes. */
struct site *snapshot_load(struct yaml_node *root, const struct search_path *path, struct mistakes *m);

#endif
