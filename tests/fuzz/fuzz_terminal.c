/* The terminal model under arbitrary bytes and an arbitrary cut: never a crash, never another result for another cut. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "session/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *ctx, const char *text, size_t len)
{
    str_add(ctx, text, len);
    str_add_char(ctx, '\n');
}

static void finish(struct terminal *t, struct str *out)
{
    size_t len;
    const char *text = terminal_unfinished(t, &len);
    str_add(out, text, len);
    terminal_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str whole = {0}, pieces = {0};
    struct terminal *a = terminal_new(collect, &whole), *b = terminal_new(collect, &pieces);
    terminal_feed(a, data, size);
    size_t step = size ? 1 + data[0] % 7 : 1;
    for (size_t i = 0; i < size; i += step)
        terminal_feed(b, data + i, size - i < step ? size - i : step);
    if (memcmp(terminal_counts(a), terminal_counts(b), sizeof(struct terminal_counts)) != 0)
        abort();
    finish(a, &whole);
    finish(b, &pieces);
    if (whole.len != pieces.len || (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0))
        abort();
    str_clear(&whole);
    str_clear(&pieces);
    return 0;
}
