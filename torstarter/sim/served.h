/* Threads that serve connections: how a listener counts them, stops them, and waits for the last. */
#ifndef SIM_SERVED_H
#define SIM_SERVED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/vec.h"

struct served {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct cancel *stop;
    VEC(int) fds; /* of the living connections: shut down at the end, so that no thread waits for a peer */
    size_t threads;
};

void served_init(struct served *s);
/* Runs `thread` detached on a small stack. It must end with served_thread_ends. False: the system has no thread left. */
bool served_start(struct served *s, void *(*thread)(void *), void *arg, struct err *e);
void served_enter(struct served *s, int fd);
void served_leave(struct served *s, int fd); /* before the descriptor is closed; -1 when there was none */
void served_thread_ends(struct served *s);   /* the last thing a thread does */
void served_stop(struct served *s);          /* returns when all threads have ended; frees */
int served_stop_fd(const struct served *s);  /* polls readable from served_stop on */

#endif
