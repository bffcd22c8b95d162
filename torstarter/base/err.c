#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static void put(struct err *e, enum err_code code, enum failure failure,
                                                      const char *fmt, va_list ap)
{
    if (!e)
        return;
    char msg[sizeof e->msg]; /* the arguments may point into e->msg */
    vsnprintf(msg, sizeof msg, fmt, ap);
    e->code = code;
    e->failure = failure;
    memcpy(e->msg, msg, sizeof msg);
}

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put(e, code, FAILURE_NONE, fmt, ap);
    va_end(ap);
    return false;
}

bool err_fail(struct err *e, enum err_code code, enum failure failure, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put(e, code, failure, fmt, ap);
    va_end(ap);
    return false;
}

bool err_errno(struct err *e, const char *fmt, ...)
{
    int saved = errno;
    if (!e)
        return false;
    va_list ap;
    va_start(ap, fmt);
    put(e, ERR_IO, FAILURE_NONE, fmt, ap);
    va_end(ap);
    size_t len = strlen(e->msg);
    snprintf(e->msg + len, sizeof e->msg - len, ": %s", strerror(saved));
    return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char msg[sizeof e->msg];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof msg)
        return false;
    snprintf(msg + n, sizeof msg - (size_t)n, "%s", e->msg);
    memcpy(e->msg, msg, sizeof msg);
    return false;
}
