/* How a plugin changes the switch: one procedure at a time, each with a permit of its own that the engine's guard gives or refuses. */
#ifndef PLUGIN_CHANGE_H
#define PLUGIN_CHANGE_H

#include "plugin/run.h"
#include "session/change.h"

/* What became of a procedure. HALF is what TAINTED means: the switch is neither as it was nor as it should be. */
enum change_state { CHANGE_NOT_BEGUN, CHANGE_DONE, CHANGE_UNDONE, CHANGE_HALF };

struct change {
    enum change_state state;
    struct answer last;        /* of the last step typed; caller: change_clear */
    struct paste_result paste; /* of a procedure that pastes */
    struct boot_report
        boot; /* of one that reloads: the switch stands at a login, run->session is logged in again */
};
void change_clear(struct change *c);

/* Asks the guard for a permit (run->guard), types the steps, reads and compares what its queries say, waits out a reload and logs in
   again. When a step fails: the undo (under the same permit) where there is one. False: run->err says what, run->err_evidence points
   at the bytes; out->state says what is on the switch now. `paste` NULL unless the procedure pastes. A change that cannot be proven
   to be needed is not made: callers look first. */
bool run_procedure(struct run *run, const char *procedure, const struct argument *args, size_t arg_count,
                   const struct paste *paste, struct change *out);
/* Does the platform declare it? */
bool run_can(const struct run *run, const char *procedure);
/* verdict_error, or verdict_fail where run->err has the plugin's own code; says what is on the switch now. */
struct verdict verdict_changed(struct run *run, const struct change *c);

#endif
