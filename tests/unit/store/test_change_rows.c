/* Rows about changes: kept until the permit's end is known, stages by serial number, marks that stay until they are cleared. */
#include "unit/store/place.h"

#include "store/change_rows.h"

struct rows {
    struct place *place;
    struct store *store;
    struct arena arena;
    int64_t job;
};

static int make(void **state)
{
    struct rows *r = calloc(1, sizeof *r);
    if (place_make((void **)&r->place) != 0)
        return -1;
    r->store = store_open(r->place->db, STORE_SYNC_OFF, NULL);
    const struct cell job[] = {cell_text("type", "provision"), cell_text("state", "RUNNING"),
                               cell_int("submitted_at", 1)};
    if (!r->store || !store_insert_id(r->store, "job", job, 3, &r->job, NULL))
        return -1;
    const struct cell sw[] = {cell_int("job", r->job), cell_text("switch", "tor-1"),
                              cell_text("platform", "p"), cell_text("console", "c")};
    *state = r;
    return store_wait(r->store, store_insert(r->store, "switch_job", sw, 4), NULL) ? 0 : -1;
}

static int clear(void **state)
{
    struct rows *r = *state;
    arena_clear(&r->arena);
    store_close(r->store);
    place_remove((void **)&r->place);
    free(r);
    return 0;
}

static int64_t add_permit(struct rows *r, const char *procedure)
{
    int64_t id = 0;
    const struct permit_row row = {
        .job = r->job, .at_us = 5, .procedure = procedure, .serial = "SER1", .evidence = "[]"};
    assert_true(permit_row_add(r->store, &row, &id, NULL));
    return id;
}

static size_t open_permits(struct rows *r, struct open_permit **out)
{
    size_t count = 0;
    assert_true(permit_rows_open(r->store, r->job, &r->arena, out, &count, NULL));
    return count;
}

static void a_permit_is_open_from_its_first_byte_to_its_end(void **state)
{
    struct rows *r = *state;
    struct open_permit *open;
    int64_t id = add_permit(r, "reload");
    assert_int_equal(open_permits(r, &open), 0); /* nothing was typed under it */
    permit_row_spend(r->store, id, 9);
    add_permit(r, "config_save"); /* waits, so what was put before it is durable */
    assert_int_equal(open_permits(r, &open), 1);
    assert_int_equal(open[0].id, id);
    assert_string_equal(open[0].procedure, "reload");
    assert_string_equal(open[0].serial, "SER1");
    assert_string_equal(open[0].switch_name, "tor-1");
    assert_true(permit_row_end(r->store, id, "done", NULL, NULL));
    assert_int_equal(open_permits(r, &open), 0);
}

static void an_outcome_that_nobody_knows_is_refused(void **state)
{
    struct rows *r = *state;
    assert_false(permit_row_end(r->store, add_permit(r, "reload"), "perhaps", NULL, NULL));
}

static void a_stage_is_known_once_and_to_its_serial_number_alone(void **state)
{
    struct rows *r = *state;
    const char *const *stages;
    size_t count = 9;
    assert_true(stage_row_add(r->store, &(struct stage_row){"SER1", "aa", r->job, 1}, NULL));
    assert_true(stage_row_add(r->store, &(struct stage_row){"SER1", "aa", r->job, 2}, NULL));
    assert_true(stage_row_add(r->store, &(struct stage_row){"SER1", "bb", r->job, 3}, NULL));
    assert_true(stage_rows(r->store, "ser1", &r->arena, &stages, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(stages[0], "aa");
    assert_string_equal(stages[1], "bb");
    assert_true(stage_rows(r->store, "SER2", &r->arena, &stages, &count, NULL));
    assert_int_equal(count, 0);
}

static size_t taints(struct rows *r, const char *name, const char *serial, struct taint_row **out)
{
    size_t count = 9;
    assert_true(taint_rows(r->store, name, serial, &r->arena, out, &count, NULL));
    return count;
}

static void a_mark_is_on_the_hardware_whatever_its_name(void **state)
{
    struct rows *r = *state;
    struct taint_row *out;
    const struct taint_row one = {.switch_name = "tor-1",
                                  .serial = "SER1",
                                  .job = r->job,
                                  .at_us = 1,
                                  .procedure = "reload",
                                  .text = "half"};
    assert_true(taint_row_add(r->store, &one, NULL));
    assert_int_equal(taints(r, "tor-1", "SER1", &out), 1);
    assert_string_equal(out[0].text, "half");
    assert_int_equal(taints(r, "tor-9", "ser1", &out), 1); /* moved to another place */
    assert_int_equal(taints(r, "tor-1", "SER2", &out), 0); /* replaced */
    assert_int_equal(taints(r, "tor-1", "", &out), 1);     /* nobody knows which one it is: the mark counts */
    assert_true(taint_row_clear(r->store, out[0].id, r->job, 7, NULL));
    assert_int_equal(taints(r, "tor-1", "SER1", &out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_permit_is_open_from_its_first_byte_to_its_end, make, clear),
        cmocka_unit_test_setup_teardown(an_outcome_that_nobody_knows_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(a_stage_is_known_once_and_to_its_serial_number_alone, make, clear),
        cmocka_unit_test_setup_teardown(a_mark_is_on_the_hardware_whatever_its_name, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
