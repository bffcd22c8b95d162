#include "base/log.h"
#include "base/mem.h"
#include "parse/textfsm_private.h"

enum { MACHINE_CODE_AFTER_RUNS = 50 /* then what JIT compilation costs has been paid back about once */ };

static struct regex *compile(struct textfsm *t, const struct code *code, const char *text, unsigned flags,
                             struct err *e)
{
    struct err why;
    struct regex *re = regex_new(text, REGEX_ANCHORED | flags, &why);
    if (!re)
        template_refuse(t, code->line, e, "PCRE2 refuses \"%s\": %s", code->source, why.msg);
    return re;
}

static struct regex *compile_unicode(struct textfsm *t, const struct code *code, struct err *e)
{
    struct arena arena = {0};
    struct pattern pattern;
    struct regex *re = NULL;
    if (pattern_translate(code->source, code->source_len, PATTERN_UNICODE, &arena, &pattern, e))
        re = compile(t, code, pattern.text, 0, e);
    arena_clear(&arena);
    return re;
}

static struct regex *slot_fill(struct textfsm *t, struct code *code, struct code_slot *slot, struct err *e)
{
    pthread_mutex_lock(&t->lock);
    struct regex *re = atomic_load_explicit(&slot->re, memory_order_relaxed);
    if (!re) {
        re = slot == &code->ascii ? compile(t, code, code->ascii_text, REGEX_BYTES, e)
                                  : compile_unicode(t, code, e);
        atomic_store_explicit(&slot->re, re, memory_order_release);
    }
    pthread_mutex_unlock(&t->lock);
    return re;
}

static struct regex *slot_heat(struct textfsm *t, struct code_slot *slot)
{
    pthread_mutex_lock(&t->lock);
    struct regex *re = atomic_load_explicit(&slot->re, memory_order_relaxed);
    if (atomic_load_explicit(&slot->runs, memory_order_relaxed) <= MACHINE_CODE_AFTER_RUNS) {
        VEC_ADD(&t->retired, re); /* other threads may be matching with it */
        re = regex_copy_jit(re);
        atomic_store_explicit(&slot->re, re, memory_order_release);
        atomic_store_explicit(&slot->runs, MACHINE_CODE_AFTER_RUNS + 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&t->lock);
    return re;
}

/* Counts without a locked add: a run lost between two threads does no harm. */
static bool gets_hot(struct code_slot *slot)
{
    unsigned runs = atomic_load_explicit(&slot->runs, memory_order_relaxed);
    if (runs > MACHINE_CODE_AFTER_RUNS)
        return false;
    if (runs == MACHINE_CODE_AFTER_RUNS)
        return true;
    atomic_store_explicit(&slot->runs, runs + 1, memory_order_relaxed);
    return false;
}

enum code_result code_match(struct textfsm *t, struct code *code, bool plain, const char *text, size_t len,
                            struct regex_span *spans, size_t span_count, struct err *e)
{
    struct code_slot *slot = plain && code->ascii_text ? &code->ascii : &code->unicode;
    struct regex *re = atomic_load_explicit(&slot->re, memory_order_acquire);
    if (!re && !(re = slot_fill(t, code, slot, e)))
        return CODE_BROKEN;
    if (gets_hot(slot))
        re = slot_heat(t, slot);
    switch (regex_match(re, text, len, 0, spans, span_count)) {
    case REGEX_MATCH:
        return CODE_MATCH;
    case REGEX_NO_MATCH:
        return CODE_NO_MATCH;
    default:
        return CODE_GAVE_UP;
    }
}

bool code_init(struct textfsm *t, struct code *code, const struct pattern *pattern, const char *source,
               size_t len, unsigned line, struct err *e)
{
    code->source = source;
    code->source_len = len;
    code->ascii_text = pattern->ascii_form ? pattern->text : NULL;
    code->line = line;
    return !pattern->unsure || code_compile(t, code, e);
}

bool code_compile(struct textfsm *t, struct code *code, struct err *e)
{
    struct code_slot *slots[] = {&code->ascii, &code->unicode};
    for (size_t i = code->ascii_text ? 0 : 1; i < 2; i++)
        if (!atomic_load_explicit(&slots[i]->re, memory_order_acquire) && !slot_fill(t, code, slots[i], e))
            return false;
    return true;
}

bool code_compile_first(struct textfsm *t, struct code *code, struct err *e)
{
    struct code_slot *slot = code->ascii_text ? &code->ascii : &code->unicode;
    return atomic_load_explicit(&slot->re, memory_order_acquire) || slot_fill(t, code, slot, e);
}

void code_clear(struct code *code)
{
    regex_free(atomic_load_explicit(&code->ascii.re, memory_order_relaxed));
    regex_free(atomic_load_explicit(&code->unicode.re, memory_order_relaxed));
}
