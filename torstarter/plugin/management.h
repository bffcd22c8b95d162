/* A path from the switch's management port to the site's servers, for as long as something is fetched. */
#ifndef PLUGIN_MANAGEMENT_H
#define PLUGIN_MANAGEMENT_H

#include "plugin/change.h"

struct management_path {
    bool set_up; /* by us: management_end takes it back */
};

/* Nothing to do where the site names no management interface, the platform has no procedure for it, or the address is configured
   already. False: *v says why. */
bool management_begin(struct run *run, struct management_path *path, struct verdict *v);
/* False: it is still there. */
bool management_end(struct run *run, struct management_path *path, struct verdict *v);

#endif
