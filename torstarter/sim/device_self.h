/* The inside of a simulated switch: shared by the files that make up device.h, and by no others. */
#ifndef SIM_DEVICE_SELF_H
#define SIM_DEVICE_SELF_H

#include "base/vec.h"
#include "sim/device.h"

enum { DEVICE_LINE_MAX_BYTES = 1023 }; /* of the CLI's line buffer: more rings the bell */
enum { DEVICE_NAME_MAX_BYTES = 128 };

enum device_pending {
    PENDING_NOTHING,
    PENDING_GREETING,
    PENDING_BOOT,
    PENDING_LOGIN_FAILED,
    PENDING_ANSWER,
    PENDING_COMMAND, /* its silence, or an operation that takes its time */
    PENDING_LINE,    /* of a configuration */
    PENDING_WIRE     /* the line has not taken yet what was said */
};

enum device_step { STEP_ASK, STEP_WAIT, STEP_BEGIN, STEP_PASTE, STEP_OPS, STEP_END };

struct device_slot {
    char *name;
    struct config *config;
    bool session;
};

struct device_file {
    char *name, *version, *content;
    const struct device_image *image; /* NULL: none of the scenario's */
    uint64_t size;
    bool damaged;
};

struct device_copy {                  /* under way */
    const struct device_image *image; /* NULL: none */
    char name[DEVICE_NAME_MAX_BYTES];
    uint64_t size;    /* that will come */
    uint64_t ends_at; /* where it ends for want of room, or by a fault; ≥ size: it does not */
    const char *ends; /* the reason */
    unsigned step;
    int64_t began_us, takes_us; /* takes_us of all of `size` */
};

struct device {
    const struct device_model *model;
    const struct device_setup *setup;
    void (*typed)(void *ctx, const struct device_typed *what);
    void *ctx;
    enum device_state state, back; /* back: where the pager or a refused enable returns to */
    enum device_state asked;       /* where a good enable password leads */
    struct str line;               /* what is being typed */
    struct str ahead;              /* typed while the switch was busy */
    struct str taken;              /* a line of a configuration that the CLI is busy with */
    char user[64];
    unsigned page_lines; /* 0: no paging */
    enum device_pending pending;
    int64_t due_us;
    const struct device_answer *answer; /* being given */
    struct str binds;                   /* what {places} of the command stand for: name NUL text NUL … */
    struct str page;                    /* the answer, while the pager holds it */
    size_t page_at;
    size_t boot_at, boot_lines, boot_line;
    uint64_t said_bytes;
    bool rebooted;
    int64_t boot_started_us;
    int64_t held_until_us; /* the line takes no more before */
    struct device_counts counts;

    bool begun;
    int64_t now_us, began_us, booted_us, changed_us; /* changed: running */
    /* device_do.c: the command being done */
    const struct device_command *command;
    enum device_step step;
    size_t question, op;
    const char *reason; /* why its operation failed */
    bool reloads;
    struct device_copy copy;
    struct str digests[DIGEST_COUNT]; /* of the file that was asked about */
    uint64_t digested_bytes;
    /* device_flash.c */
    VEC(struct device_file) files;
    char version[DEVICE_NAME_MAX_BYTES], image[DEVICE_NAME_MAX_BYTES], boot_image[DEVICE_NAME_MAX_BYTES];
    enum device_boots boots;
    enum device_reload_reason reload_reason;
    bool serial_changed;
    /* device_config.c */
    VEC(struct device_slot) slots;
    char hostname[DEVICE_NAME_MAX_BYTES];
    char target[DEVICE_NAME_MAX_BYTES]; /* the slot that lines go to; "": none */
    char label[DEVICE_NAME_MAX_BYTES];
    struct config_path path; /* own copies */
    char labels[CONFIG_DEPTH_MAX][DEVICE_NAME_MAX_BYTES];
    char until[DEVICE_NAME_MAX_BYTES]; /* the end of a text of many lines; "": none is being typed */
    struct config *before_timer;
    int64_t timer_due_us;
    bool began_factory;
    char timer_name[DEVICE_NAME_MAX_BYTES];
};

/* device.c */
void device_prompt(struct device *d, struct str *out);
void device_show_login(struct device *d, struct str *out);
void device_log_in(struct device *d, struct str *out);
/* What the switch does in place of showing a prompt. */
void device_turn_to(struct device *d, enum device_state s, int64_t now_us, struct str *out);
void device_wait(struct device *d, enum device_pending what, int64_t due_us);
void device_wait_ms(struct device *d, enum device_pending what,
                    long ms); /* of the switch's own time: `speed` counts */
int64_t
device_settled_us(const struct device *d); /* since running changed or it booted, in the switch's own time */
void device_say(struct device *d, const char *text, struct str *out);
/* device_line.c: one byte in a state that has lines or keys. */
void device_key(struct device *d, char key, int64_t now_us, struct str *out);
void device_line_taken(struct device *d, int64_t now_us, struct str *out); /* the CLI has come to it */
const char *
device_password(const struct device *d); /* that is wanted now: a factory configuration may have none */
const char *device_enable_password(const struct device *d);
/* device_answer.c */
void device_run(struct device *d, const char *command, int64_t now_us, struct str *out);
bool device_would_change(struct device *d, const char *command);
void device_give_answer(struct device *d, int64_t now_us, struct str *out);
void device_page_key(struct device *d, char key, struct str *out);
/* device_match.c: words, places and what they stand for. */
const char *device_bound(const struct device *d, const char *name, size_t len); /* NULL: nothing */
void device_bind(struct device *d, const char *name, size_t len, const char *text, size_t text_len);
bool device_command_matches(struct device *d, const char *pattern, const char *typed); /* binds anew */
/* The pattern's words are the first ones of the line; binds what is not bound. */
bool device_words_match(struct device *d, const char *pattern, size_t len, const char *line);
/* device_value.c */
bool device_add_value(const struct device *d, const char *name, size_t len, struct str *out);
const char *device_setup_value(const struct device *d, const char *name, size_t len); /* NULL: none */
/* device_when.c */
bool device_holds(struct device *d, const struct device_whens *when); /* binds what it finds */
void device_give_rows(struct device *d, const struct device_answer *a, struct str *out);
/* device_do.c */
void device_do(struct device *d, const struct device_command *c, int64_t now_us, struct str *out);
void device_go_on(struct device *d, int64_t now_us, struct str *out); /* after a wait */
void device_answered(struct device *d, const char *answer, int64_t now_us, struct str *out);
void device_pasted(struct device *d, const char *line, int64_t now_us, struct str *out);
void device_paste_ends(struct device *d, int64_t now_us, struct str *out);
bool device_interrupt(struct device *d, int64_t now_us, struct str *out); /* false: nothing to stop */
/* device_config.c */
void device_config_begin(struct device *d);
void device_config_clear(struct device *d);
struct config *device_slot(const struct device *d, const char *name); /* NULL: none */
void device_slot_set(struct device *d, const char *name, struct config *take_config, bool session);
void device_config_leave(struct device *d); /* all blocks */
/* A line typed where a slot is open. False: no pattern matches. */
bool device_config_line(struct device *d, const char *line, struct str *out);
bool device_reads_over(const void *config_model, const char *line); /* by its `ignore:` */
bool device_config_accepts(struct device *d, const char *line);
bool device_config_has(const struct device *d, const struct regex *re); /* a line of running */
bool device_config_do(struct device *d, const struct device_op *op, char *const *args); /* false: d->reason */
void device_timer_expires(struct device *d, struct str *out);
void device_config_booted(struct device *d);
/* device_flash.c */
void device_flash_begin(struct device *d);
void device_flash_clear(struct device *d);
struct device_file *device_file(const struct device *d, const char *name); /* NULL: none */
uint64_t device_used_bytes(const struct device *d);
uint64_t device_flash_bytes(const struct device *d);
bool device_flash_do(struct device *d, const struct device_op *op, char *const *args);
/* Begins what takes its time. True: wait for d->due_us. */
bool device_copy_begin(struct device *d, char *const *args);
bool device_copy_on(struct device *d,
                    struct str *out); /* false: it is over; d->reason says how, NULL: well */
void device_copy_stops(struct device *d);
const char *device_boot_image(const struct device *d);
const char *device_boot_version(const struct device *d); /* NULL: it cannot be booted */
/* device_reload.c */
void device_boot_begin(struct device *d); /* a restart, not the first start */
void device_boot_on(struct device *d, int64_t now_us, struct str *out);
void device_boot_start(struct device *d, int64_t now_us);

#endif
