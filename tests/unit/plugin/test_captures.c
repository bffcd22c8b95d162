/* Real answers of real switches, with the padding stripped in some: each gives the right rows or is refused, none is read wrongly.
   They lie outside the repository; without them every test says so and passes. */
#include "unit/plugin/world.h"

#define CAPTURES "../shared/captures/arista_eos/"

struct expected {
    const char *file, *query;
    size_t rows;       /* 0: refused, or `none` */
    const char *cells; /* of one row: "column=value" with | between them */
    size_t row;        /* which */
};

static const struct expected all[] = {
    {"serial/show_version.01.txt", "version", 1,
     "model=CCS-720XP-24ZY4-F|serial=JPE11400249|version=4.27.6M|mac=fcbd.67c7.ffe7", 0},
    {"serial/show_version.02.txt", "version", 1, "model=vEOS|serial=|version=4.14.7M|mac=2803.829a.1347", 0},
    {"serial/show_version.03.txt", "version", 1, "model=cEOSLab|serial=|version=4.32.1F-37265360.4321F", 0},
    {"serial/show_version.04.txt", "version", 1, "model=DCS-7010T-48-R|serial=JPE18523609|version=4.28.9M",
     0},
    {"version/show_version.01.txt", "version", 1, "serial=JPE11400249", 0},
    {"version/show_version.02.txt", "version", 1, "serial=", 0},
    {"version/show_version.03.txt", "version", 1, "model=cEOSLab", 0},
    {"psu/show_environment_power.01.txt", "power_supplies", 2,
     "slot=1|model=PWR-460AC-F|state=no_input|input_a=0.00A|output_w=0.0W", 0},
    {"psu/show_environment_power.01.txt", "power_supplies", 2,
     "slot=2|state=ok|input_a=1.05A|output_w=121.0W", 1},
    {"fans/show_environment_cooling.01.txt", "fans", 38,
     "slot=1/1|state=ok|speed=34%|airflow=front-to-back|cooling=ok", 0},
    {"fans/show_environment_cooling.01.txt", "fans", 38, "slot=PowerSupply5|state=absent|speed=N/A", 34},
    {"fans/show_environment_cooling.01.txt", "fans", 38, "slot=PowerSupply8|state=absent", 37},
    /* Padding stripped: where a manufacturer's name ends cannot be known. */
    {"serial/show_inventory.01.txt", "inventory", 0, "", 0},
    {"uplinks/show_interfaces_status.01.txt", "interfaces", 8,
     "interface=Et7|state=up|speed=1G|type=EbraTestPhyPort", 6},
    {"uplinks/show_interfaces_status.01.txt", "interfaces", 8,
     "interface=Ma1|state=disabled|type=10/100/1000", 7},
    {"uplinks/show_interfaces_status.02.txt", "interfaces", 6,
     "interface=Et1|state=disabled|description=Cust: (SERV-XXXXX|type=1000BASE-T", 0},
    {"uplinks/show_interfaces_status.02.txt", "interfaces", 6,
     "interface=Et49|state=down|description=Core: drxx.yul01|type=Not Present", 2},
    {"uplinks/show_interfaces_status.02.txt", "interfaces", 6, "interface=Et52|state=up|type=10GBASE-SR", 3},
    {"uplinks/show_interfaces_status.03.txt", "interfaces", 8,
     "interface=Et52|state=up|speed=10G|type=10GBASE-SR", 5},
    {"lldp/show_lldp_neighbors.01.txt", "neighbors", 4,
     "interface=Et3/1|peer=tg104.sjc.aristanetworks.com|peer_interface=Ethernet3/2|ttl=120", 2},
    {"lldp/show_lldp_neighbors.01.txt", "neighbors", 4,
     "interface=Ma1/1|peer=dc1-rack11-tor1.sjc|peer_interface=1/1", 3},
    {"lldp/show_lldp_neighbors_detail.01.txt", "neighbors", 0, "", 0},
    {"optics/show_interfaces_transceiver.01.txt", "transceivers", 5,
     "interface=Et3/1/1|tx_dbm=N/A|rx_dbm=-2.39", 0},
    {"optics/show_interfaces_transceiver.01.txt", "transceivers", 5,
     "interface=Et3/17/3|tx_dbm=1.65|rx_dbm=-0.72", 3},
    {"optics/show_interfaces_transceiver_detail.01.txt", "transceivers", 21,
     "interface=Et6/3|tx_dbm=-0.78|rx_dbm=|tx_high_alarm=4.40|tx_low_alarm=-9.60", 14},
    {"optics/show_interfaces_transceiver_detail.01.txt", "transceivers", 21,
     "interface=Et6/1|rx_dbm=-0.90|tx_dbm=|rx_high_alarm=4.40|rx_low_alarm=-11.50", 16},
    {"ping/ping_8_8_8_8_timeout_2_size_100_repeat_5_text.01.txt", "ping", 1,
     "sent=5|received=5|loss_percent=0|first_reply=1", 0},
    {"ping/ping_8_8_8_8_timeout_2_size_100_repeat_5_text.02.txt", "ping", 1,
     "sent=5|received=5|first_reply=1", 0},
    {"ping/ping_8_8_8_8_timeout_2_size_100_repeat_5_text.03.txt", "ping", 1,
     "sent=5|received=0|loss_percent=100|first_reply=", 0},
    /* Other commands than the query's: refused, not half read. */
    {"uplinks/show_interfaces_description.01.txt", "interfaces", 0, "", 0},
    {"uplinks/show_interfaces.01.txt", "interfaces", 0, "", 0},
    {"reload/show_reload_cause.01.txt", "version", 0, "", 0},
};

static bool captures_there(void)
{
    if (file_exists(CAPTURES))
        return true;
    printf("# SKIP no captures at %s\n", CAPTURES);
    return false;
}

static bool read_capture(struct arena *arena, const char *file, const char *query, struct records *out,
                         struct err *e)
{
    char *path = file_join(CAPTURES, file);
    struct str s = {0};
    if (!file_read(path, &s, e))
        fail_msg("%s", e->msg);
    const char *text = arena_strndup(arena, str_cstr(&s), s.len);
    bool read = reader_read(platform_reader(world_platform, query), text, s.len, arena, out, e);
    str_clear(&s);
    mem_free(path);
    return read;
}

static void assert_cells(const struct records *r, const struct expected *x)
{
    char cells[256], *at = cells, *cell;
    snprintf(cells, sizeof cells, "%s", x->cells);
    while ((cell = strsep(&at, "|"))) {
        char *value = strchr(cell, '=');
        if (!value)
            continue;
        *value++ = '\0';
        if (strcmp(record_get(r, x->row, cell), value) != 0)
            fail_msg("%s row %zu: %s is \"%s\", not \"%s\"", x->file, x->row, cell,
                     record_get(r, x->row, cell), value);
    }
}

static void captures_give_the_right_rows_or_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; captures_there() && i < sizeof all / sizeof all[0]; i++) {
        struct arena arena = {0};
        struct records r;
        struct err e = {0};
        bool read = read_capture(&arena, all[i].file, all[i].query, &r, &e);
        if (read != (all[i].rows > 0) || (read && r.count != all[i].rows))
            fail_msg("%s as %s: %s, %zu rows, %s", all[i].file, all[i].query, read ? "read" : "refused",
                     read ? r.count : 0, e.msg);
        if (read)
            assert_cells(&r, &all[i]);
        else
            assert_int_equal(e.failure, FAILURE_PARSE_FAILURE);
        arena_clear(&arena);
    }
}

static void no_power_supplies_is_an_answer(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct records r;
    struct err e = {0};
    if (captures_there()) {
        assert_true(read_capture(&arena, "psu/show_environment_power.02.txt", "power_supplies", &r, &e));
        assert_true(r.none);
        assert_int_equal(r.count, 0);
    }
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_give_the_right_rows_or_are_refused),
        cmocka_unit_test(no_power_supplies_is_an_answer),
    };
    return cmocka_run_group_tests_name("plugin/captures", tests, world_setup, world_teardown);
}
