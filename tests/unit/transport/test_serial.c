/* Serial lines, as far as ptys can play them: what needs a UART (BREAK, modem lines, errors) is tested in the lab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "helpers/support_wire.h"
#include "transport/serial_lock.h"

struct cable {
    int master;
    char path[64];
};

static void cable_init(struct cable *c)
{
    c->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(c->master >= 0);
    assert_int_equal(grantpt(c->master), 0);
    assert_int_equal(unlockpt(c->master), 0);
    assert_int_equal(ptsname_r(c->master, c->path, sizeof c->path), 0);
}

static struct transport *try_open(const char *path, const char *options, const struct transport_options *how,
                                  struct err *e)
{
    static const struct transport_options plain = {.dead_after_ms = 200};
    struct arena arena = {0};
    struct uri uri;
    char text[200];
    snprintf(text, sizeof text, "serial:%s%s", path, options);
    if (!uri_parse(text, &arena, &uri, e))
        fail_msg("%s: %s", text, e->msg);
    struct transport *t = transport_open(&uri, how ? how : &plain, e);
    arena_clear(&arena);
    return t;
}

static struct transport *open_line(const char *path, const char *options)
{
    struct err e = {0};
    struct transport *t = try_open(path, options, NULL, &e);
    if (!t)
        fail_msg("%s", e.msg);
    return t;
}

static void every_byte_passes_both_ways(void **state)
{
    (void)state;
    struct cable c;
    char all[256];
    cable_init(&c);
    struct transport *t = open_line(c.path, "");
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    wire_say(c.master, all, sizeof all); /* ^C ^D ^S ^Q ^Z CR LF NUL too */
    wire_hear(t, all, sizeof all);
    wire_expect_nothing(c.master); /* no echo */
    assert_true(transport_write(t, all, sizeof all, NULL));
    wire_expect(c.master, all, sizeof all);
    transport_close(t);
    close(c.master);
}

static speed_t speed_of(const struct cable *c)
{
    struct termios now;
    assert_int_equal(tcgetattr(c->master, &now), 0);
    return cfgetospeed(&now);
}

static void the_speed_is_the_uris_else_the_sites_else_9600(void **state)
{
    (void)state;
    struct cable c;
    struct err e = {0};
    struct transport_options how = {.baud = 19200};
    cable_init(&c);
    struct transport *t = open_line(c.path, "");
    assert_int_equal(speed_of(&c), B9600);
    transport_close(t);
    t = try_open(c.path, "", &how, &e);
    assert_int_equal(speed_of(&c), B19200);
    transport_close(t);
    t = try_open(c.path, "?baud=115200&flow=rtscts&data=8&parity=none&stop=2", &how, &e);
    assert_int_equal(speed_of(&c), B115200);
    struct termios now;
    tcgetattr(c.master, &now);
    assert_true((now.c_cflag & (CRTSCTS | CSTOPB | CLOCAL)) == (CRTSCTS | CSTOPB | CLOCAL));
    wire_say(c.master, WIRE("garbage of the old speed"));
    assert_true(transport_set_baud(t, 38400, &e));
    assert_int_equal(speed_of(&c), B38400);
    wire_say(c.master, WIRE("login: "));
    wire_hear(t, WIRE("login: "));
    assert_false(transport_set_baud(t, 12345, &e));
    assert_non_null(strstr(e.msg, "12345 baud"));
    assert_int_equal(speed_of(&c), B38400);
    transport_close(t);
    close(c.master);
}

/* Another program that has locked the line; ends when the returned descriptor is closed. */
static pid_t start_holder(const char *path, int *end)
{
    int ready[2], stop[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, "picocom");
        close(stop[1]);
        int fd = open(path, O_RDWR | O_NOCTTY);
        bool ok = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && write(ready[1], "!", 1) == 1;
        while (ok && read(stop[0], &byte, 1) > 0)
            ;
        _exit(ok ? 0 : 1);
    }
    close(ready[1]);
    close(stop[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *end = stop[1];
    return pid;
}

static void a_line_that_another_program_holds_is_refused_with_its_name(void **state) /* behaviours 13, 19 */
{
    (void)state;
    struct cable c;
    struct err e = {0};
    int end;
    char who[60];
    cable_init(&c);
    pid_t pid = start_holder(c.path, &end);
    assert_null(try_open(c.path, "", NULL, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_BUSY);
    snprintf(who, sizeof who, "picocom (process %d) holds the line", (int)pid);
    if (!strstr(e.msg, who) || !strstr(e.msg, c.path))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, who);
    close(end);
    waitpid(pid, NULL, 0);
    transport_close(open_line(c.path, ""));
    close(c.master);
}

static void a_line_is_ours_alone_until_it_is_closed(void **state)
{
    (void)state;
    struct cable c;
    struct err e = {0};
    cable_init(&c);
    struct transport *t = open_line(c.path, "");
    assert_null(try_open(c.path, "", NULL, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_BUSY);
    int fd = open(c.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) { /* the super-user: TIOCEXCL does not stop it, flock is what picocom and tio ask */
        assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
        assert_int_equal(errno, EWOULDBLOCK);
        close(fd);
    }
    transport_close(t);
    transport_close(open_line(c.path, ""));
    close(c.master);
}

static void a_stable_name_is_resolved_before_it_is_locked(void **state)
{
    (void)state;
    struct cable c;
    struct err e = {0};
    char dir[] = "/tmp/torstarter-serial-XXXXXX", link_path[80];
    cable_init(&c);
    assert_non_null(mkdtemp(dir));
    snprintf(link_path, sizeof link_path, "%s/usb-Adapter", dir);
    assert_int_equal(symlink(c.path, link_path), 0);
    struct transport *t = open_line(link_path, "");
    assert_null(try_open(c.path, "", NULL, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_BUSY);
    wire_say(c.master, WIRE("x"));
    wire_hear(t, WIRE("x"));
    transport_close(t);
    unlink(link_path);
    rmdir(dir);
    close(c.master);
}

static void write_lock_file(const char *name, const char *text)
{
    struct err e = {0};
    if (!file_write(name, text, strlen(text), 0644, &e))
        fail_msg("%s", e.msg);
}

static void a_lock_file_is_made_kept_and_removed(void **state)
{
    (void)state;
    struct cable c;
    struct err e = {0};
    struct serial_lock lock;
    struct str text = {0};
    char dir[] = "/tmp/torstarter-serial-XXXXXX", name[100], pid[40];
    cable_init(&c);
    assert_non_null(mkdtemp(dir));
    snprintf(name, sizeof name, "%s/LCK..pts_%s", dir, c.path + strlen("/dev/pts/"));
    snprintf(pid, sizeof pid, "%10ld\n", (long)getpid());

    assert_true(serial_lock_take(&lock, c.path, dir, &e));
    assert_true(file_read(name, &text, &e));
    assert_string_equal(str_cstr(&text), pid); /* ten digits and a line's end, as FSSTND has it */
    serial_lock_release(&lock);
    assert_false(file_exists(name));

    pid_t gone = fork(); /* its number is nobody's once it was waited for */
    if (gone == 0)
        _exit(0);
    waitpid(gone, NULL, 0);
    snprintf(pid, sizeof pid, "%10ld\n", (long)gone);
    write_lock_file(name, pid);
    assert_true(serial_lock_take(&lock, c.path, dir, &e));
    serial_lock_release(&lock);
    assert_false(file_exists(name));

    snprintf(pid, sizeof pid, "%10ld\n", (long)getppid());
    write_lock_file(name, pid);
    assert_false(serial_lock_take(&lock, c.path, dir, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_BUSY);
    snprintf(pid, sizeof pid, "process %ld)", (long)getppid());
    assert_non_null(strstr(e.msg, pid));
    assert_non_null(strstr(e.msg, name));
    assert_true(file_exists(name));

    write_lock_file(name, "who knows\n");
    assert_false(serial_lock_take(&lock, c.path, dir, &e));
    assert_non_null(strstr(e.msg, name));
    unlink(name);
    rmdir(dir);

    assert_true(serial_lock_take(&lock, c.path, dir, &e)); /* no such folder: flock is enough */
    assert_null(lock.lock_file);
    serial_lock_release(&lock);
    str_clear(&text);
    close(c.master);
}

static void a_line_that_is_hung_up_is_console_lost(void **state)
{
    (void)state;
    struct cable c;
    struct err e = {0};
    struct str got = {0};
    cable_init(&c);
    struct transport *t = open_line(c.path, "");
    assert_true(transport_read(t, &got, clock_now_ms(NULL) + 20, &e));
    assert_int_equal(got.len, 0);
    close(c.master);
    assert_false(transport_read(t, &got, clock_now_ms(NULL) + 20000, &e));
    assert_int_equal(e.code, ERR_CLOSED);
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    assert_non_null(strstr(e.msg, c.path));
    assert_false(transport_write(t, "x", 1, &e));
    assert_int_equal(e.failure, FAILURE_CONSOLE_LOST);
    transport_close(t);
}

static bool is_stopped(struct transport *t)
{
    struct transport_line_state line;
    transport_line_state(t, &line);
    assert_true(line.flow_known);
    return line.flow_stopped;
}

static void xoff_is_seen_and_ends_a_write_in_a_time_out(void **state) /* behaviours 15, 40 */
{
    (void)state;
    struct cable c;
    struct err e = {0};
    cable_init(&c);
    struct transport *t = open_line(c.path, "?flow=xonxoff");
    assert_false(is_stopped(t));
    wire_say(c.master, WIRE("\x13"
                            "a"));
    wire_hear(t, WIRE("a"));
    assert_true(is_stopped(t));
    assert_false(transport_write(t, "show version\r", 13, &e));
    assert_int_equal(e.code, ERR_TIMEOUT);
    assert_non_null(strstr(e.msg, "flow control"));
    wire_say(c.master, WIRE("\x11"
                            "b"));
    wire_hear(t, WIRE("b"));
    assert_false(is_stopped(t));
    assert_true(transport_write(t, "\r", 1, &e));
    wire_expect(c.master, WIRE("\r"));
    transport_close(t);
    close(c.master);
}

static void a_pty_has_no_modem_lines_and_counts_no_errors(void **state)
{
    (void)state;
    struct cable c;
    struct err e = {0};
    struct transport_line_state line;
    cable_init(&c);
    struct transport *t = open_line(c.path, "");
    transport_line_state(t, &line);
    assert_false(line.modem_known || line.errors_known || line.flow_known || line.flow_stopped);
    assert_true(transport_send_break(t, &e)); /* a pty takes it, and nothing comes of it */
    wire_expect_nothing(c.master);
    transport_close(t);
    close(c.master);
}

static void what_is_no_line_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *says;
    } wrong[] = {
        {"serial:/dev/ttyNOSUCH", "No such file"},
        {"serial:/dev/null", "/dev/null is no serial line"},
        {"serial://dev/ttyUSB0", "with one slash"},
        {"serial:/dev/null?baud=fast", "baud=fast: must be a number"},
        {"serial:/dev/null?flow=hardware", "one of none, xonxoff, rtscts"},
        {"serial:/dev/null?parity=mark", "one of none, odd, even"},
        {"serial:/dev/null?data=9", "from 7 to 8"},
        {"serial:/dev/null?stop=3", "from 1 to 2"},
        {"serial:/dev/null?badu=9600", "did you mean baud?"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arena arena = {0};
        struct uri uri;
        struct err e = {0};
        struct transport_options how = {.user = NULL};
        assert_true(uri_parse(wrong[i].uri, &arena, &uri, &e));
        assert_null(transport_open(&uri, &how, &e));
        assert_int_equal(e.failure, FAILURE_OOB_CONNECT_FAIL);
        if (!strstr(e.msg, wrong[i].says))
            fail_msg("%s: %s", wrong[i].uri, e.msg);
        arena_clear(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_passes_both_ways),
        cmocka_unit_test(the_speed_is_the_uris_else_the_sites_else_9600),
        cmocka_unit_test(a_line_that_another_program_holds_is_refused_with_its_name),
        cmocka_unit_test(a_line_is_ours_alone_until_it_is_closed),
        cmocka_unit_test(a_stable_name_is_resolved_before_it_is_locked),
        cmocka_unit_test(a_lock_file_is_made_kept_and_removed),
        cmocka_unit_test(a_line_that_is_hung_up_is_console_lost),
        cmocka_unit_test(xoff_is_seen_and_ends_a_write_in_a_time_out),
        cmocka_unit_test(a_pty_has_no_modem_lines_and_counts_no_errors),
        cmocka_unit_test(what_is_no_line_is_refused),
    };
    return cmocka_run_group_tests_name("transport serial", tests, NULL, NULL);
}
