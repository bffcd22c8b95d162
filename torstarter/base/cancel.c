#include "base/cancel.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/mem.h"

struct cancel {
    atomic_int level;
    int asked[2], now[2]; /* pipes: read end, write end */
};

struct cancel *cancel_new(void)
{
    struct cancel *c = MEM_NEW(struct cancel);
    if (pipe2(c->asked, O_CLOEXEC | O_NONBLOCK) != 0)
        c->asked[0] = c->asked[1] = -1;
    if (pipe2(c->now, O_CLOEXEC | O_NONBLOCK) != 0)
        c->now[0] = c->now[1] = -1;
    return c;
}

void cancel_free(struct cancel *c)
{
    if (!c)
        return;
    for (int i = 0; i < 2; i++) {
        if (c->asked[i] >= 0)
            close(c->asked[i]);
        if (c->now[i] >= 0)
            close(c->now[i]);
    }
    mem_free(c);
}

static void wake(int fd)
{
    if (fd >= 0 && write(fd, "!", 1) < 0)
        return; /* a full pipe is readable already */
}

void cancel_raise(struct cancel *c, enum cancel_level level)
{
    int before = atomic_load(&c->level);
    while (before < (int)level && !atomic_compare_exchange_weak(&c->level, &before, (int)level))
        ;
    if (level >= CANCEL_ASKED)
        wake(c->asked[1]);
    if (level >= CANCEL_NOW)
        wake(c->now[1]);
}

enum cancel_level cancel_level(const struct cancel *c)
{
    return c ? (enum cancel_level)atomic_load(&c->level) : CANCEL_NONE;
}

int cancel_fd(const struct cancel *c)
{
    return c ? c->asked[0] : -1;
}

int cancel_now_fd(const struct cancel *c)
{
    return c ? c->now[0] : -1;
}
