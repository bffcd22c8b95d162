/* What a person would say of an answer's text: shares nothing with the templates or the plugins. For test_mutation.c. */
#ifndef UNIT_PLUGIN_ORACLE_H
#define UNIT_PLUGIN_ORACLE_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { WORDS_MAX = 24, LANES = 16 };

/* ---- words of a line, for the oracle ---- */

struct words {
    char line[400];
    const char *word[WORDS_MAX];
    size_t count;
};

static const char *next_line(const char *at, struct words *w)
{
    size_t len = strcspn(at, "\n");
    snprintf(w->line, sizeof w->line, "%.*s", (int)len, at);
    w->count = 0;
    char *rest = w->line, *word;
    while (w->count < WORDS_MAX && (word = strsep(&rest, " \t\r")))
        if (*word)
            w->word[w->count++] = word;
    return at[len] ? at + len + 1 : at + len;
}

static bool has_word(const struct words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->word[i], word) == 0)
            return true;
    return false;
}

static bool above_zero(const char *word)
{
    char *end;
    return strtod(word, &end) > 0 && end != word;
}

/* ---- the oracle ---- */

static bool power_true(const char *text)
{
    struct words w;
    unsigned good = 0;
    while (*text) {
        text = next_line(text, &w);
        if (w.count == 0 || strspn(w.word[0], "0123456789") != strlen(w.word[0]))
            continue;
        if (!has_word(&w, "Ok") || w.count < 7 || !above_zero(w.word[3]))
            return false;
        good |= 1u << (strtoul(w.word[0], NULL, 10) % 32);
    }
    return __builtin_popcount(good) >= 2;
}

static bool fan_name(const char *word, bool *psu)
{
    *psu = str_starts(word, "PowerSupply");
    return *psu || (strchr(word, '/') && isdigit((unsigned char)*word));
}

/* Adds the name to the list; false when it is there already. */
static bool first_time(struct str *seen, const char *name)
{
    char quoted[80];
    snprintf(quoted, sizeof quoted, "|%.60s|", name);
    bool first = !strstr(str_cstr(seen), quoted);
    str_add_cstr(seen, quoted);
    return first;
}

static bool fans_true(const char *text)
{
    struct words w;
    struct str seen = {0};
    unsigned fans = 0, supplies = 0, bad = 0;
    bool psu, air = false, cooling = false;
    while (*text) {
        text = next_line(text, &w);
        if (w.count >= 2 && strcmp(w.word[0], "Airflow:") == 0)
            air = (w.count == 2 && strcmp(w.word[1], "front-to-back") == 0) || has_word(&w, "intake");
        if (w.count == 5 && strcmp(w.word[1], "cooling") == 0 && strcmp(w.word[4], "Ok") == 0)
            cooling = true;
        if (w.count == 0 || !fan_name(w.word[0], &psu))
            continue;
        bad += w.count < 4 || strcmp(w.word[1], "Ok") != 0 || !above_zero(w.word[3]);
        if (psu)
            supplies |= 1u << (strtoul(w.word[0] + 11, NULL, 10) % 32);
        else
            fans += first_time(&seen, w.word[0]);
    }
    str_clear(&seen);
    return air && cooling && bad == 0 && fans >= 4 && __builtin_popcount(supplies) >= 2;
}

static bool uplinks_true(const char *text)
{
    for (unsigned port = 49; port <= 52; port++) {
        struct words w;
        char name[16];
        unsigned lines = 0, up = 0;
        snprintf(name, sizeof name, "Et%u/1", port);
        for (const char *at = text; *at;) {
            at = next_line(at, &w);
            if (w.count == 0 || strcmp(w.word[0], name) != 0)
                continue;
            lines++;
            up += has_word(&w, "connected") && !has_word(&w, "notconnect") && !has_word(&w, "errdisabled");
        }
        if (lines != 1 || up != 1)
            return false;
    }
    return true;
}

static bool neighbors_true(const char *text)
{
    for (unsigned i = 1; i <= 4; i++) {
        struct words w;
        char port[16], peer[16];
        unsigned lines = 0, right = 0;
        snprintf(port, sizeof port, "Et%u/1", 48 + i);
        snprintf(peer, sizeof peer, "spine-%u", i);
        for (const char *at = text; *at;) {
            at = next_line(at, &w);
            if (w.count == 0 || strcmp(w.word[0], port) != 0)
                continue;
            lines++;
            size_t host = w.count > 2 ? strcspn(w.word[1], ".") : 0;
            right += w.count > 2 && host == strlen(peer) && strncasecmp(w.word[1], peer, host) == 0 &&
                     (strcasecmp(w.word[2], "Ethernet3/1") == 0 || strcmp(w.word[2], "Et3/1") == 0 ||
                      strcmp(w.word[2], "Eth3/1") == 0);
        }
        if (lines != 1 || right != 1)
            return false;
    }
    return true;
}

static bool light_true(const char *text)
{
    unsigned rx[LANES] = {0}, tx[LANES] = {0};
    char part = '-';
    struct words w;
    while (*text) {
        text = next_line(text, &w);
        if (w.count > 2 && strcmp(w.word[1], "Power") == 0)
            part = strcmp(w.word[0], "Tx") == 0 ? 't' : strcmp(w.word[0], "Rx") == 0 ? 'r' : '-';
        else if (w.count > 2 && strcmp(w.word[1], "Threshold") == 0)
            part = '-';
        unsigned port, lane;
        int used = 0;
        if (part == '-' || w.count < 2 || sscanf(w.word[0], "Et%u/%u%n", &port, &lane, &used) != 2 ||
            w.word[0][used] || port < 49 || port > 52 || lane < 1 || lane > 4)
            continue;
        char *end;
        double dbm = strtod(w.word[1], &end);
        if (end == w.word[1] || strspn(end, "+-") != strlen(end) || /* alarm marks may stand close */
            dbm < (part == 'r' ? -9.5 : -8.4) || dbm > (part == 'r' ? 2.0 : 2.4))
            return false;
        (part == 'r' ? rx : tx)[(port - 49) * 4 + lane - 1]++;
    }
    for (size_t i = 0; i < LANES; i++)
        if (rx[i] != 1 || tx[i] != 1)
            return false;
    return true;
}

static bool serial_true(const char *text)
{
    struct words w;
    while (*text) {
        text = next_line(text, &w);
        if (w.count == 3 && strcmp(w.word[0], "Serial") == 0 && strcmp(w.word[1], "number:") == 0 &&
            strcasecmp(w.word[2], "JPE22130709") == 0)
            return true;
    }
    return false;
}

static bool ping_true(const char *text)
{
    const char *counts = strstr(text, " packets transmitted, ");
    unsigned sent, received;
    if (!counts)
        return false;
    while (counts > text && counts[-1] != '\n')
        counts--;
    if (sscanf(counts, "%u packets transmitted, %u received", &sent, &received) != 2 || sent < 3)
        return false;
    return received == sent ||
           (received == sent - 1 && !strstr(text, "icmp_seq=1 ") && strstr(text, "icmp_seq=2 "));
}

static bool never_true(const char *text)
{
    (void)text;
    return false;
}

#endif
