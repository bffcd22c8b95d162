#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/digest.h"
#include "helpers/support_play.h"

#define EOS   "fixtures/arista_eos/device.yaml"
#define IMAGE "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1000MB}}\n"
static const char copy[] = "copy http://192.0.2.1/images/EOS-4.30.1F.swi flash:EOS-4.30.1F.swi";

static void expect_digest(struct play *p, enum digest_kind kind, const char *content)
{
    struct str command = {0}, digest = {0};
    str_printf(&command, "verify /%s flash:EOS-4.30.1F.swi", digest_name(kind));
    digest_add_hex(kind, content, strlen(content), &digest);
    play_type(p, str_cstr(&command));
    play_wait(p, 30);
    assert_non_null(strstr(str_cstr(&p->said), str_cstr(&digest)));
    str_clear(&command);
    str_clear(&digest);
}

static void a_copy_takes_its_time_and_tells_how_far_it_is(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE);
    play_log_in(&p, "pw");
    play_type(&p, copy);
    play_wait(&p, 24); /* 1000 MB at 20 MB/s: half of 50 s */
    assert_non_null(strstr(str_cstr(&p.said), "\r 50 1000000000   50  500000000"));
    assert_null(strstr(str_cstr(&p.said), "\r 52 "));
    play_wait(&p, 25);
    assert_non_null(strstr(str_cstr(&p.said), "Copy completed successfully.\r\ntor-1#"));
    play_expect(&p, "dir flash:", " 1000000000           Mar  3 06:41  EOS-4.30.1F.swi\r\n");
    play_expect(&p, "dir flash:", "(725190144 bytes free)");
    play_close(&p);
}

static void checksums_are_real_and_take_time(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE);
    play_log_in(&p, "pw");
    play_type(&p, copy);
    play_wait(&p, 60);
    expect_digest(&p, DIGEST_MD5, "EOS-4.30.1F.swi");
    expect_digest(&p, DIGEST_SHA256, "EOS-4.30.1F.swi");
    expect_digest(&p, DIGEST_SHA512, "EOS-4.30.1F.swi");
    assert_null(strstr(play_ask(&p, "verify /md5 flash:EOS-4.30.1F.swi"), "= ")); /* 1000 MB at 150 MB/s */
    play_wait(&p, 10);
    assert_non_null(strstr(str_cstr(&p.said), "= "));
    play_expect(&p, "verify /md5 flash:nothing", "% Error: file flash:nothing not found");
    play_close(&p);
}

static void the_scenario_may_say_the_checksums(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS,
              "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1MB, sha512: beef, content: an image}}\n");
    play_log_in(&p, "pw");
    play_type(&p, copy);
    play_expect(&p, "verify /sha512 flash:EOS-4.30.1F.swi", "= beef\r\n");
    expect_digest(&p, DIGEST_MD5, "an image");
    play_close(&p);
}

static void a_url_that_nobody_serves_is_not_found(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1MB, missing: true}}\n");
    play_log_in(&p, "pw");
    play_expect(&p, copy, "404 Not Found");
    play_expect(&p, "copy http://192.0.2.1/other flash:x", "404 Not Found");
    play_expect(&p, "delete flash:x", "No such file or directory");
    play_close(&p);
}

static void without_room_half_a_file_is_left(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE "state: {free: 100MB}\n");
    play_log_in(&p, "pw");
    play_type(&p, copy);
    play_wait(&p, 60);
    assert_non_null(strstr(str_cstr(&p.said), "No space left on device"));
    play_expect(&p, "dir flash:", "  100000000           Mar  3 06:41  EOS-4.30.1F.swi");
    play_expect(&p, "dir flash:", "(0 bytes free)");
    play_type(&p, "delete flash:EOS-4.30.1F.swi");
    play_expect(&p, "dir flash:", "(100000000 bytes free)");
    play_close(&p);
}

static void a_copy_that_stalls_says_nothing_until_it_is_interrupted(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE "state: {fetch: stalls, fetch_at: 40}\n");
    play_log_in(&p, "pw");
    play_type(&p, copy);
    play_wait(&p, 3600);
    assert_non_null(strstr(str_cstr(&p.said), "\r 40 "));
    assert_null(strstr(str_cstr(&p.said), "\r 42 "));
    str_reset(&p.said);
    play_key(&p, 0x03);
    assert_string_equal(str_cstr(&p.said), "^C\r\ntor-1#");
    play_expect(&p, "dir flash:", "  400000000           Mar  3 06:41  EOS-4.30.1F.swi");
    play_close(&p);
}

static void a_copy_that_breaks_says_so(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, IMAGE "state: {fetch: breaks, fetch_at: 40}\n");
    play_log_in(&p, "pw");
    play_type(&p, copy);
    play_wait(&p, 60);
    assert_non_null(strstr(str_cstr(&p.said), "transfer closed"));
    assert_null(strstr(str_cstr(&p.said), "successfully"));
    play_close(&p);
}

/* Each says that it is done; only the checksum or the size tells. */
static void damage_shows_in_the_checksum_alone(void **state)
{
    static const char *const damages[] = {
        IMAGE "state: {fetch: damaged}\n",
        IMAGE "state: {fetch: half}\n",
        "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1000MB, truncated: 500MB}}\n",
        "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1000MB, corrupt: true}}\n",
    };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct play p;
        play_open(&p, EOS, damages[i]);
        play_log_in(&p, "pw");
        play_type(&p, copy);
        play_wait(&p, 60);
        assert_non_null(strstr(str_cstr(&p.said), "Copy completed successfully"));
        expect_digest(&p, DIGEST_SHA512, "EOS-4.30.1F.swi damaged");
        play_close(&p);
    }
}

static void the_record_knows_what_changed_the_flash(void **state)
{
    (void)state;
    struct play p;
    play_open(&p, EOS, "images: {EOS-4.30.1F.swi: {version: 4.30.1F, size: 1MB}}\n");
    play_log_in(&p, "pw");
    play_type(&p, "show version");
    play_type(&p, "dir flash:");
    play_type(&p, "verify /md5 flash:old.log");
    assert_string_equal(str_cstr(&p.changes), "");
    play_type(&p, copy);
    play_type(&p, "delete flash:old.log");
    assert_string_equal(
        str_cstr(&p.changes),
        "copy http://192.0.2.1/images/EOS-4.30.1F.swi flash:EOS-4.30.1F.swi\ndelete flash:old.log\n");
    play_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_takes_its_time_and_tells_how_far_it_is),
        cmocka_unit_test(checksums_are_real_and_take_time),
        cmocka_unit_test(the_scenario_may_say_the_checksums),
        cmocka_unit_test(a_url_that_nobody_serves_is_not_found),
        cmocka_unit_test(without_room_half_a_file_is_left),
        cmocka_unit_test(a_copy_that_stalls_says_nothing_until_it_is_interrupted),
        cmocka_unit_test(a_copy_that_breaks_says_so),
        cmocka_unit_test(damage_shows_in_the_checksum_alone),
        cmocka_unit_test(the_record_knows_what_changed_the_flash),
    };
    return cmocka_run_group_tests_name("sim: flash", tests, NULL, NULL);
}
