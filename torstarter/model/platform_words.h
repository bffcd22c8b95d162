/* The words of commands that a platform file may hold outside a procedure: do they read, or may they change the switch? */
#ifndef MODEL_PLATFORM_WORDS_H
#define MODEL_PLATFORM_WORDS_H

#include <stdbool.h>

enum words_kind {
    WORDS_READ,
    WORDS_MAY_CHANGE, /* depends on what follows */
    WORDS_CHANGE
};

/* What a command that begins so does. */
enum words_kind words_begin(const char *text);
/* An option that sets what its program else shows: "date -s". */
bool words_set(const char *command);
/* Leads to another mode, and no further. */
bool words_change_mode(const char *text);
/* What is run as root: `sudo -n`, which asks for no password, is passed over too. */
const char *words_behind_sudo(const char *text);

#endif
