/* The inside of the filter of configuration text: its state, and what its files share. */
#ifndef BASE_REDACT_SELF_H
#define BASE_REDACT_SELF_H

#include "base/redact.h"

#define REDACT_TOKEN "{secret:config}"

enum redact_mode {
    REDACT_PLAIN,   /* bytes are shown at once */
    REDACT_WORD,    /* held: a word where a value is expected */
    REDACT_HASH,    /* held: $, $6, $6$ */
    REDACT_QUOTE,   /* held: a quoted text that may be followed by ## SECRET-DATA */
    REDACT_DROP,    /* inside a value */
    REDACT_PEM_LINE /* held: a line between BEGIN and END PRIVATE KEY */
};

enum redact_escape { REDACT_NO_ESCAPE, REDACT_AFTER_ESC, REDACT_IN_CSI };

struct redact {
    struct str *out;
    struct str held;
    enum redact_mode mode;
    struct redact_line line,
        before_space; /* as it was before the last single space: it may have been a wrap */
    enum redact_escape escape;
    bool bare_cr;           /* the last byte was CR: LF, or else a wrap or a line written anew */
    unsigned spaces;        /* how many stood before this byte */
    char drop_quote;        /* the value ends here; 0: at a blank */
    bool drop_hash;         /* the value ends at the first byte no hash has */
    bool drop_line;         /* the value ends with the line */
    bool value_goes_on;     /* flushed in the middle of the word: the next word is suspect too */
    size_t quote_end;       /* index behind the closing quote in held; 0: not seen */
    bool dollar_shown;      /* held[0] went out with a flush already */
    bool no_quote, no_hash; /* while held bytes go through again */
    bool in_pem, pem_shown; /* pem_shown: the mask for this block is out */
    bool pem_plain;         /* this line of it is no key */
    unsigned pem_lines, pem_foreign;
};

void redact_emit(struct redact *r, unsigned char c);
/* What is held was no secret: it goes the ordinary way, while the judgement is switched `off`. */
void redact_again(struct redact *r, bool *off);
void redact_step_pem(struct redact *r, unsigned char c);
void redact_flush_pem(struct redact *r);

#endif
