#include "job/past_site.h"

#include <string.h>

#include "model/snapshot.h"
#include "text/yaml.h"

static const struct site_switch *switch_named(const struct site *site, const char *name)
{
    for (size_t i = 0; site && i < site->switch_count; i++)
        if (strcmp(site->switches[i].name, name) == 0)
            return &site->switches[i];
    return NULL;
}

static const struct role *role_named(const struct site *site, const char *name)
{
    for (size_t i = 0; site && *name && i < site->role_count; i++)
        if (strcmp(site->roles[i].name, name) == 0)
            return &site->roles[i];
    return NULL;
}

static void add_uplinks(struct past_job *job, struct site_switch *sw)
{
    sw->uplink_count = job->uplinks.count;
    sw->uplinks = arena_alloc_array(&job->arena, sw->uplink_count, sizeof *sw->uplinks);
    for (size_t i = 0; i < sw->uplink_count; i++) {
        const struct past_uplink *u = &job->uplinks.items[i];
        sw->uplinks[i] = (struct uplink){.interface = u->interface,
                                         .peer = u->peer,
                                         .peer_interface = u->peer_interface,
                                         .gateway = u->gateway};
    }
}

/* What the site said when the job ran. False: nothing was kept, or it is of no use to this program. */
static bool take_snapshot(struct past_job *job, const struct search_path *path, struct past_site *out)
{
    struct mistakes m = {0};
    if (!job->site)
        return false;
    struct yaml_node *root =
        yaml_read_text("kept with the job", job->site, strlen(job->site), &job->arena, &m);
    struct site *own = root && m.count == 0 ? snapshot_load(root, path, &m) : NULL;
    mistakes_clear(&m);
    if (own && own->switch_count == 0) {
        site_free(own);
        own = NULL;
    }
    if (own)
        *out = (struct past_site){
            .site = own, .own = own, .sw = &own->switches[0], .values = "kept with the job", .whole = true};
    return own != NULL;
}

void past_site_clear(struct past_site *s)
{
    if (s->own)
        site_free(s->own);
    *s = (struct past_site){0};
}

void past_site_of(struct past_job *job, struct site *today, const struct search_path *path,
                  struct past_site *out)
{
    *out = (struct past_site){.site = today, .sw = switch_named(today, job->switch_name), .whole = true};
    if (out->sw) {
        out->values = today->file ? today->file : "the command line";
        return;
    }
    if (take_snapshot(job, path, out))
        return;
    struct site_switch *sw = ARENA_NEW(&job->arena, struct site_switch);
    const struct role *role = role_named(today, job->role);
    sw->name = job->switch_name;
    sw->rack = job->rack;
    sw->platform = job->platform;
    sw->serial = job->serial;
    sw->firmware_version = sw->firmware.version = job->firmware;
    sw->role = role ? role : ARENA_NEW(&job->arena, struct role);
    add_uplinks(job, sw);
    *out = (struct past_site){
        .site = ARENA_NEW(&job->arena, struct site), .sw = sw, .values = "kept with the job"};
}
