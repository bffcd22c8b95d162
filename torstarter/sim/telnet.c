#include "sim/telnet.h"

#include <string.h>

enum {
    IAC = 255,
    DONT = 254,
    DO = 253,
    WONT = 252,
    WILL = 251,
    SB = 250,
    SE = 240,
    OPTION_BINARY = 0,
    OPTION_ECHO = 1,
    OPTION_SGA = 3
};

static void say(unsigned char verb, unsigned char option, struct str *out)
{
    str_add(out, (const unsigned char[]){IAC, verb, option}, 3);
}

void telnet_greet(struct str *out)
{
    say(WILL, OPTION_ECHO, out);
    say(WILL, OPTION_SGA, out);
    say(DO, OPTION_SGA, out);
}

/* What we offered is agreed in silence; BINARY is taken both ways; all else is refused. Each is said once. */
static void answer(struct telnet *t, unsigned char option, struct str *out)
{
    bool ours = option == OPTION_SGA || (option == OPTION_ECHO && t->verb == DO), wish = t->verb == DO;
    if (ours || t->verb == DONT || t->verb == WONT || t->said[option][wish])
        return;
    t->said[option][wish] = true;
    if (option == OPTION_BINARY)
        say(wish ? WILL : DO, option, out);
    else
        say(wish ? WONT : DONT, option, out);
}

static void command(struct telnet *t, unsigned char c, struct str *typed)
{
    t->state = TELNET_DATA;
    t->verb = c;
    if (c == IAC)
        str_add_char(typed, (char)c);
    else if (c == SB)
        t->state = TELNET_INSIDE;
    else if (c >= WILL)
        t->state = TELNET_OPTION;
}

/* CR NUL and CR LF are one key (RFC 854, page 11). */
static void data(struct telnet *t, unsigned char c, struct str *typed)
{
    bool after_return = t->state == TELNET_RETURN;
    t->state = c == IAC ? TELNET_COMMAND : c == '\r' ? TELNET_RETURN : TELNET_DATA;
    if (c != IAC && !(after_return && (c == '\0' || c == '\n')))
        str_add_char(typed, (char)c);
}

void telnet_receive(struct telnet *t, const char *bytes, size_t len, struct str *typed, struct str *out)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (t->state == TELNET_DATA || t->state == TELNET_RETURN) {
            data(t, c, typed);
        } else if (t->state == TELNET_COMMAND) {
            command(t, c, typed);
        } else if (t->state == TELNET_OPTION) {
            answer(t, c, out);
            t->state = TELNET_DATA;
        } else if (t->state == TELNET_INSIDE) {
            t->state = c == IAC ? TELNET_INSIDE_COMMAND : TELNET_INSIDE;
        } else {
            t->state = c == SE ? TELNET_DATA : TELNET_INSIDE;
        }
    }
}

void telnet_quote(const char *bytes, size_t len, struct str *out)
{
    for (size_t i = 0; i < len; i++) {
        str_add_char(out, bytes[i]);
        if ((unsigned char)bytes[i] == IAC)
            str_add_char(out, bytes[i]);
    }
}
