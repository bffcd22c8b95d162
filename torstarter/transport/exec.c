/* A program that is the console, on a pty of its own: serial-over-LAN through ipmitool, a vendor's client. It is told to go when the
   console is closed, and made to go when it does not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret_reveal.h"
#include "transport/command.h"
#include "transport/net.h"
#include "transport/stream.h"

enum { PTY_COLUMNS = 511, PTY_ROWS = 24 }; /* so wide that no line editor wraps what is typed */
enum { LOOK_MS = 500, LAST_WORDS_BYTES = 160, END_MS = 1000, KILLED_MS = 5000 };

struct exec {
    struct stream stream; /* the pty's master */
    struct arena arena;
    struct command command;
    pid_t pid;  /* 0: not running */
    int pidfd;  /* readable when it has ended; -1 */
    int status; /* waitpid(2)'s, once it has */
    struct str last_words;
};

/* Raw before the program starts: nothing of what it says first is changed or echoed. */
static bool open_pty(struct exec *x, char *slave, size_t slave_size, struct err *e)
{
    struct termios t;
    struct winsize size = {.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS};
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    x->stream.fd = fd;
    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || ptsname_r(fd, slave, slave_size) != 0 ||
        tcgetattr(fd, &t) != 0)
        return err_errno(e, "cannot open a pty");
    cfmakeraw(&t);
    return (tcsetattr(fd, TCSANOW, &t) == 0 && ioctl(fd, TIOCSWINSZ, &size) == 0) ||
           err_errno(e, "cannot set up a pty");
}

/* In a session of its own, the first terminal it opens becomes its controlling one. SIGHUP stays blocked: a program that dies of the
   hang-up says no goodbye (ipmitool leaves its session standing in the BMC); one that reads the end of its input does. */
static int spawn(struct exec *x, const char *slave, char **environment)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t blocked, all;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, slave, O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &blocked);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawnp(&x->pid, x->command.argv[0], &files, &attributes, x->command.argv, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed)
        x->pid = 0;
    return failed;
}

static bool start(struct exec *x, const char *slave, struct err *e)
{
    char **environment;
    if (!command_environment(&x->command, x->stream.options->password, &environment, e))
        return false;
    int failed = spawn(x, slave, environment);
    command_environment_free(environment);
    if (failed)
        return err_set(e, ERR_IO, "cannot run %.100s: %s; install it, or write its whole path%s",
                       x->command.argv[0], strerror(failed),
                       strstr(x->command.argv[0], "%20") ? " (a space is a space here, not %20)" : "");
    x->pidfd = pidfd_open(x->pid, 0);
    return true;
}

static bool exec_open(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    struct exec *x = self;
    char slave[64];
    stream_init(&x->stream, options);
    x->pidfd = -1;
    x->last_words = STR_MAX(2 * LAST_WORDS_BYTES);
    if (*uri->host)
        return err_set(e, ERR_USAGE, "write exec:PROGRAM ARGUMENTS, without //");
    return command_read(uri->path, &x->arena, &x->command, e) &&
           command_check_secrets(&x->command, options->password, e) && open_pty(x, slave, sizeof slave, e) &&
           start(x, slave, e);
}

static bool has_ended(struct exec *x, int64_t wait_ms)
{
    if (!x->pid)
        return true;
    if (wait_ms > 0)
        net_wait(x->pidfd, POLLIN, clock_now_ms(NULL) + wait_ms, NULL);
    pid_t done;
    while ((done = waitpid(x->pid, &x->status, WNOHANG)) < 0 && errno == EINTR)
        ;
    if (done == 0)
        return false;
    x->pid = 0;
    return true;
}

static void describe_words(const struct exec *x, struct str *out)
{
    const char *at = str_cstr(&x->last_words);
    size_t len = x->last_words.len, secret_len = 0;
    const struct secret *password = x->stream.options->password;
    const char *secret = password ? secret_reveal(password, &secret_len) : NULL;
    if (len > LAST_WORDS_BYTES) {
        at += len - LAST_WORDS_BYTES;
        len = LAST_WORDS_BYTES;
    }
    while (len && strchr("\r\n ", at[len - 1]))
        len--;
    while (len && strchr("\r\n ", *at)) {
        at++;
        len--;
    }
    if (len == 0 || (secret_len && memmem(x->last_words.data, x->last_words.len, secret, secret_len)))
        return;
    str_add_cstr(out, "; its last words: \"");
    str_add_escaped(out, at, len);
    str_add_char(out, '"');
}

/* The far end of the pty is closed, or the program is gone and has left it to a child. */
static bool over(struct exec *x, struct err *e)
{
    struct str words = {0};
    describe_words(x, &words);
    if (!has_ended(x, END_MS))
        err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%.60s closed its terminal%s", x->command.argv[0],
                 str_cstr(&words));
    else if (WIFSIGNALED(x->status))
        err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%.60s was ended by signal %d (%s)%s",
                 x->command.argv[0], WTERMSIG(x->status), sigdescr_np(WTERMSIG(x->status)), str_cstr(&words));
    else
        err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "%.60s ended with status %d%s", x->command.argv[0],
                 WEXITSTATUS(x->status), str_cstr(&words));
    str_clear(&words);
    return false;
}

static void remember(struct exec *x, const char *bytes, size_t len)
{
    size_t keep = len < LAST_WORDS_BYTES ? len : LAST_WORDS_BYTES;
    if (x->last_words.len + keep > 2 * LAST_WORDS_BYTES)
        str_drop(&x->last_words, x->last_words.len - LAST_WORDS_BYTES);
    str_add(&x->last_words, bytes + len - keep, keep);
}

/* ERR_CLOSED is told in the program's words. */
static bool failed(struct exec *x, const struct err *why, struct err *e)
{
    if (why->code == ERR_CLOSED)
        return over(x, e);
    if (e)
        *e = *why;
    return false;
}

/* A wrapper may leave the pty open to a child of its own: while nothing comes, it is asked now and then whether it still runs. */
static bool exec_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct exec *x = self;
    size_t before = into->len;
    struct err why = {0};
    for (bool last = false; !last;) {
        int64_t now = stream_now_ms(&x->stream);
        last = until_ms - now <= LOOK_MS;
        if (!stream_read(&x->stream, into, last ? until_ms : now + LOOK_MS, &why))
            return failed(x, &why, e);
        if (into->len > before) {
            remember(x, into->data + before, into->len - before);
            return true;
        }
        if (!last && has_ended(x, 0))
            return over(x, e);
    }
    return true;
}

static bool exec_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct exec *x = self;
    struct err why = {0};
    return stream_write(&x->stream, bytes, len, &why) || failed(x, &why, e);
}

static void exec_close(void *self)
{
    struct exec *x = self;
    stream_clear(&x->stream); /* the end of its input */
    if (x->pid && !has_ended(x, END_MS) && kill(x->pid, SIGTERM) == 0 && !has_ended(x, END_MS) &&
        kill(x->pid, SIGKILL) == 0)
        has_ended(x, KILLED_MS);
    if (x->pidfd >= 0)
        close(x->pidfd);
    arena_clear(&x->arena);
    str_clear(&x->last_words);
}

const struct transport_driver transport_exec = {
    .scheme = "exec",
    .about = "a program that is the console: [NAME=VALUE …] PROGRAM ARGUMENTS, no shell",
    .size_bytes = sizeof(struct exec),
    .open = exec_open,
    .read = exec_read,
    .write = exec_write,
    .close = exec_close,
};
