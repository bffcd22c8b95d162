/* Which of its possible personalities answers on the line: a loader, an installer, the management controller, another vendor's
   system, or the right system as it left the factory. Named in error texts only; nothing is decided by it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "session/inner.h"

struct persona {
    const char *pattern;
    const char *family; /* of the platform names for which this is the expected system; NULL: of none */
    const char *text;
};

static const struct persona table[] = {
    {"^ONIE:|^Please press Enter to activate this console", NULL,
     "ONIE, so no network operating system is installed; stop its discovery (onie-stop) or let it install "
     "one"},
    {"^(?:GNU GRUB|grub(?: rescue)?>|Welcome to GRUB)", NULL, "GRUB, the boot loader"},
    {"^(?:U-Boot (?:SPL )?\\d{4}|=> *$|Marvell>>|U-Boot>)", NULL, "U-Boot, the boot loader"},
    {"^Aboot[# ]", NULL, "Aboot, the boot loader of Arista switches"},
    {"^(?:rommon ?\\d* ?>|switch: *$)", NULL, "the boot loader of a Cisco IOS switch"},
    {"^loader ?>", NULL, "the boot loader of a Cisco NX-OS or Junos switch"},
    {"(?i)^(?:Phosphor )?OpenBMC\\b|^[\\w.-]*bmc[\\w.-]* login:", NULL,
     "the management controller (BMC), not the switch itself; turn the console over to the switch"},
    {"^(?:Amnesiac \\(tty|root@:~ ?[#%])", NULL, "Junos as it left the factory"},
    {"POAP_INFO|Power On Auto Provisioning|Auto Provisioning and continue with normal setup", NULL,
     "NX-OS as it left the factory"},
    {"initial configuration dialog|terminate autoinstall", NULL, "IOS as it left the factory"},
    {"Zero Touch Provisioning mode", NULL, "EOS as it left the factory"},
    {"^localhost login:", NULL, "a system without a configuration (it calls itself localhost)"},
    {"^Cumulus Linux\\b|^cumulus login:", "cumulus", "Cumulus Linux"},
    {"^(?:Debian GNU/Linux \\S+ )?sonic (?:login:|tty)", "sonic", "SONiC"},
    {"^Arista (?:Networks )?EOS\\b", "arista", "Arista EOS"},
    {"^Cisco Nexus Operating System|^Nexus \\d+", "cisco_nxos", "Cisco NX-OS"},
    {"^User Access Verification", "cisco", "a Cisco switch"},
    {"^(?:JUNOS \\d|.*\\(ttyu?\\d\\)$)", "juniper", "Junos"},
};

static const char limit_pattern[] =
    "(?i)start request repeated too quickly|respawning too fast|Maximum number of tries exceeded|"
    "too many (?:login )?failures|Login timed out after|account (?:is )?(?:temporarily )?locked|"
    "Blocking? login|login is disabled";

enum { TABLE_COUNT = sizeof table / sizeof *table };

/* Written once under pthread_once, read only afterwards. */
static struct regex *compiled[TABLE_COUNT];
static struct regex *limit;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void compile(void)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        compiled[i] = regex_new(table[i].pattern, REGEX_BYTES, NULL);
    limit = regex_new(limit_pattern, REGEX_BYTES, NULL);
}

static bool found(const struct regex *re, const char *text, size_t len)
{
    return re && regex_match(re, text, len, 0, NULL, 0) == REGEX_MATCH;
}

void persona_hear(struct session *s, const char *text, size_t len)
{
    pthread_once(&once, compile);
    if (len == 0)
        return;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (found(compiled[i], text, len)) {
            if (!s->persona || &table[i] < s->persona) /* what says more comes first in the table */
                s->persona = &table[i];
            break;
        }
    if (found(limit, text, len)) {
        char *words = session_quote(s, text, len, sizeof s->limit - 1);
        snprintf(s->limit, sizeof s->limit, "%s", words);
        mem_free(words);
    }
}

void persona_name(struct session *s, struct err *e)
{
    size_t len;
    const char *text = line_unfinished(&s->line, &len);
    if (!e || s->logged_in)
        return;
    persona_hear(s, text, len);
    const struct persona *p = s->persona;
    if (!p || (p->family && strncmp(s->dialect->platform, p->family, strlen(p->family)) == 0))
        return;
    size_t used = strlen(e->msg);
    snprintf(e->msg + used, sizeof e->msg - used, "; what answers looks like %s", p->text);
}
