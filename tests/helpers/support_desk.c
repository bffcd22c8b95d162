#include "helpers/support_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret_reveal.h"

static size_t lines(const struct str *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->data[i] == '\n';
    return count;
}

static bool before_send(void *ctx, const struct sent *what, uint64_t *event, struct err *e)
{
    struct desk *d = ctx;
    if (lines(&d->peer.log) !=
        lines(&d->rows)) /* each write so far had its row, and this one is not out yet */
        d->sent_unannounced = true;
    if (d->refuse_rows)
        return err_set(e, ERR_IO, "the disk is full");
    size_t before = d->rows.len;
    str_printf(&d->rows, "%s %s %s\n", sent_kind_name(what->kind), state_name(what->state), what->text);
    if (d->raise_on && strncmp(d->rows.data + before, d->raise_on, strlen(d->raise_on)) == 0)
        cancel_raise(d->cancel, CANCEL_ASKED);
    *event = 7;
    return true;
}

static void bytes(void *ctx, bool received, const char *data, size_t len, int64_t at_utc_us)
{
    struct desk *d = ctx;
    (void)at_utc_us;
    str_add(received ? &d->received : &d->sent, data, len);
}

static void note(void *ctx, const char *text)
{
    struct desk *d = ctx;
    str_printf(&d->notes, "%s\n", text);
}

void desk_credential(struct desk *d, const char *name, const char *user, const char *password,
                     const char *enable)
{
    struct credential *c = &d->credentials[d->credential_count++];
    struct secret *secret = secret_new(name, password, strlen(password));
    c->name = name;
    c->user = user;
    c->password = d->secrets[d->secret_count++] = secret;
    if (enable)
        c->enable_password = d->secrets[d->secret_count++] = secret_new("enable", enable, strlen(enable));
}

void desk_init(struct desk *d, const struct peer_state *states)
{
    memset(d, 0, sizeof *d);
    peer_init(&d->peer, states);
    d->dialect = dialect_for_tests();
    d->cancel = cancel_new();
    desk_credential(d, "switch", "admin", DESK_PASSWORD, DESK_ENABLE);
    d->options = (struct session_options){
        .dialect = d->dialect,
        .credentials = d->credentials,
        .hooks = {.ctx = d, .before_send = before_send, .bytes = bytes, .note = note},
        .cancel = d->cancel,
        .nonce_seed = 1,
    };
}

bool desk_open(struct desk *d)
{
    d->options.take_transport = peer_transport(&d->peer);
    d->options.credential_count = d->credential_count;
    d->session = session_open(&d->options, &d->e);
    return d->session != NULL;
}

bool desk_login(struct desk *d)
{
    return (d->session || desk_open(d)) && session_login(d->session, &d->e);
}

bool desk_query(struct desk *d, const char *name, struct answer *a)
{
    return session_query(d->session, dialect_query(d->dialect, name), NULL, 0, a, &d->e);
}

char *desk_close(struct desk *d)
{
    struct str left = {0};
    session_close(d->session, &left);
    d->session = NULL;
    char *text = str_take(&left);
    return text ? text : mem_strdup("");
}

static void refuse(const struct desk *d, const char *why)
{
    fprintf(stderr, "desk: %s\ntyped:\n%s\nrows:\n%s\nreceived:\n%s\n", why, str_cstr(&d->peer.log),
            str_cstr(&d->rows), str_cstr(&d->received));
    abort();
}

static bool shows(const struct str *where, const char *what, size_t len)
{
    return len > 3 && where->len && memmem(where->data, where->len, what, len);
}

static void check_secrets(const struct desk *d)
{
    for (size_t i = 0; i < d->secret_count; i++) {
        size_t len;
        const char *secret = secret_reveal(d->secrets[i], &len);
        if (shows(&d->received, secret, len) || shows(&d->sent, secret, len) ||
            shows(&d->rows, secret, len) || shows(&d->notes, secret, len) ||
            (len > 3 && strstr(d->e.msg, secret)))
            refuse(d, "a secret was written down");
    }
}

void desk_clear(struct desk *d)
{
    if (d->session)
        mem_free(desk_close(d));
    if (d->peer.unsafe_bytes && !d->unsafe_wanted)
        refuse(d, "bytes were sent where nothing may be sent");
    if (d->peer.breaks)
        refuse(d, "a BREAK was sent");
    if (d->sent_unannounced || lines(&d->peer.log) > lines(&d->rows))
        refuse(d, "bytes were sent before their row");
    check_secrets(d);
    for (size_t i = 0; i < d->secret_count; i++)
        secret_free(d->secrets[i]);
    peer_clear(&d->peer);
    dialect_free(d->dialect);
    cancel_free(d->cancel);
    str_clear(&d->received);
    str_clear(&d->sent);
    str_clear(&d->rows);
    str_clear(&d->notes);
}
