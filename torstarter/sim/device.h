/* A simulated switch on its console: a state machine that answers from fixture files. Pure: bytes and the time in, bytes out. */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "text/yaml.h"

/* Its model is a file, fixtures/PLATFORM/device.yaml, whose keys are (all text may hold {hostname} {serial} {mac} and the other
   values of the scenario's switch; \n becomes CR LF on the line):

     device: arista_eos
     comment: '!'                     starts a line that is read and forgotten; "" when there is none
     prompts: {login, password, exec, enable, config, shell, loader}
     texts:
       issue: …                       before the login prompt
       motd: …                        after a good login
       login_failed, enable_failed: … after a bad password
       rejected: '% Invalid input'    after a command that nothing below matches
       log: …                         a log line, for the line fault log_noise
     login_failed_delay: 3s           silence before login_failed
     boot: {file: boot.txt, takes: 20s}
     pager: {text: ' --More-- ', lines: 24, next: ' ', quit: q}    on from each login until `does: page_length` with 0
     commands:                        what changes the state, tried before the answers, in file order
       - {type: enable, in: [exec], to: enable, asks: enable_password}     type: one command or a list
       - {type: 'terminal length {number}', in: [exec, enable], does: page_length}
       - {type: [exit, logout], in: [exec, enable], to: login}
     answers:                         command → file beside device.yaml, or {file: F, text: T, in: [modes], takes: 1s, repeat: N, then: STATE}
       show version: show_version.txt
       'ping {address}': {file: ping.txt, in: [enable]}
     faults:                          name → answers that stand before those above, when the scenario's switch has the fault
       psu_no_input:
         about: power supply 2 takes no input
         answers: {show environment power: show_environment_power.no_input.txt}

   A command matches word by word. {name} in it stands for the switch's value of that name where it has one, else it matches any one
   word, which {name} in the answer then repeats. Answers are given in exec, enable and config unless `in` says otherwise. After an
   answer stands the prompt again, unless `then` says what the switch does next: login (it logs out), booting, loader, silent (it
   hangs), question (the answer ended in one that nobody expects). */

enum device_state {
    DEVICE_SILENT,  /* says nothing; only what wakes a line (CR, XON) may be typed */
    DEVICE_BOOTING, /* nothing may be typed */
    DEVICE_LOADER,  /* nothing may be typed */
    DEVICE_LOGIN,
    DEVICE_PASSWORD,
    DEVICE_EXEC,
    DEVICE_ENABLE_PASSWORD,
    DEVICE_ENABLE,
    DEVICE_CONFIG,
    DEVICE_PAGER,
    DEVICE_SHELL,    /* somebody left it open; only what shows its prompt, and `exit`, may be typed */
    DEVICE_QUESTION, /* a question that nobody declared: nothing may be typed */
    DEVICE_STATE_COUNT
};
const char *device_state_name(enum device_state s); /* "enable_password" */
bool device_state_by_name(const char *name, enum device_state *out);

struct device_answer {
    const char *command; /* as written, words separated by one blank */
    unsigned modes;      /* bit 1 << state */
    const char *text;    /* lines end in CR LF */
    size_t len;
    unsigned repeat;        /* how often the text is said; ≥ 1 */
    long takes_ms;          /* silence before it */
    enum device_state then; /* instead of the prompt; DEVICE_STATE_COUNT: the prompt */
};

struct device_answers {
    struct device_answer *items;
    size_t count;
};

struct device_command {
    const char *command;
    unsigned modes;
    enum device_state to;  /* DEVICE_STATE_COUNT: stays */
    bool asks;             /* the enable password first, where the switch has one */
    bool sets_page_length; /* to its last word */
};

struct device_fault {
    const char *name, *about;
    struct device_answers answers;
};

enum device_text {
    DEVICE_TEXT_ISSUE,
    DEVICE_TEXT_MOTD,
    DEVICE_TEXT_LOGIN_FAILED,
    DEVICE_TEXT_ENABLE_FAILED,
    DEVICE_TEXT_REJECTED,
    DEVICE_TEXT_LOG,
    DEVICE_TEXT_COUNT
};

struct device_model { /* frozen after load; shared by all switches and threads */
    const char *name, *file;
    const char *comment;
    const char *prompts[DEVICE_STATE_COUNT]; /* "" where a state has none */
    const char *texts[DEVICE_TEXT_COUNT];
    long login_failed_delay_ms;
    const char *boot; /* lines end in CR LF */
    long boot_ms;
    const char *pager;
    unsigned pager_lines; /* 0: no pager */
    char pager_next, pager_quit;
    struct device_command *commands;
    size_t command_count;
    struct device_answers answers;
    struct device_fault *faults;
    size_t fault_count;
};

/* In the arena; NULL with mistakes added. */
struct device_model *device_model_load(const char *file, struct arena *arena, struct mistakes *m);
const struct device_fault *device_model_fault(const struct device_model *model,
                                              const char *name); /* NULL: no such fault */
/* The same form elsewhere: `answers:` of a scenario's switch, files relative to dir. False with mistakes added. */
bool device_answers_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                         struct device_answers *out, struct mistakes *m);

/* Text as a terminal line has it: LF alone becomes CR LF, what is CR LF already stays. In the arena. */
const char *device_line_text(const char *text, size_t len, struct arena *arena, size_t *out_len);

struct device_value {
    const char *name, *text;
};

struct device_setup { /* what the scenario says of one switch; borrowed, outlives the device */
    const char *name; /* the hostname, unless values says otherwise */
    const struct device_value *values;
    size_t value_count;
    const struct device_answers *const *answers; /* tried in this order, before the model's own */
    size_t answers_count;
    const char *user, *password, *enable_password; /* "" for a password that is not asked for */
    enum device_state start;
    bool refuses_passwords, echo_off, pager_stays;
    const char *greeting;     /* what stands on the line at first; NULL: what the state has */
    const char *after_login;  /* a question in place of the first prompt; NULL: none */
    const char *issue, *motd; /* instead of the model's; NULL: the model's */
    uint64_t reboots_at;      /* restarts, once, when it has said so many bytes; 0: never */
};

struct device_typed { /* told for each line typed, and for each run of bytes in a state without lines */
    enum device_state state;
    const char *text; /* passwords stand as {password} */
    size_t len;
    bool unsafe;
};

struct device_counts {
    uint64_t typed_bytes, unsafe_bytes, wake_bytes, lines, logins, failed_logins;
};

struct device;

struct device *device_new(const struct device_model *model, const struct device_setup *setup,
                          void (*typed)(void *ctx, const struct device_typed *what), void *ctx);
void device_free(struct device *d);
/* Power comes on: a booting switch starts its boot log. */
void device_start(struct device *d, int64_t now_us);
/* What is typed; echo and answers are appended to out. */
void device_type(struct device *d, const void *bytes, size_t len, int64_t now_us, struct str *out);
/* What time brings: boot lines, answers that take their time. */
void device_tick(struct device *d, int64_t now_us, struct str *out);
int64_t
device_due_us(const struct device *d); /* when device_tick has something to do; INT64_MAX: never by itself */
void device_log_out(struct device *d); /* as a line that forgets its session when the cable is pulled */
enum device_state device_state(const struct device *d);
const struct device_counts *device_counts(const struct device *d);
/* Text of the model with the switch's values filled in. */
void device_expand(const struct device *d, const char *text, size_t len, struct str *out);

#endif
