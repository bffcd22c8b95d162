#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "helpers/support_play.h"

#define EOS   "fixtures/arista_eos/device.yaml"
#define IMAGE "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1MB}}\n"

static void upgrade(struct play *p)
{
    play_log_in(p, "pw");
    play_type(p, "copy http://192.0.2.1/EOS-4.30.1F.swi flash:EOS-4.30.1F.swi");
    play_type(p, "configure terminal");
    play_type(p, "boot system flash:EOS-4.30.1F.swi");
    play_type(p, "end");
    play_expect(p, "show boot-config", "flash:/EOS-4.30.1F.swi");
    play_expect(p, "show version", "Software image version: 4.28.3M");
}

static void a_reload_brings_the_image_of_the_boot_variable(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE);
    upgrade(&p);
    play_expect(&p, "show version", "Uptime: 2 hours and 14 minutes");
    play_type(&p, "reload now");
    assert_int_equal(device_state(p.device), DEVICE_BOOTING);
    play_wait(&p, 10);
    assert_int_equal(device_state(p.device), DEVICE_BOOTING);
    play_wait(&p, 55);
    assert_non_null(strstr(str_cstr(&p.said), "Booting flash:/EOS-4.30.1F.swi"));
    assert_non_null(strstr(str_cstr(&p.said), "tor-1 login: "));
    play_log_in(&p, "pw");
    play_expect(&p, "show version", "Software image version: 4.30.1F");
    play_expect(&p, "show version", "Uptime: 1 minute\r\n");
    play_expect(&p, "show reload cause", "Reload requested by the user.");
    assert_int_equal(device_counts(p.device)->unsafe_bytes, 0);
    play_close(&p);
}

static void what_was_not_saved_is_lost(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "{}");
    play_log_in(&p, "pw");
    play_type(&p, "configure terminal");
    play_type(&p, "hostname lost");
    play_type(&p, "end");
    play_type(&p, "configure session torstarter");
    play_type(&p, "end");
    play_expect(&p, "reload", "Save? [yes/no/cancel/diff]:");
    play_expect(&p, "no", "Proceed with reload? [confirm]");
    play_type(&p, "");
    play_wait(&p, 30);
    play_log_in(&p, "pw");
    play_expect(&p, "", "tor-1#");
    assert_null(strstr(play_ask(&p, "show configuration sessions"), "torstarter"));
    play_expect(&p, "reload", "Proceed with reload? [confirm]"); /* nothing is unsaved */
    assert_null(strstr(str_cstr(&p.said), "Save?"));
    play_type(&p, "n");
    assert_int_equal(device_state(p.device), DEVICE_ENABLE);
    play_close(&p);
}

static void saved_it_comes_back(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "{}");
    play_log_in(&p, "pw");
    play_type(&p, "configure terminal");
    play_type(&p, "hostname kept");
    play_type(&p, "end");
    play_expect(&p, "copy running-config startup-config", "Copy completed successfully.");
    play_type(&p, "reload now");
    play_wait(&p, 30);
    assert_non_null(strstr(str_cstr(&p.said), "kept login: "));
    play_close(&p);
}

static void expect_end(const char *more, enum device_state wanted, const char *said, const char *not_said)
{
    struct play p;
    play_open(&p, EOS, more);
    upgrade(&p);
    str_reset(&p.said);
    play_type(&p, "reload now");
    play_wait(&p, 600);
    assert_int_equal(device_state(p.device), wanted);
    assert_non_null(strstr(str_cstr(&p.said), said));
    assert_null(strstr(str_cstr(&p.said), not_said));
    play_close(&p);
}

static void boots_go_wrong_in_each_way(void **state)
{
    (void)state;
    expect_end(IMAGE "state: {boot: loop}\n", DEVICE_BOOTING, "Aboot 8", "login:");
    expect_end(IMAGE "state: {boot: silent}\n", DEVICE_BOOTING, "Aboot 8", "login:");
    expect_end(IMAGE "state: {boot: loader}\n", DEVICE_LOADER, "Booting flash:/EOS-4.30.1F.swi\r\nAboot# ",
               "Starting new kernel");
    expect_end(IMAGE "state: {fetch: half}\n", DEVICE_LOADER, "Aboot# ", "login:");
}

static void a_boot_loop_begins_again_and_again(void **state)
{
    (void)state;
    struct play p;
    unsigned starts = 0;
    play_open(&p, EOS, IMAGE "state: {boot: loop}\n");
    play_log_in(&p, "pw");
    play_type(&p, "reload now");
    play_wait(&p, 60);
    for (const char *at = str_cstr(&p.said); (at = strstr(at, "Aboot 8")); at++)
        starts++;
    assert_in_range(starts, 5, 7); /* half a boot of 20 s each */
    play_close(&p);
}

static void it_comes_back_with_the_old_version_or_as_another_switch(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE "state: {boot: old_version, serial: OTHER}\n");
    upgrade(&p);
    play_expect(&p, "show version", "Serial number: JPE1");
    play_type(&p, "reload now");
    play_wait(&p, 30);
    play_log_in(&p, "pw");
    play_expect(&p, "show version", "Software image version: 4.28.3M");
    play_expect(&p, "show version", "Serial number: OTHER");
    play_close(&p);
}

static void a_first_boot_dialogue_ends_with_the_restart_it_leads_to(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "state: {config: factory}\n");
    p.setup.motd = "The device is in Zero Touch Provisioning mode\r\n";
    play_expect(&p, "admin", "Zero Touch Provisioning");
    play_type(&p, "zerotouch cancel");
    assert_string_equal(str_cstr(&p.changes), "zerotouch cancel\n");
    play_wait(&p, 30);
    play_expect(&p, "admin", "localhost>");
    assert_null(strstr(str_cstr(&p.said), "Zero Touch"));
    play_close(&p);
}

static void speed_shortens_boots_and_copies_but_no_timer(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1000MB}}\n");
    p.setup.speed = 50;
    play_log_in(&p, "pw");
    play_expect(&p, "copy http://192.0.2.1/EOS-4.30.1F.swi flash:EOS-4.30.1F.swi", "Copy completed");
    play_type(&p, "configure session a");
    play_type(&p, "hostname soon");
    play_type(&p, "commit timer 00:00:30");
    play_wait(&p, 20);
    play_expect(&p, "", "soon#");
    play_expect(&p, "reload now", " login: "); /* 20 s in 0.4; what was not saved is gone */
    play_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_brings_the_image_of_the_boot_variable),
        cmocka_unit_test(what_was_not_saved_is_lost),
        cmocka_unit_test(saved_it_comes_back),
        cmocka_unit_test(boots_go_wrong_in_each_way),
        cmocka_unit_test(a_boot_loop_begins_again_and_again),
        cmocka_unit_test(it_comes_back_with_the_old_version_or_as_another_switch),
        cmocka_unit_test(a_first_boot_dialogue_ends_with_the_restart_it_leads_to),
        cmocka_unit_test(speed_shortens_boots_and_copies_but_no_timer),
    };
    return cmocka_run_group_tests_name("sim: reloads", tests, NULL, NULL);
}
