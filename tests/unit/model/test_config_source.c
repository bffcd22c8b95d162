/* Where a configuration comes from: a file, a command without a shell, a web server of this very program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/config_source.h"
#include "model/http.h"

static const struct role role = {.name = "tor"};

static struct site_switch a_switch(void)
{
    return (struct site_switch){.name = "tor-r1-09",
                                .role = &role,
                                .place = {"site.yaml", 3, 1},
                                .config = {.place = {"site.yaml", 5, 5}}};
}

/* True: text is the configuration, or part of the error. */
static bool reads(const struct site_switch *sw, const struct cancel *cancel, const char *text)
{
    struct arena arena = {0};
    struct rendered r = {0};
    struct err e = {0};
    bool ok = config_source_read(sw, cancel, &arena, &r, &e);
    if (ok)
        assert_string_equal(str_cstr(&r.text), text);
    else if (!strstr(e.msg, text))
        fail_msg("\"%s\" is not said in \"%s\"", text, e.msg);
    else
        assert_true(e.failure == FAILURE_CONFIG_SOURCE_FAIL || e.failure == FAILURE_CANCELLED);
    rendered_clear(&r);
    arena_clear(&arena);
    return ok;
}

static void a_command_runs_without_a_shell_and_with_places_filled_in(void **state)
{
    (void)state;
    struct site_switch sw = a_switch();
    sw.config.command = (const char *const[]){"printf", "hostname %s\\n", "{{ name }}; $HOME", NULL};
    assert_true(reads(&sw, NULL, "hostname tor-r1-09; $HOME\n"));
}

static void a_command_that_fails_is_told_with_its_last_words(void **state)
{
    (void)state;
    struct site_switch sw = a_switch();
    sw.config.command = (const char *const[]){
        "sh", "-c", "echo hostname; echo one >&2; echo no such switch >&2; exit 3", NULL};
    assert_false(reads(&sw, NULL, "the command sh ended with status 3: no such switch"));
    sw.config.command = (const char *const[]){"no-such-program-anywhere", NULL};
    assert_false(reads(&sw, NULL, "cannot be started"));
    sw.config.command = (const char *const[]){"true", NULL};
    assert_false(reads(&sw, NULL, "is empty"));
    sw.config.command = (const char *const[]){"sh", "-c", "kill -9 $$", NULL};
    assert_false(reads(&sw, NULL, "status 137"));
    sw.config.command = (const char *const[]){"head", "-c", "5000000", "/dev/zero", NULL};
    assert_false(reads(&sw, NULL, "prints more than 4 MiB"));
}

static void a_command_ends_in_time_with_all_that_it_started(void **state)
{
    (void)state;
    struct str out = {0};
    struct err e = {0};
    assert_false(config_source_run((const char *const[]){"sh", "-c", "cat /dev/zero >/dev/null & wait", NULL},
                                   NULL, 100, &out, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    e = (struct err){0};
    assert_false(config_source_run(
        (const char *const[]){"sh", "-c", "exec >&- 2>&-; while :; do :; done", NULL}, NULL, 100, &out, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    struct cancel *cancel = cancel_new();
    cancel_raise(cancel, CANCEL_ASKED);
    e = (struct err){0};
    assert_false(
        config_source_run((const char *const[]){"tail", "-f", "/dev/null", NULL}, cancel, 60000, &out, &e));
    assert_int_equal(e.failure, FAILURE_CANCELLED);
    cancel_free(cancel);
    str_clear(&out);
}

static void a_file_is_rendered_and_errors_name_it(void **state)
{
    (void)state;
    struct site_switch sw = a_switch();
    sw.config.file = "tests/data/model/{{ role }}.cfg";
    assert_true(reads(&sw, NULL, "hostname tor-r1-09\n"));
    sw.config.file = "tests/data/model/none.cfg";
    assert_false(reads(&sw, NULL, "tests/data/model/none.cfg"));
    sw.config.file = "tests/data/model/{{ rolle }}.cfg";
    assert_false(reads(&sw, NULL, "site.yaml:5: config:1:18: {{ rolle }}"));
}

/* ---- a web server ---- */

struct web {
    int fd;
    unsigned port;
    pthread_t thread;
    char asked[4096];
};

static void answer(int fd, const char *asked, unsigned port)
{
    char text[512];
    const char *big = "GET /big ", *here = "GET /here ", *away = "GET /away ", *loop = "GET /loop ",
               *cut = "GET /cut ";
    if (strncmp(asked, big, strlen(big)) == 0) {
        static char zeros[65536];
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        if (write(fd, text, strlen(text)) < 0)
            return;
        while (send(fd, zeros, sizeof zeros, MSG_NOSIGNAL) > 0)
            continue;
        return;
    }
    const char *location = strncmp(asked, here, strlen(here)) == 0   ? "/tor-r1-09.cfg"
                           : strncmp(asked, away, strlen(away)) == 0 ? "http://localhost:1/tor-r1-09.cfg"
                           : strncmp(asked, loop, strlen(loop)) == 0 ? "/loop"
                                                                     : NULL;
    if (location)
        snprintf(text, sizeof text,
                 "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                 location);
    else if (strncmp(asked, "GET /tor-r1-09.cfg", 18) == 0)
        snprintf(text, sizeof text,
                 "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\nhostname {{ name }}\n");
    else if (strncmp(asked, cut, strlen(cut)) == 0)
        snprintf(text, sizeof text,
                 "HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\nhostname");
    else
        snprintf(text, sizeof text,
                 "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nport");
    (void)port;
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        return;
}

static void *serve(void *arg)
{
    struct web *w = arg;
    for (;;) {
        int fd = accept(w->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        size_t len = 0;
        w->asked[0] = '\0';
        while (!strstr(w->asked, "\r\n\r\n")) {
            ssize_t n = read(fd, w->asked + len, sizeof w->asked - 1 - len);
            if (n <= 0)
                break;
            len += (size_t)n;
            w->asked[len] = '\0';
        }
        answer(fd, w->asked, w->port);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
}

static void web_start(struct web *w)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    memset(w, 0, sizeof *w);
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(w->fd, 8), 0);
    assert_int_equal(getsockname(w->fd, (struct sockaddr *)&at, &len), 0);
    w->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&w->thread, NULL, serve, w), 0);
}

static void web_stop(struct web *w)
{
    shutdown(w->fd, SHUT_RDWR);
    pthread_join(w->thread, NULL);
    close(w->fd);
}

static bool url_reads(struct web *w, const char *path, const char *text)
{
    char url[200];
    struct site_switch sw = a_switch();
    snprintf(url, sizeof url, "http://127.0.0.1:%u/%s", w->port, path);
    sw.config.url = url;
    return reads(&sw, NULL, text);
}

static void a_url_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    struct web w;
    web_start(&w);
    assert_true(url_reads(&w, "{{ name }}.cfg", "hostname tor-r1-09\n"));
    assert_true(url_reads(&w, "here", "hostname tor-r1-09\n"));
    assert_false(url_reads(&w, "nothing?key=s3cr3t", "the server answers 404"));
    assert_false(url_reads(&w, "away", "points to another server (http://localhost:1/tor-r1-09.cfg)"));
    assert_false(url_reads(&w, "loop", "leads in circles"));
    assert_false(url_reads(&w, "big", "is longer than 4194304 bytes"));
    assert_false(url_reads(&w, "cut", "cannot be read"));
    web_stop(&w);
}

static void what_stands_behind_the_question_mark_is_not_told(void **state)
{
    (void)state;
    struct web w;
    struct str out = {0};
    struct err e = {0};
    char url[100];
    web_start(&w);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/nothing?key=s3cr3t", w.port);
    struct secret *token = secret_new("netbox", "t0ken-123", 9);
    struct http_request r = {
        .url = url, .token = token, .token_scheme = "Token", .accept = "application/json"};
    assert_false(http_get(&r, &out, &e));
    assert_null(strstr(e.msg, "s3cr3t"));
    assert_int_equal(out.len, 0);
    web_stop(&w);
    assert_non_null(strstr(w.asked, "\r\nAuthorization: Token t0ken-123\r\n"));
    assert_non_null(strstr(w.asked, "\r\nAccept: application/json\r\n"));
    e = (struct err){0};
    assert_false(http_get(&r, &out, &e)); /* nobody listens any more */
    assert_non_null(strstr(e.msg, "cannot be read"));
    r.url = "file:///etc/hostname";
    assert_false(http_get(&r, &out, &e));
    secret_free(token);
    str_clear(&out);
}

int main(void)
{
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_runs_without_a_shell_and_with_places_filled_in),
        cmocka_unit_test(a_command_that_fails_is_told_with_its_last_words),
        cmocka_unit_test(a_command_ends_in_time_with_all_that_it_started),
        cmocka_unit_test(a_file_is_rendered_and_errors_name_it),
        cmocka_unit_test(a_url_is_read_whole_or_not_at_all),
        cmocka_unit_test(what_stands_behind_the_question_mark_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
