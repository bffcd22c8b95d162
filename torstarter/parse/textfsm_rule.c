/* A rule: ^regex with ${values} [ -> line_op.record_op new_state ]. The action is what follows the last " ->". */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "parse/textfsm_private.h"

static const char *const line_ops[] = {"Next", "Continue", "Error"};
static const char *const record_ops[] = {"NoRecord", "Record", "Clear", "Clearall"};

struct part { /* of the template's text */
    const char *text;
    size_t len;
};

size_t character_count(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

bool is_word(const char *text, size_t len)
{
    bool ascii = true;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] >= 0x80)
            ascii = false;
        else if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    }
    if (ascii || len == 0)
        return len > 0;
    struct regex *re = regex_new("^[\\p{L}\\p{N}_]+\\z", 0, NULL);
    bool word = re && regex_match(re, text, len, 0, NULL, 0) == REGEX_MATCH;
    regex_free(re);
    return word;
}

/* ---- ${NAME} ---- */

static size_t identifier_len(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '_'))
        n++;
    return n && !isdigit((unsigned char)*p) ? n : 0;
}

/* After a '$': appends what it stands for. Python's string.Template: $$, $NAME, ${NAME}; all else is a mistake. */
static bool substitute_one(struct textfsm *t, const char **at, const char *end, struct str *out,
                           const char **wrong, size_t *wrong_len)
{
    const char *p = *at;
    if (p < end && *p == '$') {
        str_add_char(out, '$');
        *at = p + 1;
        return true;
    }
    bool braced = p < end && *p == '{';
    const char *name = p + braced;
    size_t len = identifier_len(name, end);
    const char *after = name + len;
    bool closed = len && (!braced || (after < end && *after == '}'));
    int value = closed ? value_by_name(t, name, len) : -1;
    if (value < 0) {
        *wrong = name;
        *wrong_len = closed ? len : 0;
        return false;
    }
    str_add_cstr(out, t->values.items[value].template);
    *at = after + braced;
    return true;
}

static bool refuse_substitution(struct textfsm *t, unsigned line, const char *name, size_t len, struct err *e)
{
    if (len == 0)
        return template_refuse(
            t, line, e, "a single $ in the rule: write $$ for the end of the line, ${NAME} for a Value");
    char *wanted = arena_strndup(&t->arena, name, len);
    const char **names = arena_alloc_array(&t->arena, t->values.count, sizeof *names);
    for (size_t i = 0; i < t->values.count; i++)
        names[i] = t->values.items[i].name;
    const char *near = str_nearest(wanted, names, t->values.count);
    return template_refuse(t, line, e, "there is no Value '%s'%s%s", wanted, near ? "; did you mean " : "",
                           near ? near : "");
}

static bool substitute(struct textfsm *t, struct part match, unsigned line, struct str *out, struct err *e)
{
    const char *at = match.text, *end = match.text + match.len;
    while (at < end) {
        const char *dollar = memchr(at, '$', (size_t)(end - at));
        str_add(out, at, (size_t)((dollar ? dollar : end) - at));
        if (!dollar)
            break;
        at = dollar + 1;
        const char *wrong = NULL;
        size_t wrong_len = 0;
        if (!substitute_one(t, &at, end, out, &wrong, &wrong_len))
            return refuse_substitution(t, line, wrong, wrong_len, e);
    }
    return true;
}

/* ---- the action ---- */

/* Where the last white space followed by "->" is; false if there is none. */
static bool find_action(const char *text, size_t len, size_t *match_len, size_t *action)
{
    for (size_t i = len; i-- > 1;) {
        size_t space = text[i - 1] == '-' && text[i] == '>' ? space_at_end(text, i - 1) : 0;
        if (space) {
            *match_len = i - 1 - space;
            *action = i + 1;
            return true;
        }
    }
    return false;
}

static struct part next_word(const char **at, const char *end)
{
    for (size_t n; (n = space_at_start(*at, (size_t)(end - *at))) > 0;)
        *at += n;
    const char *from = *at;
    while (*at < end && space_at_start(*at, (size_t)(end - *at)) == 0)
        ++*at;
    return (struct part){from, (size_t)(*at - from)};
}

static int name_index(struct part p, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == p.len && memcmp(names[i], p.text, p.len) == 0)
            return (int)i;
    return -1;
}

/* "Next", "Record", "Next.Record"; false if it is neither. */
static bool read_ops(struct part word, struct rule *rule)
{
    const char *dot = memchr(word.text, '.', word.len);
    struct part first = {word.text, dot ? (size_t)(dot - word.text) : word.len};
    struct part second = {dot ? dot + 1 : "", dot ? (size_t)(word.text + word.len - dot - 1) : 0};
    int line_op = name_index(first, line_ops, 3);
    int record_op = name_index(dot ? second : first, record_ops, 4);
    if (dot ? line_op < 0 || record_op < 0 : line_op < 0 && record_op < 0)
        return false;
    rule->line_op = line_op >= 0 ? (enum line_op)line_op : LINE_NEXT;
    rule->record_op = record_op >= 0 ? (enum record_op)record_op : RECORD_NOTHING;
    return true;
}

static bool is_quoted(struct part p)
{
    return p.len >= 2 && p.text[0] == '"' && p.text[p.len - 1] == '"';
}

static bool bad_action(struct textfsm *t, struct part action, unsigned line, struct err *e)
{
    return template_refuse(
        t, line, e,
        "badly formatted action \"->%.*s\": expected [Next|Continue|Error][.Record|.NoRecord|.Clear|"
        ".Clearall] [state or \"message\"]",
        (int)action.len, action.text);
}

static bool read_action(struct textfsm *t, struct part action, unsigned line, struct rule *rule,
                        struct err *e)
{
    const char *at = action.text, *end = action.text + action.len;
    struct part word = next_word(&at, end);
    if (word.len == 0)
        return true;
    if (word.text == action.text) /* nothing between -> and the word */
        return bad_action(t, action, line, e);
    struct part target = word;
    bool has_ops = read_ops(word, rule);
    if (has_ops)
        target = next_word(&at, end);
    if (target.len == 0)
        return true;
    target.len = (size_t)(end - target.text); /* a quoted message holds blanks */
    if (!is_word(target.text, target.len) && !is_quoted(target))
        return bad_action(t, action, line, e);
    rule->target = arena_strndup(&t->arena, target.text, target.len);
    if (rule->line_op == LINE_CONTINUE)
        return template_refuse(t, line, e,
                               "Continue cannot go to a state (%s): the rules after it would not be tried",
                               rule->target);
    if (rule->line_op != LINE_ERROR && target.text[0] == '"')
        return template_refuse(t, line, e, "only Error takes a message: %s", rule->target);
    return true;
}

/* ---- the whole ---- */

static void assign_groups(struct textfsm *t, const struct pattern *pattern, struct rule *rule)
{
    struct assignment *list = arena_alloc_array(&t->arena, pattern->name_count, sizeof *list);
    for (unsigned i = 0; i < pattern->name_count; i++) {
        const struct pattern_name *n = &pattern->names[i];
        int column = value_by_name(t, n->name, strlen(n->name));
        if (column < 0)
            continue; /* a group nested in a Value */
        list[rule->assignment_count++] = (struct assignment){n->group, (unsigned)column};
        if (n->group + 1 > rule->span_count)
            rule->span_count = n->group + 1;
    }
    rule->assignments = list;
}

static bool read_pattern(struct textfsm *t, struct part match, unsigned line, struct rule *rule,
                         struct err *e)
{
    struct str source = {0};
    struct err why;
    struct pattern pattern;
    bool good = true;
    if (t->values.count == 0)
        str_add(&source, match.text, match.len); /* textfsm substitutes nothing then, not even $$ */
    else
        good = substitute(t, match, line, &source, e);
    if (good && !pattern_translate(str_cstr(&source), source.len, PATTERN_ASCII, &t->arena, &pattern, &why))
        good = template_refuse(t, line, e, "the regex \"%s\" is refused: %s", str_cstr(&source), why.msg);
    if (good) {
        const char *kept = arena_strndup(&t->arena, str_cstr(&source), source.len);
        rule->head = pattern.head;
        assign_groups(t, &pattern, rule);
        good = code_init(t, &rule->code, &pattern, kept, source.len, line, e);
    }
    str_clear(&source);
    return good;
}

bool rule_read(struct textfsm *t, const char *text, size_t len, unsigned line, struct rule *out,
               struct err *e)
{
    *out = (struct rule){.target = "", .next_state = STATE_STAY};
    text = trimmed(text, &len);
    struct part match = {text, len}, action = {text + len, 0};
    size_t action_at;
    bool has_action = find_action(text, len, &match.len, &action_at);
    if (has_action)
        action = (struct part){text + action_at, len - action_at};
    if (!read_pattern(t, match, line, out, e))
        return false;
    return !has_action || read_action(t, action, line, out, e);
}
