/* The keys that a map of a scenario or a device model may have: named where they are read. */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include "text/yaml.h"

#define ONLY_KEYS(node, m, ...)                                                                              \
    do {                                                                                                     \
        static const char *const keys_[] = {__VA_ARGS__};                                                    \
        yaml_only_keys((node), keys_, sizeof keys_ / sizeof keys_[0], (m));                                  \
    } while (0)

#endif
