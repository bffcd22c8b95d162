/* Console URIs: ssh://user@host:22/7?kind=opengear, serial:/dev/ttyUSB0?baud=9600, replay:file (RFC 3986, our schemes). */
#ifndef TEXT_URI_H
#define TEXT_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct uri_option {
    const char *key, *value;
};

struct uri {
    const char *scheme; /* lower case: "ssh" */
    const char *user;   /* "" when none */
    const char *host;   /* "" when none; brackets of an IPv6 address are taken off */
    unsigned port;      /* 0 when none */
    const char *path;   /* ssh: what follows the slash ("7"); serial, replay, exec: the path or arguments */
    struct uri_option *options;
    unsigned option_count;
};

/* Percent-decoded, except exec: which is taken as it stands, without options (its words: transport/command.h). A password in a URI (user:pass@) is refused: it would be
   in argv and history; a : that belongs to the user name is written %3A. Control characters are refused too. Scheme and host are
   lower-cased. ERR_USAGE; the error never quotes the text. */
bool uri_parse(const char *text, struct arena *arena, struct uri *out, struct err *e);
const char *uri_option(const struct uri *u, const char *key, const char *otherwise);
/* *out is left as it was where the option is not given; ERR_USAGE where it is no number from min to max. */
bool uri_option_number(const struct uri *u, const char *key, unsigned min, unsigned max, unsigned *out,
                       struct err *e);
/* ERR_USAGE, naming the nearest, when there is an option that is none of `names` (NULL behind the last). */
bool uri_check_options(const struct uri *u, const char *const *names, struct err *e);
/* Canonical text, for the log and as the console's name in locks. */
char *uri_format(const struct uri *u, struct arena *arena);

#endif
