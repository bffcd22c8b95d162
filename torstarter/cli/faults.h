/* A handful of faults of a line: chosen by a seed, written and read as text ("lose@1234,garble@20-60"), made fewer. */
#ifndef CLI_FAULTS_H
#define CLI_FAULTS_H

#include "base/err.h"
#include "sim/fault.h"

enum { FAULTS_MAX = 8 };

struct faults {
    size_t count;
    struct fault_item {
        const struct fault_driver *driver;
        uint64_t from, to; /* bytes since the connection began; the same where it is one */
    } items[FAULTS_MAX];
};

/* The same for the same seed and length; `len`: bytes that come over a good line. */
void faults_choose(struct faults *f, uint64_t seed, uint64_t len);
/* ERR_USAGE. */
bool faults_read(struct faults *f, const char *text, struct err *e);
void faults_write(const struct faults *f, struct str *out);
/* The numberth smaller set: one fault less, or a half of its bytes. False: there are not so many. */
bool faults_smaller(const struct faults *f, size_t number, struct faults *out);

/* At work; clear it after. What it is made of is a copy. */
struct faults_line {
    struct fault_spec specs[FAULTS_MAX];
    struct fault_chain chain;
};
void faults_line_init(struct faults_line *l, const struct faults *f);
void faults_line_clear(struct faults_line *l);

#endif
