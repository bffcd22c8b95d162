/* Asking the switch on behalf of the plugins of one job. An answer is asked for once and shared: bytes are time at 9600 baud.
   What could not be read completely never becomes records: the caller gets false and an error that points at the answer. */
#include "plugin/run.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"

enum { ASK_AT_MOST = 3, ARGUMENTS_MAX = 8, EVIDENCE_MAX = 4096 };

/* Only what the platform's command has a place for: platforms differ in what a ping can be told. */
static size_t arguments_used(const struct query *q, const struct argument *args, size_t count,
                             struct argument used[ARGUMENTS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < count && n < ARGUMENTS_MAX; i++) {
        struct str place = {0};
        str_printf(&place, "{%s}", args[i].name);
        if (strstr(q->command, str_cstr(&place)))
            used[n++] = args[i];
        str_clear(&place);
    }
    return n;
}

static const char *cache_key(struct run *run, const char *query, const struct argument *args, size_t count)
{
    struct str key = {0};
    str_add_cstr(&key, query);
    for (size_t i = 0; i < count; i++)
        str_printf(&key, " %s=%s", args[i].name, args[i].value);
    const char *kept = arena_strdup(&run->arena, str_cstr(&key));
    str_clear(&key);
    return kept;
}

static const struct cached_answer *cache_find(const struct run *run, const char *key)
{
    for (const struct cached_answer *c = run->cache; c; c = c->next)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

/* What an error points at: the whole answer as far as it came. */
static struct evidence whole_answer(struct run *run, const struct query *q, const struct reader *reader,
                                    const char *command, const char *text, size_t len, uint64_t event)
{
    size_t kept = len < EVIDENCE_MAX ? len : EVIDENCE_MAX;
    return (struct evidence){
        .query = q->name,
        .command = arena_strdup(&run->arena, command),
        .event = event,
        .template_file = reader->template_file,
        .raw = kept ? arena_strndup(&run->arena, text, kept) : NULL,
    };
}

/* An answer that could not be read is kept too: asking for it again would cost its time again and tell nothing new. */
static struct cached_answer *cache_add(struct run *run, const struct query *q, const struct reader *reader,
                                       const char *key, const char *command, const char *text, size_t len,
                                       uint64_t event)
{
    struct cached_answer *c = ARENA_NEW(&run->arena, struct cached_answer);
    const char *kept = arena_strndup(&run->arena, text, len);
    *c = (struct cached_answer){
        .key = key, .event = event, .command = arena_strdup(&run->arena, command), .next = run->cache};
    if (!reader_read(reader, kept, len, &run->arena, &c->records, &c->err)) {
        if (c->err.code == ERR_NONE)
            err_fail(&c->err, ERR_UNREAD, FAILURE_PARSE_FAILURE, "the answer to \"%s\" was not understood",
                     command);
        c->err_evidence = whole_answer(run, q, reader, command, kept, len, event);
    }
    run->cache = c;
    return c;
}

bool run_remember(struct run *run, const char *query, const struct argument *args, size_t arg_count,
                  const char *text, size_t len, const char *command, uint64_t event)
{
    const struct query *q = dialect_query(&run->platform->dialect, query);
    const struct reader *reader = platform_reader(run->platform, query);
    struct argument used[ARGUMENTS_MAX];
    if (!q || !reader)
        return false;
    size_t n = arguments_used(q, args, arg_count, used);
    return cache_add(run, q, reader, cache_key(run, query, used, n), command, text, len, event)->err.code ==
           ERR_NONE;
}

/* Bytes that are no text came within the answer: whatever stands beside them may have been something else. */
static bool refuse_damaged(struct run *run, const struct query *q, unsigned damaged)
{
    return err_fail(&run->err, ERR_UNREAD, FAILURE_PARSE_FAILURE,
                    "%u bytes that are no text came within the answer to \"%s\", %d times in a row: the "
                    "serial line loses bits; "
                    "check its cable and speed",
                    damaged, q->command, ASK_AT_MOST);
}

/* False: not asked, or no complete answer; run->err says why. True: the answer lies in the cache, read or not. */
static bool ask(struct run *run, const struct query *q, const struct reader *reader,
                const struct argument *args, size_t count, const char *key)
{
    for (int i = 1;; i++) {
        struct answer a = {0};
        run->err = (struct err){0};
        bool came = session_query(run->session, q, args, count, &a, &run->err);
        const char *command = a.command[0] ? a.command : q->command;
        /* A log line was cut out: the rest may lack what it overwrote, so the answer is wanted without one. */
        bool again = came && (a.noisy || a.damaged) && i < ASK_AT_MOST;
        bool damaged = a.damaged > 0;
        if (came && damaged && !again)
            came = refuse_damaged(run, q, a.damaged);
        if (came && !again)
            cache_add(run, q, reader, key, command, str_cstr(&a.text), a.text.len, a.event);
        else if (!came)
            run->err_evidence = whole_answer(run, q, reader, command, str_cstr(&a.text), a.text.len, a.event);
        answer_clear(&a);
        if (!again)
            return came;
        run_note(run, "%s the answer to \"%s\": asked again",
                 damaged ? "bytes that are no text came within" : "a log line cut into", q->command);
    }
}

static bool cannot_ask(struct run *run, const char *query, const char *why)
{
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){.query = query};
    return err_set(&run->err, ERR_STATE, "%s: %s", query, why);
}

bool run_query_with(struct run *run, const char *query, const struct argument *args, size_t arg_count,
                    struct records *out)
{
    const struct query *q = dialect_query(&run->platform->dialect, query);
    const struct reader *reader = platform_reader(run->platform, query);
    struct argument used[ARGUMENTS_MAX];
    if (!q || !reader)
        return cannot_ask(run, query, "the platform file declares no such query");
    size_t n = arguments_used(q, args, arg_count, used);
    const char *key = cache_key(run, query, used, n);
    const struct cached_answer *c = cache_find(run, key);
    if (!c) {
        if (!run->session)
            return cannot_ask(run, query, "there is no session with the switch");
        if (!ask(run, q, reader, used, n, key))
            return false;
        c = run->cache;
    }
    if (!run->first_read)
        run->first_read = c;
    *out = c->records;
    run->err = c->err;
    run->err_evidence = c->err_evidence;
    return c->err.code == ERR_NONE;
}

bool run_query(struct run *run, const char *query, struct records *out)
{
    return run_query_with(run, query, NULL, 0, out);
}

void run_forget(struct run *run, const char *query)
{
    size_t len = strlen(query);
    struct cached_answer **at = &run->cache;
    while (*at) {
        const char *key = (*at)->key;
        if (strncmp(key, query, len) == 0 && (key[len] == '\0' || key[len] == ' '))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
}

void run_component(struct run *run, enum component what, const char *status, bool failed,
                   const struct fact *facts, size_t count)
{
    if (run->hooks.component)
        run->hooks.component(run->hooks.ctx, what, status, failed, facts, count);
}

void run_note(struct run *run, const char *fmt, ...)
{
    if (!run->hooks.note)
        return;
    struct str s = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(&s, fmt, ap);
    va_end(ap);
    run->hooks.note(run->hooks.ctx, str_cstr(&s));
    str_clear(&s);
}

void run_fact(struct run *run, const char *column, const char *text)
{
    if (run->hooks.fact && text && *text)
        run->hooks.fact(run->hooks.ctx, column, text);
}
