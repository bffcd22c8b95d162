/* Matching backtracks (with JIT where wanted), first up to a small limit: nearly all matches and refusals are found within it.
   Past it pcre2_dfa_match, whose cost is linear in the subject, is asked whether there is a match at all: garbage on a console
   line is refused cheaply. Only if it cannot say no does backtracking go on to the full limit. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/regex.h"

#include <ctype.h>
#include <pcre2.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum {
    JIT_STACK_FIRST_BYTES = 32 * 1024,
    JIT_STACK_MAX_BYTES = 1024 * 1024, /* the default of 32 KiB is passed by real templates on real output */
    HEAP_LIMIT_KIB = 32 * 1024,
    DFA_WORK_INTS = 16 * 1024,
    FIRST_LIMIT = 2000,
    LONG_SUBJECT_BYTES = 64 * 1024,
    SMALLEST_LIMIT = 2000,
    FIRST_PAIRS = 32
};

struct regex {
    pcre2_code *code;
    uint32_t groups;
    bool jit, utf;
    bool dfa_agrees; /* the other algorithm's "no match" is the same "no match" */
};

/* Memory that matching writes to, one set per thread. */
struct scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *jit_stack;
    int *dfa_work;
    uint32_t pairs;
};

static __thread struct scratch *mine;
static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;

static void scratch_free(void *p)
{
    struct scratch *s = p;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->jit_stack);
    mem_free(s->dfa_work);
    mem_free(s);
    mine = NULL;
}

static void scratch_make_key(void)
{
    pthread_key_create(&scratch_key, scratch_free);
}

static struct scratch *scratch_new(void)
{
    pthread_once(&scratch_once, scratch_make_key);
    struct scratch *s = MEM_NEW(struct scratch);
    s->context = pcre2_match_context_create(NULL);
    pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
    pthread_setspecific(scratch_key, s);
    mine = s;
    return s;
}

static void scratch_renew_data(struct scratch *s, uint32_t pairs)
{
    pcre2_match_data_free(s->data);
    s->pairs = pairs;
    s->data = pcre2_match_data_create(pairs, NULL);
}

static struct scratch *scratch_for(const struct regex *re)
{
    struct scratch *s = mine ? mine : scratch_new();
    uint32_t pairs = re->groups + 1;
    if (s->pairs < pairs || !s->data)
        scratch_renew_data(s, pairs < FIRST_PAIRS ? FIRST_PAIRS : pairs);
    if (re->jit && !s->jit_stack) {
        s->jit_stack = pcre2_jit_stack_create(JIT_STACK_FIRST_BYTES, JIT_STACK_MAX_BYTES, NULL);
        pcre2_jit_stack_assign(s->context, NULL, s->jit_stack);
    }
    return s;
}

/* Atomic groups and possessive quantifiers mean "the longest" to pcre2_dfa_match and "the first" to pcre2_match; verbs steer
   backtracking. Looked for in the text: a false alarm inside a class only costs certainty, never truth. */
static bool dfa_reads_alike(const char *pattern)
{
    for (const char *p = pattern; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (strncmp(p, "(?>", 3) == 0 || strncmp(p, "(*", 2) == 0)
            return false;
        else if (p[1] == '+' && strchr("*+?}", *p))
            return false;
    }
    return true;
}

static uint32_t compile_options(unsigned flags)
{
    uint32_t options = PCRE2_NEVER_BACKSLASH_C;
    options |= flags & REGEX_BYTES ? PCRE2_NEVER_UTF : PCRE2_UTF | PCRE2_UCP;
    if (flags & REGEX_ANCHORED)
        options |= PCRE2_ANCHORED;
    if (flags & REGEX_CASELESS)
        options |= PCRE2_CASELESS;
    return options;
}

static pcre2_code *compile(const char *pattern, unsigned flags, struct err *e)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    int error = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, compile_options(flags),
                                     &error, &at, context);
    pcre2_compile_context_free(context);
    if (!code) {
        PCRE2_UCHAR why[200];
        pcre2_get_error_message(error, why, sizeof why);
        err_set(e, ERR_SYNTAX, "%s (at byte %zu of the pattern)", (const char *)why, (size_t)at);
    }
    return code;
}

struct regex *regex_new(const char *pattern, unsigned flags, struct err *e)
{
    pcre2_code *code = compile(pattern, flags, e);
    if (!code)
        return NULL;
    struct regex *re = MEM_NEW(struct regex);
    re->code = code;
    re->utf = !(flags & REGEX_BYTES);
    re->dfa_agrees = dfa_reads_alike(pattern);
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &re->groups);
    if (flags & REGEX_JIT) /* where the system forbids it, the interpreter gives the same answers */
        re->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
    return re;
}

struct regex *regex_copy_jit(const struct regex *re)
{
    struct regex *copy = MEM_NEW(struct regex);
    copy->code = pcre2_code_copy(re->code);
    copy->groups = re->groups;
    copy->utf = re->utf;
    copy->dfa_agrees = re->dfa_agrees;
    copy->jit = pcre2_jit_compile(copy->code, PCRE2_JIT_COMPLETE) == 0;
    return copy;
}

void regex_free(struct regex *re)
{
    if (!re)
        return;
    pcre2_code_free(re->code);
    mem_free(re);
}

unsigned regex_group_count(const struct regex *re)
{
    return re->groups;
}

int regex_group_number(const struct regex *re, const char *name)
{
    int number = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);
    return number > 0 ? number : -1;
}

const char *regex_group_name(const struct regex *re, unsigned number)
{
    PCRE2_SPTR entry = NULL;
    uint32_t count = 0, size = 0;
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &entry);
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    for (uint32_t i = 0; i < count; i++, entry += size) /* pcre2api(3): two bytes of number, then the name */
        if (((unsigned)entry[0] << 8 | entry[1]) == number)
            return (const char *)entry + 2;
    return NULL;
}

static uint32_t limit_for(size_t len)
{
    if (len <= LONG_SUBJECT_BYTES)
        return REGEX_MATCH_LIMIT;
    size_t limit = (size_t)REGEX_MATCH_LIMIT * LONG_SUBJECT_BYTES / len;
    return limit < SMALLEST_LIMIT ? SMALLEST_LIMIT : (uint32_t)limit;
}

static bool proven_no_match(const struct regex *re, struct scratch *s, const char *subject, size_t len,
                            size_t from)
{
    if (!re->dfa_agrees)
        return false;
    if (!s->dfa_work)
        s->dfa_work = mem_alloc_array(DFA_WORK_INTS, sizeof *s->dfa_work);
    pcre2_set_match_limit(s->context, limit_for(len));
    int rc = pcre2_dfa_match(re->code, (PCRE2_SPTR)subject, len, from, PCRE2_DFA_SHORTEST, s->data,
                             s->context, s->dfa_work, DFA_WORK_INTS);
    return rc == PCRE2_ERROR_NOMATCH;
}

static bool is_limit(int rc)
{
    return rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT ||
           rc == PCRE2_ERROR_JIT_STACKLIMIT || rc == PCRE2_ERROR_NOMEMORY;
}

static int backtrack(const struct regex *re, struct scratch *s, uint32_t limit, const char *subject,
                     size_t len, size_t from)
{
    pcre2_set_match_limit(s->context, limit);
    return re->jit && !re->utf /* the direct entry does not check for UTF-8 */
               ? pcre2_jit_match(re->code, (PCRE2_SPTR)subject, len, from, 0, s->data, s->context)
               : pcre2_match(re->code, (PCRE2_SPTR)subject, len, from, 0, s->data, s->context);
}

static int match(const struct regex *re, struct scratch *s, const char *subject, size_t len, size_t from)
{
    int rc = backtrack(re, s, FIRST_LIMIT, subject, len, from);
    if (!is_limit(rc))
        return rc;
    if (proven_no_match(re, s, subject, len, from))
        return PCRE2_ERROR_NOMATCH;
    rc = backtrack(re, s, limit_for(len), subject, len, from);
    if (is_limit(rc))
        scratch_renew_data(s, s->pairs); /* it may have grown by megabytes */
    return rc;
}

enum regex_result regex_match(const struct regex *re, const char *subject, size_t len, size_t from,
                              struct regex_span *spans, size_t span_count)
{
    struct scratch *s = scratch_for(re);
    int rc = match(re, s, subject, len, from);
    if (rc == PCRE2_ERROR_NOMATCH)
        return REGEX_NO_MATCH;
    if (rc < 0)
        return REGEX_GAVE_UP;
    const PCRE2_SIZE *pair = pcre2_get_ovector_pointer(s->data);
    for (size_t i = 0; i < span_count; i++) {
        bool taken = i < (size_t)rc && pair[2 * i] != PCRE2_UNSET;
        spans[i].start = taken ? pair[2 * i] : REGEX_UNSET;
        spans[i].end = taken ? pair[2 * i + 1] : REGEX_UNSET;
    }
    return REGEX_MATCH;
}

char *regex_quote(const char *text)
{
    struct str s = {0};
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80 && !isalnum(c) && c != '_')
            str_add_char(&s, '\\');
        str_add_char(&s, (char)c);
    }
    return str_take(&s);
}
