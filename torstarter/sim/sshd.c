/* libssh's server side, in this file alone. One thread a connection: libssh runs its callbacks inside ssh_event_dopoll, which
   waits for the socket and for the next moment at which the line has something to say. */
#include "sim/sshd.h"

#include <errno.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "sim/served.h"

enum { BACKLOG = 1024, LOGIN_SECONDS = 30, TRIES_MAX = 6, WAIT_MAX_MS = 60000, PIECE_BYTES = 32 * 1024 };

struct sshd {
    struct sshd_setup setup;
    ssh_bind bind;
    int fd;
    unsigned port;
    char *host_key;
    VEC(ssh_key) good_keys;
    struct served served;
};

/* Told: a last text is on its way. Closed: it went, and the client is to close its side. */
enum shell { SHELL_NONE, SHELL_LINE, SHELL_TOLD, SHELL_CLOSED };

struct connection {
    struct sshd *sshd;
    ssh_session session;
    ssh_channel channel;
    struct line *line; /* attached while shell is SHELL_LINE */
    unsigned port;
    unsigned tries;
    bool known; /* the login that keyboard-interactive began with */
    bool logged_in, gone;
    bool heard; /* something was typed since we last looked */
    enum shell shell;
    struct str out; /* for the client, when its window has room */
    struct ssh_server_callbacks_struct server_callbacks;
    struct ssh_channel_callbacks_struct channel_callbacks;
};

/* --- login --- */

static bool knows_login(struct connection *c, const char *login)
{
    const struct sshd_setup *s = &c->sshd->setup;
    return kind_parse_login(s->kind, s->server->user, login, &c->port);
}

static int let_in(struct connection *c, bool good)
{
    if (good) {
        c->logged_in = true;
        return SSH_AUTH_SUCCESS;
    }
    if (++c->tries >= TRIES_MAX)
        c->gone = true;
    return SSH_AUTH_DENIED;
}

static bool good_password(const struct connection *c, const char *password)
{
    const char *wanted = c->sshd->setup.server->password;
    return *wanted && password && strcmp(password, wanted) == 0;
}

static int on_password(ssh_session session, const char *login, const char *password, void *ctx)
{
    struct connection *c = ctx;
    (void)session;
    return let_in(c, knows_login(c, login) && good_password(c, password));
}

static int on_key(ssh_session session, const char *login, struct ssh_key_struct *key, char signature_state,
                  void *ctx)
{
    struct connection *c = ctx;
    const struct sshd *d = c->sshd;
    bool known = false;
    (void)session;
    for (size_t i = 0; i < d->good_keys.count; i++)
        known = known || ssh_key_cmp(key, d->good_keys.items[i], SSH_KEY_CMP_PUBLIC) == 0;
    if (!known || !d->setup.server->auth_publickey || !knows_login(c, login))
        return SSH_AUTH_DENIED;
    if (signature_state == SSH_PUBLICKEY_STATE_NONE)
        return SSH_AUTH_SUCCESS; /* the client only asks whether it is worth signing */
    return let_in(c, signature_state == SSH_PUBLICKEY_STATE_VALID);
}

static int auth_methods(const struct scenario_server *s)
{
    return (s->auth_password ? SSH_AUTH_METHOD_PASSWORD : 0) |
           (s->auth_publickey ? SSH_AUTH_METHOD_PUBLICKEY : 0) |
           (s->auth_interactive ? SSH_AUTH_METHOD_INTERACTIVE : 0);
}

static void answer_interactive(struct connection *c, ssh_message message)
{
    static const char *prompts[] = {"Password: "};
    char echo[] = {0};
    if (!ssh_message_auth_kbdint_is_response(message)) { /* the response does not repeat the login */
        c->known = knows_login(c, ssh_message_auth_user(message));
        ssh_message_auth_interactive_request(message, "", "", 1, prompts, echo);
        return;
    }
    const char *answer = NULL;
    if (ssh_userauth_kbdint_getnanswers(c->session) == 1)
        answer = ssh_userauth_kbdint_getanswer(c->session, 0);
    if (let_in(c, c->known && good_password(c, answer)) == SSH_AUTH_SUCCESS) {
        ssh_message_auth_reply_success(message, 0);
        return;
    }
    ssh_message_auth_set_methods(message, auth_methods(c->sshd->setup.server));
    ssh_message_reply_default(message);
}

/* What no callback of libssh covers: keyboard-interactive, and all that is refused. 1 asks for libssh's refusal. */
static int on_message(ssh_session session, ssh_message message, void *ctx)
{
    struct connection *c = ctx;
    (void)session;
    if (ssh_message_type(message) != SSH_REQUEST_AUTH)
        return 1;
    if (ssh_message_subtype(message) == SSH_AUTH_METHOD_INTERACTIVE &&
        c->sshd->setup.server->auth_interactive) {
        answer_interactive(c, message);
        return 0;
    }
    ssh_message_auth_set_methods(message, auth_methods(c->sshd->setup.server));
    return 1;
}

/* --- channel --- */

static int on_pty(ssh_session session, ssh_channel channel, const char *term, int width, int height, int px,
                  int py, void *ctx)
{
    (void)session, (void)channel, (void)term, (void)width, (void)height, (void)px, (void)py, (void)ctx;
    return 0;
}

static int on_window(ssh_session session, ssh_channel channel, int width, int height, int px, int py,
                     void *ctx)
{
    (void)session, (void)channel, (void)width, (void)height, (void)px, (void)py, (void)ctx;
    return 0;
}

static int on_shell(ssh_session session, ssh_channel channel, void *ctx)
{
    struct connection *c = ctx;
    const struct sshd_setup *s = &c->sshd->setup;
    const char *holder;
    (void)session, (void)channel;
    struct line *line = s->find(s->ctx, c->port);
    if (!line || line_switch(line)->line.dead || c->shell != SHELL_NONE)
        return 1;
    c->shell = SHELL_TOLD;
    line_wait_free(line, LINE_ENDING_MS);
    if (line_attach(line, clock_now_us(NULL), &holder)) {
        c->line = line;
        c->shell = SHELL_LINE;
    } else {
        kind_add_busy(s->kind, c->port, holder, &c->out);
    }
    return 0;
}

static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t len, int is_stderr,
                   void *ctx)
{
    struct connection *c = ctx;
    (void)session, (void)channel, (void)is_stderr;
    if (c->line)
        line_type(c->line, data, len, clock_now_us(NULL));
    c->heard = true;
    return (int)len;
}

static void on_close(ssh_session session, ssh_channel channel, void *ctx)
{
    struct connection *c = ctx;
    (void)session, (void)channel;
    c->gone = true;
}

static ssh_channel on_channel(ssh_session session, void *ctx)
{
    struct connection *c = ctx;
    if (c->channel || !c->logged_in)
        return NULL;
    c->channel = ssh_channel_new(session);
    c->channel_callbacks =
        (struct ssh_channel_callbacks_struct){.userdata = c,
                                              .channel_data_function = on_data,
                                              .channel_close_function = on_close,
                                              .channel_pty_request_function = on_pty,
                                              .channel_pty_window_change_function = on_window,
                                              .channel_shell_request_function = on_shell};
    ssh_callbacks_init(&c->channel_callbacks);
    ssh_set_channel_callbacks(c->channel, &c->channel_callbacks);
    return c->channel;
}

/* --- one connection --- */

/* Never more than the client's window: libssh would block, and what is typed would wait. */
static void send_out(struct connection *c)
{
    size_t sent = 0;
    while (sent < c->out.len) {
        uint32_t len = ssh_channel_window_size(c->channel);
        if (len > PIECE_BYTES)
            len = PIECE_BYTES;
        if (len > c->out.len - sent)
            len = (uint32_t)(c->out.len - sent);
        int n = len > 0 ? ssh_channel_write(c->channel, c->out.data + sent, len) : 0;
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    if (sent == c->out.len && c->out.cap > PIECE_BYTES)
        str_clear(&c->out);
    else
        str_drop(&c->out, sent);
}

static void pump(struct connection *c)
{
    size_t before;
    bool whole = true;
    if (!c->channel)
        return;
    do { /* each chunk is a packet of its own, so that the client meets it as one read */
        before = c->out.len;
        if (c->line && before == 0)
            whole = line_take(c->line, clock_now_us(NULL), &c->out);
        before = c->out.len;
        send_out(c);
    } while (c->line && before > 0 && c->out.len == 0);
    if (!whole) {
        ssh_silent_disconnect(c->session);
        c->gone = true;
    } else if (c->shell == SHELL_TOLD && c->out.len == 0) {
        ssh_channel_send_eof(c->channel);
        ssh_channel_close(c->channel);
        c->shell = SHELL_CLOSED;
    }
}

/* Waits for the socket until the line is due. poll(2) counts milliseconds; the rest of one is slept. */
static void wait_turn(struct connection *c, ssh_event event)
{
    int64_t left_us = INT64_MAX;
    if (c->line && c->out.len == 0)
        left_us = line_due_us(c->line) - clock_now_us(NULL);
    int wait_ms = left_us < 0 ? 0 : left_us / 1000 > WAIT_MAX_MS ? WAIT_MAX_MS : (int)(left_us / 1000);
    c->heard = false;
    if (ssh_event_dopoll(event, wait_ms) == SSH_ERROR)
        c->gone = true;
    if (ssh_get_status(c->session) & (SSH_CLOSED | SSH_CLOSED_ERROR))
        c->gone = true;
    if (wait_ms == 0 && left_us > 0 && !c->heard && !c->gone)
        nanosleep(&(struct timespec){.tv_nsec = (long)left_us * 1000}, NULL);
}

static void converse(struct connection *c)
{
    ssh_event event = ssh_event_new();
    if (event && ssh_event_add_session(event, c->session) == SSH_OK) {
        while (!c->gone) {
            pump(c);
            if (!c->gone)
                wait_turn(c, event);
        }
        ssh_event_remove_session(event, c->session);
    }
    ssh_event_free(event);
}

static void prepare(struct connection *c)
{
    const int on = 1;
    const long seconds = LOGIN_SECONDS;
    setsockopt(ssh_get_fd(c->session), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ssh_options_set(c->session, SSH_OPTIONS_TIMEOUT, &seconds);
    c->server_callbacks = (struct ssh_server_callbacks_struct){
        .userdata = c, .channel_open_request_session_function = on_channel};
    if (c->sshd->setup.server->auth_password)
        c->server_callbacks.auth_password_function = on_password;
    if (c->sshd->setup.server->auth_publickey)
        c->server_callbacks.auth_pubkey_function = on_key;
    ssh_callbacks_init(&c->server_callbacks);
    ssh_set_server_callbacks(c->session, &c->server_callbacks);
    ssh_set_message_callback(c->session, on_message, c);
    ssh_set_auth_methods(c->session, auth_methods(c->sshd->setup.server));
}

static void *serve_connection(void *arg)
{
    struct connection *c = arg;
    struct served *served = &c->sshd->served;
    int fd = ssh_get_fd(c->session);
    served_enter(served, fd);
    prepare(c);
    if (ssh_handle_key_exchange(c->session) == SSH_OK)
        converse(c);
    if (c->line)
        line_detach(c->line, clock_now_us(NULL));
    served_leave(served, fd);
    ssh_disconnect(c->session);
    ssh_free(c->session);
    str_clear(&c->out);
    mem_free(c);
    served_thread_ends(served);
    return NULL;
}

/* --- the listener --- */

static void accept_one(struct sshd *d)
{
    struct connection *c = MEM_NEW(struct connection);
    c->sshd = d;
    c->session = ssh_new();
    if (c->session && ssh_bind_accept(d->bind, c->session) == SSH_OK &&
        served_start(&d->served, serve_connection, c, NULL))
        return;
    ssh_free(c->session);
    mem_free(c);
    /* Most likely out of descriptors: until a connection ends there is no use in trying at once. */
    poll(&(struct pollfd){.fd = served_stop_fd(&d->served), .events = POLLIN}, 1, 10);
}

static void *serve_all(void *arg)
{
    struct sshd *d = arg;
    struct pollfd fds[] = {{.fd = d->fd, .events = POLLIN},
                           {.fd = served_stop_fd(&d->served), .events = POLLIN}};
    while (fds[1].revents == 0) {
        if (poll(fds, 2, -1) > 0 && fds[0].revents != 0)
            accept_one(d);
    }
    served_thread_ends(&d->served);
    return NULL;
}

static bool make_host_key(struct sshd *d, struct err *e)
{
    ssh_key key = NULL, public = NULL;
    char *base64 = NULL;
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
        return err_set(e, ERR_FAILED, "cannot make a host key for the simulated console server");
    bool made = ssh_pki_export_privkey_to_pubkey(key, &public) == SSH_OK &&
                ssh_pki_export_pubkey_base64(public, &base64) == SSH_OK;
    if (made) {
        struct str line = {0};
        str_printf(&line, "ssh-ed25519 %s", base64);
        d->host_key = str_take(&line);
    }
    ssh_string_free_char(base64);
    ssh_key_free(public);
    if (made && ssh_bind_options_set(d->bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) == SSH_OK)
        return true; /* the key is the bind's now */
    ssh_key_free(key);
    return err_set(e, ERR_FAILED, "cannot use the host key made for the simulated console server");
}

/* Lines "ssh-ed25519 AAAA… comment"; options before the type are not understood and make the line no key. */
static bool read_good_keys(struct sshd *d, const char *path, struct err *e)
{
    struct str file = STR_MAX(1024 * 1024);
    char *save = NULL;
    if (!file_read(path, &file, e)) {
        str_clear(&file);
        return false;
    }
    for (char *l = file.len > 0 ? strtok_r(file.data, "\n", &save) : NULL; l;
         l = strtok_r(NULL, "\n", &save)) {
        char *words = NULL;
        const char *type = strtok_r(l, " \t\r", &words), *base64 = strtok_r(NULL, " \t\r", &words);
        ssh_key key = NULL;
        if (type && base64 && *type != '#' &&
            ssh_pki_import_pubkey_base64(base64, ssh_key_type_from_name(type), &key) == SSH_OK)
            VEC_ADD(&d->good_keys, key);
    }
    str_clear(&file);
    if (d->good_keys.count > 0)
        return true;
    return err_set(e, ERR_SYNTAX, "%s holds no public key; put the content of a .pub file there", path);
}

static bool listen_on(struct sshd *d, struct err *e)
{
    const bool no = false;
    struct sockaddr_in at;
    socklen_t len = sizeof at;
    d->bind = ssh_bind_new();
    if (!d->bind)
        return err_set(e, ERR_FAILED, "libssh gives no server");
    ssh_bind_options_set(d->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    ssh_bind_options_set(d->bind, SSH_BIND_OPTIONS_BINDADDR, "127.0.0.1");
    ssh_bind_options_set(d->bind, SSH_BIND_OPTIONS_BINDPORT, &d->setup.port);
    if (!make_host_key(d, e))
        return false;
    if (ssh_bind_listen(d->bind) != SSH_OK)
        return err_set(e, ERR_IO, "cannot listen on 127.0.0.1:%u: %s", d->setup.port, ssh_get_error(d->bind));
    d->fd = ssh_bind_get_fd(d->bind);
    listen(d->fd, BACKLOG); /* libssh's own is 10: hundreds that come at once would wait a second each */
    if (getsockname(d->fd, (struct sockaddr *)&at, &len) != 0)
        return err_errno(e, "cannot learn the port of the simulated console server");
    d->port = ntohs(at.sin_port);
    return true;
}

struct sshd *sshd_open(const struct sshd_setup *setup, struct err *e)
{
    struct sshd *d = MEM_NEW(struct sshd);
    d->setup = *setup;
    served_init(&d->served);
    if (listen_on(d, e) && (!setup->authorized_keys || read_good_keys(d, setup->authorized_keys, e)) &&
        served_start(&d->served, serve_all, d, e))
        return d;
    sshd_close(d);
    return NULL;
}

void sshd_close(struct sshd *d)
{
    if (!d)
        return;
    served_stop(&d->served);
    for (size_t i = 0; i < d->good_keys.count; i++)
        ssh_key_free(d->good_keys.items[i]);
    VEC_CLEAR(&d->good_keys);
    if (d->bind)
        ssh_bind_free(d->bind);
    mem_free(d->host_key);
    mem_free(d);
}

unsigned sshd_port(const struct sshd *d)
{
    return d->port;
}

const char *sshd_host_key(const struct sshd *d)
{
    return d->host_key;
}
