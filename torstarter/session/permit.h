/* A permit: the proof, taken from the switch itself moments ago, that one change is safe now. Only job/guard can make one (session/permit_self.h). */
#ifndef SESSION_PERMIT_H
#define SESSION_PERMIT_H

#include <stdint.h>

struct permit;

enum { PERMIT_VALID_MS = 60 * 1000 }; /* after its oldest evidence */

void permit_free(struct permit *p); /* NULL is fine */

#endif
