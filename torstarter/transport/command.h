/* A command line that no shell sees: words, and settings of the environment in front of them. */
#ifndef TRANSPORT_COMMAND_H
#define TRANSPORT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"

/* [NAME=VALUE …] PROGRAM [ARGUMENT …]
   Words are separated by spaces. 'text' stands for itself; so does "text", in which \" and \\ are written for " and \; outside of
   quotes \x is x. Nothing else has a meaning; what would have one for a shell ( | & ; < > ( ) $ ` ) must be quoted, so that nobody
   takes this for one. In a VALUE, {password} is the credential's password; it is refused elsewhere, as arguments are seen by all. */
struct command {
    char **argv; /* NULL behind the last */
    size_t argc;
    char **settings; /* "NAME=VALUE", {password} not replaced */
    size_t setting_count;
};

/* ERR_USAGE, saying what to write instead; never quotes an argument that may be a password. */
bool command_read(const char *text, struct arena *arena, struct command *out, struct err *e);
/* ERR_USAGE when an argument holds the password, or is where a program that we know takes one. */
bool command_check_secrets(const struct command *c, const struct secret *password, struct err *e);
/* This process's environment without what is torstarter's own, with the settings. NULL behind the last; ERR_USAGE when {password} is
   asked for and there is none. */
bool command_environment(const struct command *c, const struct secret *password, char ***out, struct err *e);
void command_environment_free(char **environment); /* wipes */

#endif
