/* What a platform file may have typed outside a procedure: only what reads, moves between modes, or ends with the login. The
   loader refuses the rest by its words, so that no file can open a second way to a changing command. */
#include <ctype.h>
#include <string.h>

#include "model/check.h"
#include "model/platform_load.h"

/* Begin commands that change a switch or stop it. */
static const char *const changing[] = {
    "copy",   "delete", "erase",    "write",     "reload", "reboot", "boot", "install", "format", "clear",
    "commit", "reset",  "shutdown", "zerotouch", "rm",     "mv",     "dd",   "mkfs",    "save"};
/* Lead to where changes are made: right for a mode change, never for a command that reads. */
static const char *const entering[] = {"configure", "conf", "edit", "bash", "sh", "shell"};
/* Change something unless more is said: "set cli", "sudo show". */
static const char *const not_alone[] = {"sudo", "request", "set", "system", "no", "do", "run"};

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

const char *check_read_prefix(const char *text)
{
    size_t len = strcspn(text, " ");
    bool alone = strspn(text + len, " ") == strlen(text + len);
    if (strlen(text) < 3 || !isalpha((unsigned char)*text))
        return "is too short for the beginning of a command that changes nothing; write it like 'show '";
    if (first_word_in(text, changing, FIELD_COUNT(changing)) ||
        first_word_in(text, entering, FIELD_COUNT(entering)))
        return "begins commands that change the switch; those belong into procedures:";
    if (alone && first_word_in(text, not_alone, FIELD_COUNT(not_alone)))
        return "may begin commands that change the switch; write more of it, like 'set cli '";
    return NULL;
}

const char *check_harmless_send(const char *text)
{
    if (strpbrk(text, "|<>;&`$\\"))
        return "holds one of | < > ; & ` $ \\; one plain command or key is wanted";
    if (first_word_in(text + strspn(text, " "), changing, FIELD_COUNT(changing)))
        return "changes the switch; that belongs into procedures:";
    return *text ? NULL : "is empty; write something or remove the key";
}

bool platform_check_command(struct load *l, const struct yaml_node *n, const char *command,
                            const char *const *prefixes, const char *list_name)
{
    const char *found = strpbrk(command, "|<>;&`$?\\");
    if (found) {
        mistakes_add(l->m, &n->place,
                     "\"%.60s\" holds '%c'; a command that only reads needs none of | < > ; & ` $ ? \\",
                     command, *found);
        return false;
    }
    for (size_t i = 0; prefixes[i]; i++)
        if (str_starts(command, prefixes[i]))
            return true;
    mistakes_add(l->m, &n->place,
                 "\"%.60s\" begins with none of %s: (\"%s\"…); only those are typed outside a procedure",
                 command, list_name, prefixes[0] ? prefixes[0] : "");
    return false;
}
