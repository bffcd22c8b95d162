/* Which cables to swap. The cables are a permutation of the ports, perhaps with foreign ones among them: a cycle of k cables
   is put right by k - 1 swaps and by no fewer, since each swap can put at most one right besides the last. */
#include "plugin/shared.h"

void cables_swaps(const char *const *ports, size_t *cable_of, size_t n, struct str *out)
{
    for (size_t i = 0; i < n; i++) {
        while (cable_of[i] != i && cable_of[i] != CABLE_FOREIGN) {
            size_t home = cable_of[i];
            if (cable_of[home] == home)
                break; /* two cables for one port: the other one is there already */
            text_list(out);
            str_printf(out, "swap the cables of %s and %s", ports[i], ports[home]);
            cable_of[i] = cable_of[home];
            cable_of[home] = home;
        }
    }
}
