/* Masks secrets in a stream, whatever the chunking: the longest suffix that may still become a secret is held back. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/str.h"

/* What is masked:
   - every known secret of at least 4 bytes, as {secret:NAME}; also where the terminal wrapped it (bytes of " \r", CR, LF or CSI
     sequences, " \b" and characters taken back by BS between its characters; a LF among them is kept, behind the mask);
   - a known secret of 1 to 3 bytes only where one is expected: on a line after a prompt that asks for a password, passphrase,
     passcode or secret, and after mask_expect(), each up to the next LF. Elsewhere it would turn every such letter into a mask;
   - secret-looking values in configuration text (after `password`, `secret 5`, `key 7`, `community`, PEM blocks, $1$/$5$/$6$
     hashes …), as {secret:config}; see base/redact.h.
   A secret that is also a user's name or a word of the language is masked wherever it stands. */
struct mask;

struct mask *mask_new(void);
void mask_free(struct mask *m);
void mask_add(struct mask *m, const struct secret *s); /* copies; empty secrets are ignored */
/* Feeds bytes, appends what is safe to show to out. */
void mask_feed(struct mask *m, const void *bytes, size_t len, struct str *out);
/* The line went quiet, or the stream is over: appends all that is held back, so that a prompt is never withheld. The beginning of a
   secret is shown as it is while it is shorter than 4 bytes and than half of the secret and nobody expects one (nobody can tell it
   from other letters); else it becomes {secret:NAME}. What was begun is not forgotten: the rest of the secret is masked when it
   comes, however often the line pauses. Two things stay held, since no prompt ends in them: $6$ of a hash, and a line of a
   private key. */
void mask_flush(struct mask *m, struct str *out);
/* A secret is about to be typed: up to the next LF its echo is expected. */
void mask_expect(struct mask *m);
/* Whole text at once: feed and flush on a fresh state with the same secrets; m is not changed. */
void mask_text(const struct mask *m, const char *text, size_t len, struct str *out);
/* The same for what we type where a secret is asked for: short secrets count too. */
void mask_sent(const struct mask *m, const char *text, size_t len, struct str *out);

#endif
