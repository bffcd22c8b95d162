/* A scenario: simulated switches behind one simulated console server, with what is wrong with each. Frozen after load. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/arena.h"
#include "sim/device.h"
#include "sim/line_setup.h"
#include "text/yaml.h"

/* The file's keys (text of `password` may be {env: NAME}, and must then be set):

     name: demo rack
     platform: arista_eos             fixtures/arista_eos/device.yaml, looked for in the folders above the scenario and in the
     device: FILE                     share folders; or the model's file itself. Of every switch that does not say otherwise
     seed: 1                          of everything random
     console_server:
       {name: oob-r1, kind: opengear, user: net, password: …, credential: oob, authorized_keys: FILE, auth: [password, publickey,
        keyboard-interactive], listen: ssh}     kind: opengear (user:port07), generic (user:7); listen: ssh, tcp, telnet or pty
     credentials: {user: admin, password: …, enable_password: …}
     line: {…}                        for every switch that does not say otherwise, key by key
     speed: 60                        boots, copies, checksums, waits and neighbours take a sixtieth of their time
     images:                          what a switch can fetch: a URL that ends in url_path (the name itself where absent)
       EOS-4.30.1F.swi: {version: 4.30.1F, size: 981MB, url_path: /images/EOS-4.30.1F.swi, truncated: BYTES, corrupt: true, missing: true,
         content: TEXT (its digests are those of this text; the name where absent), md5: …, sha1: …, sha256: …, sha512: … (said instead),
         config: FILE (it is a configuration)}
     state: {…}                       of every switch, key by key: see sim/device.h
     switches:
       - {name: tor-r1-01, port: 1, serial: …, mac: …, values: {…}, faults: [psu_no_input], answers: {…}, credentials: {…},
          line: {…}, state: {…}, platform: … (or device: FILE), injected: a dead power input, expect: PSU_FAILURE, count: 200}
   `count` makes that many: {n} and {n:03} in the name, serial, mac and values count from 1, the port from its own number.

   line: where the switch stands: silent  booting  loader  menu: TEXT (a boot menu)  question: TEXT (nobody declared it)
           already_logged_in  config_mode_left  shell_left; else it stands at its login prompt
         the port: busy: WHO, or busy: {kind: told|refused|silent, by: WHO}  dead  forgets  banner: TEXT  stale_buffer: TEXT
         logging in: wrong_password  issue: TEXT  motd: TEXT  after_login: TEXT (a question in place of the first prompt);
           all three until it restarts, as a first-boot dialogue
         the terminal: echo_off  pager_on (it ignores `terminal length 0`)  delayed_echo: 2s
         the wire: slow: BYTES_PER_SECOND  latency: 40ms  chunk: BYTES  half_open_after: BYTES (nothing passes, nothing ends)
           pause_after: TEXT (three seconds, each time that this was said)
           and the faults of sim/fault.c: log_noise garble lose parity nuls twice (N: every Nth byte, or [offsets])
           stall_after drop_after: N
         reboots_at: BYTES (once, in the middle of what it says)
   All bytes are counted from the beginning: of the connection on the wire, of the simulation for reboots_at. */

enum scenario_listen { LISTEN_SSH, LISTEN_TCP, LISTEN_PTY, LISTEN_TELNET };

struct scenario_switch {
    const char *name;
    const struct device_model *model;
    unsigned port;
    struct device_setup device;
    struct line_setup line;
    const char *injected, *expect; /* for the table of a demo; "" when not stated */
};

struct scenario_server {
    const char *name, *kind, *user, *password; /* password "": none is good */
    const char *credential;                    /* its name in the site file, for the ready file */
    const char *authorized_keys;               /* a file in OpenSSH's form; NULL: no key is good */
    bool auth_password, auth_publickey, auth_interactive;
    enum scenario_listen listen;
};

struct scenario {
    const char *name, *file;
    struct scenario_server server;
    const struct device_model *model; /* of switches that name none; NULL: each names its own */
    struct scenario_switch *switches;
    size_t switch_count;
    struct device_model **models; /* all of them; freed with it */
    size_t model_count;
    struct regex **regexes; /* of `state:`; freed with it */
    size_t regex_count;
    struct arena arena;
};

/* `dirs`: further folders that hold fixtures/. All mistakes at once; NULL if there are any. */
struct scenario *scenario_load(const char *file, const char *const *dirs, size_t dir_count,
                               struct mistakes *m);
void scenario_free(struct scenario *s);

#endif
