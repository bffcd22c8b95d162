#include "transport/command.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret_reveal.h"
#include "base/str.h"
#include "base/vec.h"

enum { WORD_MAX = 256, SHORTEST_TOLD = 4 };
static const char PASSWORD[] = "{password}";
static const char FOR_A_SHELL[] = "|&;<>()$`";

/* The text between quotes, from behind the first of them; NULL when the second is missing. */
static const char *read_quoted(const char *p, char quote, struct str *word)
{
    for (; *p != quote; p++) {
        if (quote == '"' && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
        if (!*p)
            return NULL;
        str_add_char(word, *p);
    }
    return p + 1;
}

/* NULL with e set when the word is wrong; *quoted_at: how much of it was plain before its first quote or backslash. */
static const char *read_word(const char *p, struct str *word, size_t *plain, struct err *e)
{
    bool is_plain = true;
    *plain = 0;
    while (*p && *p != ' ') {
        if (strchr(FOR_A_SHELL, *p)) {
            err_set(e, ERR_USAGE,
                    "exec: no shell runs this, so a bare %c has no meaning; put it between quotes, or the "
                    "whole into a "
                    "script",
                    *p);
            return NULL;
        }
        is_plain = is_plain && !strchr("'\"\\", *p);
        if (*p == '\'' || *p == '"') {
            p = read_quoted(p + 1, *p, word);
        } else {
            p += *p == '\\';
            if (*p)
                str_add_char(word, *p++);
            else
                p = NULL;
        }
        if (!p) {
            err_set(e, ERR_USAGE, "exec: the command ends inside quotes, or in a backslash");
            return NULL;
        }
        if (is_plain)
            *plain = word->len;
    }
    return p;
}

/* "NAME=", unquoted, opens a setting. */
static bool is_setting(const char *word, size_t plain)
{
    size_t n = 0;
    while (n < plain && (isalnum((unsigned char)word[n]) || word[n] == '_'))
        n++;
    return n > 0 && n < plain && word[n] == '=' && !isdigit((unsigned char)word[0]);
}

static bool add_word(struct command *c, const char *word, size_t plain, struct arena *arena, struct err *e)
{
    if (c->argc + c->setting_count == WORD_MAX)
        return err_set(e, ERR_USAGE, "exec: more than %d words", WORD_MAX);
    if (c->argc == 0 && is_setting(word, plain)) {
        c->settings[c->setting_count++] = arena_strdup(arena, word);
        return true;
    }
    c->argv[c->argc++] = arena_strdup(arena, word);
    return !strstr(word, PASSWORD) ||
           err_set(e, ERR_USAGE,
                   "exec: a password among the arguments is seen by everyone on this machine; put it in "
                   "front of the "
                   "program: NAME=%s, with the NAME of the environment variable that it reads",
                   PASSWORD);
}

bool command_read(const char *text, struct arena *arena, struct command *out, struct err *e)
{
    struct command c = {.argv = arena_alloc_array(arena, WORD_MAX + 1, sizeof *c.argv),
                        .settings = arena_alloc_array(arena, WORD_MAX, sizeof *c.settings)};
    struct str word = {0};
    const char *p = text;
    bool ok = true;
    while (ok && *(p += strspn(p, " "))) {
        size_t plain;
        str_reset(&word);
        p = read_word(p, &word, &plain, e);
        ok = p && add_word(&c, str_cstr(&word), plain, arena, e);
    }
    str_clear(&word);
    if (ok && (c.argc == 0 || !*c.argv[0]))
        ok = err_set(e, ERR_USAGE, "exec: no program; write exec:PROGRAM ARGUMENTS");
    if (ok)
        *out = c;
    return ok;
}

static const struct {
    const char *program, *flag, *instead;
} known[] = {
    {"ipmitool", "-P", "IPMI_PASSWORD={password} in front and -E"},
    {"sshpass", "-p", "SSHPASS={password} in front and -e"},
};

bool command_check_secrets(const struct command *c, const struct secret *password, struct err *e)
{
    size_t len = 0;
    const char *bytes = password ? secret_reveal(password, &len) : "";
    const char *slash = strrchr(c->argv[0], '/');
    for (size_t i = 1; i < c->argc; i++) {
        if (len >= SHORTEST_TOLD && strstr(c->argv[i], bytes))
            return err_set(e, ERR_USAGE,
                           "exec: argument %zu holds the password, where everyone on this machine sees it",
                           i);
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (strcmp(slash ? slash + 1 : c->argv[0], known[k].program) == 0 &&
                str_starts(c->argv[i], known[k].flag))
                return err_set(e, ERR_USAGE,
                               "exec: %s %s shows the password to everyone on this machine; write %s",
                               known[k].program, known[k].flag, known[k].instead);
    }
    return true;
}

/* Exactly as long as it becomes: growing would leave pieces of it in freed memory. */
static char *reveal(const char *setting, const char *password, size_t len)
{
    size_t mark = sizeof PASSWORD - 1, count = 0;
    for (const char *p = setting; (p = strstr(p, PASSWORD)); p += mark)
        count++;
    char *out = mem_alloc(strlen(setting) + count * len + 1), *to = out;
    while (*setting) {
        bool here = strncmp(setting, PASSWORD, mark) == 0;
        memcpy(to, here ? password : setting, here ? len : 1);
        to += here ? len : 1;
        setting += here ? mark : 1;
    }
    return out;
}

/* A setting takes the place of what the environment has; what is torstarter's (its passwords) is nobody else's. */
static bool is_inherited(const struct command *c, const char *variable)
{
    size_t name = strcspn(variable, "=") + 1;
    if (str_starts(variable, "TORSTARTER_"))
        return false;
    for (size_t i = 0; i < c->setting_count; i++)
        if (strncmp(c->settings[i], variable, name) == 0)
            return false;
    return true;
}

bool command_environment(const struct command *c, const struct secret *password, char ***out, struct err *e)
{
    VEC(char *) all = {0};
    size_t len = 0;
    const char *bytes = password ? secret_reveal(password, &len) : "";
    for (size_t i = 0; i < c->setting_count; i++)
        if (!password && strstr(c->settings[i], PASSWORD))
            return err_set(e, ERR_USAGE,
                           "exec: %s needs a credential with a password; name one for this console",
                           PASSWORD);
    for (char **p = environ; *p; p++)
        if (is_inherited(c, *p))
            VEC_ADD(&all, mem_strdup(*p));
    for (size_t i = 0; i < c->setting_count; i++)
        VEC_ADD(&all, reveal(c->settings[i], bytes, len));
    VEC_ADD(&all, NULL);
    *out = all.items;
    return true;
}

void command_environment_free(char **environment)
{
    for (char **p = environment; p && *p; p++) {
        mem_wipe(*p, strlen(*p));
        mem_free(*p);
    }
    mem_free(environment);
}
