/* A whole job with a real session on a scripted switch: each byte that reaches the switch has its row on disk before. */
#include "unit/job/fake.h"

#include "helpers/support_dialect.h"
#include "helpers/support_peer.h"
#include "job/crew.h"
#include "plugin/run.h"

#define PASSWORD "Tr0ub4dor&3"
#define VERSION                                                                                              \
    "Arista DCS-7050SX3-48YC8\r\nSerial number:       JPE00000001\r\nUptime:              1 week\r\n\r\n"

static const struct peer_rule login_rules[] = {{.typed = ""}, {.typed = "*", .next = "password"}, {0}};
static const struct peer_rule password_rules[] = {
    {.typed = PASSWORD, .next = "enable"}, {.typed = "*", .next = "login"}, {0}};
static const struct peer_rule enable_rules[] = {
    {.typed = "show version", .reply = VERSION}, {.typed = "exit", .next = "login"}, {0}};
static const struct peer_state states[] = {
    {.name = "login", .prompt = "\r\ntor01 login: ", .rules = login_rules},
    {.name = "password", .prompt = "Password: ", .hidden = true, .rules = password_rules},
    {.name = "enable", .prompt = "tor01#", .rules = enable_rules},
    {0}};

/* The switch as the session sees it, and a look into the store at each write. */
static struct {
    struct peer peer;
    const char *db;
    unsigned writes, without_row;
    struct cancel *cancel_on_query;
} desk;

/* What is about to reach the switch is the newest row (a secret as its name; a bare CR or XON as the empty line). */
static bool has_row(const char *bytes, size_t len)
{
    sqlite3 *h = NULL;
    sqlite3_stmt *stmt = NULL;
    bool ok = false;
    sqlite3_open_v2(desk.db, &h, SQLITE_OPEN_READONLY, "unix");
    sqlite3_busy_timeout(h, 10000);
    sqlite3_prepare_v2(h,
                       "SELECT command, status FROM log_event WHERE kind <> 'note' ORDER BY seq DESC LIMIT 1",
                       -1, &stmt, NULL);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *row = (const char *)sqlite3_column_text(stmt, 0);
        bool sent = strcmp((const char *)sqlite3_column_text(stmt, 1), "sent") == 0;
        const char *typed = strcmp(row, "{secret:switch}") == 0 ? PASSWORD : row;
        size_t n = strlen(typed);
        bool bare = n == 0 && len == 1;
        ok = sent &&
             (bare || (len == n + 1 && memcmp(bytes, typed, n) == 0 && ((const char *)bytes)[n] == '\r'));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(h);
    return ok;
}

static bool desk_write(void *self, const void *bytes, size_t len, struct err *e)
{
    desk.writes++;
    desk.without_row += !has_row(bytes, len);
    if (desk.cancel_on_query && len > 4 && memcmp(bytes, "show", 4) == 0)
        cancel_raise(desk.cancel_on_query, CANCEL_ASKED);
    return peer_driver.write(self, bytes, len, e);
}

static struct transport_driver desk_driver;

/* As oob_connect, over the scripted switch. */
static struct verdict run_connect(struct run *run)
{
    struct transport_options options = {.clock = &desk.peer.clock};
    struct uri uri = {.scheme = "peer"};
    desk_driver = peer_driver;
    desk_driver.write = desk_write;
    run->session_options.take_transport = transport_open_driver(&desk_driver, &uri, &options, &run->err);
    run->session_options.nonce_seed = 1;
    run->session = session_open(&run->session_options, &run->err);
    if (!run->session || !session_login(run->session, &run->err))
        return (struct verdict){.kind = VERDICT_ERROR,
                                .failure = run->err.failure,
                                .text = arena_strdup(&run->arena, run->err.msg)};
    return (struct verdict){.kind = VERDICT_PASS, .text = "in"};
}

static struct verdict run_version(struct run *run)
{
    struct answer a = {0};
    struct verdict v = {.kind = VERDICT_PASS, .text = "read"};
    if (!session_query(run->session, dialect_query(&run->platform->dialect, "version"), NULL, 0, &a,
                       &run->err))
        v = (struct verdict){.kind = VERDICT_ERROR,
                             .failure = run->err.failure,
                             .text = arena_strdup(&run->arena, run->err.msg)};
    answer_clear(&a);
    return v;
}

static const struct plugin connects = {
    .name = "oob_connect", .phase = PHASE_OOB_CONNECT, .stops_job = true, .run = run_connect};
static const struct plugin version = {.name = "identity", .phase = PHASE_IDENTITY_CHECK, .run = run_version};

struct typed {
    struct dialect *dialect;
    struct site_credential credential;
    const struct site_credential *list[1];
    struct step items[3];
    struct steps steps;
    struct assignment work;
    struct engine_tally tally;
};

static void set_up(struct typed *t, struct fake *f)
{
    memset(&desk, 0, sizeof desk);
    peer_init(&desk.peer, states);
    desk.db = f->place->db;
    t->dialect = dialect_for_tests();
    f->platform.dialect = *t->dialect;
    t->credential = (struct site_credential){
        .name = "switch", .user = "admin", .password = secret_new("switch", PASSWORD, strlen(PASSWORD))};
    t->list[0] = &t->credential;
    f->switches[0].credentials = t->list;
    f->switches[0].credential_count = 1;
    t->items[0] = (struct step){.plugin = &connects};
    t->items[1] = t->items[2] = (struct step){.plugin = &version};
    t->steps = (struct steps){t->items, 3};
    t->work = (struct assignment){.spec = f->specs, .id = fake_job(f, "QUEUED", "")};
}

static void tear_down(struct typed *t)
{
    peer_clear(&desk.peer);
    dialect_free(t->dialect);
    secret_free(t->credential.password);
}

static void run_job(struct typed *t, struct fake *f)
{
    struct err e = {0};
    if (!crew_run(&f->options, &t->steps, &t->work, 1, &t->tally, &e))
        fail_msg("%s", e.msg);
}

static void every_byte_typed_was_on_disk_before(void **state)
{
    struct fake *f = *state;
    struct typed t = {0};
    set_up(&t, f);
    run_job(&t, f);
    if (t.tally.passed != 1)
        fail_msg("%s", fake_rows(f, "SELECT plugin, state, text FROM phase_run"));
    assert_true(desk.writes >= 6);
    assert_int_equal(desk.without_row, 0);
    assert_int_equal(desk.peer.unsafe_bytes, 0);
    assert_string_equal(desk.peer.state->name, "login"); /* logged out */
    assert_string_equal(
        fake_rows(f,
                  "SELECT count(*) FROM log_event WHERE kind = 'query' AND command = 'show version' AND "
                  "status = 'ok' "
                  "AND output LIKE '%JPE00000001%' AND duration_us >= 0 AND transcript_to > transcript_from"),
        "2\n");
    assert_string_equal(fake_rows(f, "SELECT count(*) FROM log_event WHERE status = 'sent'"), "0\n");
    tear_down(&t);
}

static void the_transcript_holds_every_byte_and_no_secret(void **state)
{
    struct fake *f = *state;
    struct typed t = {0};
    set_up(&t, f);
    run_job(&t, f);
    assert_string_equal(
        fake_rows(f, "SELECT count(*) FROM transcript WHERE instr(bytes, CAST('" PASSWORD "' AS BLOB))"),
        "0\n");
    assert_string_equal(fake_rows(f, "SELECT count(*) > 0 FROM transcript WHERE direction = 'i' AND "
                                     "instr(bytes, CAST('{secret:switch}' AS "
                                     "BLOB))"),
                        "1\n");
    /* Each direction is without a gap. */
    assert_string_equal(
        fake_rows(
            f, "SELECT count(*) FROM (SELECT from_byte - coalesce(lag(from_byte + length(bytes)) OVER "
               "(PARTITION BY "
               "direction ORDER BY seq), 0) AS gap FROM transcript WHERE direction <> 'm') WHERE gap <> 0"),
        "0\n");
    char received[64];
    snprintf(received, sizeof received, "%llu\n", (unsigned long long)desk.peer.delivered);
    assert_string_equal(fake_rows(f, "SELECT sum(length(bytes)) FROM transcript WHERE direction = 'o'"),
                        received);
    tear_down(&t);
}

/* What an answer's row says of its place in the transcript is where its bytes are. */
static void an_answers_range_leads_to_its_bytes(void **state)
{
    struct fake *f = *state;
    struct typed t = {0};
    set_up(&t, f);
    run_job(&t, f);
    assert_string_equal(
        fake_rows(
            f,
            "WITH all_bytes AS (SELECT group_concat(CAST(bytes AS TEXT), '') AS text FROM (SELECT bytes FROM "
            "transcript WHERE direction = 'o' ORDER BY seq)) SELECT count(*) FROM log_event, all_bytes WHERE "
            "kind = "
            "'query' AND instr(substr(text, transcript_from + 1, transcript_to - transcript_from), "
            "'JPE00000001') > 0"),
        "2\n");
    tear_down(&t);
}

static void cancelled_in_a_query_it_is_finished_and_logged_out(void **state)
{
    struct fake *f = *state;
    struct typed t = {0};
    set_up(&t, f);
    f->options.cancel = desk.cancel_on_query = cancel_new();
    run_job(&t, f);
    assert_int_equal(t.tally.cancelled, 1);
    assert_string_equal(fake_rows(f, "SELECT command, status FROM log_event WHERE kind = 'query'"),
                        "show version ok\n");
    assert_string_equal(desk.peer.state->name, "login");
    assert_string_equal(fake_rows(f, "SELECT * FROM console_lock"), "");
    cancel_free(f->options.cancel);
    tear_down(&t);
}

static void without_a_store_not_a_byte_is_typed(void **state)
{
    struct fake *f = *state;
    struct typed t = {0};
    struct err e = {0};
    set_up(&t, f);
    const struct cell wrong = cell_text("no_such_column", "x");
    store_wait(f->store, store_insert(f->store, "job", &wrong, 1), NULL);
    assert_false(crew_run(&f->options, &t.steps, &t.work, 1, &t.tally, &e));
    assert_int_equal(desk.writes, 0);
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(every_byte_typed_was_on_disk_before),
        FAKE_TEST(the_transcript_holds_every_byte_and_no_secret),
        FAKE_TEST(an_answers_range_leads_to_its_bytes),
        FAKE_TEST(cancelled_in_a_query_it_is_finished_and_logged_out),
        FAKE_TEST(without_a_store_not_a_byte_is_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
