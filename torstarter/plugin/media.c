/* What a transceiver's type says, in the spellings of several vendors: "100GBASE-SR4", "QSFP-100G-SR4-S", "QSFP 100G SR4", "SFP28SR",
   "10Gbase-SR", "SFP-H10GB-CU3M", "QSFP-100G-CR4", "SFP+DAC3". The letters in front of the last number tell (IEEE 802.3: SR, LR … light;
   CR and CX twinax, T twisted pair; CU and DAC are the vendors' words for twinax). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugin/lanes.h"

struct media_word { /* "SR4": letters SR, number 4 */
    char letters[16];
    unsigned long number;
    bool rate; /* "100G", "10GBASE", "1000BASE": a rate and nothing else */
};

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(word, *list) == 0)
            return true;
    return false;
}

static const char *without_base(const char *letters)
{
    const char *rest = strncasecmp(letters, "G", 1) == 0 ? letters + 1 : letters;
    return strncasecmp(rest, "BASE", 4) == 0 ? rest + 4 : letters;
}

/* The next word of the type at *at; false at its end. */
static bool next_word(const char **at, struct media_word *w)
{
    const char *p = *at;
    while (*p && !isalnum((unsigned char)*p))
        p++;
    size_t len = 0;
    while (isalnum((unsigned char)p[len]))
        len++;
    *at = p + len;
    size_t end = len;
    if (end > 1 && toupper((unsigned char)p[end - 1]) == 'M' && isdigit((unsigned char)p[end - 2]))
        end--; /* metres */
    size_t digits = 0, letters = 0;
    while (digits < end && isdigit((unsigned char)p[end - digits - 1]))
        digits++;
    end -= digits;
    while (letters < end && isalpha((unsigned char)p[end - letters - 1]))
        letters++;
    *w = (struct media_word){.number = digits ? strtoul(p + end, NULL, 10) : 0};
    if (letters < sizeof w->letters)
        memcpy(w->letters, p + end - letters, letters);
    static const char *const rates[] = {"G", "GB", "GE", "GBASE", "BASE", NULL};
    w->rate = digits == 0 && letters < end && among(w->letters, rates);
    return len > 0;
}

static bool is_optical(const struct media_word *w)
{
    static const char *const words[] = {"SR",  "LR",  "ER",   "ZR",   "FR",  "DR",  "XSR", "PLR",
                                        "LRL", "PSM", "CWDM", "SWDM", "ESR", "CSR", "SX",  "LX",
                                        "LH",  "EX",  "ZX",   "XDR",  "VR",  NULL};
    return among(without_base(w->letters), words);
}

static bool is_copper(const struct media_word *w, bool after_rate)
{
    static const char *const words[] = {"CR", "CX", "CU", "DAC", "TWINAX", NULL}, *const pairs[] = {"T", "TX",
                                                                                                    NULL};
    const char *rest = without_base(w->letters);
    return among(rest, words) || (among(rest, pairs) && (after_rate || rest != w->letters));
}

unsigned lanes_of_type(const char *type)
{
    struct media_word w;
    bool bidirectional = strstr(type, "BD") || strcasestr(type, "bidi");
    while (next_word(&type, &w))
        if (is_optical(&w))
            return bidirectional ? 0 : w.number >= 1 && w.number <= 16 ? (unsigned)w.number : 1;
    return 0;
}

unsigned lanes_of_speed(const char *type, const char *speed)
{
    if (*type)
        return 0;                                /* in words that nobody knows: its rows tell */
    size_t start = strcspn(speed, "0123456789"); /* "a-100G" */
    char *unit;
    double rate = strtod(speed + start, &unit);
    unit += strspn(unit, " ");
    if (rate >= 1000 && (!*unit || toupper((unsigned char)*unit) == 'M'))
        rate /= 1000; /* Mbit/s */
    else if (toupper((unsigned char)*unit) != 'G')
        return 0;
    return rate >= 40 && rate != 50 ? 4 : 0;
}

/* A word for light beside it leaves it to the levels. */
bool type_is_copper(const char *type)
{
    struct media_word w;
    bool copper = false, after_rate = false;
    while (next_word(&type, &w)) {
        if (is_optical(&w) || strcasecmp(w.letters, "AOC") == 0)
            return false;
        copper = copper || is_copper(&w, after_rate);
        after_rate = w.rate;
    }
    return copper;
}

static bool media_is(const struct records *r, size_t row, const char *word)
{
    return records_has(r, "media") && record_is(r, row, "media", word);
}

/* Light that is measured is there, whatever the words say; a DAC's zeros and darkness are no light. */
static bool shines(const struct records *r, size_t row)
{
    double dbm;
    return (level_dbm(r, row, "rx_dbm", &dbm) && dbm > -40 && dbm != 0) ||
           (level_dbm(r, row, "tx_dbm", &dbm) && dbm > -40 && dbm != 0);
}

enum media media_of(struct run *run, const struct records *states, size_t row, const struct records *r,
                    const char *interface)
{
    const char *type = record_text(states, row, "type"),
               *name = platform_interface(run->platform, interface, &run->arena);
    bool copper = media_is(states, row, "copper"), optical = media_is(states, row, "optical");
    bool none = media_is(states, row, "none") || record_is(states, row, "state", "no_transceiver") ||
                text_same(type, "Not Present");
    bool unknown = media_is(states, row, "unknown"), light = false;
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(platform_interface(run->platform, record_get(r, i, "interface"), &run->arena), name) != 0)
            continue;
        copper = copper || media_is(r, i, "copper");
        optical = optical || media_is(r, i, "optical");
        light = light || shines(r, i);
        none = none || media_is(r, i, "none");
        unknown = unknown || media_is(r, i, "unknown");
    }
    if (none)
        return MEDIA_NONE;
    if (optical || lanes_of_type(type) > 0)
        return MEDIA_OPTICAL;
    if (copper || type_is_copper(type))
        return light ? MEDIA_CONTRADICTION : MEDIA_COPPER;
    return unknown && !light ? MEDIA_UNKNOWN : MEDIA_OPTICAL;
}
