/* The operator's wish to stop, seen by every job: asked (finish the step, log out) or now. */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

enum cancel_level { CANCEL_NONE = 0, CANCEL_ASKED = 1, CANCEL_NOW = 2 };

struct cancel;

struct cancel *cancel_new(void);
void cancel_free(struct cancel *c);
void cancel_raise(struct cancel *c, enum cancel_level level); /* async-signal-safe; never lowers the level */
enum cancel_level cancel_level(const struct cancel *c);       /* NULL gives CANCEL_NONE */
/* A descriptor that polls readable from the first raise on (never read it); -1 for NULL. */
int cancel_fd(const struct cancel *c);
/* A second one, readable from CANCEL_NOW on only: what transports poll, so that a logout can still be spoken. */
int cancel_now_fd(const struct cancel *c);

#endif
