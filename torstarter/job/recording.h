/* A recording read: an asciicast with our header, and what it says of the job that it was. */
#ifndef JOB_RECORDING_H
#define JOB_RECORDING_H

#include "text/yaml.h"
#include "transport/cast.h"

struct recording {
    struct cast cast;
    const char *platform, *switch_name, *job_type;
    const char *state, *failure_code; /* expected; failure_code "" where there is none */
    enum failure
        opening; /* what the console was refused with before a byte came; FAILURE_NONE: it was opened */
    const char *opening_text;
    uint64_t nonce_seed;
    const char *const *only, *const *skip; /* NULL-terminated, or NULL */
    const char *override_serial, *override_reason;
    struct yaml_node *site; /* see model/snapshot.h */
    int64_t timestamp_s;
    bool whole; /* its end is marked */
    struct arena arena;
};

/* ERR_SYNTAX with file:line where the file is damaged or its header says less than a replay needs. */
bool recording_read(const char *path, struct recording *out, struct err *e);
bool recording_read_text(const char *name, const char *text, size_t len, struct recording *out,
                         struct err *e);
void recording_clear(struct recording *r);

#endif
