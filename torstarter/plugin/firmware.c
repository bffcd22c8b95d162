/* Is the wanted firmware installed? Looks first, and changes nothing that is right: the version that runs, the image that boots next,
   the file in the flash. Then one procedure at a time, each under a permit of its own; what one leaves is looked at by the next run in
   the same way, so that a job that was cut off is gone on with and not begun anew. Upgrade and downgrade are the same thing.
   The end is proven by version and uptime, not by a prompt that came back (behaviour 57). */
#include <string.h>

#include "plugin/all.h"
#include "plugin/image.h"
#include "plugin/management.h"
#include "plugin/shared.h"
#include "plugin/uptime.h"
#include "plugin/version.h"

static const enum failure codes[] = {FAILURE_FIRMWARE_NO_SPACE,
                                     FAILURE_FIRMWARE_FETCH_FAIL,
                                     FAILURE_FIRMWARE_CHECKSUM,
                                     FAILURE_FIRMWARE_INSTALL_FAIL,
                                     FAILURE_FIRMWARE_VERSION,
                                     FAILURE_REBOOT_TIMEOUT,
                                     FAILURE_REBOOT_NOT_PROVEN,
                                     FAILURE_BOOT_LOOP,
                                     FAILURE_BOOT_LOADER,
                                     FAILURE_IN_PRODUCTION,
                                     FAILURE_GUARD_UNPROVEN,
                                     FAILURE_IDENTITY_MISMATCH,
                                     FAILURE_NONE};
static const char *const needs[] = {"version",      "boot_image",   "images",    "flash", "image_md5",
                                    "image_sha256", "image_sha512", "last_boot", NULL};

/* Switches count their uptime in minutes, and begin with it when the kernel starts. */
enum { UPTIME_SLACK_S = 120 };

struct work {
    struct run *run;
    const struct firmware *wanted;
    struct chassis before; /* as the switch was found */
    const char *boots;     /* what the next boot starts; "" not known */
    struct image image;
    struct verdict verdict; /* of what returned false */
};

static bool fail(struct work *w, struct verdict v)
{
    w->verdict = v;
    return false;
}

static bool read_boot_image(struct work *w)
{
    struct run *run = w->run;
    struct records r;
    w->boots = "";
    if (!dialect_query(&run->platform->dialect, "boot_image"))
        return true;
    if (!run_query(run, "boot_image", &r))
        return fail(w, verdict_error(run));
    if (r.count != 1)
        return fail(w, verdict_unread(run, &r, ROW_NONE, "%zu images boot next, not one", r.count));
    w->boots = record_get(&r, 0, "file");
    return true;
}

/* Where the platform has no files, its version stands there. */
static bool boots_wanted(const struct work *w)
{
    return !*w->boots || !w->wanted->image || strcmp(w->boots, w->wanted->image) == 0 ||
           version_same(w->boots, w->wanted->version);
}

/* A platform that does not tell what boots next has nothing to be believed there: what is not running is installed. */
static bool is_activated(const struct work *w)
{
    return *w->boots && boots_wanted(w);
}

static const char *runs_from(const struct work *w)
{
    const struct chassis *c = &w->before;
    return c->from.query && strcmp(c->from.query, "version") == 0 && c->row < c->from.count
               ? record_text(&c->from, c->row, "image")
               : "";
}

/* What the site and the platform must have before anything is begun. */
static bool check_means(struct work *w)
{
    struct run *run = w->run;
    static const char *const wanted[] = {"image_fetch", "image_activate", "reload"};
    const char *missing = NULL;
    for (size_t i = 0; i < 3 && !missing; i++)
        missing = run_can(run, wanted[i]) ? NULL : wanted[i];
    if (w->wanted->image && !missing)
        return true;
    struct verdict v =
        verdict_fail(run, FAILURE_FIRMWARE_VERSION, "runs %s, not %s; %s%s; nothing was changed",
                     w->before.version, w->wanted->version,
                     missing ? "the platform file declares no procedure " : "the site names no image of it",
                     missing ? missing : "");
    verdict_point(run, &v, &w->before.from, w->before.row,
                  records_has(&w->before.from, "version") ? "version" : NULL, "%s", w->wanted->version);
    if (missing)
        verdict_remedy(run, &v, "install %s by hand, or add the procedure to %s", w->wanted->version,
                       run->platform->file);
    else
        verdict_remedy(run, &v, "add `image:` and `checksums:` to the firmware of %s in the site file",
                       run->sw->name);
    return fail(w, v);
}

/* The path is taken back after a failed copy as well; the copy's failure is the one that counts. */
static bool fetch(struct work *w)
{
    struct run *run = w->run;
    struct management_path path;
    struct verdict down;
    bool ok = management_begin(run, &path, &w->verdict);
    if (ok && !image_fetch(&w->image))
        ok = fail(w, w->image.verdict);
    if (run->err.failure == FAILURE_CONSOLE_LOST || management_end(run, &path, &down))
        return ok;
    if (ok)
        return fail(w, down);
    run_note(run, "the management address is still configured: %s", down.text);
    return false;
}

/* The wanted file, whole, in the flash. */
static bool provide(struct work *w)
{
    struct image *i = &w->image;
    bool served = image_ask_server(i);
    struct verdict not_served = i->verdict;
    if (!image_look(i))
        return fail(w, i->verdict);
    if (i->state == IMAGE_RIGHT) {
        run_note(w->run, "%s is in the flash already", w->wanted->image);
        return true;
    }
    if (!served)
        return fail(w, not_served);
    if ((i->state == IMAGE_WRONG && !image_remove(i)) || !image_has_room(i))
        return fail(w, i->verdict);
    return fetch(w);
}

static bool activate(struct work *w)
{
    struct run *run = w->run;
    struct argument args[IMAGE_ARGUMENTS];
    struct change c;
    size_t count = image_arguments(&w->image, w->boots, args);
    bool ok =
        run_procedure(run, "image_activate", args, count, NULL, &c) || fail(w, verdict_changed(run, &c));
    change_clear(&c);
    if (!ok)
        return false;
    if (!read_boot_image(w))
        return false;
    w->image.boots = w->boots;
    if (boots_wanted(w))
        return true;
    struct verdict v = verdict_fail(run, FAILURE_FIRMWARE_INSTALL_FAIL, "boots %s next, although %s was set",
                                    w->boots, w->wanted->image);
    return fail(w, v);
}

static bool same_switch(struct work *w, const struct chassis *now)
{
    struct run *run = w->run;
    if (text_same(now->serial, w->before.serial))
        return true;
    struct verdict v = verdict_fail(run, FAILURE_IDENTITY_MISMATCH,
                                    "another switch came back: its serial number is %s, it was %s",
                                    now->serial, w->before.serial);
    verdict_point(run, &v, &now->from, now->row, records_has(&now->from, "serial") ? "serial" : NULL,
                  "serial %s", w->before.serial);
    return fail(w, v);
}

/* How long it has been up; false where the platform does not tell, or in words that nobody can read. */
static bool read_uptime(struct run *run, struct records *r, int64_t *seconds)
{
    return dialect_query(&run->platform->dialect, "last_boot") && run_query(run, "last_boot", r) &&
           r->count == 1 && uptime_read(record_get(r, 0, "uptime"), seconds);
}

static bool prove(struct work *w, int64_t began_ms)
{
    struct run *run = w->run;
    struct chassis now;
    struct records r;
    int64_t up_s = 0, since_s = (session_now_ms(run->session) - began_ms) / 1000;
    if (!chassis_read(run, &now))
        return fail(w, verdict_error(run));
    if (!same_switch(w, &now))
        return false;
    run_fact(run, "firmware_found", now.version);
    bool told = read_uptime(run, &r, &up_s);
    if (told && up_s > since_s + UPTIME_SLACK_S) {
        struct verdict v = verdict_fail(run, FAILURE_REBOOT_NOT_PROVEN,
                                        "was told to restart %lld s ago, and has been up for %lld s",
                                        (long long)since_s, (long long)up_s);
        verdict_point(run, &v, &r, 0, "uptime", "at most %lld s", (long long)since_s + UPTIME_SLACK_S);
        return fail(w, v);
    }
    w->image.runs_from = "";
    if (version_same(now.version, w->wanted->version)) {
        w->before.version = now.version;
        return true;
    }
    struct verdict v =
        verdict_fail(run, FAILURE_FIRMWARE_VERSION, "restarted with %s, and runs %s instead of %s",
                     w->wanted->image, now.version, w->wanted->version);
    verdict_point(run, &v, &now.from, now.row, records_has(&now.from, "version") ? "version" : NULL, "%s",
                  w->wanted->version);
    verdict_remedy(
        run, &v,
        "see its boot with `torstarter log`: either %s is not %s, or the switch fell back to another image",
        w->wanted->image, w->wanted->version);
    w->before.version = now.version;
    return fail(w, v);
}

static bool restart(struct work *w)
{
    struct run *run = w->run;
    struct change c;
    int64_t began_ms = session_now_ms(run->session);
    bool ok = run_procedure(run, "reload", NULL, 0, NULL, &c) || fail(w, verdict_changed(run, &c));
    change_clear(&c);
    run->changed = run->changed || ok;
    return ok && prove(w, began_ms);
}

static void tell_image(struct work *w, const char *status, bool failed)
{
    const struct fact facts[] = {fact_text("slot", w->wanted->image),
                                 fact_text("version", w->wanted->version)};
    run_component(w->run, COMPONENT_IMAGE, status, failed, facts, 2);
}

static struct verdict install(struct work *w, bool right_version)
{
    struct run *run = w->run;
    const char *old = w->before.version;
    if (!check_means(w))
        return w->verdict;
    image_init(&w->image, run, w->boots, runs_from(w));
    if (!image_can_be_proven(&w->image))
        return w->image.verdict;
    if (version_order(w->wanted->version, old) < 0)
        run_note(
            run,
            "this is a downgrade, from %s to %s: the older version may not understand a newer configuration",
            old, w->wanted->version);
    bool ok = provide(w) && (is_activated(w) || activate(w)) && (right_version || restart(w));
    tell_image(w, ok ? "ok" : "failed", !ok);
    if (!ok)
        return image_tell(&w->image, w->verdict, w->before.version);
    if (right_version)
        return verdict_pass(run, "runs %s already, and boots %s from now on", old, w->wanted->image);
    return verdict_pass(run, "runs %s, restarted with %s (it ran %s)", w->wanted->version, w->wanted->image,
                        old);
}

static struct verdict firmware_run(struct run *run)
{
    struct work w = {.run = run, .wanted = &run->sw->firmware};
    if (!w.wanted->version)
        return verdict_not_asked(run, "the site names no firmware of %s", run->sw->name);
    if (!chassis_read(run, &w.before))
        return verdict_error(run);
    run_fact(run, "firmware_found", w.before.version);
    if (!read_boot_image(&w))
        return w.verdict;
    bool right = version_same(w.before.version, w.wanted->version);
    if (right && boots_wanted(&w))
        return verdict_pass(run, "is already %s%s%s", w.before.version, *w.boots ? ", boots " : "", w.boots);
    return install(&w, right);
}

/* A switch that has its firmware is asked for no more than that. */
static unsigned times(const struct site_switch *sw, const struct platform *platform, const char *query)
{
    bool asked = strcmp(query, "version") == 0 || strcmp(query, "boot_image") == 0;
    return asked && sw->firmware.version && dialect_query(&platform->dialect, query) != NULL;
}

const struct plugin plugin_firmware = {
    .name = "firmware",
    .about = "does the wanted firmware run, and is it what boots next?",
    .phase = PHASE_FIRMWARE,
    .effect = CHANGES,
    .needs = needs,
    .times = times,
    .codes = codes,
    .run = firmware_run,
};
