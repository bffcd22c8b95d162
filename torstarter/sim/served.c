#include "sim/served.h"

#include <signal.h>
#include <sys/socket.h>

/* libssh's key exchange and a few buffers fit many times; five hundred of these are only addresses. */
enum { STACK_BYTES = 256 * 1024 };

void served_init(struct served *s)
{
    *s = (struct served){.stop = cancel_new()};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->idle, NULL);
}

bool served_start(struct served *s, void *(*thread)(void *), void *arg, struct err *e)
{
    pthread_attr_t attr;
    pthread_t id;
    sigset_t all, before;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_mutex_lock(&s->lock);
    s->threads++;
    pthread_mutex_unlock(&s->lock);
    /* Signals are for the program's own threads; and a peer that went away is an error of write, not a SIGPIPE. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&id, &attr, thread, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (rc == 0)
        return true;
    served_thread_ends(s);
    return err_set(e, ERR_IO,
                   "no thread for a simulated connection; raise the limit of processes (ulimit -u)");
}

void served_enter(struct served *s, int fd)
{
    pthread_mutex_lock(&s->lock);
    VEC_ADD(&s->fds, fd);
    if (cancel_level(s->stop) != CANCEL_NONE)
        shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&s->lock);
}

void served_leave(struct served *s, int fd)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->fds.count; i++)
        if (s->fds.items[i] == fd) {
            s->fds.items[i] = s->fds.items[--s->fds.count];
            break;
        }
    pthread_mutex_unlock(&s->lock);
}

void served_thread_ends(struct served *s)
{
    pthread_mutex_lock(&s->lock);
    if (--s->threads == 0)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
}

void served_stop(struct served *s)
{
    pthread_mutex_lock(&s->lock);
    cancel_raise(s->stop, CANCEL_NOW);
    for (size_t i = 0; i < s->fds.count; i++)
        shutdown(s->fds.items[i], SHUT_RDWR);
    while (s->threads > 0)
        pthread_cond_wait(&s->idle, &s->lock);
    pthread_mutex_unlock(&s->lock);
    VEC_CLEAR(&s->fds);
    cancel_free(s->stop);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
}

int served_stop_fd(const struct served *s)
{
    return cancel_fd(s->stop);
}
