/* A rule as a step of a job: what configs/rules/NAME.yaml says, judged like a plugin's check. */
#ifndef PLUGIN_RULE_H
#define PLUGIN_RULE_H

#include "model/rule.h"
#include "plugin/plugin.h"

/* A plugin that runs the rule which the run carries (run->rule); memory from the arena. */
const struct plugin *rule_plugin(const struct rule *r, struct arena *arena);
/* A column of the rule's query that its conditions need and no way of asking on this platform tells; NULL: none. */
const char *rule_missing_column(const struct rule *r, const struct platform *p);

#endif
