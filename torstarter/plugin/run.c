/* Asking the switch on behalf of the plugins of one job. An answer is asked for once and shared: bytes are time at 9600 baud.
   What could not be read completely never becomes records: the caller gets false and an error that points at the answer. */
#include "plugin/run.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/shared.h"

enum { ASK_AT_MOST = 3, ARGUMENTS_MAX = 8, EVIDENCE_MAX = 4096 };

struct asking { /* one way of asking, with its arguments */
    const struct query *q;
    const struct reader *reader;
    struct argument args[ARGUMENTS_MAX];
    size_t count;
    const char *key;
};

static const char *argument_of(const struct asking *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->args[i].name, name) == 0)
            return a->args[i].value;
    return NULL;
}

static const char *cache_key(struct run *run, const struct asking *a)
{
    struct str key = {0};
    str_add_cstr(&key, a->q->name);
    if (a->q->alternative)
        str_printf(&key, "#%u", a->q->alternative + 1);
    for (size_t i = 0; i < a->count; i++)
        str_printf(&key, " %s=%s", a->args[i].name, a->args[i].value);
    const char *kept = arena_strdup(&run->arena, str_cstr(&key));
    str_clear(&key);
    return kept;
}

static const char *value_of(struct run *run, const struct query *q, const struct argument *args, size_t count,
                            const char *name, size_t len)
{
    static const char all[] = "interfaces";
    if (len == sizeof all - 1 && strncmp(name, all, len) == 0)
        return uplinks_argument(run, q->interfaces_in_full);
    for (size_t i = 0; i < count; i++)
        if (strlen(args[i].name) == len && strncmp(args[i].name, name, len) == 0)
            return args[i].value;
    return NULL;
}

/* Only what the platform's command has a place for, in that order: platforms differ in what a ping can be told. */
static struct asking asking_of(struct run *run, const struct query *q, const struct argument *args,
                               size_t count)
{
    struct asking a = {.q = q, .reader = platform_reader_of(run->platform, q)};
    for (const char *p = q->command; (p = strchr(p, '{')) && a.count < ARGUMENTS_MAX; p++) {
        size_t len = strcspn(p + 1, "}");
        const char *value = value_of(run, q, args, count, p + 1, len);
        if (value)
            a.args[a.count++] = (struct argument){arena_strndup(&run->arena, p + 1, len), value};
    }
    a.key = cache_key(run, &a);
    return a;
}

static const struct cached_answer *cache_find(const struct run *run, const char *key)
{
    for (const struct cached_answer *c = run->cache; c; c = c->next)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

/* What an error points at: the whole answer as far as it came. */
static struct evidence whole_answer(struct run *run, const struct asking *a, const char *command,
                                    const char *text, size_t len, uint64_t event)
{
    size_t kept = len < EVIDENCE_MAX ? len : EVIDENCE_MAX;
    return (struct evidence){
        .query = a->q->name,
        .command = arena_strdup(&run->arena, command),
        .event = event,
        .template_file = a->reader->template_file,
        .raw = kept ? arena_strndup(&run->arena, text, kept) : NULL,
    };
}

static struct cached_answer *cache_new(struct run *run, const struct asking *a, const char *command,
                                       uint64_t event)
{
    struct cached_answer *c = ARENA_NEW(&run->arena, struct cached_answer);
    *c = (struct cached_answer){.key = a->key,
                                .query = a->q,
                                .event = event,
                                .command = arena_strdup(&run->arena, command),
                                .next = run->cache};
    run->cache = c;
    return c;
}

/* An answer that could not be read is kept too: asking for it again would cost its time again and tell nothing new. */
static struct cached_answer *cache_add(struct run *run, const struct asking *a, const char *command,
                                       const char *text, size_t len, uint64_t event)
{
    struct cached_answer *c = cache_new(run, a, command, event);
    const char *kept = arena_strndup(&run->arena, text, len);
    c->text = kept;
    c->len = len;
    if (!reader_read_for(a->reader, argument_of(a, "interface"), kept, len, &run->arena, &c->records,
                         &c->err)) {
        if (c->err.code == ERR_NONE)
            err_fail(&c->err, ERR_UNREAD, FAILURE_PARSE_FAILURE, "the answer to \"%s\" was not understood",
                     command);
        c->err_evidence = whole_answer(run, a, command, kept, len, event);
    }
    return c;
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

/* What came of asking: an entry of the cache (read, unread or rejected), or NULL with run->err. */
static const struct cached_answer *keep(struct run *run, const struct asking *a, const struct answer *answer,
                                        bool came)
{
    const char *command = answer->command[0] ? answer->command : a->q->command,
               *text = str_cstr(&answer->text);
    if (came)
        return cache_add(run, a, command, text, answer->text.len, answer->event);
    run->err_evidence = whole_answer(run, a, command, text, answer->text.len, answer->event);
    if (run->err.code != ERR_REJECTED)
        return NULL;
    struct cached_answer *c = cache_new(run, a, command, answer->event);
    c->err = run->err;
    c->err_evidence = run->err_evidence;
    c->text = arena_strndup(&run->arena, text, answer->text.len);
    c->len = answer->text.len;
    return c;
}

static const struct cached_answer *ask(struct run *run, const struct asking *a)
{
    for (int i = 1;; i++) {
        struct answer answer = {0};
        const struct cached_answer *kept = NULL;
        run->err = (struct err){0};
        bool came = session_query(run->session, a->q, a->args, a->count, &answer, &run->err);
        /* A log line was cut out: the rest may lack what it overwrote, so the answer is wanted without one. */
        bool again = came && (answer.noisy || answer.damaged) && i < ASK_AT_MOST;
        bool damaged = answer.damaged > 0;
        if (came && damaged && !again)
            came = refuse_damaged(run, a->q, answer.damaged);
        if (!again)
            kept = keep(run, a, &answer, came);
        answer_clear(&answer);
        if (!again)
            return kept;
        run_note(run, "%s the answer to \"%s\": asked again",
                 damaged ? "bytes that are no text came within" : "a log line cut into", a->q->command);
    }
}

static bool cannot_ask(struct run *run, const char *query, const char *why)
{
    run->err = (struct err){0};
    run->err_evidence = (struct evidence){.query = query};
    return err_set(&run->err, ERR_STATE, "%s: %s", query, why);
}

static bool give(struct run *run, const struct cached_answer *c, struct records *out)
{
    if (!run->first_read)
        run->first_read = c;
    run->last_read = c;
    *out = c->records;
    run->err = c->err;
    run->err_evidence = c->err_evidence;
    return c->err.code == ERR_NONE;
}

/* What the ways tried so far came to. */
struct tries {
    const struct cached_answer *none, *rejected; /* the first that said so */
    unsigned rejections;
    struct str commands;
};

/* The answer decides: it is neither a rejection nor a "nothing there". */
static bool decides(struct tries *t, const struct cached_answer *c)
{
    if (c->err.failure == FAILURE_COMMAND_REJECTED) {
        t->rejected = t->rejected ? t->rejected : c;
        str_printf(&t->commands, "%s\"%s\"", t->rejections++ ? ", " : "", c->command);
        return false;
    }
    if (c->err.code != ERR_NONE || !c->records.none)
        return true;
    t->none = t->none ? t->none : c;
    return false;
}

/* No way led to rows. Some said "nothing there": that is the answer. All were rejected: each is named. */
static bool give_up(struct run *run, const char *query, const struct tries *t, struct records *out)
{
    if (t->none)
        return give(run, t->none, out);
    if (!t->rejected)
        return cannot_ask(run, query, "there is no session with the switch");
    give(run, t->rejected, out);
    if (t->rejections > 1)
        err_wrap(&run->err, "%s was asked for in %u ways (%s), each was rejected: ", query, t->rejections,
                 str_cstr(&t->commands));
    return false;
}

static const struct cached_answer *ask_and_tell(struct run *run, const struct asking *a,
                                                const struct query *next)
{
    const struct cached_answer *c = ask(run, a);
    if (c && next && c->err.failure == FAILURE_COMMAND_REJECTED)
        run_note(run, "the switch rejected \"%s\": asking \"%s\" instead", c->command, next->command);
    else if (c && next && c->err.code == ERR_NONE && c->records.none)
        run_note(run, "\"%s\" tells nothing: asking \"%s\" too", c->command, next->command);
    return c;
}

bool run_query_with(struct run *run, const char *query, const struct argument *args, size_t arg_count,
                    struct records *out)
{
    const struct dialect *d = &run->platform->dialect;
    const struct query *q = dialect_query(d, query), *next;
    struct tries tries = {0};
    if (!q)
        return cannot_ask(run, query, "the platform file declares no such query");
    for (; q; q = next) {
        struct asking a = asking_of(run, q, args, arg_count);
        const struct cached_answer *c = cache_find(run, a.key);
        next = dialect_query_otherwise(d, q);
        if (!c && !run->session) { /* judged again from what was kept: this way was not gone, or in vain */
            run->not_kept = query;
            continue;
        }
        if (!c && !(c = ask_and_tell(run, &a, next))) {
            str_clear(&tries.commands);
            return false;
        }
        if (decides(&tries, c)) {
            str_clear(&tries.commands);
            return give(run, c, out);
        }
    }
    bool good = give_up(run, query, &tries, out);
    str_clear(&tries.commands);
    return good;
}

const struct cached_answer *run_ask(struct run *run, const struct query *q, const struct argument *args,
                                    size_t arg_count)
{
    struct asking a = asking_of(run, q, args, arg_count);
    const struct cached_answer *c = cache_find(run, a.key);
    if (!c && !run->session) {
        run->not_kept = q->name;
        cannot_ask(run, q->name, "there is no session with the switch");
    } else if (!c) {
        c = ask(run, &a);
    }
    if (c && !run->first_read)
        run->first_read = c;
    return c;
}

bool run_query(struct run *run, const char *query, struct records *out)
{
    return run_query_with(run, query, NULL, 0, out);
}

/* The command as it is typed with these arguments. */
static bool is_typed_so(const struct asking *a, const char *command)
{
    struct str s = {0};
    for (const char *p = a->q->command; *p;) {
        size_t len = *p == '{' ? strcspn(p, "}") + 1 : 0;
        char name[32] = "";
        if (len > 2 && len < sizeof name + 2)
            memcpy(name, p + 1, len - 2);
        const char *value = *name ? argument_of(a, name) : NULL;
        if (value)
            str_add_cstr(&s, value);
        else
            str_add_char(&s, *p);
        p += value ? len : 1;
    }
    bool same = strcmp(str_cstr(&s), command) == 0;
    str_clear(&s);
    return same;
}

bool run_remember(struct run *run, const char *query, const struct argument *args, size_t arg_count,
                  const char *text, size_t len, const char *command, uint64_t event)
{
    const struct dialect *d = &run->platform->dialect;
    const char *hash = strchr(query, '#');
    const char *name = hash ? arena_strndup(&run->arena, query, (size_t)(hash - query)) : query;
    unsigned long way = hash ? strtoul(hash + 1, NULL, 10) : 0;
    const struct query *first = dialect_query(d, name);
    struct asking chosen = {0};
    for (const struct query *q = first; q; q = dialect_query_otherwise(d, q)) {
        struct asking a = asking_of(run, q, args, arg_count);
        bool right = way ? q->alternative + 1 == way : is_typed_so(&a, command);
        if (right || (!way && q == first))
            chosen = a;
        if (right)
            break;
    }
    return chosen.q && cache_add(run, &chosen, command, text, len, event)->err.code == ERR_NONE;
}

/* The arguments with which the pattern reads as what was typed; a value holds no blank. */
static bool match_typed(struct run *run, const char *pattern, const char *typed, struct asking *a)
{
    for (; *pattern && *pattern != '{'; pattern++, typed++)
        if (*pattern != *typed)
            return false;
    size_t name_len = *pattern ? strcspn(pattern + 1, "}") : 0, had = a->count;
    if (!*pattern || had == ARGUMENTS_MAX)
        return !*pattern && !*typed;
    for (size_t len = 1; typed[len - 1] && typed[len - 1] != ' '; len++) {
        a->args[a->count++] = (struct argument){arena_strndup(&run->arena, pattern + 1, name_len),
                                                arena_strndup(&run->arena, typed, len)};
        if (match_typed(run, pattern + 1 + name_len + 1, typed + len, a))
            return true;
        a->count = had;
    }
    return false;
}

static void recall_rejected(struct run *run, const struct asking *a, const char *command, const char *text,
                            size_t len, uint64_t event)
{
    struct cached_answer *c = cache_new(run, a, command, event);
    c->text = arena_strndup(&run->arena, text, len);
    c->len = len;
    c->err_evidence = whole_answer(run, a, command, text, len, event);
    err_fail(&c->err, ERR_REJECTED, FAILURE_COMMAND_REJECTED, "%s: the switch rejected \"%s\"", run->sw->name,
             command);
}

bool run_recall(struct run *run, const char *query, const char *command, bool rejected, const char *text,
                size_t len, uint64_t event)
{
    const struct dialect *d = &run->platform->dialect;
    for (const struct query *q = dialect_query(d, query); q; q = dialect_query_otherwise(d, q)) {
        struct asking typed = {.q = q};
        if (!match_typed(run, q->command, command, &typed))
            continue;
        struct asking a = asking_of(run, q, typed.args, typed.count);
        if (!is_typed_so(&a, command)) /* {interfaces} is the site's own list: it names others today */
            continue;
        if (rejected)
            recall_rejected(run, &a, command, text, len, event);
        else
            cache_add(run, &a, command, text, len, event);
        return true;
    }
    return false;
}

void run_forget(struct run *run, const char *query)
{
    size_t len = strlen(query);
    struct cached_answer **at = &run->cache;
    while (*at) {
        const char *key = (*at)->key;
        if (strncmp(key, query, len) == 0 && strchr(" #", key[len])) /* also at its end */
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
