/* The SSH transport against the OpenSSH server of this machine: `sshd -i` behind a listener whose port the kernel picks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "transport/transport.h"

static const char SSHD[] = "/usr/sbin/sshd";

struct place {
    char dir[64], key[96], other_key[96], known_hosts[96], config[96];
};

struct server {
    pid_t pid; /* leads the group of all its sessions */
    struct uri uri;
};

static int run(const char *const *argv)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

static bool make_key(const char *path)
{
    const char *const argv[] = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path, NULL};
    return run(argv) == 0;
}

static void write_text(const char *dir, const char *name, const char *text, unsigned mode)
{
    char *path = file_join(dir, name);
    struct err e = {0};
    if (!file_write(path, text, strlen(text), mode, &e))
        fail_msg("%s", e.msg);
    mem_free(path);
}

static void write_config(struct place *p)
{
    char text[1024];
    write_text(p->dir, "shell", "#!/bin/sh\nstty size\nstty raw -echo\nprintf 'ready> '\nexec cat\n", 0755);
    snprintf(text, sizeof text,
             "HostKey %s/host\nAuthorizedKeysFile %s/key.pub\nForceCommand %s/shell\nUsePAM no\nStrictModes "
             "no\nPidFile none\n"
             "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPrintMotd no\nPrintLastLog "
             "no\nUseDNS no\nLogLevel QUIET\n",
             p->dir, p->dir, p->dir);
    write_text(p->dir, "config", text, 0600);
}

static int set_up(void **state)
{
    static struct place p;
    strcpy(p.dir, "/tmp/torstarter-ssh-XXXXXX");
    if (!mkdtemp(p.dir))
        return -1;
    chmod(p.dir, 0755);
    snprintf(p.key, sizeof p.key, "%s/key", p.dir);
    snprintf(p.other_key, sizeof p.other_key, "%s/other", p.dir);
    snprintf(p.known_hosts, sizeof p.known_hosts, "%s/known_hosts", p.dir);
    snprintf(p.config, sizeof p.config, "%s/config", p.dir);
    char host[96];
    snprintf(host, sizeof host, "%s/host", p.dir);
    if (!make_key(p.key) || !make_key(p.other_key) || !make_key(host))
        return -1;
    write_config(&p);
    if (geteuid() == 0)
        mkdir("/run/sshd", 0755); /* what the distribution's service does before it starts sshd */
    *state = &p;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct place *p = *state;
    return nftw(p->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int listen_anywhere(unsigned *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    assert_int_equal(bind(fd, (struct sockaddr *)&a, size), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void serve(int listener, const char *config)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            _exit(0);
        if (fork() == 0) {
            int null = open("/dev/null", O_WRONLY);
            signal(SIGCHLD, SIG_DFL);
            dup2(fd, 0);
            dup2(fd, 1);
            dup2(null, 2);
            execl(SSHD, SSHD, "-i", "-f", config, (char *)NULL);
            _exit(127);
        }
        close(fd);
    }
}

static struct server start(const struct place *p)
{
    struct server s = {.uri = {.scheme = "ssh", .user = "", .host = "127.0.0.1", .path = ""}};
    int listener = listen_anywhere(&s.uri.port);
    s.pid = fork();
    if (s.pid == 0) {
        setpgid(0, 0);
        serve(listener, p->config);
    }
    setpgid(s.pid, s.pid);
    close(listener);
    return s;
}

static void stop(struct server *s)
{
    if (s->pid <= 0)
        return;
    kill(-s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    s->pid = 0;
}

static struct transport_options options_for(const struct place *p)
{
    struct passwd *pw = getpwuid(geteuid());
    return (struct transport_options){.user = pw ? pw->pw_name : "root",
                                      .key_file = p->key,
                                      .no_agent = true,
                                      .host_keys = HOST_KEYS_OFF,
                                      .known_hosts = p->known_hosts,
                                      .connect_timeout_ms = 20000};
}

static void read_until(struct transport *t, struct str *got, const char *wanted)
{
    int64_t end = clock_now_ms(NULL) + 20000;
    struct err e = {0};
    while (!strstr(str_cstr(got), wanted)) {
        if (clock_now_ms(NULL) > end)
            fail_msg("no \"%s\" in \"%s\"", wanted, str_cstr(got));
        if (!transport_read(t, got, end, &e))
            fail_msg("%s", e.msg);
    }
}

static void a_key_file_logs_in_and_the_line_carries_bytes(void **state)
{
    struct server s = start(*state);
    struct transport_options o = options_for(*state);
    struct err e = {0};
    struct transport *t = transport_open(&s.uri, &o, &e);
    if (!t)
        fail_msg("%s", e.msg);
    struct str got = {0};
    read_until(t, &got, "ready> ");
    assert_non_null(strstr(got.data, "24 511"));
    assert_true(strncmp(transport_name(t), "ssh 127.0.0.1:", 14) == 0);
    str_reset(&got);
    assert_true(transport_write(t, "hello\r", 6, &e));
    read_until(t, &got, "hello\r");
    int64_t began = clock_now_ms(NULL);
    str_reset(&got);
    assert_true(transport_read(t, &got, began + 50, &e));
    assert_int_equal(got.len, 0);
    assert_true(clock_now_ms(NULL) - began >= 49);
    str_clear(&got);
    transport_close(t);
    stop(&s);
}

static void much_data_goes_both_ways(void **state)
{
    struct server s = start(*state);
    struct transport_options o = options_for(*state);
    struct err e = {0};
    struct transport *t = transport_open(&s.uri, &o, &e);
    if (!t)
        fail_msg("%s", e.msg);
    struct str got = {0}, sent = {0};
    read_until(t, &got, "ready> ");
    str_reset(&got);
    while (sent.len < 300000)
        str_printf(&sent, "line %zu\r", sent.len);
    for (size_t i = 0; i < sent.len; i += 4000) {
        size_t n = sent.len - i < 4000 ? sent.len - i : 4000;
        assert_true(transport_write(t, sent.data + i, n, &e));
        while (got.len + 2000 < i + n) {
            size_t before = got.len;
            assert_true(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
            assert_true(got.len - before <= TRANSPORT_READ_MAX_BYTES);
        }
    }
    while (got.len < sent.len)
        assert_true(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
    assert_memory_equal(got.data, sent.data, sent.len);
    str_clear(&got);
    str_clear(&sent);
    transport_close(t);
    stop(&s);
}

static void expect_refusal(struct server *s, const struct transport_options *o, enum failure failure,
                           const char *says)
{
    struct err e = {0};
    struct transport *t = transport_open(&s->uri, o, &e);
    if (t)
        fail_msg("was let in");
    if (!strstr(e.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, says);
    assert_string_equal(failure_name(e.failure), failure_name(failure));
}

static void a_wrong_key_is_an_auth_failure(void **state)
{
    const struct place *p = *state;
    struct server s = start(p);
    struct transport_options o = options_for(p);
    o.key_file = p->other_key;
    expect_refusal(&s, &o, FAILURE_OOB_AUTH_FAIL, "key file");
    o.key_file = NULL;
    expect_refusal(&s, &o, FAILURE_OOB_AUTH_FAIL, "publickey");
    char missing[128];
    snprintf(missing, sizeof missing, "%s/none", p->dir);
    o.key_file = missing;
    expect_refusal(&s, &o, FAILURE_OOB_AUTH_FAIL, "does not exist");
    o.key_file = p->config;
    expect_refusal(&s, &o, FAILURE_OOB_AUTH_FAIL, "cannot be read");
    stop(&s);
}

static void expect_entry(struct server *s, const struct transport_options *o)
{
    struct err e = {0};
    struct transport *t = transport_open(&s->uri, o, &e);
    if (!t)
        fail_msg("%s", e.msg);
    transport_close(t);
}

static void host_keys_are_checked(void **state)
{
    const struct place *p = *state;
    struct server s = start(p);
    struct transport_options o = options_for(p);
    unlink(p->known_hosts);
    o.host_keys = HOST_KEYS_STRICT;
    expect_refusal(&s, &o, FAILURE_OOB_HOST_KEY, "SHA256:");
    expect_refusal(&s, &o, FAILURE_OOB_HOST_KEY, "ssh-keyscan -p ");
    assert_false(file_exists(p->known_hosts));
    o.host_keys = HOST_KEYS_ACCEPT_NEW;
    expect_entry(&s, &o);
    o.host_keys = HOST_KEYS_STRICT;
    expect_entry(&s, &o);
    char line[512];
    snprintf(
        line, sizeof line,
        "[127.0.0.1]:%u ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1t\n",
        s.uri.port);
    write_text(p->dir, "known_hosts", line, 0600);
    expect_refusal(&s, &o, FAILURE_OOB_HOST_KEY, "Somebody may stand in between");
    o.host_keys = HOST_KEYS_ACCEPT_NEW;
    expect_refusal(&s, &o, FAILURE_OOB_HOST_KEY, "SHA256:");
    o.host_keys = HOST_KEYS_OFF;
    expect_entry(&s, &o);
    unlink(p->known_hosts);
    stop(&s);
}

static void a_server_killed_in_mid_session_is_a_lost_console(void **state)
{
    struct server s = start(*state);
    struct transport_options o = options_for(*state);
    struct err e = {0};
    struct transport *t = transport_open(&s.uri, &o, &e);
    if (!t)
        fail_msg("%s", e.msg);
    struct str got = {0};
    read_until(t, &got, "ready> ");
    stop(&s);
    int64_t began = clock_now_ms(NULL);
    while (transport_read(t, &got, began + 10000, &e))
        assert_true(clock_now_ms(NULL) - began < 5000);
    assert_int_equal(e.code, ERR_CLOSED);
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    e = (struct err){0};
    assert_false(transport_write(t, "x", 1, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    str_clear(&got);
    transport_close(t);
}

static void a_shell_that_ends_is_a_lost_console_after_its_last_bytes(void **state)
{
    const struct place *p = *state;
    write_text(p->dir, "shell", "#!/bin/sh\nprintf 'last words'\n", 0755);
    struct server s = start(p);
    struct transport_options o = options_for(p);
    struct err e = {0};
    struct transport *t = transport_open(&s.uri, &o, &e);
    if (!t)
        fail_msg("%s", e.msg);
    struct str got = {0};
    while (transport_read(t, &got, clock_now_ms(NULL) + 10000, &e))
        ;
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    assert_string_equal(str_cstr(&got), "last words");
    str_clear(&got);
    transport_close(t);
    stop(&s);
    struct place again = *p;
    write_config(&again);
}

static void a_refused_connection_says_so(void **state)
{
    struct server s = {.uri = {.scheme = "ssh", .user = "", .host = "127.0.0.1", .path = ""}};
    int fd = listen_anywhere(&s.uri.port);
    close(fd);
    struct transport_options o = options_for(*state);
    expect_refusal(&s, &o, FAILURE_OOB_CONNECT_FAIL, "Connection refused");
}

/* The name goes through a thread of its own; what it says depends on the machine's /etc/hosts. */
static void a_name_is_looked_up(void **state)
{
    struct server s = {.uri = {.scheme = "ssh", .user = "", .host = "localhost", .path = ""}};
    int fd = listen_anywhere(&s.uri.port);
    close(fd);
    struct transport_options o = options_for(*state);
    expect_refusal(&s, &o, FAILURE_OOB_CONNECT_FAIL, "localhost");
    s.uri.host = "no host has a name like this";
    expect_refusal(&s, &o, FAILURE_OOB_CONNECT_FAIL, "does not resolve");
}

static void a_server_that_says_nothing_times_out(void **state)
{
    struct server s = {.uri = {.scheme = "ssh", .user = "", .host = "127.0.0.1", .path = ""}};
    int fd = listen_anywhere(&s.uri.port);
    struct transport_options o = options_for(*state);
    o.connect_timeout_ms = 200;
    int64_t began = clock_now_ms(NULL);
    struct err e = {0};
    assert_null(transport_open(&s.uri, &o, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
    int64_t took = clock_now_ms(NULL) - began;
    assert_true(took >= 199 && took < 5000);
    close(fd);
}

static void *speak_http(void *arg)
{
    int fd = accept(*(int *)arg, NULL, NULL);
    static const char answer[] = "HTTP/1.0 400 Bad Request\r\n\r\n";
    if (write(fd, answer, sizeof answer - 1) < 0)
        fprintf(stderr, "# write failed\n");
    close(fd);
    return NULL;
}

static void a_server_of_another_kind_is_a_failed_connection(void **state)
{
    struct server s = {.uri = {.scheme = "ssh", .user = "", .host = "127.0.0.1", .path = ""}};
    int fd = listen_anywhere(&s.uri.port);
    pthread_t thread;
    pthread_create(&thread, NULL, speak_http, &fd);
    struct transport_options o = options_for(*state);
    expect_refusal(&s, &o, FAILURE_OOB_CONNECT_FAIL, "SSH connection failed");
    pthread_join(thread, NULL);
    close(fd);
}

struct stopper {
    int listener;
    struct cancel *cancel;
};

static void *stop_once_connected(void *arg)
{
    struct stopper *s = arg;
    int fd = accept(s->listener, NULL, NULL);
    cancel_raise(s->cancel, CANCEL_NOW);
    char byte;
    while (read(fd, &byte, 1) > 0)
        ;
    close(fd);
    return NULL;
}

static void a_connection_under_way_can_be_cancelled(void **state)
{
    struct server s = {.uri = {.scheme = "ssh", .user = "", .host = "127.0.0.1", .path = ""}};
    struct stopper stopper = {listen_anywhere(&s.uri.port), cancel_new()};
    pthread_t thread;
    pthread_create(&thread, NULL, stop_once_connected, &stopper);
    struct transport_options o = options_for(*state);
    o.cancel = stopper.cancel;
    int64_t began = clock_now_ms(NULL);
    struct err e = {0};
    assert_null(transport_open(&s.uri, &o, &e));
    assert_int_equal(e.code, ERR_CANCELLED);
    assert_true(clock_now_ms(NULL) - began < 5000);
    pthread_join(thread, NULL);
    close(stopper.listener);
    cancel_free(stopper.cancel);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void no_descriptor_is_left_open(void **state)
{
    const struct place *p = *state;
    struct server s = start(p);
    struct transport_options o = options_for(p);
    expect_entry(&s, &o); /* libraries may keep something for themselves */
    size_t before = open_descriptors();
    expect_entry(&s, &o);
    o.key_file = p->other_key;
    expect_refusal(&s, &o, FAILURE_OOB_AUTH_FAIL, "key file");
    o.host_keys = HOST_KEYS_STRICT;
    expect_refusal(&s, &o, FAILURE_OOB_HOST_KEY, "SHA256:");
    stop(&s);
    expect_refusal(&s, &o, FAILURE_OOB_CONNECT_FAIL, "refused");
    assert_int_equal(open_descriptors(), before);
}

static void *raise_now(void *arg)
{
    cancel_raise(arg, CANCEL_NOW);
    return NULL;
}

static void a_read_can_be_cancelled(void **state)
{
    struct server s = start(*state);
    struct transport_options o = options_for(*state);
    struct cancel *c = cancel_new();
    o.cancel = c;
    struct err e = {0};
    struct transport *t = transport_open(&s.uri, &o, &e);
    if (!t)
        fail_msg("%s", e.msg);
    struct str got = {0};
    read_until(t, &got, "ready> ");
    cancel_raise(c, CANCEL_ASKED);
    assert_true(transport_write(t, "x", 1, &e)); /* asked is not now: a logout can still be typed */
    read_until(t, &got, "ready> x");
    pthread_t thread;
    pthread_create(&thread, NULL, raise_now, c);
    while (transport_read(t, &got, clock_now_ms(NULL) + 10000, &e))
        ;
    assert_int_equal(e.code, ERR_CANCELLED);
    assert_int_equal(e.failure, FAILURE_CANCELLED);
    pthread_join(thread, NULL);
    str_clear(&got);
    transport_close(t);
    cancel_free(c);
    stop(&s);
}

struct many {
    const struct server *server;
    const struct transport_options *options;
    bool ok;
    char why[512];
};

static void *one_of_many(void *arg)
{
    struct many *m = arg;
    struct err e = {0};
    struct str got = {0};
    struct transport *t = transport_open(&m->server->uri, m->options, &e);
    bool ok = t != NULL;
    while (ok && !strstr(str_cstr(&got), "ready> "))
        ok = transport_read(t, &got, clock_now_ms(NULL) + 20000, &e);
    m->ok = ok;
    snprintf(m->why, sizeof m->why, "%s", e.msg);
    str_clear(&got);
    transport_close(t);
    return NULL;
}

static void many_threads_open_sessions_at_once(void **state)
{
    enum { THREADS = 12 };
    struct server s = start(*state);
    struct transport_options o = options_for(*state);
    struct many many[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        many[i] = (struct many){.server = &s, .options = &o};
        pthread_create(&threads[i], NULL, one_of_many, &many[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        if (!many[i].ok)
            fail_msg("thread %d: %s", i, many[i].why);
    stop(&s);
}

int main(void)
{
    if (access(SSHD, X_OK) != 0) {
        printf("1..0 # SKIP there is no %s here\n", SSHD);
        return 0;
    }
    signal(SIGPIPE, SIG_DFL); /* the transport itself must not let it come that far */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_file_logs_in_and_the_line_carries_bytes),
        cmocka_unit_test(much_data_goes_both_ways),
        cmocka_unit_test(a_wrong_key_is_an_auth_failure),
        cmocka_unit_test(host_keys_are_checked),
        cmocka_unit_test(a_server_killed_in_mid_session_is_a_lost_console),
        cmocka_unit_test(a_shell_that_ends_is_a_lost_console_after_its_last_bytes),
        cmocka_unit_test(a_refused_connection_says_so),
        cmocka_unit_test(a_name_is_looked_up),
        cmocka_unit_test(a_server_that_says_nothing_times_out),
        cmocka_unit_test(a_server_of_another_kind_is_a_failed_connection),
        cmocka_unit_test(a_connection_under_way_can_be_cancelled),
        cmocka_unit_test(no_descriptor_is_left_open),
        cmocka_unit_test(a_read_can_be_cancelled),
        cmocka_unit_test(many_threads_open_sessions_at_once),
    };
    return cmocka_run_group_tests_name("ssh", tests, set_up, tear_down);
}
