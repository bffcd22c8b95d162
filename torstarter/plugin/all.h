/* Every plugin there is, declared from plugins.def, so that a missing file is a link error. */
#ifndef PLUGIN_ALL_H
#define PLUGIN_ALL_H

#include "plugin/plugin.h"

#define PLUGIN(name) extern const struct plugin plugin_##name;
#include "plugin/plugins.def"
#undef PLUGIN

#endif
