/* What firmware decides before it changes anything: what is asked of the guard, what is refused, and what is left alone. */
#include "unit/plugin/world.h"

#include "base/mem.h"
#include "plugin/address.h"
#include "plugin/version.h"

#define IMAGE "EOS-4.30.1F.swi"
#define OLD   "EOS-4.28.3M.swi"

static char sum_512[129], sum_md5[33], other_512[129];

struct ask { /* a guard that refuses, and remembers what it was asked for */
    struct world w;
    unsigned permits;
    char procedure[64];
};

static struct permit *refuse(void *ctx, struct run *run, const char *procedure)
{
    struct ask *a = ctx;
    a->permits++;
    snprintf(a->procedure, sizeof a->procedure, "%s", procedure);
    run->err = (struct err){0};
    err_fail(&run->err, ERR_STATE, FAILURE_IN_PRODUCTION, "%s was not begun: a host was learned", procedure);
    return NULL;
}

/* A session that nobody may use: every answer is laid. */
static char no_session;

static void begin(struct ask *a)
{
    memset(sum_512, 'a', sizeof sum_512 - 1);
    memset(other_512, 'b', sizeof other_512 - 1);
    memset(sum_md5, 'c', sizeof sum_md5 - 1);
    memset(a, 0, sizeof *a);
    world_init(&a->w);
    world_healthy(&a->w);
    assert_true(world_says(&a->w, "boot_image", "healthy/boot_image.txt"));
    assert_true(world_says(&a->w, "flash", "healthy/flash.txt"));
    assert_true(world_says(&a->w, "images", "healthy/images.txt"));
    a->w.run.session = (struct session *)(void *)&no_session;
    a->w.run.guard = (struct run_guard){.ctx = a, .permit = refuse};
    a->w.switches[0].firmware =
        (struct firmware){.version = "4.30.1F", .image = IMAGE, .sha512 = sum_512, .md5 = sum_md5};
}

static void end(struct ask *a)
{
    a->w.run.session = NULL;
    world_clear(&a->w);
}

static void say(struct ask *a, const char *query, const char *text)
{
    if (!run_remember(&a->w.run, query, NULL, 0, text, strlen(text), query, 1))
        fail_msg("%s: %s", query, a->w.run.cache->err.msg);
}

static void image_in_flash(struct ask *a, const char *file)
{
    char text[300];
    snprintf(text, sizeof text,
             "Directory of flash:/\n\n       -rwx   981467890           Mar  3 06:41  %s\n\n"
             "3519041536 bytes total (1725190144 bytes free)\n",
             file);
    say(a, "images", text);
}

static void image_sum(struct ask *a, const char *query, const char *kind, const char *sum)
{
    char text[300];
    const struct argument args[] = {{"image_file", IMAGE}};
    snprintf(text, sizeof text, "verify /%s (flash:" IMAGE ") = %s\n", kind, sum);
    assert_true(run_remember(&a->w.run, query, args, 1, text, strlen(text), query, 1));
}

static struct verdict judge(struct ask *a)
{
    return world_judge(&a->w, "firmware");
}

static void a_site_that_names_no_firmware_does_not_ask(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    a.w.switches[0].firmware = (struct firmware){0};
    struct verdict v = judge(&a);
    assert_int_equal(v.kind, VERDICT_SKIP);
    assert_true(v.not_asked);
    assert_int_equal(a.permits, 0);
    end(&a);
}

static void what_is_right_already_needs_no_permit(void **state)
{
    (void)state;
    static const char *const images[] = {OLD, NULL};
    for (size_t i = 0; i < 2; i++) {
        struct ask a;
        begin(&a);
        a.w.switches[0].firmware = (struct firmware){.version = "4.28.03m", .image = images[i]};
        struct verdict v = judge(&a);
        assert_int_equal(v.kind, VERDICT_PASS);
        assert_non_null(strstr(v.text, "is already 4.28.3M"));
        assert_string_equal(v.evidence.query, "version");
        assert_int_equal(a.permits, 0);
        end(&a);
    }
}

static void the_right_version_that_would_not_boot_again_is_set_to_boot_and_not_restarted(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    a.w.switches[0].firmware.version = "4.28.3M";
    image_in_flash(&a, IMAGE);
    image_sum(&a, "image_sha512", "sha512", sum_512);
    judge(&a);
    assert_int_equal(a.permits, 1);
    assert_string_equal(a.procedure, "image_activate");
    end(&a);
}

static void another_version_without_its_image_is_told_and_nothing_else(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    a.w.switches[0].firmware = (struct firmware){.version = "4.30.1F"};
    struct verdict v = judge(&a);
    assert_int_equal(v.failure, FAILURE_FIRMWARE_VERSION);
    assert_non_null(strstr(v.remedy, "image:"));
    assert_string_equal(v.evidence.raw, "4.28.3M");
    assert_int_equal(a.permits, 0);
    end(&a);
}

static void a_platform_that_cannot_install_says_so(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    struct platform p = *a.w.run.platform;
    p.dialect.procedure_count = 0;
    a.w.run.platform = &p;
    struct verdict v = judge(&a);
    assert_int_equal(v.failure, FAILURE_FIRMWARE_VERSION);
    assert_non_null(strstr(v.text, "image_fetch"));
    end(&a);
}

static void an_image_that_nobody_can_prove_is_not_installed(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    a.w.switches[0].firmware.sha512 = a.w.switches[0].firmware.md5 = NULL;
    struct verdict v = judge(&a);
    assert_int_equal(v.failure, FAILURE_FIRMWARE_CHECKSUM);
    assert_non_null(strstr(v.remedy, "sha512, sha256, md5"));
    assert_int_equal(a.permits, 0);
    end(&a);
}

static void the_best_checksum_that_both_know_decides(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    image_in_flash(&a, IMAGE);
    image_sum(&a, "image_sha512", "sha512", sum_512);
    image_sum(&a, "image_md5", "md5", "00000000000000000000000000000000");
    struct verdict v = judge(&a);
    assert_string_equal(a.procedure, "image_activate"); /* nothing was copied */
    assert_int_equal(v.failure, FAILURE_IN_PRODUCTION);
    assert_non_null(strstr(v.text, "it runs 4.28.3M, boots next " OLD ", " IMAGE " is in the flash, whole"));
    end(&a);
}

static void a_wrong_file_is_deleted_before_anything_else(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    image_in_flash(&a, IMAGE);
    image_sum(&a, "image_sha512", "sha512", other_512);
    a.w.site.images_url = "http://127.0.0.1:9/";
    judge(&a);
    assert_int_equal(a.permits, 1);
    assert_string_equal(a.procedure, "image_delete");
    end(&a);
}

static void behaviour_51_what_boots_is_never_deleted(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    say(&a, "boot_image",
        "Software image: flash:/" IMAGE "\nConsole speed: (not set)\nAboot password (encrypted): (not set)\n"
        "Memory test iterations: (not set)\n");
    image_in_flash(&a, IMAGE);
    image_sum(&a, "image_sha512", "sha512", other_512);
    a.w.site.images_url = "http://127.0.0.1:9/";
    struct verdict v = judge(&a);
    assert_int_equal(v.failure, FAILURE_FIRMWARE_CHECKSUM);
    assert_non_null(strstr(v.text, "was not deleted: the switch boots from it"));
    assert_int_equal(a.permits, 0);
    end(&a);
}

/* As Junos, which installs a package and does not tell that it did. */
static void where_nothing_tells_what_boots_the_image_is_activated(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    struct platform p = *a.w.run.platform;
    struct query *queries = mem_alloc_array(p.dialect.query_count, sizeof *queries);
    memcpy(queries, p.dialect.queries, p.dialect.query_count * sizeof *queries);
    for (size_t i = 0; i < p.dialect.query_count; i++)
        if (strcmp(queries[i].name, "boot_image") == 0)
            queries[i].name = "not_declared";
    p.dialect.queries = queries;
    a.w.run.platform = &p;
    image_in_flash(&a, IMAGE);
    image_sum(&a, "image_sha512", "sha512", sum_512);
    judge(&a);
    assert_int_equal(a.permits, 1);
    assert_string_equal(a.procedure, "image_activate");
    end(&a);
    mem_free(queries);
}

static void without_an_image_server_nothing_can_be_fetched(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    struct verdict v = judge(&a);
    assert_int_equal(v.failure, FAILURE_FIRMWARE_FETCH_FAIL);
    assert_non_null(strstr(v.remedy, "images:"));
    assert_int_equal(a.permits, 0);
    end(&a);
}

static void a_server_that_is_not_reached_from_here_may_be_from_there(void **state)
{
    (void)state;
    struct ask a;
    begin(&a);
    a.w.site.images_url = "http://127.0.0.1:9/";
    struct verdict v = judge(&a);
    assert_string_equal(a.procedure, "image_fetch");
    assert_int_equal(v.failure, FAILURE_IN_PRODUCTION);
    assert_non_null(strstr(v.text, "is not in the flash"));
    end(&a);
}

static void the_management_address_comes_first_where_it_is_not_there(void **state)
{
    (void)state;
    static const char *const configs[] = {
        "hostname x\ninterface Management1\n   ip address 10.0.9.33/24\nend\n",
        "hostname x\ninterface Management1\n   ip address 10.0.9.3/24\nend\n"};
    static const char *const first[] = {"management_up", "image_fetch"};
    for (size_t i = 0; i < 2; i++) {
        struct ask a;
        begin(&a);
        a.w.site.images_url = "http://127.0.0.1:9/";
        a.w.switches[0].management = (struct management){"Management1", "10.0.9.3/24", "10.0.9.1", {0}};
        say(&a, "running_config", configs[i]);
        judge(&a);
        assert_int_equal(a.permits, 1);
        assert_string_equal(a.procedure, first[i]);
        end(&a);
    }
}

static void versions_are_the_same_however_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
        int order;
    } rows[] = {
        {"17.9.4a", "17.09.04a", true, 0},
        {"17.9.4a", "17.9.4A ", true, 0},
        {"4.28.3M", "4.28.3M", true, 0},
        {"4.28.3M", "4.28.30M", false, -1},
        {"4.28.3M", "4.28.3F", false, 0},
        {"4.30.1F", "4.28.3M", false, 1},
        {"9.3(10)", "9.3(9)", false, 1},
        {"21.4R3-S5.4", "21.4R3-S5.4", true, 0},
        {"21.4R3", "21.4R3-S5.4", false, 0},
        {"17.9.4", "17.9.4a", false, 0},
        {"", "4.28.3M", false, 0},
        {"10.2(5)", "10.2(05)", true, 0},
        {"100000000000000000001", "100000000000000000002", false, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (version_same(rows[i].a, rows[i].b) != rows[i].same)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        int order = version_order(rows[i].a, rows[i].b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        order = version_order(rows[i].b, rows[i].a);
        assert_int_equal((order > 0) - (order < 0), -rows[i].order);
    }
}

static void an_address_in_the_forms_that_switches_want(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct argument args[ADDRESS_ARGUMENTS];
    assert_true(address_arguments("10.0.9.3/22", &arena, args));
    assert_string_equal(args[1].value, "10.0.9.3");
    assert_string_equal(args[2].value, "255.255.252.0");
    assert_string_equal(args[3].value, "22");
    assert_true(address_arguments("10.0.9.3/0", &arena, args));
    assert_string_equal(args[2].value, "0.0.0.0");
    assert_true(address_arguments("2001:db8::1/64", &arena, args));
    assert_string_equal(args[2].value, "");
    static const char *const bad[] = {"10.0.9.3",  "10.0.9.3/", "10.0.9.3/33",
                                      "10.0.9/24", "x/24",      "10.0.9.3/2x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(address_arguments(bad[i], &arena, args));
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_that_names_no_firmware_does_not_ask),
        cmocka_unit_test(what_is_right_already_needs_no_permit),
        cmocka_unit_test(the_right_version_that_would_not_boot_again_is_set_to_boot_and_not_restarted),
        cmocka_unit_test(another_version_without_its_image_is_told_and_nothing_else),
        cmocka_unit_test(a_platform_that_cannot_install_says_so),
        cmocka_unit_test(an_image_that_nobody_can_prove_is_not_installed),
        cmocka_unit_test(the_best_checksum_that_both_know_decides),
        cmocka_unit_test(a_wrong_file_is_deleted_before_anything_else),
        cmocka_unit_test(behaviour_51_what_boots_is_never_deleted),
        cmocka_unit_test(where_nothing_tells_what_boots_the_image_is_activated),
        cmocka_unit_test(without_an_image_server_nothing_can_be_fetched),
        cmocka_unit_test(a_server_that_is_not_reached_from_here_may_be_from_there),
        cmocka_unit_test(the_management_address_comes_first_where_it_is_not_there),
        cmocka_unit_test(versions_are_the_same_however_they_are_written),
        cmocka_unit_test(an_address_in_the_forms_that_switches_want),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
