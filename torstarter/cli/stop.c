#include "cli/stop.h"

#include <signal.h>

static struct cancel *the_cancel; /* a signal handler has no other way to it */

static void on_signal(int number)
{
    (void)number;
    cancel_raise(the_cancel, cancel_level(the_cancel) == CANCEL_NONE ? CANCEL_ASKED : CANCEL_NOW);
}

struct cancel *stop_on_signals(void)
{
    the_cancel = cancel_new();
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    return the_cancel;
}
