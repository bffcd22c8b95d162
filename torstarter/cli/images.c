/* images: a folder of firmware images served over HTTP until it is stopped, for a laptop beside a rack. Prints what the site file
   needs: the server's URL and each image's checksums. */
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/digest.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/stop.h"
#include "serve/images.h"

#define LISTEN_DEFAULT ":8080"

enum { BLOCK_BYTES = 1024 * 1024, SHOW_MS = 1000 };

static void print_transfer(void *ctx, const struct image_transfer *t)
{
    struct str line = {0};
    (void)ctx;
    str_printf(&line, "%s  ", t->who);
    str_add_escaped(&line, t->file, strlen(t->file));
    double seconds = (double)(t->took_ms > 0 ? t->took_ms : 1) / 1e3;
    if (t->status != 200 && t->status != 206)
        str_printf(&line, "  refused: %u", t->status);
    else if (t->head)
        str_printf(&line, "  asked for its size");
    else
        str_printf(&line, "  %llu%s bytes in %.1f s, %.1f MB/s", (unsigned long long)t->bytes,
                   t->status == 206 ? " (a part)" : "", seconds, (double)t->bytes / 1e6 / seconds);
    if (t->broken)
        str_printf(&line, ", BROKEN OFF of %llu", (unsigned long long)t->of_bytes);
    str_add_char(&line, '\n');
    fputs(str_cstr(&line), stdout);
    fflush(stdout);
    str_clear(&line);
}

static void print_url(const char *address, unsigned port, const char *interface)
{
    bool is_6 = strchr(address, ':') != NULL;
    printf("images: {url: \"http://%s%s%s:%u/\"}%s%s\n", is_6 ? "[" : "", address, is_6 ? "]" : "", port,
           interface ? "   # " : "", interface ? interface : "");
}

/* Served on all addresses: which of them the switches reach is the reader's to choose. */
static void print_urls(const char *listen, unsigned port)
{
    const char *colon = strrchr(listen, ':');
    char address[NI_MAXHOST];
    struct ifaddrs *all = NULL;
    size_t len = (size_t)(colon - listen), shown = 0;
    bool any = len == 0 || strncmp(listen, "0.0.0.0:", 8) == 0;
    for (struct ifaddrs *a = any && getifaddrs(&all) == 0 ? all : NULL; a; a = a->ifa_next) {
        if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || (a->ifa_flags & IFF_LOOPBACK) ||
            getnameinfo(a->ifa_addr, sizeof(struct sockaddr_in), address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        print_url(address, port, a->ifa_name);
        shown++;
    }
    if (all)
        freeifaddrs(all);
    if (any && !shown)
        print_url("127.0.0.1", port, NULL);
    if (!any)
        printf("images: {url: \"http://%.*s:%u/\"}\n", (int)len, listen, port);
}

/* False: it cannot be read, or the operator does not want to wait for it. */
static bool digest_file(int fd, const struct cancel *stop, struct str sums[DIGEST_COUNT])
{
    struct digest all[DIGEST_COUNT];
    char *block = mem_alloc(BLOCK_BYTES);
    ssize_t n = -1;
    for (int k = 0; k < DIGEST_COUNT; k++)
        digest_init(&all[k], (enum digest_kind)k);
    while (cancel_level(stop) == CANCEL_NONE && (n = read(fd, block, BLOCK_BYTES)) > 0)
        for (int k = 0; k < DIGEST_COUNT; k++)
            if (k != DIGEST_SHA1)
                digest_add(&all[k], block, (size_t)n);
    mem_free(block);
    for (int k = 0; k < DIGEST_COUNT; k++)
        digest_end_hex(&all[k], &sums[k]);
    return cancel_level(stop) == CANCEL_NONE && n == 0;
}

static void print_file(const struct image_server *server, const char *name, const struct cancel *stop)
{
    struct str sums[DIGEST_COUNT] = {0}, shown = {0};
    int fd = image_server_file(server, name);
    if (fd < 0)
        return;
    str_add_escaped(&shown, name, strlen(name));
    if (digest_file(fd, stop, sums)) {
        printf("%s\n    checksums: {md5: %s,\n        sha256: %s,\n        sha512: %s}\n", str_cstr(&shown),
               str_cstr(&sums[DIGEST_MD5]), str_cstr(&sums[DIGEST_SHA256]), str_cstr(&sums[DIGEST_SHA512]));
        fflush(stdout);
    }
    close(fd);
    for (int k = 0; k < DIGEST_COUNT; k++)
        str_clear(&sums[k]);
    str_clear(&shown);
}

static void print_files(const struct image_server *server, const char *dir, const struct cancel *stop)
{
    struct dirent **names = NULL;
    int count = scandir(dir, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (cancel_level(stop) == CANCEL_NONE)
            print_file(server, names[i]->d_name, stop);
        free(names[i]);
    }
    free(names);
}

static enum status images_run(struct cli *cli)
{
    struct err e;
    const char *listen = cli->listen ? cli->listen : LISTEN_DEFAULT;
    const struct image_server_options options = {
        .dir = cli->args[0], .listen = listen, .transferred = print_transfer};
    struct cancel *stop = stop_on_signals();
    struct image_server *server = image_server_open(&options, &e);
    if (!server)
        return cli_error(&e);
    print_urls(listen, image_server_port(server));
    fflush(stdout);
    print_files(server, cli->args[0], stop);
    struct pollfd wait = {.fd = cancel_fd(stop), .events = POLLIN};
    while (cancel_level(stop) == CANCEL_NONE && (poll(&wait, 1, -1) >= 0 || errno == EINTR))
        ;
    image_server_close(server);
    return STATUS_OK;
}

static const struct option_spec images_options[] = {
    {"listen", 0, "ADDRESS:PORT", "where to listen (default " LISTEN_DEFAULT ", all addresses)", OPTION_TEXT,
     offsetof(struct cli, listen), 0, 0, 0, 0},
    {0}};

const struct command command_images = {
    .name = "images",
    .arguments = "DIR",
    .about = "serve a folder of firmware images over HTTP, read-only, until stopped",
    .help = "Prints what belongs in the site file: the URL and each image's checksums, then a line for each "
            "transfer. Serves the "
            "files that stand in DIR itself: no folders, no names that begin with a dot, no symbolic links. "
            "Anybody who reaches "
            "the address may read them.",
    .group = "work on switches",
    .options = images_options,
    .min_args = 1,
    .max_args = 1,
    .run = images_run,
};
