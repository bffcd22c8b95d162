#include "job/lock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

struct holder {
    bool found;
    struct process who;
    int64_t job;
};

static bool read_holder(void *ctx, const struct cell *cells, size_t count)
{
    struct holder *h = ctx;
    h->found = count == 4;
    snprintf(h->who.host, sizeof h->who.host, "%.*s", (int)cells[0].len, (const char *)cells[0].bytes);
    h->who.pid = cells[1].number;
    h->who.start = cells[2].number;
    h->job = cells[3].number;
    return false;
}

static bool find_holder(struct store *store, const char *console, struct holder *h, struct err *e)
{
    const struct cell key = cell_text("console", console);
    return store_select(store, "SELECT host, pid, process_start, job FROM console_lock WHERE console = ?",
                        &key, 1, read_holder, h, e);
}

static bool busy(const char *console, const struct holder *h, struct err *e)
{
    if (!h->found)
        return err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY, "console %s is held by another torstarter",
                        console);
    return err_fail(e, ERR_STATE, FAILURE_CONSOLE_BUSY,
                    "console %s is held by torstarter process %" PRId64 " on %s, job %" PRId64, console,
                    h->who.pid, h->who.host, h->job);
}

/* With the file locked, a row left on this host is old, unless its process lives and locks in another folder. Of other
   hosts nothing is known: their word stands. */
static bool is_held(const struct holder *h, const struct process *self)
{
    if (!h->found || process_is(&h->who, self))
        return false;
    return strcmp(h->who.host, self->host) != 0 || process_lives(&h->who);
}

/* A console's name as a file name: what is no letter, digit, dot or dash becomes %XX, so no two names meet. */
static char *lock_path(const char *dir, const char *console)
{
    struct str s = {0};
    str_printf(&s, "%s/", dir);
    for (const char *p = console; *p; p++)
        if (isalnum((unsigned char)*p) || *p == '-' || (*p == '.' && p != console))
            str_add_char(&s, *p);
        else
            str_printf(&s, "%%%02X", (unsigned char)*p);
    str_add_cstr(&s, ".lock");
    return str_take(&s);
}

static store_ticket put_row(struct store *store, const char *console, int64_t job, const struct process *self)
{
    const struct cell row[] = {cell_text("host", self->host), cell_int("pid", self->pid),
                               cell_int("process_start", self->start), cell_int("job", job),
                               cell_int("since", clock_utc_us(NULL))};
    const struct cell key[] = {cell_text("console", console)};
    return store_upsert(store, "console_lock", row, sizeof row / sizeof *row, key, 1);
}

static bool take_row(struct store *store, const char *console, int64_t job, const struct process *self,
                     struct err *e)
{
    struct holder h = {0};
    if (!find_holder(store, console, &h, e))
        return false;
    if (is_held(&h, self))
        return busy(console, &h, e);
    return store_wait(store, put_row(store, console, job, self), e);
}

bool console_lock_take(struct console_lock *l, struct store *store, const char *locks_dir,
                       const char *console, int64_t job, const struct process *self, struct err *e)
{
    struct err why = {0};
    char *path = lock_path(locks_dir, console);
    *l = (struct console_lock){.console = console, .fd = file_lock(path, &why)};
    mem_free(path);
    if (l->fd >= 0) {
        if (take_row(store, console, job, self, e))
            return true;
        file_unlock(l->fd);
        l->fd = -1;
        return false;
    }
    struct holder h = {0};
    if (why.code == ERR_STATE)
        return find_holder(store, console, &h, e) && busy(console, &h, e);
    if (e)
        *e = why;
    return false;
}

void console_lock_release(struct console_lock *l, struct store *store)
{
    if (l->fd < 0)
        return;
    const struct cell key = cell_text("console", l->console);
    store_wait(store, store_delete(store, "console_lock", &key, 1), NULL);
    file_unlock(l->fd);
    l->fd = -1;
}
