#include "sim/sim.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/mem.h"
#include "sim/rawd.h"
#include "sim/sshd.h"
#include "sim/typed.h"

enum { SESSIONS_USUAL = 16, SESSIONS_MAX = 1000 }; /* what a site takes for granted, and at most */

struct sim {
    struct scenario *scenario;
    struct typed *typed;
    struct line **lines;
    struct line **by_port; /* sorted */
    struct sshd *sshd;
    struct rawd *rawd;
    char *known_hosts_line;
    char **consoles; /* ssh only */
};

static int compare_ports(const void *a, const void *b)
{
    unsigned pa = line_switch(*(struct line *const *)a)->port,
             pb = line_switch(*(struct line *const *)b)->port;
    return pa < pb ? -1 : pa > pb;
}

static struct line *find_line(void *ctx, unsigned port)
{
    const struct sim *s = ctx;
    size_t low = 0, high = s->scenario->switch_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        unsigned at = line_switch(s->by_port[middle])->port;
        if (at == port)
            return s->by_port[middle];
        if (at < port)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void make_lines(struct sim *s)
{
    size_t count = s->scenario->switch_count;
    s->lines = mem_alloc_array(count + 1, sizeof(struct line *));
    s->by_port = mem_alloc_array(count + 1, sizeof(struct line *));
    for (size_t i = 0; i < count; i++)
        s->by_port[i] = s->lines[i] =
            line_new(s->scenario->switches[i].model, &s->scenario->switches[i], typed_add, s->typed);
    qsort(s->by_port, count, sizeof(struct line *), compare_ports);
}

/* A descriptor a connection, and a client in the same process has as many again. */
static void allow_descriptors(size_t switches)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)switches * 4 + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void name_consoles(struct sim *s, const struct kind *kind)
{
    const struct scenario *sc = s->scenario;
    s->consoles = mem_alloc_array(sc->switch_count + 1, sizeof(char *));
    for (size_t i = 0; i < sc->switch_count; i++) {
        struct str name = {0}, login = {0};
        kind_add_login(kind, sc->server.user, sc->switches[i].port, &login);
        str_add_cstr(&name, "ssh://");
        for (const char *p = str_cstr(&login); *p; p++) /* a plain colon would begin a password */
            str_add_cstr(&name, *p == ':' ? "%3A" : (char[]){*p, '\0'});
        str_printf(&name, "@127.0.0.1:%u", sshd_port(s->sshd));
        str_clear(&login);
        s->consoles[i] = str_take(&name);
    }
}

static bool listen_ssh(struct sim *s, const struct sim_options *o, struct err *e)
{
    const struct scenario_server *server = &s->scenario->server;
    const char *keys = o->authorized_keys ? o->authorized_keys : server->authorized_keys;
    struct sshd_setup setup = {.server = server,
                               .kind = kind_find(server->kind),
                               .authorized_keys = keys,
                               .port = o->port,
                               .find = find_line,
                               .ctx = s};
    s->sshd = sshd_open(&setup, e);
    if (!s->sshd)
        return false;
    struct str line = {0};
    str_printf(&line, "[127.0.0.1]:%u %s", sshd_port(s->sshd), sshd_host_key(s->sshd));
    s->known_hosts_line = str_take(&line);
    name_consoles(s, setup.kind);
    return true;
}

static bool listen_all(struct sim *s, const struct sim_options *o, struct err *e)
{
    if (s->scenario->server.listen == LISTEN_SSH)
        return listen_ssh(s, o, e);
    s->rawd = rawd_open(s->scenario->server.listen, s->lines, s->scenario->switch_count, e);
    return s->rawd != NULL;
}

static bool write_known_hosts(const struct sim *s, const char *path, struct err *e)
{
    struct str text = {0};
    str_printf(&text, "%s\n", s->known_hosts_line);
    bool written = file_write(path, str_cstr(&text), text.len, 0644, e);
    str_clear(&text);
    return written;
}

/* As a path that is the same from every folder, up to the closing quote of YAML. */
static void add_quoted(const char *path, struct str *out)
{
    char *whole = realpath(path, NULL);
    for (const char *p = whole ? whole : path; *p; p++)
        str_add_cstr(out, *p == '\'' ? "''" : (char[]){*p, '\0'});
    str_add_char(out, '\'');
    free(whole);
}

static void describe_server(const struct sim *s, const char *known_hosts, struct str *out)
{
    const struct scenario_server *server = &s->scenario->server;
    size_t sessions = s->scenario->switch_count;
    str_printf(out, "console_servers:\n  %s: {kind: %s, address: 127.0.0.1, port: %u, credential: %s, ",
               server->name, server->kind, sshd_port(s->sshd), server->credential);
    str_add_cstr(out, "host_keys: strict, known_hosts: '");
    add_quoted(known_hosts, out);
    if (sessions > SESSIONS_USUAL)
        str_printf(out, ", sessions: %zu", sessions < SESSIONS_MAX ? sessions : (size_t)SESSIONS_MAX);
    str_add_cstr(out, "}\n");
}

static void describe_consoles(const struct sim *s, struct str *out)
{
    str_add_cstr(out, "consoles:\n");
    for (size_t i = 0; i < s->scenario->switch_count; i++)
        str_printf(out, "  %s: %s\n", s->scenario->switches[i].name, rawd_console(s->rawd, i));
}

static bool write_ready(const struct sim *s, const struct sim_options *o, struct err *e)
{
    struct str text = {0}, beside = {0};
    bool written = true;
    if (o->ready_file)
        str_printf(&beside, "%s.known_hosts", o->ready_file);
    const char *known_hosts = o->known_hosts ? o->known_hosts : o->ready_file ? str_cstr(&beside) : NULL;
    if (s->sshd && known_hosts)
        written = write_known_hosts(s, known_hosts, e);
    if (o->ready_file && written) {
        if (s->sshd)
            describe_server(s, known_hosts, &text);
        else
            describe_consoles(s, &text);
        written = file_write(o->ready_file, str_cstr(&text), text.len, 0644, e);
    }
    str_clear(&text);
    str_clear(&beside);
    return written;
}

struct sim *sim_open(const char *scenario, const struct sim_options *options, struct err *e)
{
    static const struct sim_options none = {0};
    const struct sim_options *o = options ? options : &none;
    struct mistakes m = {0};
    struct sim *s = MEM_NEW(struct sim);
    s->scenario = scenario_load(scenario, o->dirs, o->dir_count, &m);
    bool good = mistakes_none(&m, e) && s->scenario;
    mistakes_clear(&m);
    if (good) {
        allow_descriptors(s->scenario->switch_count);
        s->typed = typed_open(o->typed_file, o->keep_typed, s->scenario, e);
        good = s->typed != NULL;
    }
    if (good) {
        make_lines(s);
        good = listen_all(s, o, e) && write_ready(s, o, e);
    }
    if (good)
        return s;
    sim_close(s);
    return NULL;
}

void sim_run(struct sim *s, const struct cancel *cancel)
{
    (void)s;
    struct pollfd stop = {.fd = cancel_fd(cancel), .events = POLLIN};
    while (cancel_level(cancel) == CANCEL_NONE)
        poll(&stop, 1, -1);
}

void sim_close(struct sim *s)
{
    if (!s)
        return;
    size_t count = s->scenario ? s->scenario->switch_count : 0;
    sshd_close(s->sshd);
    rawd_close(s->rawd);
    for (size_t i = 0; i < count; i++) {
        if (s->lines)
            line_free(s->lines[i]);
        if (s->consoles)
            mem_free(s->consoles[i]);
    }
    mem_free(s->lines);
    mem_free(s->by_port);
    mem_free(s->consoles);
    mem_free(s->known_hosts_line);
    typed_close(s->typed);
    scenario_free(s->scenario);
    mem_free(s);
}

const struct scenario *sim_scenario(const struct sim *s)
{
    return s->scenario;
}

unsigned sim_port(const struct sim *s)
{
    return s->sshd ? sshd_port(s->sshd) : 0;
}

const char *sim_known_hosts_line(const struct sim *s)
{
    return s->known_hosts_line ? s->known_hosts_line : "";
}

int sim_find(const struct sim *s, const char *name)
{
    for (size_t i = 0; i < s->scenario->switch_count; i++)
        if (strcmp(s->scenario->switches[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *sim_console(const struct sim *s, int sw)
{
    return s->consoles ? s->consoles[sw] : rawd_console(s->rawd, (size_t)sw);
}

void sim_counts(const struct sim *s, int sw, struct line_counts *out)
{
    line_read_counts(s->lines[sw], out);
}

uint64_t sim_unsafe_bytes(const struct sim *s)
{
    struct line_counts counts;
    uint64_t unsafe = 0;
    for (size_t i = 0; i < s->scenario->switch_count; i++) {
        line_read_counts(s->lines[i], &counts);
        unsafe += counts.device.unsafe_bytes;
    }
    return unsafe;
}

void sim_typed(struct sim *s, int sw, struct str *out)
{
    typed_read(s->typed, (size_t)sw, out);
}
