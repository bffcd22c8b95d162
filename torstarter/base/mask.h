/* Masks secrets in a stream, whatever the chunking: the longest suffix that may still become a secret is held back. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/str.h"

/* What is masked:
   - every known secret of at least 1 byte, as {secret:NAME}; also where the terminal wrapped it (bytes of " \r", CR, LF or
     CSI sequences between its characters);
   - secret-looking values in configuration text (after `password`, `secret 5`, `key 7`, `community`, PEM blocks, $1$/$5$/$6$
     hashes …), as {secret:config}; line-wise, so the rest of that line's value is held back until its end. */
struct mask;

struct mask *mask_new(void);
void mask_free(struct mask *m);
void mask_add(struct mask *m, const struct secret *s); /* copies; empty secrets are ignored */
/* Feeds bytes, appends what is safe to show to out. */
void mask_feed(struct mask *m, const void *bytes, size_t len, struct str *out);
/* Appends what is still held back (it cannot become a secret any more). */
void mask_flush(struct mask *m, struct str *out);
/* Whole text at once: feed and flush on a fresh state with the same secrets; m is not changed. */
void mask_text(const struct mask *m, const char *text, size_t len, struct str *out);

#endif
