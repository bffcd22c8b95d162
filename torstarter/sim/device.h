/* A simulated switch on its console: a state machine that answers from fixture files. Pure: bytes and the time in, bytes out. */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "sim/device_ops.h"
#include "text/yaml.h"

/* Its model is a file, fixtures/PLATFORM/device.yaml, whose keys are (all text may hold {hostname} {serial} {mac} and the other
   values of the scenario's switch and of its state, see "Values"; \n becomes CR LF on the line):

     device: arista_eos
     comment: '!'                     starts a line that is read and forgotten; "" when there is none
     prompts: {login, password, exec, enable, config, shell, loader}      config: '{hostname}(config{label})#'
     texts:
       issue: …                       before the login prompt
       motd: …                        after a good login
       login_failed, enable_failed: … after a bad password
       rejected: '% Invalid input'    after a command that nothing below matches
       log: …                         a log line, for the line fault log_noise
       timer_expired: …               said when a commit timer has put the old configuration back
     login_failed_delay: 3s           silence before login_failed
     pager: {text: ' --More-- ', lines: 24, next: ' ', quit: q}    on from each login until `does: page_length` with 0
     console_buffer: 115              bytes that wait while the CLI is busy; what is typed beyond is lost (0: none are)
     line_takes: 0s                   how long the CLI is busy with each line typed in config and paste
     boot: {file: boot.txt, takes: 20s, replace: {…}}       the boot log; {boot_image} is what it starts
     values: {model: DCS-…, version: 4.28.3M}   of every switch whose scenario does not say otherwise. `version` is what runs at first
     clock: {format: '%a %b %e %H:%M:%S %Y', uptime: and, up_for: 8040s}
         strftime's format of {clock} and {booted_at}; how {uptime} is written: and ("2 hours and 14 minutes"), commas
         ("2 hours, 14 minutes"), linux ("2:14", "14 min", "3 days, 2:14"), nxos ("0 day(s), 2 hour(s), 14 minute(s), 5 second(s)"),
         colon ("02:14:05", "3d02h"); up_for: at the start of the simulation
     reload_reasons: {start: …, command: 'Reload requested by the user.', crash: …, power: …}      {reload_reason}
     flash:
       size: 3200MB                   bytes, KB, MB, GB (powers of ten)
       files: {'EOS-{version}.swi': 981MB, 'old.log': {size: 3MB}}        at the start; {version}: what runs at the start
       image: 'EOS-{version}.swi'     the file that runs at the start, and is the boot variable
       rate: 20MB                     a second, of a copy
       digest_rate: 150MB             a second, of a checksum
       partial: kept                  or removed: what is left of an interrupted copy
       progress: {text: "\r{percent}%", steps: 50, end: "\n"}   said evenly over a copy. Further values: {done_bytes} {size_bytes}
         {left_bytes} {bar} (50 wide, # and blanks)
     config:
       blocks: indent                 or set (Junos: whole lines; `delete X` removes "set X…"), or flat
       indent: 3                      blanks a level, when shown
       separator: '!'                 a line of its own between top-level blocks, when shown; '' for none
       negation: 'no '                what starts a line that removes ('delete ' for set)
       factory: factory.cfg           or {SLOT: FILE, …}: what each slot holds at first. FILE alone: running and startup
       production: healthy/running_config.txt       the same
       start: production              which of the two, unless the scenario's `state:` says `config: factory`
       hostname: '^hostname (\S+)$'   group 1 is {hostname}, where a line of running matches (at any depth)
       factory_hostname: localhost    {hostname} where none does. Absent: the scenario's name
       password: '^username (\S+) .*secret'        logging in wants the scenario's password only while a line of running matches, else
       enable_password: '^enable secret'           none (absent: always the scenario's)
       boot_line: '^boot system flash:/?(\S+)$'    the boot variable is group 1 of this line of startup (absent: what `boot` set)
       ignore: ['^!', '^end$']        lines that are read over, in files and when typed
       at_boot: ['config_copy startup running']    what a boot does to the slots (this is the default)
       lines:                         what is accepted where a slot is open; the first that matches counts. Regexes on the line without
         - '^ntp server \S+$'           its indent; a text alone is a line without block
         - {line: '^hostname (\S+)$', single: 1}                     replaces a line with the same first word
         - {line: '^interface (Et)hernet(\S+)$', label: '-if-{1}{2}', lines: ['^shutdown$', {line: '^ip address \S+$', single: 2}]}
         - {line: '^banner login$', until: EOF}                      whole lines up to one that ends so belong to it
         - {line: '^default (vlan \S+)$', removes: '{1}'}            all that starts so
         - {line: '^default (interface \S+)$', empties: '{1}'}       what stands in such blocks of the top level, which stay: a port does
         - {line: '^vlan 4096$', error: "% Invalid input\n"}         refused in its own words (else texts.rejected)
         - {line: '^enable secret \S+$', says: "…\n"}                accepted, with words
       A line that no pattern of its block matches is tried one block further out, as CLIs with blocks do. `exit` leaves a block.
       `negation` + a line removes what starts so; it is refused where nothing matches that line, and there is none such.
     commands:                        what changes the state, tried before the answers, in file order
       - {type: enable, in: [exec], to: enable, asks: enable_password}     type: one command or a list
       - {type: 'terminal length {number}', in: [exec, enable], does: page_length}
       - {type: [exit, logout], in: [exec, enable], to: login}
       - type: 'copy {url} flash:{file}'
         in: [enable]
         when: [CONDITION, …]         else the next one that matches is tried
         questions:                   asked first, one after another; what is answered is {answer}
           - {ask: 'Proceed with reload? [confirm]', go: ['', y, yes], stop: "aborted\n", when: unsaved}
                                        go: absent: any; `as: file`: a non-empty answer becomes {file}
         does: ['fetch {url} {file}'] OPERATIONs, in order; the first that fails ends it
         takes: 1s                    silence before anything is said
         begins: "Copying…\n"         said before the operations (of use with `fetch`)
         says: "Copy completed successfully.\n"     or file: F, replace: {…}; after the last operation
         fails: {no_file: "% Error: …\n", no_space: …, otherwise: …}       by REASON; absent: texts.rejected
         to: enable                   the mode it ends in; label: '-s-{name:.6}' what {label} is then; then: STATE as of an answer
         changes: true                where the operations do not tell (see "Record")
       - {type: 'load set terminal', in: [config], paste: candidate, says: …}     until Ctrl-D, lines go to that slot; `end: TEXT` is
                                        the line that ends it instead; `raw: true` takes any line; then `does` and `says`
                                        `begins` is said before
     answers:                         command → file beside device.yaml, or {file: F, text: T, in: [modes], takes: 1s, repeat: N, then: STATE,
                                        replace: {'4.28.3M': '{version}'}, when: CONDITIONS, each: […], end: T}, or a list of such: the first whose `when` holds
       show version: show_version.txt
       'ping {address}': {file: ping.txt, in: [enable]}
       show bgp summary:
         text: "header\n"
         each:                        rows behind the text; every match binds its {places}
           - {of: 'config router bgp {as} > neighbor {peer} remote-as {peer_as}', text: "{peer:-18} {peer_as:8} Established\n", when: 'settled 15s'}
           - {of: files, text: "{size:12} {file}\n"}       of: files, sessions ({session})
         end: "footer\n"
     faults:                          name → answers that stand before those above, when the scenario's switch has the fault
       psu_no_input:
         about: power supply 2 takes no input
         answers: {show environment power: show_environment_power.no_input.txt}
         state: {config: production, …}       as a scenario's `state:`

   A command matches word by word. {name} in it stands for the switch's value of that name where it has one, else it matches any one
   word or part of a word ('flash:{file}', 'http://{server}/{path}'), which {name} in the answer, the operations and the conditions then
   repeats; {name:ip} matches addresses alone, {name...} at the end matches all words that are left. Answers are given in exec, enable and config unless `in` says
   otherwise. After an answer stands the prompt again, unless `then` says what the switch does next: login (it logs out), booting,
   loader, silent (it hangs), question (the answer ended in one that nobody expects).

   OPERATIONS (REASON: why one can fail)
     page_length                      the pager's, to the command's last word
     config_open SLOT                 config lines go to SLOT from now on; it is begun as a copy of running where there is none (a slot
                                      begun so is a session: it does not outlive a boot)
     config_close                     they go nowhere; config_top leaves the blocks
     config_copy FROM TO | config_merge FROM TO | config_drop SLOT       (no_file: no such slot). A change of running by copy keeps
                                      what it was in the slot `previous`
     config_add SLOT PATH | config_remove SLOT PATH      'interface {i} > ip address {a}': its heads and itself are made; itself and what
                                      starts so goes (no_line). A slot made so is lost at boot
     save [FROM TO]                   config_copy running startup, or as the faults have it (save_failed)
     timer TIME [NAME]                before what it guards: running as it is now comes back by itself after 5 (minutes), 00:05:00, 300s
     confirm                          stops the timer (no_timer);  rollback: puts it back now (no_timer, rollback_failed)
     fetch URL FILE                   (no_image, no_space, broken, interrupted, exists where `fetch URL FILE new` is said) an image that
                                      holds a configuration becomes the slot FILE
     delete FILE | checksum FILE      (no_file). checksum gives {md5} {sha1} {sha256} {sha512}, and takes its time
     boot FILE                        sets the boot variable (no_file; bad_image where `boot FILE verified` is said and it is damaged)
     install FILE                     the same, verified: for platforms that unpack. Its time is the command's `takes`
     reload [REASON]                  of reload_reasons; command unless said. Unsaved changes are lost. The last operation
   CONDITIONS (each may begin with `not `)
     config PATH | config@SLOT PATH   a line matches: 'interface {interface} > ip address {own}/{length}'; words as in commands, more words
                                      may follow. Whole lines for set and flat
     settled TIME                     neither a boot nor a change of running in the last TIME
     file FILE | slot SLOT | unsaved (running is not startup) | factory | timer | session | fault NAME
   VALUES {name}; {name:12} right, {name:-12} left adjusted, {name:.6} cut
     {hostname} {serial} {mac} {model} … of the scenario and of `values:`; {user} who logged in; {label}
     {version} {image} that run; {boot_image} boots next; {boot_version}; {uptime} {uptime_days} {uptime_hours} {uptime_minutes}
     {uptime_seconds} {booted_at} {clock} {reload_reason} {config_age} (colon form: since running changed or booted) {timer_left} (00:04:31)
     {running_config} {startup_config} {candidate_config} {previous_config} {config@SLOT} {diff@FROM:TO}
     {target} the slot that is open, {session_diff} from running to it; {timer_name} of `timer`
     {flash_bytes} {free_bytes} {used_bytes}, each also _kb and _mb (1024) instead of _bytes; {size} of {file} after checksum

   The scenario (sim/scenario.h) adds: `speed: 60` divides boot, copy, checksum, `takes`, `settled` and {config_age} (not timers, not uptimes); `images:`; and for all
   or one switch `state:`
     config: factory | production | FILE
     version: 4.28.3M                 what runs at first
     files: {NAME: SIZE}              more files, or {NAME: {size, version, image: NAME of images}};  free: 100MB left
     sessions: {NAME: FILE}           configuration sessions that somebody left open; candidate: FILE
     boot: loop | loader | silent | old_version | crash     what the next reload leads to; serial: NEW: another switch stands there after it
     save: ignored | refused          it says that it saved and did not; it fails
     fetch: stalls | breaks | damaged | half     with fetch_at: 40 (percent). stalls: nothing comes any more; breaks: fails; damaged, half:
                                      it says that it is done, and the file is bad
     rollback: refused                the timer and `rollback` do not bring the old configuration back
     rejects: REGEX                   configuration lines that are refused whatever `lines:` says
     unsaved: true                    running has a line more than startup

   RECORD: a command with an operation that changes something, a configuration line that was accepted, and `changes: true` stand as
   `"changes": true` in typed.jsonl. Not counted: page_length, checksum, config_open, config_close, config_top of running. */

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
    DEVICE_ASKING,   /* a question of a command of the model */
    DEVICE_PASTE,    /* lines are taken as they come, without a prompt */
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
    struct device_whens when;
    struct device_each *each; /* rows behind the text */
    size_t each_count;
    const char *end; /* behind the rows */
};

struct device_answers {
    struct device_answer *items;
    size_t count;
};

struct device_command {
    const char *command;
    unsigned modes;
    enum device_state to;   /* DEVICE_STATE_COUNT: stays */
    enum device_state then; /* as of an answer */
    bool asks;              /* the enable password first, where the switch has one */
    bool changes;           /* it counts as a change of the switch */
    bool paste_raw;
    const char *paste, *paste_end; /* the slot that lines go to until Ctrl-D, or that line; NULL */
    const char *label;             /* {label} afterwards; NULL: as it was */
    const char *begins, *says;     /* "" is nothing; lines end in CR LF */
    long takes_ms;
    struct device_whens when;
    struct device_question *questions;
    size_t question_count;
    struct device_ops ops;
    struct device_reason *fails;
    size_t fail_count;
};

struct device_fault {
    const char *name, *about;
    struct device_answers answers;
    const struct yaml_node *state; /* NULL: none; read over the switch's when the scenario loads */
};

enum device_text {
    DEVICE_TEXT_ISSUE,
    DEVICE_TEXT_MOTD,
    DEVICE_TEXT_LOGIN_FAILED,
    DEVICE_TEXT_ENABLE_FAILED,
    DEVICE_TEXT_REJECTED,
    DEVICE_TEXT_LOG,
    DEVICE_TEXT_TIMER_EXPIRED,
    DEVICE_TEXT_COUNT
};

struct device_value {
    const char *name, *text;
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
    long console_buffer, line_takes_ms;
    const struct device_value *values; /* of every switch that does not say otherwise */
    size_t value_count;
    struct device_clock_model clock;
    const char *reload_reasons[RELOAD_REASON_COUNT];
    struct device_flash_model flash;
    struct device_config_model config;
};

/* In the arena, but for its regexes; NULL with mistakes added. */
struct device_model *device_model_load(const char *file, struct arena *arena, struct mistakes *m);
void device_model_free(struct device_model *model); /* the regexes; NULL is nothing */
const struct device_fault *device_model_fault(const struct device_model *model,
                                              const char *name); /* NULL: no such fault */
/* The same form elsewhere: `answers:` of a scenario's switch, files relative to dir. False with mistakes added. */
bool device_answers_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                         struct device_answers *out, struct mistakes *m);

/* `state:` of a scenario, a switch or a fault, over what is in `out` already, key by key. */
void device_begin_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                       struct device_begin *out, struct mistakes *m);
void device_images_load(const struct yaml_node *map, const char *dir, struct arena *arena,
                        struct device_images *out, struct mistakes *m);

/* Text as a terminal line has it: LF alone becomes CR LF, what is CR LF already stays. In the arena. */
const char *device_line_text(const char *text, size_t len, struct arena *arena, size_t *out_len);

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
    struct device_begin begin;
    struct device_images images;
    const char *const *faults; /* their names, for `fault NAME` */
    size_t fault_count;
    long speed; /* of what the switch does by itself; 0 is 1 */
};

struct device_typed { /* told for each line typed, and for each run of bytes in a state without lines */
    enum device_state state;
    const char *text; /* passwords stand as {password} */
    size_t len;
    bool unsafe;
    bool changes; /* the switch is another one afterwards */
};

struct device_counts {
    uint64_t typed_bytes, unsafe_bytes, wake_bytes, lines, logins, failed_logins;
    uint64_t lost_bytes; /* typed into a full console buffer */
    uint64_t changes, reloads;
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
/* The line cannot take more before that: the CLI waits, and what is typed fills its buffer (where the model has one). */
void device_hold(struct device *d, int64_t until_us);
int64_t
device_due_us(const struct device *d); /* when device_tick has something to do; INT64_MAX: never by itself */
void device_log_out(struct device *d); /* as a line that forgets its session when the cable is pulled */
enum device_state device_state(const struct device *d);
const struct device_counts *device_counts(const struct device *d);
/* Text of the model with the switch's values filled in. */
void device_expand(const struct device *d, const char *text, size_t len, struct str *out);

#endif
