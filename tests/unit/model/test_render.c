/* Templates of configurations: what the site says comes in, what it does not say is a mistake with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/render.h"

static struct uplink uplinks[] = {
    {.interface = "Ethernet49/1",
     .peer = "spine-1",
     .address = "10.1.0.1/31",
     .gateway = "10.1.0.0",
     .mtu = 9214},
    {.interface = "Ethernet50/1", .peer = "spine-2", .address = "2001:db8::1/64"},
};
static struct neighbor neighbors[] = {{.address = "10.1.0.0", .as = 4200000001, .min_prefixes = 0}};
static const struct role role = {.name = "tor"};
static struct site_credential switch_login = {.name = "switch"}, bgp = {.name = "bgp-key"};
static struct site_switch sw;

static int setup(void **state)
{
    (void)state;
    static const struct site_credential *own[] = {&switch_login}, *more[] = {&bgp};
    switch_login.password = secret_new("switch", "Tr0ub4dor&3", 11);
    bgp.password = secret_new("bgp-key", "s3cr3t-key", 10);
    sw = (struct site_switch){
        .name = "tor-r1-09",
        .rack = "r1",
        .platform = "arista_eos",
        .role = &role,
        .serial = "JPE22130709",
        .credentials = own,
        .credential_count = 1,
        .config = {.secrets = more, .secret_count = 1},
        .management = {.interface = "Management1", .address = "192.0.2.9/24", .gateway = "192.0.2.1"},
        .uplinks = uplinks,
        .uplink_count = 2,
        .neighbors = neighbors,
        .neighbor_count = 1,
        .place = {"site.yaml", 12, 3}};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    secret_free(switch_login.password);
    secret_free(bgp.password);
    return 0;
}

static void expect(const char *template, const char *text)
{
    struct rendered r = {0};
    struct err e = {0};
    if (!render_text(&sw, "leaf.cfg", template, strlen(template), &r, &e))
        fail_msg("%s: %s", template, e.msg);
    assert_string_equal(str_cstr(&r.text), text);
    rendered_clear(&r);
}

static void refuse(const char *template, const char *says)
{
    struct rendered r = {0};
    struct err e = {0};
    if (render_text(&sw, "leaf.cfg", template, strlen(template), &r, &e))
        fail_msg("%s: was rendered as %s", template, str_cstr(&r.text));
    assert_int_equal(e.failure, FAILURE_CONFIG_SOURCE_FAIL);
    if (!strstr(e.msg, says))
        fail_msg("\"%s\" is not said in \"%s\"", says, e.msg);
    rendered_clear(&r);
}

static void every_documented_name_has_its_value(void **state)
{
    (void)state;
    expect("hostname {{ name }}\n", "hostname tor-r1-09\n");
    expect("{{serial}} {{ rack }} {{role}} {{ platform }}", "JPE22130709 r1 tor arista_eos");
    expect(
        "{{ management.interface }} {{ management.address }} {{ management.ip }} {{ management.prefix_len }} "
        "{{ management.netmask }} {{ management.gateway }}",
        "Management1 192.0.2.9/24 192.0.2.9 24 255.255.255.0 192.0.2.1");
    expect("{{ uplinks.0.interface }} {{ uplinks.0.peer }} {{ uplinks.0.ip }} {{ uplinks.0.netmask }} "
           "{{ uplinks.0.mtu }} {{ uplinks.1.address }} {{ uplinks.1.prefix_len }}",
           "Ethernet49/1 spine-1 10.1.0.1 255.255.255.254 9214 2001:db8::1/64 64");
    expect("{{ routing.neighbors.0.address }} {{ routing.neighbors.0.as }} {{ "
           "routing.neighbors.0.min_prefixes }}",
           "10.1.0.0 4200000001 0");
    expect("no places }} here { { }\n", "no places }} here { { }\n");
    expect("a {{ '{{' }} b", "a {{ b");
    expect("", "");
}

static void a_section_stands_once_per_item(void **state)
{
    (void)state;
    expect("!\n{{# uplinks }}\ninterface {{ interface }}\n   description {{ name }} to {{ peer }}\n{{/ "
           "uplinks }}\nend\n",
           "!\ninterface Ethernet49/1\n   description tor-r1-09 to spine-1\ninterface Ethernet50/1\n"
           "   description tor-r1-09 to spine-2\nend\n");
    expect("  {{# uplinks }}  \r\n{{ index }}\n  {{/ uplinks }}\nend", "0\n1\nend");
    expect("[{{#uplinks}}{{index}}:{{interface}} {{/uplinks}}]", "[0:Ethernet49/1 1:Ethernet50/1 ]");
    expect("{{# routing.neighbors }}\nneighbor {{ address }} remote-as {{ as }}\n{{/ routing.neighbors }}",
           "neighbor 10.1.0.0 remote-as 4200000001\n");
}

static void each_line_knows_the_line_it_came_from(void **state)
{
    (void)state;
    static const char template[] = "one\n{{# uplinks }}\n{{ interface }}\nx\n{{/ uplinks }}\nlast";
    static const unsigned from[] = {1, 3, 4, 3, 4, 6};
    struct rendered r = {0};
    struct err e = {0};
    assert_true(render_text(&sw, "leaf.cfg", template, sizeof template - 1, &r, &e));
    assert_int_equal(r.lines.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(r.lines.items[i], from[i]);
    rendered_clear(&r);
}

static void what_is_not_known_is_a_mistake_with_its_place(void **state)
{
    (void)state;
    refuse("hostname x\nip {{ uplink.0.adress }}\n", "leaf.cfg:2:4: {{ uplink.0.adress }} is no name");
    refuse("{{ hostnam }}", "leaf.cfg:1:1:");
    refuse("{{ mnagement.gateway }}", "did you mean management.gateway?");
    refuse("{{ uplinks.0.adress }}", "did you mean uplinks.0.address?");
    refuse("{{# uplinks }}{{ interfac }}{{/ uplinks }}", "did you mean interface?");
    refuse("{{ uplinks.2.address }}", "is not stated in the site file for tor-r1-09 (site.yaml:12)");
    refuse("{{ mac }}", "is not stated");
    refuse("{{ uplinks.1.mtu }}", "is not stated");
    refuse("{{ uplinks.1.netmask }}", "is not stated"); /* IPv6 has none */
    refuse("{{ firmware.version }}", "is not stated");
    refuse("a\nb {{ name", "leaf.cfg:2:3: {{  }} is not closed");
    refuse("{{ name\n}}", "is not closed");
    refuse("{{# uplinks }}\nx", "is never closed");
    refuse("{{/ uplinks }}", "closes nothing");
    refuse("{{# ports }}{{/ ports }}", "is no list");
    refuse("{{# uplinks }}{{# uplinks }}{{/ uplinks }}{{/ uplinks }}", "stands within another one");
    refuse("{{ index }}", "is no name");
    refuse("{{ }}", "is no name");
}

static void a_list_of_nothing_is_a_mistake(void **state)
{
    (void)state;
    sw.neighbor_count = 0;
    refuse("{{# routing.neighbors }}x{{/ routing.neighbors }}", "is not stated");
    sw.neighbor_count = 1;
}

static void secrets_come_in_by_name_and_never_into_errors_or_words(void **state)
{
    (void)state;
    struct str word = {0};
    struct err e = {0};
    expect("neighbor 10.1.0.0 password {{ secret:bgp-key }}", "neighbor 10.1.0.0 password s3cr3t-key");
    expect("{{ secret:switch }}", "Tr0ub4dor&3");
    refuse("{{ secret:other }}", "is no credential of this switch");
    refuse("{{ secret:bgp-key }} {{ nam }}", "{{ nam }} is no name");
    assert_false(render_word(&sw, "site.yaml", "http://x/{{ secret:bgp-key }}", &word, &e));
    assert_null(strstr(e.msg, "s3cr3t"));
    assert_true(render_word(&sw, "site.yaml", "configs/{{ role }}/{{ name }}.cfg", &word, &e));
    assert_string_equal(str_cstr(&word), "configs/tor/tor-r1-09.cfg");
    str_clear(&word);
}

static void a_configuration_has_an_end(void **state)
{
    (void)state;
    struct str big = {0};
    struct rendered r = {0};
    struct err e = {0};
    for (size_t i = 0; i < 40000; i++)
        str_add_cstr(
            &big,
            "{{# uplinks }}0123456789012345678901234567890123456789012345678901234567890{{/ uplinks }}");
    assert_false(render_text(&sw, "leaf.cfg", big.data, big.len, &r, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    rendered_clear(&r);
    str_clear(&big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_documented_name_has_its_value),
        cmocka_unit_test(a_section_stands_once_per_item),
        cmocka_unit_test(each_line_knows_the_line_it_came_from),
        cmocka_unit_test(what_is_not_known_is_a_mistake_with_its_place),
        cmocka_unit_test(a_list_of_nothing_is_a_mistake),
        cmocka_unit_test(secrets_come_in_by_name_and_never_into_errors_or_words),
        cmocka_unit_test(a_configuration_has_an_end),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
