/* SSH: the client half of libssh, and its one home. The socket is ours and the session never blocks: every step is repeated until it
   is done, with a wait in between that ends at once when bytes come or the operator says stop. */
#include <libssh/libssh.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret_reveal.h"
#include "transport/net.h"
#include "transport/transport.h"

enum { PTY_COLUMNS = 511, PTY_ROWS = 24 }; /* so wide that no remote line editor wraps what is typed */
enum { STEP_MS = 250 }; /* libssh may hold input it has not looked at: look again after so long */
enum { SSH_PORT = 22, BREAK_MS = 500, QUESTION_ROUNDS = 8 };

struct ssh {
    ssh_session session;
    ssh_channel channel;
    int fd;
    dev_t socket_dev;
    ino_t socket_ino;
    bool fd_is_given;
    struct transport_options options; /* a copy; what it points to is borrowed */
    const char *host, *user;
    unsigned port;
    char *known_hosts;
    int64_t until_ms; /* of the opening, machine's clock */
    int64_t dead_after_ms;
    bool password_used;
    struct str early; /* came while we were sending; at most two reads' worth */
};

static const char *reason(const struct ssh *s, char out[200])
{
    struct str text = {0};
    const char *said = ssh_get_error(s->session);
    str_add_escaped(&text, said, strlen(said));
    snprintf(out, 200, "%s", text.len ? text.data : "the connection ended");
    str_clear(&text);
    return out;
}

static enum net_wait wait_once(struct ssh *s, int64_t until_ms)
{
    bool writes = (ssh_get_poll_flags(s->session) & SSH_WRITE_PENDING) != 0;
    int fd = ssh_get_fd(s->session); /* -1 once libssh has closed it */
    net_quick_ack(fd);
    return net_wait(fd, (short)(POLLIN | (writes ? POLLOUT : 0)), until_ms, s->options.cancel);
}

/* Between two attempts at a step of the opening. */
static bool wait_step(struct ssh *s, struct err *e)
{
    int64_t now = clock_now_ms(NULL);
    if (now >= s->until_ms)
        return err_fail(e, ERR_TIMEOUT, FAILURE_OOB_CONNECT_FAIL,
                        "no answer in time; check that an SSH server listens there and is not overloaded");
    int64_t until = now + STEP_MS < s->until_ms ? now + STEP_MS : s->until_ms;
    return wait_once(s, until) != NET_CANCELLED || net_cancelled(e);
}

static bool set_option(struct ssh *s, enum ssh_options_e option, const void *value, struct err *e)
{
    if (ssh_options_set(s->session, option, value) == SSH_OK)
        return true;
    char why[200];
    return err_fail(e, ERR_FAILED, FAILURE_OOB_CONNECT_FAIL, "cannot set up the session: %s", reason(s, why));
}

/* No configuration file of the user's may change what a job does. */
static bool set_up(struct ssh *s, struct err *e)
{
    bool no = false;
    unsigned port = s->port;
    s->session = ssh_new();
    if (!s->session)
        return err_fail(e, ERR_FAILED, FAILURE_OOB_CONNECT_FAIL, "cannot set up an SSH session");
    ssh_set_blocking(s->session, 0);
    return set_option(s, SSH_OPTIONS_PROCESS_CONFIG, &no, e) && set_option(s, SSH_OPTIONS_HOST, s->host, e) &&
           set_option(s, SSH_OPTIONS_PORT, &port, e) && set_option(s, SSH_OPTIONS_USER, s->user, e) &&
           set_option(s, SSH_OPTIONS_KNOWNHOSTS, s->known_hosts, e) &&
           (!s->options.known_hosts || set_option(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null", e)) &&
           set_option(s, SSH_OPTIONS_FD, &s->fd, e);
}

static bool exchange_keys(struct ssh *s, struct err *e)
{
    int rc;
    s->fd_is_given = true;
    while ((rc = ssh_connect(s->session)) == SSH_AGAIN)
        if (!wait_step(s, e))
            return false;
    char why[200];
    return rc == SSH_OK ||
           err_fail(e, ERR_IO, FAILURE_OOB_CONNECT_FAIL, "the SSH connection failed: %s", reason(s, why));
}

/* "ssh-ed25519 SHA256:…" */
static bool describe_host_key(struct ssh *s, struct str *out)
{
    ssh_key key = NULL;
    unsigned char *hash = NULL;
    size_t len = 0;
    if (ssh_get_server_publickey(s->session, &key) != SSH_OK)
        return false;
    bool ok = ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len) == SSH_OK;
    char *text = ok ? ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len) : NULL;
    if (text)
        str_printf(out, "%s %s", ssh_key_type_to_char(ssh_key_type(key)), text);
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    ssh_key_free(key);
    return out->len > 0;
}

static bool refuse_host_key(struct ssh *s, enum ssh_known_hosts_e known, const char *key, struct err *e)
{
    char why[200];
    const char *file = s->options.known_hosts ? s->options.known_hosts : "~/.ssh/known_hosts";
    if (known == SSH_KNOWN_HOSTS_CHANGED || known == SSH_KNOWN_HOSTS_OTHER)
        return err_fail(
            e, ERR_FAILED, FAILURE_OOB_HOST_KEY,
            "the host key is not the one in %s: it is now %s. Somebody may stand in between; if the server "
            "was "
            "replaced, compare the fingerprint with its own, then remove the old line (ssh-keygen -R)",
            file, key);
    if (known == SSH_KNOWN_HOSTS_ERROR)
        return err_fail(e, ERR_FAILED, FAILURE_OOB_HOST_KEY, "cannot check the host key %s against %s: %s",
                        key, file, reason(s, why));
    return err_fail(
        e, ERR_FAILED, FAILURE_OOB_HOST_KEY,
        "the host key %s is not in %s; compare the fingerprint with the server's own, then add the key "
        "(ssh-keyscan -p %u %s), or set host_keys: accept-new",
        key, file, s->port, s->host);
}

static bool check_host_key(struct ssh *s, struct err *e)
{
    if (s->options.host_keys == HOST_KEYS_OFF)
        return true;
    struct str key = {0};
    if (!describe_host_key(s, &key))
        str_add_cstr(&key, "(without a fingerprint)");
    enum ssh_known_hosts_e known = ssh_session_is_known_server(s->session);
    bool is_new = known == SSH_KNOWN_HOSTS_UNKNOWN || known == SSH_KNOWN_HOSTS_NOT_FOUND;
    bool ok = known == SSH_KNOWN_HOSTS_OK;
    if (is_new && s->options.host_keys == HOST_KEYS_ACCEPT_NEW) {
        char why[200];
        ok = ssh_session_update_known_hosts(s->session) == SSH_OK ||
             err_fail(e, ERR_IO, FAILURE_OOB_HOST_KEY, "cannot write the host key to %s: %s", s->known_hosts,
                      reason(s, why));
    } else if (!ok) {
        refuse_host_key(s, known, str_cstr(&key), e);
    }
    str_clear(&key);
    return ok;
}

/* One step of the login, repeated until it is done; SSH_AUTH_ERROR with e set where it cannot go on. */
#define AUTH_STEP(rc, s, call, e)                                                                            \
    do {                                                                                                     \
        while (((rc) = (call)) == SSH_AUTH_AGAIN)                                                            \
            if (!wait_step((s), (e)))                                                                        \
                return SSH_AUTH_ERROR;                                                                       \
        if ((rc) == SSH_AUTH_ERROR)                                                                          \
            auth_broke((s), (e));                                                                            \
    } while (0)

static void auth_broke(struct ssh *s, struct err *e)
{
    char why[200];
    err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL, "the login as %s broke off: %s", s->user, reason(s, why));
}

static bool load_key(struct ssh *s, const char *path, ssh_key *key, struct err *e)
{
    if (!file_exists(path))
        return err_fail(e, ERR_IO, FAILURE_OOB_AUTH_FAIL,
                        "the key file %s does not exist; check the credential in the site file", path);
    size_t len;
    const char *passphrase = s->options.password ? secret_reveal(s->options.password, &len) : NULL;
    if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, key) == SSH_OK ||
        (passphrase && ssh_pki_import_privkey_file(path, passphrase, NULL, NULL, key) == SSH_OK))
        return true;
    return err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL,
                    "the key file %s cannot be read: no private key, or one with a passphrase (then add it "
                    "to the ssh agent "
                    "and leave the key out of the credential)",
                    path);
}

/* The public half is offered first: a server that does not know it need not be shown a signature. */
static int try_key_file(struct ssh *s, struct err *e)
{
    char *path = file_join("", s->options.key_file);
    ssh_key key = NULL, public_half = NULL;
    int rc = SSH_AUTH_ERROR;
    bool loaded = load_key(s, path, &key, e);
    mem_free(path);
    if (!loaded)
        return SSH_AUTH_ERROR;
    if (ssh_pki_export_privkey_to_pubkey(key, &public_half) == SSH_OK) {
        while ((rc = ssh_userauth_try_publickey(s->session, NULL, public_half)) == SSH_AUTH_AGAIN &&
               wait_step(s, e))
            ;
        if (rc == SSH_AUTH_SUCCESS)
            while ((rc = ssh_userauth_publickey(s->session, NULL, key)) == SSH_AUTH_AGAIN && wait_step(s, e))
                ;
    }
    if (rc == SSH_AUTH_ERROR)
        auth_broke(s, e);
    ssh_key_free(public_half);
    ssh_key_free(key);
    return rc == SSH_AUTH_AGAIN ? SSH_AUTH_ERROR : rc;
}

static int try_agent(struct ssh *s, struct err *e)
{
    int rc;
    AUTH_STEP(rc, s, ssh_userauth_agent(s->session, NULL), e);
    return rc;
}

static int try_password(struct ssh *s, struct err *e)
{
    size_t len;
    const char *password = secret_reveal(s->options.password, &len);
    int rc;
    s->password_used = true;
    AUTH_STEP(rc, s, ssh_userauth_password(s->session, NULL, password), e);
    return rc;
}

/* Hidden questions get the password, once; one that shows its answer gets the user's name if it asks for that, else nothing. */
static bool answer_question(struct ssh *s, unsigned number, struct err *e)
{
    char echo = 0;
    const char *question = ssh_userauth_kbdint_getprompt(s->session, number, &echo);
    size_t len;
    const char *answer = "";
    if (!echo && s->password_used) {
        struct str shown = {0};
        str_add_escaped(&shown, question ? question : "", question ? strlen(question) : 0);
        err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL,
                 "the server asks \"%.100s\" after the password: wrong password, or a second factor, which "
                 "torstarter does not have",
                 str_cstr(&shown));
        str_clear(&shown);
        return false;
    }
    if (!echo) {
        answer = secret_reveal(s->options.password, &len);
        s->password_used = true;
    } else if (question && (strcasestr(question, "user") || strcasestr(question, "login"))) {
        answer = s->user;
    }
    return ssh_userauth_kbdint_setanswer(s->session, number, answer) == 0 ||
           err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL, "cannot answer the server's question");
}

static int try_questions(struct ssh *s, struct err *e)
{
    for (int round = 0; round < QUESTION_ROUNDS; round++) {
        int rc;
        AUTH_STEP(rc, s, ssh_userauth_kbdint(s->session, NULL, NULL), e);
        if (rc != SSH_AUTH_INFO)
            return rc;
        int count = ssh_userauth_kbdint_getnprompts(s->session);
        for (int i = 0; i < count; i++)
            if (!answer_question(s, (unsigned)i, e))
                return SSH_AUTH_ERROR;
    }
    err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL, "the server asks one question after another");
    return SSH_AUTH_ERROR;
}

static bool has_agent(const struct ssh *s)
{
    return !s->options.no_agent && getenv("SSH_AUTH_SOCK");
}

/* What was given explicitly comes first and the agent last: each of its keys costs one of the few attempts a server allows. The
   same password is never tried twice. */
static const struct method {
    const char *name;
    int flag;
    bool needs_key, needs_password, needs_agent;
    int (*attempt)(struct ssh *s, struct err *e);
} methods[] = {
    {"key file", SSH_AUTH_METHOD_PUBLICKEY, true, false, false, try_key_file},
    {"password", SSH_AUTH_METHOD_PASSWORD, false, true, false, try_password},
    {"keyboard-interactive", SSH_AUTH_METHOD_INTERACTIVE, false, true, false, try_questions},
    {"agent", SSH_AUTH_METHOD_PUBLICKEY, false, false, true, try_agent},
};

static bool is_possible(const struct ssh *s, const struct method *m, int allowed)
{
    return (allowed & m->flag) && (!m->needs_key || s->options.key_file) &&
           (!m->needs_password || (s->options.password && !s->password_used)) &&
           (!m->needs_agent || has_agent(s));
}

static bool refuse_login(struct ssh *s, int allowed, const char *tried, struct err *e)
{
    return err_fail(e, ERR_FAILED, FAILURE_OOB_AUTH_FAIL,
                    "the login as %s was refused; tried: %s; the server takes:%s%s%s; check the credential "
                    "in the site file",
                    s->user, *tried ? tried : "nothing (no usable credential)",
                    allowed & SSH_AUTH_METHOD_PUBLICKEY ? " publickey" : "",
                    allowed & SSH_AUTH_METHOD_PASSWORD ? " password" : "",
                    allowed & SSH_AUTH_METHOD_INTERACTIVE ? " keyboard-interactive" : "");
}

static int ask_methods(struct ssh *s, struct err *e)
{
    int rc;
    AUTH_STEP(rc, s, ssh_userauth_none(s->session, NULL), e);
    return rc;
}

static bool log_in(struct ssh *s, struct err *e)
{
    struct err why = {0};
    char tried[100] = "";
    int rc = ask_methods(s, &why);
    int allowed = ssh_userauth_list(s->session, NULL);
    for (size_t i = 0; i < sizeof methods / sizeof *methods && rc != SSH_AUTH_SUCCESS && rc != SSH_AUTH_ERROR;
         i++) {
        if (!is_possible(s, &methods[i], allowed))
            continue;
        size_t len = strlen(tried);
        snprintf(tried + len, sizeof tried - len, "%s%s", len ? ", " : "", methods[i].name);
        rc = methods[i].attempt(s, &why);
        allowed = rc == SSH_AUTH_PARTIAL ? ssh_userauth_list(s->session, NULL) : allowed;
    }
    if (rc == SSH_AUTH_SUCCESS)
        return true;
    if (rc != SSH_AUTH_ERROR)
        return refuse_login(s, allowed, tried, e);
    if (e)
        *e = why;
    return false;
}

#define CHANNEL_STEP(rc, s, call, e)                                                                         \
    do {                                                                                                     \
        while (((rc) = (call)) == SSH_AGAIN)                                                                 \
            if (!wait_step((s), (e)))                                                                        \
                return false;                                                                                \
    } while (0)

static bool channel_broke(struct ssh *s, const char *what, struct err *e)
{
    char why[200];
    return err_fail(e, ERR_FAILED, FAILURE_OOB_CONNECT_FAIL,
                    "logged in, but the server gives no %s: %s; perhaps it has no free session", what,
                    reason(s, why));
}

/* A server without ptys still has a line to give; one that gives no shell has not. */
static bool open_shell(struct ssh *s, struct err *e)
{
    int rc;
    s->channel = ssh_channel_new(s->session);
    if (!s->channel)
        return channel_broke(s, "channel", e);
    CHANNEL_STEP(rc, s, ssh_channel_open_session(s->channel), e);
    if (rc != SSH_OK)
        return channel_broke(s, "channel", e);
    CHANNEL_STEP(rc, s, ssh_channel_request_pty_size(s->channel, "vt100", PTY_COLUMNS, PTY_ROWS), e);
    CHANNEL_STEP(rc, s, ssh_channel_request_shell(s->channel), e);
    return rc == SSH_OK || channel_broke(s, "shell", e);
}

static bool ssh_open(void *self, const struct uri *uri, const struct transport_options *options,
                     struct err *e)
{
    struct ssh *s = self;
    int64_t timeout =
        options->connect_timeout_ms ? options->connect_timeout_ms : TRANSPORT_CONNECT_TIMEOUT_MS;
    s->fd = -1;
    s->options = *options;
    s->host = uri->host;
    s->user = transport_user(uri, options);
    s->port = uri->port ? uri->port : SSH_PORT;
    s->until_ms = clock_now_ms(NULL) + timeout;
    s->dead_after_ms = options->dead_after_ms ? options->dead_after_ms : TRANSPORT_DEAD_AFTER_MS;
    s->known_hosts = file_join("", options->known_hosts ? options->known_hosts : "~/.ssh/known_hosts");
    struct net_target target = {s->host, s->port, s->until_ms, s->dead_after_ms, options->cancel};
    s->fd = net_connect(&target, e);
    struct stat socket;
    if (s->fd >= 0 && fstat(s->fd, &socket) == 0) {
        s->socket_dev = socket.st_dev;
        s->socket_ino = socket.st_ino;
    }
    return s->fd >= 0 && set_up(s, e) && exchange_keys(s, e) && check_host_key(s, e) && log_in(s, e) &&
           open_shell(s, e);
}

static bool lost(struct ssh *s, struct err *e)
{
    char why[200];
    bool ended =
        ssh_is_connected(s->session) && (ssh_channel_is_eof(s->channel) || ssh_channel_is_closed(s->channel));
    return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the connection was lost: %s",
                    ended ? "the console server ended the session" : reason(s, why));
}

/* What libssh has, from both of the channel's streams. False when the channel is over and empty. */
static bool take_bytes(struct ssh *s, struct str *into)
{
    char buffer[16 * 1024];
    size_t taken = 0;
    for (int is_stderr = 0; is_stderr < 2; is_stderr++)
        while (taken + sizeof buffer <= TRANSPORT_READ_MAX_BYTES) {
            int n = ssh_channel_read_nonblocking(s->channel, buffer, sizeof buffer, is_stderr);
            if (n <= 0)
                break;
            str_add(into, buffer, (size_t)n);
            taken += (size_t)n;
        }
    return taken > 0 || (ssh_is_connected(s->session) && ssh_channel_is_open(s->channel) &&
                         !ssh_channel_is_eof(s->channel));
}

/* until_ms is the caller's clock's; the socket knows only the machine's. */
static int64_t machine_until(const struct ssh *s, int64_t until_ms)
{
    return until_ms - clock_now_ms(s->options.clock) + clock_now_ms(NULL);
}

static bool ssh_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct ssh *s = self;
    size_t before = into->len;
    int64_t until = machine_until(s, until_ms);
    str_add(into, s->early.data, s->early.len);
    str_reset(&s->early);
    for (;;) {
        if (!take_bytes(s, into) && into->len == before)
            return lost(s, e);
        if (into->len > before)
            return true;
        int64_t now = clock_now_ms(NULL);
        int64_t step = now + STEP_MS * 4 < until ? now + STEP_MS * 4 : until;
        enum net_wait w = wait_once(s, step);
        if (w == NET_CANCELLED)
            return net_cancelled(e);
        if (w == NET_TIMED_OUT && step >= until)
            return true;
    }
}

static bool wait_to_write(struct ssh *s, int64_t moved_ms, struct err *e)
{
    int64_t now = clock_now_ms(NULL), until = moved_ms + s->dead_after_ms;
    if (now >= until)
        return err_fail(e, ERR_TIMEOUT, FAILURE_CONSOLE_LOST,
                        "nothing could be sent for %lld s: the link is dead or the far side reads no more",
                        (long long)(s->dead_after_ms / 1000));
    return wait_once(s, now + STEP_MS < until ? now + STEP_MS : until) != NET_CANCELLED || net_cancelled(e);
}

/* Everything is with the kernel (SSH_OK), or not yet (SSH_AGAIN). What has come is taken out of libssh first: while it holds
   unread bytes it reads no packets, and would not hear of a wider window. */
static int push(struct ssh *s)
{
    if (s->early.len < TRANSPORT_READ_MAX_BYTES)
        take_bytes(s, &s->early);
    return ssh_blocking_flush(s->session, 0);
}

static bool ssh_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct ssh *s = self;
    const char *p = bytes;
    int64_t moved_ms = clock_now_ms(NULL);
    int flushed = SSH_AGAIN;
    while (len > 0 || flushed == SSH_AGAIN) {
        int n = len > 0 ? ssh_channel_write(s->channel, p, (uint32_t)(len < 16384 ? len : 16384)) : 0;
        flushed = push(s);
        if ((n < 0 && n != SSH_AGAIN) || flushed == SSH_ERROR || !ssh_is_connected(s->session) ||
            ssh_channel_is_closed(s->channel))
            return lost(s, e);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
            moved_ms = clock_now_ms(NULL);
        } else if ((len > 0 || flushed == SSH_AGAIN) && !wait_to_write(s, moved_ms, e)) {
            return false;
        }
    }
    return true;
}

static bool ssh_break(void *self, struct err *e)
{
    struct ssh *s = self;
    int rc;
    s->until_ms = clock_now_ms(NULL) + s->dead_after_ms;
    CHANNEL_STEP(rc, s, ssh_channel_request_send_break(s->channel, BREAK_MS), e);
    char why[200];
    return rc == SSH_OK ||
           err_set(e, ERR_STATE, "the console server does not take a break: %s", reason(s, why));
}

/* libssh 0.10 leaves a socket that it was given open, older ones close it: it is closed here if it is still the same one. */
static void close_socket(const struct ssh *s)
{
    struct stat now;
    if (s->fd >= 0 && fstat(s->fd, &now) == 0 && now.st_dev == s->socket_dev && now.st_ino == s->socket_ino)
        close(s->fd);
}

static void ssh_close(void *self)
{
    struct ssh *s = self;
    if (s->channel && ssh_is_connected(s->session))
        ssh_channel_close(s->channel);
    if (s->channel)
        ssh_channel_free(s->channel);
    if (s->session && s->fd_is_given)
        ssh_disconnect(s->session);
    ssh_free(s->session);
    close_socket(s);
    mem_free(s->known_hosts);
    str_clear(&s->early);
}

const struct transport_driver transport_ssh = {
    .scheme = "ssh",
    .about = "a console server, or the switch itself, over SSH",
    .size_bytes = sizeof(struct ssh),
    .open = ssh_open,
    .read = ssh_read,
    .write = ssh_write,
    .send_break = ssh_break,
    .close = ssh_close,
    .port = SSH_PORT,
    .logs_in = true,
};
