/* What a device model's commands do, under which conditions, and to what: the parts of sim/device.h's file that are state. Frozen. */
#ifndef SIM_DEVICE_OPS_H
#define SIM_DEVICE_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "sim/grammar.h"
#include "text/regex.h"

enum device_verb {
    VERB_PAGE_LENGTH,
    VERB_CONFIG_OPEN,
    VERB_CONFIG_CLOSE,
    VERB_CONFIG_TOP,
    VERB_CONFIG_COPY,
    VERB_CONFIG_MERGE,
    VERB_CONFIG_DROP,
    VERB_CONFIG_ADD,
    VERB_CONFIG_REMOVE,
    VERB_SAVE,
    VERB_TIMER,
    VERB_CONFIRM,
    VERB_ROLLBACK,
    VERB_FETCH,
    VERB_DELETE,
    VERB_CHECKSUM,
    VERB_BOOT,
    VERB_INSTALL,
    VERB_RELOAD,
    VERB_COUNT
};

enum { DEVICE_OP_ARGS = 3 };
struct device_op {
    enum device_verb verb;
    const char *args[DEVICE_OP_ARGS]; /* may hold {places}; "" where not given */
};
struct device_ops {
    struct device_op *items;
    size_t count;
};

enum device_when_kind {
    WHEN_CONFIG,
    WHEN_SETTLED,
    WHEN_FILE,
    WHEN_SLOT,
    WHEN_UNSAVED,
    WHEN_FACTORY,
    WHEN_TIMER,
    WHEN_SESSION,
    WHEN_FAULT
};
struct device_when {
    enum device_when_kind kind;
    bool negated;
    const char *arg;  /* the path, the name */
    const char *slot; /* of WHEN_CONFIG */
    long ms;          /* of WHEN_SETTLED */
};
struct device_whens { /* all of them; none holds always */
    struct device_when *items;
    size_t count;
};

struct device_reason { /* why an operation can fail, and what is said then */
    const char *reason, *text;
};

struct device_question {
    const char *ask, *stop;
    const char *as;        /* the place that the answer becomes; NULL: {answer} alone */
    const char *const *go; /* answers that go on */
    size_t go_count;       /* 0: any */
    struct device_whens when;
};

struct device_each { /* rows behind an answer's text */
    enum { EACH_CONFIG, EACH_FILES, EACH_SESSIONS } of;
    const char *slot, *path; /* of EACH_CONFIG */
    const char *text;
    struct device_whens when;
};

struct device_image { /* what can be fetched */
    const char *name, *version, *url_path, *content;
    const char *digests[DIGEST_COUNT]; /* said in place of the content's; NULL: the content's */
    const char *config;                /* it is a configuration; NULL: it is none */
    uint64_t size, truncated;          /* truncated 0: whole */
    bool corrupt, missing;
};
struct device_images {
    struct device_image *items;
    size_t count;
};

struct device_file_begin { /* a file in the flash at the start */
    const char *name, *version, *image;
    uint64_t size;
};
struct device_files_begin {
    struct device_file_begin *items;
    size_t count;
};

struct device_slot_begin {
    const char *name, *text;
};
struct device_slots_begin {
    struct device_slot_begin *items;
    size_t count;
};

enum device_boots { BOOTS_WELL, BOOTS_LOOP, BOOTS_LOADER, BOOTS_SILENT, BOOTS_OLD_VERSION, BOOTS_CRASH };
enum device_saves { SAVES_WELL, SAVES_IGNORED, SAVES_REFUSED };
enum device_fetches { FETCHES_WELL, FETCHES_STALL, FETCHES_BREAK, FETCHES_DAMAGED, FETCHES_HALF };

struct
    device_begin { /* `state:` of a scenario, a switch or a fault; all zero is a switch as the model has it */
    const char *config; /* "factory", "production"; NULL: what the model says, or slots */
    struct device_slots_begin slots;
    struct device_slots_begin sessions; /* left open by somebody */
    const char *version, *serial;
    struct device_files_begin files;
    uint64_t free_bytes; /* 0: as it comes */
    enum device_boots boots;
    enum device_saves saves;
    enum device_fetches fetches;
    long fetch_at; /* percent */
    bool rollback_refused, unsaved;
    struct regex *rejects;
};

enum device_blocks { DEVICE_BLOCKS_INDENT, DEVICE_BLOCKS_SET, DEVICE_BLOCKS_FLAT };
struct device_config_model {
    bool declared;
    enum device_blocks blocks;
    unsigned indent;
    const char *separator, *negation;
    struct device_slots_begin factory, production;
    bool starts_factory;
    struct regex *hostname, *password, *enable_password, *boot_line; /* NULL: not declared */
    const char *factory_hostname;                                    /* NULL: the scenario's */
    struct regex **ignore;
    size_t ignore_count;
    struct device_ops at_boot;
    struct grammar grammar;
};

struct device_flash_model {
    bool declared;
    uint64_t size, rate, digest_rate; /* bytes; bytes a second */
    struct device_files_begin files;
    const char *image; /* "" where not declared */
    bool partial_removed;
    const char *progress, *progress_end; /* "" is none */
    unsigned progress_steps;
};

enum device_uptime { UPTIME_AND, UPTIME_COMMAS, UPTIME_LINUX, UPTIME_NXOS, UPTIME_COLON };
struct device_clock_model {
    const char *format;
    enum device_uptime style;
    long up_for_ms;
};

enum device_reload_reason { RELOAD_START, RELOAD_COMMAND, RELOAD_CRASH, RELOAD_POWER, RELOAD_REASON_COUNT };

#endif
