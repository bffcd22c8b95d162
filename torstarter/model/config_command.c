/* A command that prints a configuration: started without a shell in a group of its own, so that all of it ends with us. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/config_source.h"

enum { COMPLAINT_MAX = 4096, SHOWN_MAX = 200, READ_BYTES = 16384 };

extern char **environ;

struct command {
    const char *const *argv;
    const struct cancel *cancel;
    pid_t pid;
    int out_fd, err_fd; /* -1: at its end */
    struct str complaint;
    struct str *out;
    int64_t until_ms, limit_ms;
};

static bool start(struct command *c, int out_fd, int err_fd, struct err *e)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err_fd, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int failed = posix_spawnp(&c->pid, c->argv[0], &files, &attributes, (char *const *)c->argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    errno = failed;
    return failed ? err_errno(e, "the command %s cannot be started", c->argv[0]) : true;
}

static void end_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool take(struct command *c, int *fd, struct err *e)
{
    char bytes[READ_BYTES];
    ssize_t n = read(*fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0) {
        end_fd(fd);
        return true;
    }
    if (fd == &c->err_fd) {
        str_add(&c->complaint, bytes, (size_t)n); /* its beginning is enough */
        return true;
    }
    str_add(c->out, bytes, (size_t)n);
    return c->out->len <= CONFIG_SOURCE_MAX_BYTES && !c->out->overflowed
               ? true
               : err_set(e, ERR_LIMIT, "the command %s prints more than %d MiB", c->argv[0],
                         CONFIG_SOURCE_MAX_BYTES / 1024 / 1024);
}

static bool not_ended(const struct command *c, struct err *e)
{
    return err_set(e, ERR_TIMEOUT, "the command %s did not end within %lld s", c->argv[0],
                   (long long)c->limit_ms / 1000);
}

static bool attend(struct command *c, struct err *e)
{
    while (c->out_fd >= 0 || c->err_fd >= 0) {
        struct pollfd p[] = {{.fd = c->out_fd, .events = POLLIN},
                             {.fd = c->err_fd, .events = POLLIN},
                             {.fd = cancel_fd(c->cancel), .events = POLLIN}};
        int64_t left_ms = c->until_ms - clock_now_ms(NULL);
        int ready = left_ms > 0 ? poll(p, 3, (int)left_ms) : 0;
        if (ready == 0)
            return not_ended(c, e);
        if (ready > 0 && p[2].revents)
            return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "the command %s was stopped by the operator",
                            c->argv[0]);
        if ((ready > 0 && p[0].revents && !take(c, &c->out_fd, e)) ||
            (ready > 0 && p[1].revents && !take(c, &c->err_fd, e)))
            return false;
    }
    return true;
}

/* Its last words, made safe for a screen. */
static void add_complaint(const struct command *c, struct str *out)
{
    size_t len = c->complaint.len;
    const char *text = str_cstr(&c->complaint);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        len--;
    size_t from = len;
    while (from > 0 && text[from - 1] != '\n')
        from--;
    size_t n = len - from < SHOWN_MAX ? len - from : SHOWN_MAX;
    str_add_escaped(out, text + from, n);
}

static bool judge(struct command *c, int status, struct err *e)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    struct str words = {0};
    add_complaint(c, &words);
    err_set(e, ERR_FAILED, "the command %s ended with status %d%s%s; run it by hand to see why", c->argv[0],
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), words.len ? ": " : "",
            str_cstr(&words));
    str_clear(&words);
    return false;
}

/* It may close what it prints on and go on. */
static bool await_end(const struct command *c, struct err *e)
{
    struct pollfd p = {.fd = pidfd_open(c->pid, 0), .events = POLLIN};
    int64_t left_ms = c->until_ms - clock_now_ms(NULL);
    bool ended = p.fd < 0 || poll(&p, 1, left_ms > 0 ? (int)left_ms : 0) > 0;
    end_fd(&p.fd);
    return ended || not_ended(c, e);
}

static int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

bool config_source_run(const char *const *argv, const struct cancel *cancel, int64_t limit_ms,
                       struct str *out, struct err *e)
{
    struct command c = {.argv = argv,
                        .cancel = cancel,
                        .out = out,
                        .complaint = STR_MAX(COMPLAINT_MAX),
                        .limit_ms = limit_ms,
                        .until_ms = clock_now_ms(NULL) + limit_ms};
    int out_pipe[2], err_pipe[2];
    if (pipe2(out_pipe, O_CLOEXEC) != 0)
        return err_errno(e, "no pipe for the command %s", argv[0]);
    if (pipe2(err_pipe, O_CLOEXEC) != 0) {
        close(out_pipe[0]);
        close(out_pipe[1]);
        return err_errno(e, "no pipe for the command %s", argv[0]);
    }
    c.out_fd = out_pipe[0];
    c.err_fd = err_pipe[0];
    bool ok = start(&c, out_pipe[1], err_pipe[1], e);
    bool started = ok;
    close(out_pipe[1]);
    close(err_pipe[1]);
    ok = ok && attend(&c, e) && await_end(&c, e);
    if (started && !ok)
        kill(-c.pid, SIGKILL);
    if (started) {
        int status = wait_for(c.pid);
        ok = ok && judge(&c, status, e);
    }
    end_fd(&c.out_fd);
    end_fd(&c.err_fd);
    str_clear(&c.complaint);
    return ok;
}
