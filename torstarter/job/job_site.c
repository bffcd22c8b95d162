#include "job/job_site.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/clock.h"
#include "model/snapshot.h"
#include "text/json.h"

uint64_t job_nonce_seed(const struct job_spec *spec)
{
    uint64_t seed = spec->nonce_seed;
    if (seed == 0 && getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint64_t)clock_now_us(NULL); /* a nonce has to be new, not secret */
    return seed ? seed : 1;
}

static void put_names(struct json_writer *w, const char *key, const char *const *names)
{
    if (!names)
        return;
    json_key(w, key);
    json_open_list(w);
    for (; *names; names++)
        json_text(w, *names);
    json_close_list(w);
}

static void write_run(const struct job *job, uint64_t nonce_seed, struct str *out)
{
    struct json_writer w = {.out = out};
    char seed[24];
    snprintf(seed, sizeof seed, "%016" PRIx64, nonce_seed);
    json_open_object(&w);
    json_put_text(&w, "nonce_seed", seed);
    put_names(&w, "only", job->options->only);
    put_names(&w, "skip", job->options->skip);
    if (job->spec->override_serial) {
        json_put_text(&w, "override_serial", job->spec->override_serial);
        json_put_text(&w, "override_reason", job->spec->override_reason);
    }
    json_close_object(&w);
}

void job_site_put(struct store *store, const struct job *job, const struct journal *j, uint64_t nonce_seed)
{
    struct str site = {0}, run = {0};
    const struct snapshot snapshot = {.site = job->options->site,
                                      .sw = job->spec->sw,
                                      .serial_found = *j->serial_found ? j->serial_found : NULL,
                                      .wanted = &j->wanted};
    snapshot_write(&snapshot, &site);
    write_run(job, nonce_seed, &run);
    const struct cell cells[] = {cell_text("site", str_cstr(&site)), cell_text("run", str_cstr(&run))};
    const struct cell key = cell_int("job", job->id);
    store_upsert(store, "job_site", cells, 2, &key, 1);
    str_clear(&site);
    str_clear(&run);
}
