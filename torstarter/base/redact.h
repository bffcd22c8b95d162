/* Hides secret-looking values in configuration text that streams by: by the words before them and by their own shape. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Sees words, not devices: `password 7 …`, `secret sha512 …`, `snmp-server community …`, `encrypted-password "…"`, crypt(3) hashes
   ($6$…) wherever they stand, a quoted value before `## SECRET-DATA`, the body of a PEM private key. Each becomes {secret:config}; what
   is {secret:NAME} already stays. A value goes on over " \r" and " \b", as line editors wrap what is typed. */
struct redact;

struct redact *redact_new(void);
void redact_free(struct redact *r);
/* Appends to out what is safe to show: at once, except for the word that may be a value, a word behind $, a quoted text (till it
   ends) and lines between BEGIN and END PRIVATE KEY. */
void redact_feed(struct redact *r, const void *bytes, size_t len, struct str *out);
/* The line went quiet: appends what is held, masked if it stands where a value is expected, else as it is. */
void redact_flush(struct redact *r, struct str *out);

/* The words (redact_words.c). What is known of a line so far: */
enum redact_head {
    REDACT_HEAD_NONE,
    REDACT_HEAD_PASSWORD,
    REDACT_HEAD_NAMED,
    REDACT_HEAD_KEY,
    REDACT_HEAD_SNMP,
    REDACT_HEAD_ID
};
enum redact_want { REDACT_NOTHING, REDACT_TYPE, REDACT_VALUE };

enum { REDACT_WORD_MAX = 24 }; /* no keyword, type or word that is no value is longer */

struct redact_line {
    unsigned words;              /* finished ones, without the prompt and `no`, `set`, `default`, `do` */
    enum redact_head head;       /* what the first of them makes of the rest */
    enum redact_want want;       /* what the next word is: a value, or one if a type word comes first */
    unsigned skip;               /* words that stand between the keyword and its value */
    bool whole_line;             /* the value reaches to the line's end */
    bool ids;                    /* a number of several digits is a name, not a value */
    bool typed;                  /* a type word was seen */
    bool key_word, private_word; /* PEM: … BEGIN; … PRIVATE */
    bool pem;                    /* the line was -----BEGIN … PRIVATE KEY----- */
    char word[64];               /* the one being read, cut */
    size_t word_len;             /* its whole length */
};

void redact_end_word(struct redact_line *l); /* takes l->word into account and starts a new word */
/* l->word where a value is expected: is it a word that only says how the value is written, or no value at all? */
bool redact_is_type(const struct redact_line *l);
bool redact_is_prose(const struct redact_line *l);
/* False for most words: no keyword begins so. Only for words behind the first. */
bool redact_may_be_keyword(const char *word, size_t len);
bool redact_is_hash_id(const char *id, size_t len); /* the 6 of $6$ */

#endif
