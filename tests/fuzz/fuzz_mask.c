/* Masking under arbitrary text: never a crash, the same for every cut, and no known secret in what is shown. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mask *new_mask(void)
{
    static const char *const secrets[] = {"Tr0ub4dor", "aabaab", "b", "{secret"};
    struct mask *m = mask_new();
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        struct secret *s = secret_new("x", secrets[i], strlen(secrets[i]));
        mask_add(m, s);
        secret_free(s);
    }
    return m;
}

static void feed_in_steps(struct mask *m, const uint8_t *data, size_t size, size_t step, bool flushes,
                          struct str *out)
{
    for (size_t i = 0; i < size; i += step) {
        size_t n = size - i < step ? size - i : step;
        char *exact = mem_alloc(n);
        memcpy(exact, data + i, n);
        mask_feed(m, exact, n, out);
        mem_free(exact);
        if (flushes && data[i] & 1)
            mask_flush(m, out);
    }
    mask_flush(m, out);
    mask_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str whole = {0}, pieces = {0}, flushed = {0};
    size_t step = size ? 1 + data[0] % 7 : 1;
    feed_in_steps(new_mask(), data, size, size + 1, false, &whole);
    feed_in_steps(new_mask(), data, size, step, false, &pieces);
    feed_in_steps(new_mask(), data, size, step, true, &flushed);
    if (whole.len != pieces.len || (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0))
        abort();
    if (strstr(str_cstr(&whole), "Tr0ub4dor") || strstr(str_cstr(&flushed), "Tr0ub4dor"))
        abort();
    str_clear(&whole);
    str_clear(&pieces);
    str_clear(&flushed);
    return 0;
}
