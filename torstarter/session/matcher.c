#include "session/matcher.h"

#include <string.h>
#include <strings.h>

#include "text/regex.h"

size_t match_trim(const char *text, size_t len)
{
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len;
}

static bool whole(const struct regex *re, const char *text, size_t len)
{
    struct regex_span span[1];
    return regex_match(re, text, len, 0, span, 1) == REGEX_MATCH && span[0].start == 0 && span[0].end == len;
}

/* Platform files write "Password: " where one release says "Password:" and another erases a pager before its prompt. */
static size_t prompt_variant(const char *text, size_t len, unsigned variant,
                             char room[MATCH_PROMPT_MAX_BYTES + 2])
{
    size_t bare = match_trim(text, len);
    memcpy(room, text, variant == 0 ? len : bare);
    if (variant == 0)
        return len;
    if (variant == 2)
        room[bare++] = ' ';
    return bare;
}

/* "Last login: …" fits "{hostname} login: " as long as the rest has not come: no switch is called that. */
static bool is_login_report(const char *text, size_t len)
{
    static const char *const words[] = {"last ", "failed ", "previous "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (len >= strlen(words[i]) && strncasecmp(text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static const struct prompt *first_whole(const struct dialect *d, const char *text, size_t len)
{
    for (size_t i = 0; i < d->prompt_count; i++)
        if (whole(d->prompts[i].regex, text, len) &&
            !(d->prompts[i].state == STATE_LOGIN && is_login_report(text, len)))
            return &d->prompts[i];
    return NULL;
}

const struct prompt *match_prompt(const struct dialect *d, const char *text, size_t len)
{
    char room[MATCH_PROMPT_MAX_BYTES + 2];
    if (len == 0 || len > MATCH_PROMPT_MAX_BYTES || match_trim(text, len) == 0)
        return NULL;
    for (unsigned variant = 0; variant < 3; variant++) {
        size_t n = prompt_variant(text, len, variant, room);
        const struct prompt *p = first_whole(d, room, n);
        if (p)
            return p;
    }
    return NULL;
}

bool match_hostname(const struct prompt *p, const char *text, size_t len, struct regex_span *where)
{
    enum { GROUPS = 16 };
    struct regex_span spans[GROUPS];
    char room[MATCH_PROMPT_MAX_BYTES + 2];
    int group = regex_group_number(p->regex, "hostname");
    if (group < 0 || group >= GROUPS || len > MATCH_PROMPT_MAX_BYTES)
        return false;
    for (unsigned variant = 0; variant < 3; variant++) {
        size_t n = prompt_variant(text, len, variant, room);
        if (!whole(p->regex, room, n) || regex_match(p->regex, room, n, 0, spans, GROUPS) != REGEX_MATCH)
            continue;
        *where = spans[group];
        return where->start != REGEX_UNSET;
    }
    return false;
}

static const struct sign *search(const struct sign_list *list, const char *text, size_t len, int unfinished,
                                 struct regex_span *where)
{
    struct regex_span span[1];
    for (size_t i = 0; i < list->count; i++) {
        const struct sign *sign = &list->items[i];
        if (unfinished >= 0 && sign->unfinished != (unfinished == 1))
            continue;
        if (regex_match(sign->regex, text, len, 0, span, 1) != REGEX_MATCH)
            continue;
        if (where)
            *where = span[0];
        return sign;
    }
    return NULL;
}

const struct sign *match_sign(const struct sign_list *list, const char *text, size_t len, bool unfinished,
                              struct regex_span *where)
{
    return search(list, text, len, unfinished ? 1 : 0, where);
}

const struct sign *match_any(const struct sign_list *list, const char *text, size_t len,
                             struct regex_span *where)
{
    return search(list, text, len, -1, where);
}

static bool holds(const char *text, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(text + i, word, n) == 0)
            return true;
    return false;
}

static bool choices(const char *inside, size_t len)
{
    static const char *const words[] = {"yes", "y/n", "n/y", "confirm", "/no", "cancel", "y,n", "0/1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (holds(inside, len, words[i]))
            return true;
    return false;
}

bool match_question(const char *text, size_t len)
{
    len = match_trim(text, len);
    size_t bare = len;
    while (bare && (strchr(":? ", text[bare - 1]) != NULL))
        bare--;
    bool asks = bare < len;
    bool mark = memchr(text + bare, '?', len - bare) != NULL;
    if (bare == 0)
        return false;
    if (text[bare - 1] != ']' && text[bare - 1] != ')')
        return mark && memchr(text, ' ', bare) != NULL;
    char open = text[bare - 1] == ']' ? '[' : '(';
    size_t at = bare - 1;
    while (at && text[at] != open)
        at--;
    if (text[at] != open)
        return false;
    size_t before = match_trim(text, at);
    return (asks && at > 0) || choices(text + at, bare - at) || (before && text[before - 1] == '?');
}

/* Is there a beginning of the line, ending in one of `ends`, that is a prompt of a wanted kind with text behind it? */
static bool prefix_prompt(const struct dialect *d, const char *text, size_t len, const char *ends, bool login)
{
    size_t limit = len < MATCH_PROMPT_MAX_BYTES ? len : MATCH_PROMPT_MAX_BYTES;
    for (size_t i = 1; i < limit; i++) {
        if (!strchr(ends, text[i - 1]) || match_trim(text + i, len - i) == 0)
            continue;
        const struct prompt *p = match_prompt(d, text, i);
        if (p && (login ? p->state == STATE_LOGIN : state_is_prompt(p->state)))
            return true;
    }
    return false;
}

bool match_typed(const struct dialect *d, const char *text, size_t len)
{
    return prefix_prompt(d, text, len, "#>$%]", false);
}

bool match_login_line(const struct dialect *d, const char *text, size_t len)
{
    return prefix_prompt(d, text, len, ":", true);
}
