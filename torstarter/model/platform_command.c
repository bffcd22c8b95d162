/* What a platform file may have typed outside a procedure: only what reads, moves between modes, or ends with the login. The
   loader refuses the rest by its words, so that no file can open a second way to a changing command. */
#include <ctype.h>
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"
#include "model/platform_words.h"

/* Take a command of their own within quotes. */
static const char *const quoting[] = {"vtysh", "vsh", "cli", "sonic-cli", "docker"};
/* What a switch may do to an answer before it prints it. */
static const char *const showing[] = {"json",  "json-pretty", "display", "no-more", "nomore",
                                      "nz",    "include",     "exclude", "begin",   "section",
                                      "match", "except",      "grep"};

static bool first_word_in(const char *text, const char *const *words, size_t count)
{
    size_t len = strcspn(text, " ");
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == len && strncasecmp(text, words[i], len) == 0)
            return true;
    return false;
}

const char *check_pattern_text(const char *text)
{
    return *text ? NULL : "is an empty pattern: it would match everything; remove it";
}

/* The quote that text leaves open: where it stands, or NULL. `closed`: whether another one was closed before. */
static const char *open_quote(const char *text, bool *closed)
{
    *closed = false;
    for (const char *p = text; (p = strpbrk(p, "'\"")); p++) {
        const char *end = strchr(p + 1, *p);
        if (!end)
            return p;
        *closed = true;
        p = end;
    }
    return NULL;
}

static const char *check_words(const char *text)
{
    const char *first = words_behind_sudo(text);
    if (strlen(first) < 3 || !isalpha((unsigned char)*first))
        return "is too short for the beginning of a command that changes nothing; write it like 'show '";
    switch (words_begin(text)) {
    case WORDS_CHANGE:
        return "begins commands that change the switch; those belong into procedures:";
    case WORDS_MAY_CHANGE:
        return "may begin commands that change the switch; write more of it, like 'set cli '";
    case WORDS_READ:
        break;
    }
    return NULL;
}

const char *check_read_prefix(const char *text)
{
    bool closed;
    const char *quote = open_quote(text, &closed), *wrong = check_words(text);
    if (wrong)
        return wrong;
    if (strpbrk(text, "|<>;&`$?\\!") || words_set(text))
        return "does more than read: no option that sets, none of | < > ; & ` $ ? \\ !";
    if (closed)
        return "closes a quote, so that something stands before what is asked; open one only, at the end";
    if (!quote && first_word_in(words_behind_sudo(text), quoting, FIELD_COUNT(quoting)))
        return "begins commands of any kind; open the quote and write more of it, like \"vtysh -c 'show \"";
    return quote ? check_words(quote + 1) : NULL;
}

const char *check_pipe(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr(" -[]*.^", *p))
            return "holds more than letters, digits, blanks and - [ ] * . ^; write it like 'display json'";
    if (first_word_in(text, showing, FIELD_COUNT(showing)))
        return NULL;
    return "is not known to only show the answer in another form; json, display json, no-more and the like "
           "may "
           "stand here";
}

const char *check_harmless_send(const char *text)
{
    if (!*text)
        return "is empty; write something or remove the key";
    if (strpbrk(text, "|<>;&`$\\"))
        return "holds one of | < > ; & ` $ \\; one plain command or key is wanted";
    return words_change_mode(text)
               ? NULL
               : "is not known to change the mode and nothing else; what changes the switch "
                 "belongs into procedures:";
}

const char *check_short_answer(const char *text)
{
    static const char *const words[] = {"", "y", "n", "q", "yes", "no", "quit", "cancel", "exit"};
    for (size_t i = 0; i < FIELD_COUNT(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return NULL;
    if (strlen(text) <= 2 && strspn(text, "0123456789 ") == strlen(text))
        return NULL;
    return "is more than an answer (y, n, yes, no, q, a blank, a number); what changes the switch belongs "
           "into "
           "procedures:";
}

const char *check_comment(const char *text)
{
    return strlen(text) <= 2 && strspn(text, "!#/\"%*") == strlen(text)
               ? NULL
               : "begins no comment: one or two of ! # / \" % * are allowed";
}

static bool begins_with_one(const char *command, const char *const *prefixes);

/* A prefix that opens a quote: the command ends with that quote, or goes on as another command that may be typed, given to the
   same program by -c. */
static bool ends_well(const char *command, const char *prefix, const char *const *prefixes)
{
    bool closed;
    const char *quote = open_quote(prefix, &closed), *option = strstr(prefix, " -c ");
    if (!quote)
        return true;
    const char *end = strchr(command + strlen(prefix), *quote);
    if (!end || !end[1])
        return end != NULL;
    if (!option || !str_starts(end + 1, " -c "))
        return false;
    struct str next = {0};
    str_add(&next, prefix, (size_t)(option - prefix));
    str_add_cstr(&next, end + 1);
    bool good = begins_with_one(str_cstr(&next), prefixes);
    str_clear(&next);
    return good;
}

static bool begins_with_one(const char *command, const char *const *prefixes)
{
    for (size_t i = 0; prefixes[i]; i++)
        if (str_starts(command, prefixes[i]) && ends_well(command, prefixes[i], prefixes))
            return true;
    return false;
}

bool platform_check_command(struct load *l, const struct yaml_node *n, const char *command,
                            const char *const *prefixes, const char *list_name)
{
    const char *found = strpbrk(command, "|<>;&`$?\\!");
    bool closed;
    if (found) {
        mistakes_add(l->m, &n->place,
                     "\"%.60s\" holds '%c'; a command that only reads needs none of | < > ; & ` $ ? \\ !",
                     command, *found);
        return false;
    }
    if (open_quote(command, &closed)) {
        mistakes_add(l->m, &n->place, "\"%.60s\" opens a quote and does not close it", command);
        return false;
    }
    if (words_set(command)) {
        mistakes_add(l->m, &n->place, "\"%.60s\" sets what it should only show", command);
        return false;
    }
    if (begins_with_one(command, prefixes))
        return true;
    mistakes_add(l->m, &n->place,
                 "\"%.60s\" begins with none of %s: (\"%s\"…); only those are typed outside a procedure",
                 command, list_name, prefixes[0] ? prefixes[0] : "");
    return false;
}

/* Length of the command without one of the pipes at its end; its whole length where there is none. */
static size_t without_pipe(const char *command, size_t len, const char *const *pipes)
{
    for (size_t i = 0; pipes[i]; i++) {
        size_t pipe = strlen(pipes[i]);
        if (len > pipe + 3 && memcmp(command + len - pipe, pipes[i], pipe) == 0 &&
            memcmp(command + len - pipe - 3, " | ", 3) == 0)
            return len - pipe - 3;
    }
    return len;
}

bool platform_check_query(struct load *l, const struct yaml_node *n, const char *command)
{
    const struct platform_load *pl = l->owner;
    size_t len = strlen(command), shorter;
    while ((shorter = without_pipe(command, len, pl->pipes)) < len)
        len = shorter;
    const char *plain = arena_strndup(l->arena, command, len);
    if (!strchr(plain, '|'))
        return platform_check_command(l, n, plain, pl->read_only, "read_only");
    mistakes_add(
        l->m, &n->place,
        "\"%.60s\" holds '|', and what follows it is none of pipes:; at the end of a command ' | ' and one "
        "of those may stand, nothing else",
        plain);
    return false;
}
