#include "plugin/version.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static const char *first_of(const char *s)
{
    return s + strspn(s, " \t\r\n");
}

static bool ends(const char *s)
{
    return *first_of(s) == '\0';
}

/* Two runs of digits, however many zeros stand in front; both pointers go behind them. */
static int number_order(const char **a, const char **b)
{
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    size_t la = strspn(*a, "0123456789"), lb = strspn(*b, "0123456789");
    int order = la != lb ? (la < lb ? -1 : 1) : strncmp(*a, *b, la);
    *a += la;
    *b += lb;
    return order;
}

/* Goes on to the first difference: the order of two numbers there; *numbers false where it is none. */
static int first_difference(const char *a, const char *b, bool *numbers)
{
    a = first_of(a);
    b = first_of(b);
    while (!ends(a) && !ends(b)) {
        *numbers = isdigit((unsigned char)*a) && isdigit((unsigned char)*b);
        int order =
            *numbers ? number_order(&a, &b) : tolower((unsigned char)*a++) - tolower((unsigned char)*b++);
        if (order != 0)
            return order;
    }
    *numbers = false;
    return ends(a) && ends(b) ? 0 : ends(a) ? -1 : 1;
}

bool version_same(const char *a, const char *b)
{
    bool numbers;
    return first_difference(a, b, &numbers) == 0;
}

int version_order(const char *a, const char *b)
{
    bool numbers = false;
    int order = first_difference(a, b, &numbers);
    return numbers ? order : 0;
}
