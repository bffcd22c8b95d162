/* Lines of any bytes against the matcher, the questions' shapes, the echo judge and the common signs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/support_dialect.c" /* fuzz targets are linked without the helpers */
#include "session/echo.h"
#include "session/matcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct dialect *d, const char *text, size_t len)
{
    struct regex_span where = {0, 0};
    const struct prompt *p = match_prompt(d, text, len);
    if (p && (match_trim(text, len) == 0 || len > MATCH_PROMPT_MAX_BYTES))
        abort(); /* blanks, or a line too long, were taken for a prompt */
    if (p && match_hostname(p, text, len, &where) && (where.start > where.end || where.end > len))
        abort();
    if (p && state_is_prompt(p->state) && match_question(text, len) &&
        memchr(text, ' ', match_trim(text, len)))
        abort(); /* the prompts of this dialect hold no blanks, so a sentence that asks cannot be one */
    if (match_any(&d->booting, text, len, &where) && (where.start > where.end || where.end > len))
        abort();
    (void)match_typed(d, text, len);
    (void)match_login_line(d, text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dialect *d;
    if (!d)
        d = dialect_for_tests();
    judge(d, (const char *)data, size);
    size_t third = size / 3;
    char *command = strndup((const char *)data, third);
    struct str prompt = {0}, raw = {0};
    str_add(&prompt, data, third / 2);
    str_add(&raw, data + third, third);
    (void)echo_judge(command, &prompt, (const char *)data + 2 * third, size - 2 * third, &raw);
    str_clear(&prompt);
    str_clear(&raw);
    free(command);
    return 0;
}
