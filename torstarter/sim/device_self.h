/* The inside of a simulated switch: shared by the files that make up device.h, and by no others. */
#ifndef SIM_DEVICE_SELF_H
#define SIM_DEVICE_SELF_H

#include "sim/device.h"

enum { DEVICE_LINE_MAX_BYTES = 1023 }; /* of the CLI's line buffer: more rings the bell */

enum device_pending { PENDING_NOTHING, PENDING_GREETING, PENDING_BOOT, PENDING_LOGIN_FAILED, PENDING_ANSWER };

struct device {
    const struct device_model *model;
    const struct device_setup *setup;
    void (*typed)(void *ctx, const struct device_typed *what);
    void *ctx;
    enum device_state state, back; /* back: where the pager or a refused enable returns to */
    enum device_state asked;       /* where a good enable password leads */
    struct str line;               /* what is being typed */
    struct str ahead;              /* typed while the switch was busy */
    char user[64];
    unsigned page_lines; /* 0: no paging */
    enum device_pending pending;
    int64_t due_us;
    const struct device_answer *answer; /* being given */
    struct str said;                    /* the command it answers */
    struct str page;                    /* the answer, while the pager holds it */
    size_t page_at;
    size_t boot_at, boot_lines, boot_line;
    uint64_t said_bytes;
    bool rebooted;
    int64_t boot_started_us;
    struct device_counts counts;
};

void device_prompt(struct device *d, struct str *out);
void device_show_login(struct device *d, struct str *out);
void device_log_in(struct device *d, struct str *out);
/* What the switch does in place of showing a prompt. */
void device_turn_to(struct device *d, enum device_state s, int64_t now_us, struct str *out);
/* device_line.c: one byte in a state that has lines or keys. */
void device_key(struct device *d, char key, int64_t now_us, struct str *out);
/* device_answer.c */
void device_run(struct device *d, const char *command, int64_t now_us, struct str *out);
void device_give_answer(struct device *d, int64_t now_us, struct str *out);
void device_page_key(struct device *d, char key, struct str *out);

#endif
