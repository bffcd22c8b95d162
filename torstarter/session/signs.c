/* Signs that mean the same on every platform. The lesson they carry is public: a library's clean-up typed into a boot menu, and
   the switch needed a visit. So a banner of a loader or of a starting kernel silences the session. Each but one is anchored to the
   start of the line: names of files and packages (sonic-aboot-broadcom.swi) and words of running services (Reloading service) are
   not signs. Strings: Aboot, GRUB, U-Boot, ONIE, Linux, IOS and NX-OS loaders, BIOS. */
#include <pthread.h>

#include "base/mem.h"
#include "session/dialect.h"

struct common {
    const char *pattern;
    enum failure failure; /* BOOT_LOADER: a prompt that waits for somebody; else a milestone that passes */
    bool unfinished;
};

static const struct common table[] = {
    {"^\\s*(?:Press Control-C now to enter Aboot shell|Aboot \\d[\\w.-]*)", FAILURE_NONE, false},
    {"^(?:Booting (?:flash|usb\\d*|sata\\d*|disk\\d*|drive|`|'|from |image )|Loading Linux \\d\\S*|"
     "Loading initial ramdisk|Starting kernel|Uncompressing Linux|Decompressing Linux)",
     FAILURE_NONE, false},
    {"^\\s*(?:GNU GRUB +version|GRUB loading|Welcome to GRUB|Use the .{1,12} and .{1,12} keys to "
     "(?:select|change)|"
     "The highlighted entry will be executed)",
     FAILURE_NONE, false},
    {"^(?:U-Boot (?:SPL )?\\d{4}\\.|Hit any key to stop autoboot|autoboot in \\d+ second|"
     "Press [\\w-]+ ?\\S* to (?:interrupt|stop) (?:the )?(?:auto)?boot|Preparing to autoboot)",
     FAILURE_NONE, false},
    {"^(?:ONIE: (?:Starting|Rescue|OS Install|Executing|Using|Uninstall|Embedding)|"
     "Please press Enter to activate this console)",
     FAILURE_BOOT_LOADER, false},
    /* Anywhere in the line: a power cut leaves it behind the prompt that stood there. */
    {"\\[ +0\\.0{6}\\] Linux version \\d", FAILURE_NONE, false},
    {"^(?:Linux version \\d|\\[ *\\d+\\.\\d+\\] reboot: |Restarting "
     "system\\.? *$|"
     "The system is going down|Broadcast message .*going down)",
     FAILURE_NONE, false},
    {"^(?:Hit|Press) (?:<?[\\w+-]+>?|any key)(?:,? (?:or )?<?[\\w+-]+>?)* to (?:enter|run) "
     "(?:the )?(?:setup|BIOS|[Ee]xtended [Bb]oot|[Bb]oot menu)",
     FAILURE_NONE, false},
    {"^(?:System Bootstrap|Initializing Hardware|SeaBIOS \\(version|American Megatrends|AMIBIOS|Version "
     "\\d[\\d.]+\\. Copyright "
     ".*American "
     "Megatrends)",
     FAILURE_NONE, false},
    {"^Aboot# ?", FAILURE_BOOT_LOADER, true},
    {"^(?:grub(?: rescue)?> ?|ONIE:/\\S* # ?)", FAILURE_BOOT_LOADER, true},
    {"^(?:=>|Marvell>>|U-Boot>|Zynq>) *$", FAILURE_BOOT_LOADER, true},
    {"^(?:rommon ?\\d* ?>|loader ?>|db>|switch:) *$", FAILURE_BOOT_LOADER, true},
};

/* First-boot dialogues in the spellings of several platforms; bare, and inside a log line, where POAP repeats its question. No answer
   to any of them: what may be answered is a platform's own data, and what reloads or persists waits for a permit. */
static const struct common first_boot[] = {
    {"Abort Auto Provisioning and continue with normal setup ?\\?", FAILURE_FIRST_BOOT, true},
    {"Abort Power On Auto Provisioning ?\\[", FAILURE_FIRST_BOOT, true},
    {"System is not fully online\\. Skip POAP\\?", FAILURE_FIRST_BOOT, true},
    {"Do you want to enforce secure password standard", FAILURE_FIRST_BOOT, true},
    {"^\\s*(?:Enter|Confirm) the password for \"?\\w+\"?", FAILURE_FIRST_BOOT, true},
    {"Would you like to enter the (?:initial|basic) configuration dialog", FAILURE_FIRST_BOOT, true},
    {"Would you like to terminate autoinstall\\?", FAILURE_FIRST_BOOT, true},
    {"^\\s*Enter enable secret:", FAILURE_FIRST_BOOT, true},
    {"^\\s*Enter your selection \\[\\d\\]:", FAILURE_FIRST_BOOT, true},
    {"in Zero Touch Provisioning mode", FAILURE_FIRST_BOOT, false},
    {"zerotouch (?:cancel|disable)", FAILURE_FIRST_BOOT, false},
    {"^Amnesiac \\(tty", FAILURE_FIRST_BOOT, false},
    {"(?i)^Auto Image Upgrade: ", FAILURE_FIRST_BOOT, false},
    {"^You are required to change your password", FAILURE_LOGIN_POLICY, false},
    {"^WARNING: Your password has expired", FAILURE_LOGIN_POLICY, false},
    {"(?i)^(?:\\(current\\) UNIX password|Current password|(?:Enter |Retype )?new (?:UNIX )?password|Enter "
     "old password): *$",
     FAILURE_LOGIN_POLICY, true},
};

enum {
    BOOTING_COUNT = sizeof table / sizeof *table,
    FIRST_BOOT_COUNT = sizeof first_boot / sizeof *first_boot
};

/* Written once under pthread_once, read only afterwards. */
static struct sign booting_items[BOOTING_COUNT], first_boot_items[FIRST_BOOT_COUNT];
static struct sign_list booting_list = {.items = booting_items},
                        first_boot_list = {.items = first_boot_items};
static pthread_once_t common_once = PTHREAD_ONCE_INIT;

static void fill(struct sign_list *list, const struct common *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sign *sign = &list->items[list->count];
        sign->text = from[i].pattern;
        sign->failure = from[i].failure;
        sign->unfinished = from[i].unfinished;
        sign->regex = regex_new(from[i].pattern, REGEX_BYTES | REGEX_JIT, NULL);
        if (sign->regex)
            list->count++;
    }
}

static void fill_all(void)
{
    fill(&booting_list, table, BOOTING_COUNT);
    fill(&first_boot_list, first_boot, FIRST_BOOT_COUNT);
}

const struct sign_list *dialect_common_booting(void)
{
    pthread_once(&common_once, fill_all);
    return &booting_list;
}

const struct sign_list *dialect_common_first_boot(void)
{
    pthread_once(&common_once, fill_all);
    return &first_boot_list;
}
