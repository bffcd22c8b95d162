/* model/site: every kind of console URI stands in a site, and in --console, as it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "model/site.h"

static const struct search_path shipped = {.dirs = {".", "tests/data/model"}, .count = 2};

static const struct {
    const char *uri, *name, *scheme, *host;
    unsigned port;
    const char *path;
    unsigned baud;
    const char *flow;
} consoles[] = {
    {"serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0", "serial", "", 0, "/dev/ttyUSB0", 0, ""},
    {"serial:/dev/ttyUSB1?baud=9600", "serial:/dev/ttyUSB1", "serial", "", 0, "/dev/ttyUSB1", 9600, ""},
    {"serial:/dev/serial/by-id/usb-FTDI_A1-if00-port0?baud=115200&flow=rtscts",
     "serial:/dev/serial/by-id/usb-FTDI_A1-if00-port0", "serial", "", 0,
     "/dev/serial/by-id/usb-FTDI_A1-if00-port0", 115200, "rtscts"},
    {"tcp://oob-r1:4007", "tcp://oob-r1:4007", "tcp", "oob-r1", 4007, "", 0, ""},
    {"telnet://oob-r1:2007?cr=crlf", "telnet://oob-r1:2007", "telnet", "oob-r1", 2007, "", 0, ""},
    {"rfc2217://[fe80::1]:5007?baud=9600", "rfc2217://[fe80::1]:5007", "rfc2217", "fe80::1", 5007, "", 9600,
     ""},
    {"exec:IPMI_PASSWORD={password} ipmitool -I lanplus -H 10.0.0.1 -E sol activate",
     "exec:IPMI_PASSWORD={password} ipmitool -I lanplus -H 10.0.0.1 -E sol activate", "exec", "", 0,
     "IPMI_PASSWORD={password} ipmitool -I lanplus -H 10.0.0.1 -E sol activate", 0, ""},
};
enum { CONSOLE_COUNT = sizeof consoles / sizeof *consoles };

static void judge(const struct site_switch *sw, size_t i)
{
    const struct console *c = &sw->console;
    assert_string_equal(c->name, consoles[i].name);
    assert_string_equal(c->server, "");
    assert_string_equal(c->uri.scheme, consoles[i].scheme);
    assert_string_equal(c->uri.host, consoles[i].host);
    assert_int_equal(c->uri.port, consoles[i].port);
    assert_string_equal(c->uri.path, consoles[i].path);
    assert_int_equal(c->baud, consoles[i].baud);
    assert_string_equal(uri_option(&c->uri, "flow", ""), consoles[i].flow);
    assert_false(c->driver->direct);
}

static struct site *load_text(const struct folder *f, const char *text, struct mistakes *m)
{
    char *path = file_join(f->path, "site.yaml");
    folder_put(f, "site.yaml", text);
    struct site *s = site_load(path, &shipped, m);
    mem_free(path);
    return s;
}

static void begin_site(struct str *text)
{
    str_add_cstr(text, "credentials: {c: {user: u, password: ''}}\nroles: {r: {}}\nswitches:\n");
}

static void add_switch(struct str *text, size_t number, const char *console)
{
    str_printf(text, "  s%zu: {platform: example, role: r, credentials: [c], console: %s}\n", number,
               console);
}

static void a_site_names_any_kind_of_console(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    struct str text = {0};
    begin_site(&text);
    for (size_t i = 0; i < CONSOLE_COUNT; i++) {
        char quoted[200];
        snprintf(quoted, sizeof quoted, i % 2 ? "'%s'" : "{uri: '%s'}", consoles[i].uri);
        add_switch(&text, i, quoted);
    }
    folder_open(&f);
    struct site *s = load_text(&f, text.data, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(s->switch_count, CONSOLE_COUNT);
    for (size_t i = 0; i < CONSOLE_COUNT; i++)
        judge(&s->switches[i], i);
    site_free(s);
    str_clear(&text);
    folder_close(&f);
}

static void one_console_is_enough_for_a_site_without_a_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONSOLE_COUNT; i++) {
        struct mistakes m = {0};
        struct site *s = site_of_one(consoles[i].uri, "example", &shipped, &m);
        assert_string_equal(str_cstr(&m.text), "");
        judge(&s->switches[0], i);
        site_free(s);
    }
}

static void the_speed_may_stand_beside_the_uri(void **state)
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    struct str text = {0};
    begin_site(&text);
    add_switch(&text, 0, "{uri: 'serial:/dev/ttyUSB0', baud: 19200}");
    add_switch(&text, 1, "{uri: 'rfc2217://oob:5001', baud: 38400}");
    folder_open(&f);
    struct site *s = load_text(&f, text.data, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_int_equal(s->switches[0].console.baud, 19200);
    assert_int_equal(s->switches[0].console.options.baud, 19200); /* what the transport sets */
    assert_int_equal(s->switches[1].console.options.baud, 38400);
    site_free(s);
    str_clear(&text);
    folder_close(&f);
}

static void a_console_servers_carriage_return_is_its_data(void **state) /* behaviours 3 */
{
    (void)state;
    struct folder f;
    struct mistakes m = {0};
    struct str text = {0};
    str_add_cstr(&text, "console_servers: {old: {kind: old_box, address: 10.0.0.7}}\n");
    begin_site(&text);
    add_switch(&text, 0, "{server: old, port: 7}");
    add_switch(&text, 1, "'telnet://other:7001?kind=old_box'");
    add_switch(&text, 2, "'telnet://other:7002'");
    folder_open(&f);
    const struct search_path with_it = {.dirs = {".", "tests/data/model", f.path}, .count = 3};
    folder_put(&f, "platforms/console-servers/old_box.yaml",
               "about: wants CR LF\nscheme: telnet\nport_base: 7000\ntelnet_cr: crlf\n");
    folder_put(&f, "site.yaml", text.data);
    char *path = file_join(f.path, "site.yaml");
    struct site *s = site_load(path, &with_it, &m);
    assert_string_equal(str_cstr(&m.text), "");
    assert_string_equal(s->switches[0].console.options.telnet_cr, "crlf");
    assert_string_equal(s->switches[1].console.options.telnet_cr, "crlf");
    assert_null(s->switches[2].console.options.telnet_cr);
    site_free(s);
    mem_free(path);
    str_clear(&text);
    folder_close(&f);
}

static void one_line_spoken_to_in_two_ways_is_one_console(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"'serial:/dev/ttyUSB0?baud=9600'", "'serial:/dev/ttyUSB0?baud=115200&flow=none'"},
        {"'telnet://oob:2007'", "'telnet://OOB:2007?cr=crlf'"},
        {"'rfc2217://oob:5007?baud=9600'", "{uri: 'rfc2217://oob:5007', baud: 9600}"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct folder f;
        struct mistakes m = {0};
        struct str text = {0};
        begin_site(&text);
        add_switch(&text, 0, pairs[i][0]);
        add_switch(&text, 1, pairs[i][1]);
        folder_open(&f);
        assert_null(load_text(&f, text.data, &m));
        if (!strstr(str_cstr(&m.text), "s0 has the console"))
            fail_msg("%s and %s: %s", pairs[i][0], pairs[i][1], str_cstr(&m.text));
        mistakes_clear(&m);
        str_clear(&text);
        folder_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_names_any_kind_of_console),
        cmocka_unit_test(one_console_is_enough_for_a_site_without_a_file),
        cmocka_unit_test(the_speed_may_stand_beside_the_uri),
        cmocka_unit_test(a_console_servers_carriage_return_is_its_data),
        cmocka_unit_test(one_line_spoken_to_in_two_ways_is_one_console),
    };
    return cmocka_run_group_tests_name("model console", tests, NULL, NULL);
}
