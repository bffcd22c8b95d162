/* Passwords are read when first needed: from the environment, a file, or a command that is run without a shell. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/site.h"

enum { SECRET_MAX_BYTES = 4096, COMMAND_LIMIT_MS = 30000 };

extern char **environ;

struct bytes { /* on the stack, wiped after use: a growing buffer would leave copies behind */
    char data[SECRET_MAX_BYTES + 1];
    size_t len;
};

static bool read_env(const char *name, struct bytes *out, struct err *e)
{
    const char *value = getenv(name);
    if (!value)
        return err_set(e, ERR_FAILED, "the environment variable %s is not set; set it, then run again", name);
    out->len = strlen(value);
    if (out->len > SECRET_MAX_BYTES)
        return err_set(e, ERR_LIMIT, "the environment variable %s is longer than %d bytes", name,
                       SECRET_MAX_BYTES);
    memcpy(out->data, value, out->len);
    return true;
}

/* Reads until the end, or until the buffer is full (which is an error). until_ms 0: no limit. */
static bool read_all(int fd, int64_t until_ms, struct bytes *out, struct err *e)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left_ms = until_ms ? until_ms - clock_now_ms(NULL) : -1;
        int ready = until_ms && left_ms <= 0 ? 0 : poll(&p, 1, (int)left_ms);
        if (ready == 0)
            return err_set(e, ERR_TIMEOUT, "gave no password within %d s", COMMAND_LIMIT_MS / 1000);
        ssize_t n = ready < 0 ? -1 : read(fd, out->data + out->len, sizeof out->data - out->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot be read");
        if (n == 0)
            return true;
        out->len += (size_t)n;
        if (out->len > SECRET_MAX_BYTES)
            return err_set(e, ERR_LIMIT, "gave more than %d bytes; a password is one line", SECRET_MAX_BYTES);
    }
}

static void keep_first_line(struct bytes *b)
{
    char *end = memchr(b->data, '\n', b->len);
    if (end)
        b->len = (size_t)(end - b->data);
    if (b->len && b->data[b->len - 1] == '\r')
        b->len--;
}

static bool read_file(const char *path, struct bytes *out, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(e, "the password file %s cannot be opened", path);
    if (fstat(fd, &st) == 0 && (st.st_mode & 077))
        log_line(LOG_MODEL, LOG_WARN, "the password file %s can be read by others; chmod 600 it", path);
    bool ok = read_all(fd, 0, out, e) || err_wrap(e, "the password file %s ", path);
    close(fd);
    keep_first_line(out);
    return ok;
}

static bool start(const char *const *argv, int out_fd, pid_t *pid, struct err *e)
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
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawnp(pid, argv[0], &files, &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    errno = failed;
    return failed ? err_errno(e, "the password command %s cannot be started", argv[0]) : true;
}

static int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static bool run_command(const char *const *argv, struct bytes *out, struct err *e)
{
    int pipe_fds[2];
    pid_t pid;
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return err_errno(e, "no pipe for the password command %s", argv[0]);
    bool ok = start(argv, pipe_fds[1], &pid, e);
    close(pipe_fds[1]);
    if (ok) {
        ok = read_all(pipe_fds[0], clock_now_ms(NULL) + COMMAND_LIMIT_MS, out, e) ||
             err_wrap(e, "the password command %s ", argv[0]);
        if (!ok)
            kill(pid, SIGKILL);
        int status = wait_for(pid);
        if (ok && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
            ok = err_set(e, ERR_FAILED,
                         "the password command %s ended with status %d; run it by hand to see why", argv[0],
                         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    close(pipe_fds[0]);
    keep_first_line(out);
    return ok;
}

static bool read_from(enum secret_source from, const char *const *args, struct bytes *out, struct err *e)
{
    switch (from) {
    case SECRET_ENV:
        return read_env(args[0], out, e);
    case SECRET_FILE:
        return read_file(args[0], out, e);
    case SECRET_COMMAND:
        return run_command(args, out, e);
    case SECRET_DEFAULT:
        out->len = strlen(args[0]);
        if (out->len > SECRET_MAX_BYTES)
            return err_set(e, ERR_LIMIT, "the default password is longer than %d bytes", SECRET_MAX_BYTES);
        memcpy(out->data, args[0], out->len);
        return true;
    case SECRET_NONE:
        break;
    }
    return true;
}

static bool resolve(const char *name, enum secret_source from, const char *const *args, struct secret **out,
                    struct err *e)
{
    struct bytes bytes = {.len = 0};
    if (*out || from == SECRET_NONE)
        return true;
    bool ok = read_from(from, args, &bytes, e);
    for (size_t i = 0; ok && i < bytes.len; i++)
        if ((unsigned char)bytes.data[i] < 0x20 ||
            bytes.data[i] == 0x7F) /* it would be typed, not sent as text */
            ok = err_set(e, ERR_SYNTAX, "the password holds a control character; correct its source");
    if (ok)
        *out = secret_new(name, bytes.data, bytes.len);
    mem_wipe(&bytes, sizeof bytes);
    return ok;
}

bool site_resolve_credential(struct site *s, struct site_credential *c, struct err *e)
{
    char *enable_name = arena_printf(&s->arena, "%s.enable", c->name);
    if (resolve(c->name, c->password_from, c->password_args, &c->password, e) &&
        resolve(enable_name, c->enable_from, c->enable_args, &c->enable_password, e))
        return true;
    if (c->place.file)
        return err_wrap(e, "credential %s (%s:%u): ", c->name, c->place.file, c->place.line);
    return err_wrap(e, "credential %s: ", c->name);
}

static bool resolve_const(struct site *s, const struct site_credential *c, struct err *e)
{
    for (size_t i = 0; i < s->credential_count; i++)
        if (&s->credentials[i] == c)
            return site_resolve_credential(s, &s->credentials[i], e);
    return true;
}

bool site_resolve_switch(struct site *s, struct site_switch *sw, struct err *e)
{
    for (size_t i = 0; i < sw->credential_count; i++)
        if (!resolve_const(s, sw->credentials[i], e))
            return false;
    for (size_t i = 0; i < sw->config.secret_count; i++)
        if (!resolve_const(s, sw->config.secrets[i], e))
            return false;
    if (!sw->console_credential)
        return true;
    if (!resolve_const(s, sw->console_credential, e))
        return false;
    sw->console.options.password = sw->console_credential->password;
    return true;
}
