#include "base/redact.h"

#include <ctype.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* First words after which `password X` is configuration and not a sentence. */
static const struct {
    const char *word;
    enum redact_head head;
} heads[] = {
    {"enable", REDACT_HEAD_PASSWORD},
    {"username", REDACT_HEAD_NAMED},
    {"local-user", REDACT_HEAD_NAMED},
    {"neighbor", REDACT_HEAD_NAMED},
    {"peer", REDACT_HEAD_NAMED},
    {"ppp", REDACT_HEAD_PASSWORD},
    {"ip", REDACT_HEAD_PASSWORD},
    {"super", REDACT_HEAD_PASSWORD},
    {"tacacs-server", REDACT_HEAD_KEY},
    {"radius-server", REDACT_HEAD_KEY},
    {"tacacs", REDACT_HEAD_KEY},
    {"radius", REDACT_HEAD_KEY},
    {"aaa-server", REDACT_HEAD_KEY},
    {"server-private", REDACT_HEAD_KEY},
    {"server", REDACT_HEAD_KEY},
    {"snmp-server", REDACT_HEAD_SNMP},
    {"snmp", REDACT_HEAD_SNMP},
    {"snmp-agent", REDACT_HEAD_SNMP},
    {"ntp", REDACT_HEAD_ID},
    {"root", REDACT_HEAD_PASSWORD},
    {"archive", REDACT_HEAD_PASSWORD},
    {"isis", REDACT_HEAD_PASSWORD},
    {"vrrp", REDACT_HEAD_PASSWORD},
    {"standby", REDACT_HEAD_PASSWORD},
    {"crypto", REDACT_HEAD_PASSWORD},
};

/* Words before the first word. */
static const char *const transparent[] = {"no", "set", "default", "do", "delete", "+", "-"};

enum needs { ALWAYS, CONFIG, KEY, SNMP };

static const struct keyword {
    const char *word;
    enum needs needs;
    unsigned skip;
} keywords[] = {
    {"password", CONFIG, 0},
    {"secret", CONFIG, 0},
    {"key", KEY, 0},
    {"community", SNMP, 0},
    {"auth", SNMP, 0},
    {"priv", SNMP, 0},
    {"host", SNMP, 1},
    {"key-string", ALWAYS, 0},
    {"pre-shared-key", ALWAYS, 0},
    {"pre-share-key", ALWAYS, 0},
    {"authentication-key", ALWAYS, 0},
    {"message-digest-key", ALWAYS, 0},
    {"encrypted-password", ALWAYS, 0},
    {"hashed-password", ALWAYS, 0},
    {"authentication-password", ALWAYS, 0},
    {"privacy-password", ALWAYS, 0},
    {"privacy-key", ALWAYS, 0},
    {"shared-secret", ALWAYS, 0},
    {"passphrase", ALWAYS, 0},
    {"wpa-psk", ALWAYS, 0},
    {"\"password\":", ALWAYS, 0},
    {"\"secret\":", ALWAYS, 0},
    {"\"passphrase\":", ALWAYS, 0},
};

static const char *const types[] = {
    "md5",
    "sha",
    "sha1",
    "sha-1",
    "sha256",
    "sha-256",
    "sha384",
    "sha512",
    "sha-512",
    "scrypt",
    "cipher",
    "simple",
    "irreversible-cipher",
    "hash",
    "plain",
    "plaintext",
    "plain-text",
    "clear",
    "cleartext",
    "clear-text",
    "clear_text",
    "encrypted",
    "unencrypted",
    "ascii",
    "ascii-text",
    "hex",
    "hexadecimal",
    "level",
    "text",
    "=",
    ":",
    "local",
};

static const char *const snmp_types[] = {"traps",  "informs", "version", "1",    "2c",   "3",    "auth",
                                         "noauth", "priv",    "ro",      "rw",   "des",  "3des", "aes",
                                         "128",    "192",     "256",     "read", "write"};

/* Words that follow `password` in commands that hold none, and in sentences. */
static const char *const prose[] = {
    "strength",
    "strength-check",
    "policy",
    "required",
    "recovery",
    "encryption",
    "expired",
    "expires",
    "is",
    "has",
    "must",
    "for",
    "age",
    "aging",
    "length",
    "history",
    "change",
    "changed",
    "prompt",
    "management",
    "and",
    "or",
    "not",
    "will",
    "was",
    "in",
    "of",
    "to",
    "with",
    "complexity",
    "minimum",
    "maximum",
    "never",
    "incorrect",
    "attempts",
    "again",
    "retry",
    "failed",
    "check",
    "chain",
    "generate",
    "zeroize",
    "config-key",
    "format",
    "min-length",
    "max-length",
    "authentication",
    "the",
    "a",
    "on",
    "does",
    "cannot",
    "too",
    "{",
    "[",
    "import",
    "export",
    "group",
    "users",
    "status",
    "role",
    "type",
};

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}

static bool is_number(const struct redact_line *l)
{
    return l->word_len > 0 && l->word_len < sizeof l->word && strspn(l->word, "0123456789") == l->word_len;
}

bool redact_is_type(const struct redact_line *l)
{
    if (l->word_len > REDACT_WORD_MAX)
        return false;
    if (is_number(l) && (l->word_len == 1 || l->ids))
        return true;
    if (l->head == REDACT_HEAD_SNMP && is_one_of(l->word, snmp_types, COUNT(snmp_types)))
        return true;
    return is_one_of(l->word, types, COUNT(types));
}

bool redact_is_prose(const struct redact_line *l)
{
    if (l->typed || l->word_len > REDACT_WORD_MAX)
        return false;
    bool is_rule =
        l->word_len > 1 && (strspn(l->word, "-") == l->word_len || strspn(l->word, "=") == l->word_len);
    return is_rule || is_one_of(l->word, prose, COUNT(prose));
}

bool redact_is_hash_id(const char *id, size_t len)
{
    static const char *const ids[] = {"1", "2", "2a", "2b", "2x", "2y", "3",  "4",    "5",    "6",
                                      "7", "8", "9",  "14", "y",  "gy", "3y", "sha1", "apr1", "md5"};
    char text[8] = "";
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, id, len);
    return is_one_of(text, ids, COUNT(ids));
}

/* "tor(config)#username" is "username"; "tor#" alone is no word of the command. */
static const char *without_prompt(const char *word)
{
    size_t len = strlen(word);
    for (size_t i = len; i > 0; i--)
        if (strchr("#>", word[i - 1]) || (word[i - 1] == '$' && i == len))
            return word + i;
    return word;
}

static bool may_follow_directly(const struct redact_line *l, enum needs needs)
{
    bool first = l->words == 0;
    switch (needs) {
    case ALWAYS:
        return true;
    case CONFIG:
        return first || (l->head != REDACT_HEAD_NONE && !(l->head == REDACT_HEAD_NAMED && l->words < 2));
    case KEY:
        return first || l->head == REDACT_HEAD_KEY;
    case SNMP:
        return l->head == REDACT_HEAD_SNMP;
    }
    return false;
}

static void begin_value(struct redact_line *l, const struct keyword *k)
{
    bool direct = may_follow_directly(l, k->needs);
    if (k->needs == SNMP && !direct)
        return;
    bool enable = l->words == 1 && l->head == REDACT_HEAD_PASSWORD;
    l->want = direct ? REDACT_VALUE : REDACT_TYPE;
    l->typed = false;
    l->skip = k->skip;
    l->whole_line = k->needs != SNMP && (l->words == 0 || enable);
    l->ids = (k->needs == KEY && l->head != REDACT_HEAD_KEY) || l->head == REDACT_HEAD_ID ||
             strcmp(k->word, "message-digest-key") == 0;
}

bool redact_may_be_keyword(const char *word, size_t len)
{
    static const char *const second[256] = {['p'] = "ar", ['s'] = "eh", ['k'] = "e", ['c'] = "o", ['a'] = "u",
                                            ['h'] = "oa", ['m'] = "e",  ['e'] = "n", ['w'] = "p"};
    static const bool any[256] = {
        ['"'] = true, ['{'] = true, ['['] = true, [','] = true, ['P'] = true, ['-'] = true};
    unsigned char first = (unsigned char)word[0];
    return any[first] || (len > 1 && second[first] && strchr(second[first], word[1]));
}

static void read_word(struct redact_line *l)
{
    if (l->words > 0 && !l->key_word && !redact_may_be_keyword(l->word, l->word_len)) {
        l->words++;
        return;
    }
    const char *word = l->words == 0 ? without_prompt(l->word) : l->word;
    word += strspn(word, "{[,"); /* JSON */
    if (!*word || (l->words == 0 && is_one_of(word, transparent, COUNT(transparent))))
        return;
    if (l->words == 0)
        for (size_t i = 0; i < COUNT(heads); i++)
            if (*word == *heads[i].word && strcmp(word, heads[i].word) == 0)
                l->head = heads[i].head;
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (*word == *keywords[i].word && strcmp(word, keywords[i].word) == 0)
            begin_value(l, &keywords[i]);
    l->private_word = l->key_word && strcmp(word, "PRIVATE") == 0;
    l->key_word |= strstr(word, "-----BEGIN") != NULL;
    l->words++;
}

void redact_end_word(struct redact_line *l)
{
    if (l->word_len == 0)
        return;
    if (l->want != REDACT_NOTHING && l->skip > 0) {
        l->skip--;
        l->words++;
    } else if (l->want != REDACT_NOTHING && redact_is_type(l)) {
        l->typed = true;
        l->ids = strcmp(l->word, "level") == 0;
        l->want = REDACT_VALUE;
        l->words++;
    } else {
        l->pem = l->private_word && strcmp(l->word, "KEY-----") == 0;
        l->want = REDACT_NOTHING;
        read_word(l);
    }
    l->word_len = 0;
    l->word[0] = '\0';
}
