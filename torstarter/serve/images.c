/* RFC 9110: GET and HEAD, one range of bytes (section 14). What cannot be served is 404, whatever the reason: a server that tells which
   files it does not hand out tells that they are there. */
#include "serve/images.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { THREADS = 4, CONNECTIONS_MAX = 400, IDLE_S = 300, BLOCK_BYTES = 256 * 1024, BACKLOG = 64 };

struct image_server {
    struct image_server_options options;
    int dir_fd;
    unsigned port;
    struct MHD_Daemon *daemon;
};

struct request { /* from its first line to its last byte */
    struct image_server *server;
    char *file;
    char who[64];
    int fd;
    uint64_t first, bytes, of_bytes, file_bytes;
    int64_t began_ms;
    unsigned status;
    bool head;
};

int image_server_file(const struct image_server *s, const char *name)
{
    struct stat st;
    if (!*name || *name == '.' || strchr(name, '/'))
        return -1;
    /* A pipe would hold the thread until somebody writes. */
    int fd = openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void *begin_request(void *ctx, const char *uri, struct MHD_Connection *connection)
{
    struct request *r = MEM_NEW(struct request);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    r->server = ctx;
    r->fd = -1;
    r->file = mem_strdup(*uri == '/' ? uri + 1 : uri);
    r->began_ms = clock_now_ms(NULL);
    socklen_t len = info && info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                                     : sizeof(struct sockaddr_in);
    if (!info || getnameinfo(info->client_addr, len, r->who, sizeof r->who, NULL, 0, NI_NUMERICHOST) != 0)
        snprintf(r->who, sizeof r->who, "?");
    return r;
}

static void end_request(void *ctx, struct MHD_Connection *connection, void **its,
                        enum MHD_RequestTerminationCode how)
{
    const struct image_server *s = ctx;
    struct request *r = *its;
    (void)connection;
    if (!r)
        return;
    const struct image_transfer t = {.who = r->who,
                                     .file = r->file,
                                     .status = r->status,
                                     .bytes = r->bytes,
                                     .of_bytes = r->of_bytes,
                                     .took_ms = clock_now_ms(NULL) - r->began_ms,
                                     .head = r->head,
                                     .broken = how != MHD_REQUEST_TERMINATED_COMPLETED_OK};
    if (s->options.transferred)
        s->options.transferred(s->options.ctx, &t);
    if (r->fd >= 0)
        close(r->fd);
    mem_free(r->file);
    mem_free(r);
    *its = NULL;
}

static ssize_t read_block(void *ctx, uint64_t at, char *out, size_t max)
{
    struct request *r = ctx;
    ssize_t n = pread(r->fd, out, max, (off_t)(r->first + at));
    if (n <= 0)
        return MHD_CONTENT_READER_END_WITH_ERROR; /* it became shorter: the switch must not take it for whole */
    r->bytes = at + (uint64_t)n;
    return n;
}

static bool number(const char **p, uint64_t *out)
{
    char *end;
    if (**p < '0' || **p > '9')
        return false;
    errno = 0;
    *out = strtoull(*p, &end, 10);
    *p = end;
    return errno == 0;
}

enum range { RANGE_NONE, RANGE_GOOD, RANGE_BAD };

/* "bytes=0-99", "bytes=100-", "bytes=-100". Several ranges, or another unit, may be ignored: all of it is sent then. */
static enum range read_range(const char *text, uint64_t size, uint64_t *first, uint64_t *count)
{
    uint64_t from = 0, to = size ? size - 1 : 0;
    if (!text || strncmp(text, "bytes=", 6) != 0 || strchr(text, ','))
        return RANGE_NONE;
    const char *p = text + 6;
    if (*p == '-') {
        p++;
        if (!number(&p, &from) || *p)
            return RANGE_NONE;
        if (from == 0 || size == 0)
            return RANGE_BAD;
        from = from < size ? size - from : 0;
    } else {
        if (!number(&p, &from) || *p++ != '-' || (*p && (!number(&p, &to) || *p)) ||
            (to < from && from < size))
            return RANGE_NONE;
        if (from >= size)
            return RANGE_BAD;
        to = to < size ? to : size - 1;
    }
    *first = from;
    *count = to - from + 1;
    return RANGE_GOOD;
}

static void add_date(struct MHD_Response *response, const struct stat *st)
{
    char text[64];
    struct tm utc;
    if (gmtime_r(&st->st_mtime, &utc) && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc))
        MHD_add_response_header(response, MHD_HTTP_HEADER_LAST_MODIFIED, text);
}

static enum MHD_Result reply(struct MHD_Connection *connection, struct request *r, unsigned status,
                             struct MHD_Response *response)
{
    r->status = status;
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, struct request *r, unsigned status,
                              const char *header, const char *value)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    if (response && header)
        MHD_add_response_header(response, header, value);
    return reply(connection, r, status, response);
}

static enum MHD_Result serve_file(struct MHD_Connection *connection, struct request *r, const struct stat *st)
{
    char text[80];
    uint64_t size = (uint64_t)st->st_size;
    const char *wanted = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
    /* Whether it is still the file of the first part cannot be told by its date alone: then all of it is sent. */
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE))
        wanted = NULL;
    r->of_bytes = size;
    enum range range = read_range(wanted, size, &r->first, &r->of_bytes);
    if (range == RANGE_BAD) {
        snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)size);
        return refuse(connection, r, MHD_HTTP_RANGE_NOT_SATISFIABLE, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(r->of_bytes, BLOCK_BYTES, read_block, r, NULL);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/octet-stream");
    add_date(response, st);
    if (range == RANGE_GOOD) {
        snprintf(text, sizeof text, "bytes %llu-%llu/%llu", (unsigned long long)r->first,
                 (unsigned long long)(r->first + r->of_bytes - 1), (unsigned long long)size);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    return reply(connection, r, range == RANGE_GOOD ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body, size_t *body_len,
                              void **its)
{
    struct image_server *s = ctx;
    struct request *r = *its;
    struct stat st;
    (void)version, (void)body;
    r->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (!r->head && strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
        *body_len = 0;
        return r->status
                   ? MHD_YES
                   : refuse(connection, r, MHD_HTTP_METHOD_NOT_ALLOWED, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    r->fd = image_server_file(s, *url == '/' ? url + 1 : url);
    if (r->fd < 0 || fstat(r->fd, &st) != 0)
        return refuse(connection, r, MHD_HTTP_NOT_FOUND, NULL, NULL);
    return serve_file(connection, r, &st);
}

/* "ADDRESS:PORT": the last colon parts them; an address may stand in brackets. Own room, changed. */
static bool split(char *text, char **address, char **port)
{
    char *colon = strrchr(text, ':');
    if (!colon || !colon[1])
        return false;
    *colon = '\0';
    *port = colon + 1;
    *address = text;
    size_t len = strlen(text);
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text[len - 1] = '\0';
        *address = text + 1;
    }
    return strspn(*port, "0123456789") == strlen(*port) && strtoul(*port, NULL, 10) <= 65535;
}

static int listen_on(const struct addrinfo *a)
{
    int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int open_socket(const char *where, struct err *e)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char *text = mem_strdup(where), *address, *port;
    int fd = -1;
    if (!split(text, &address, &port) ||
        getaddrinfo(*address ? address : "0.0.0.0", port, &hints, &found) != 0)
        err_set(e, ERR_USAGE, "--listen %s: write ADDRESS:PORT, such as 10.0.0.2:8080 or [2001:db8::1]:8080",
                where);
    else if ((fd = listen_on(found)) < 0)
        err_set(e, ERR_FAILED, "cannot listen on %s: %s; choose another with --listen ADDRESS:PORT", where,
                strerror(errno));
    if (found)
        freeaddrinfo(found);
    mem_free(text);
    return fd;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage a;
    char port[16];
    socklen_t len = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
        getnameinfo((struct sockaddr *)&a, len, NULL, 0, port, sizeof port, NI_NUMERICSERV) != 0)
        return 0;
    return (unsigned)strtoul(port, NULL, 10);
}

static bool start(struct image_server *s, int fd)
{
    s->daemon =
        MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, s,
                         MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK,
                         begin_request, s, MHD_OPTION_NOTIFY_COMPLETED, end_request, s, MHD_OPTION_END);
    return s->daemon != NULL;
}

struct image_server *image_server_open(const struct image_server_options *o, struct err *e)
{
    int dir_fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        err_set(e, ERR_FAILED, "%s cannot be served: %s; name a folder that you may read", o->dir,
                strerror(errno));
        return NULL;
    }
    int fd = open_socket(o->listen, e);
    if (fd < 0) {
        close(dir_fd);
        return NULL;
    }
    struct image_server *s = MEM_NEW(struct image_server);
    *s = (struct image_server){.options = *o, .dir_fd = dir_fd, .port = port_of(fd)};
    if (start(s, fd))
        return s;
    err_set(e, ERR_FAILED, "the server on %s cannot be started: %s", o->listen, strerror(errno));
    close(fd);
    image_server_close(s);
    return NULL;
}

unsigned image_server_port(const struct image_server *s)
{
    return s->port;
}

void image_server_close(struct image_server *s)
{
    if (!s)
        return;
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    close(s->dir_fd);
    mem_free(s);
}
