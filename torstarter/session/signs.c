/* Signs that mean the same on every platform. The lesson they carry is public: a library's clean-up typed into a boot menu, and
   the switch needed a visit. So a banner of a loader or of a starting kernel silences the session. Each is anchored to the start
   of the line: names of files and packages (sonic-aboot-broadcom.swi) and words of running services (Reloading service) are
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
    {"^(?:\\[ +0\\.0{6}\\] Linux version|Linux version \\d|\\[ *\\d+\\.\\d+\\] reboot: |Restarting "
     "system\\.? *$|"
     "The system is going down|Broadcast message .*going down)",
     FAILURE_NONE, false},
    {"^(?:Hit|Press) (?:<?[\\w+-]+>?|any key)(?:,? (?:or )?<?[\\w+-]+>?)* to (?:enter|run) "
     "(?:the )?(?:setup|BIOS|[Ee]xtended [Bb]oot|[Bb]oot menu)",
     FAILURE_NONE, false},
    {"^(?:System Bootstrap|Initializing Hardware|American Megatrends|AMIBIOS|Version \\d[\\d.]+\\. Copyright "
     ".*American "
     "Megatrends)",
     FAILURE_NONE, false},
    {"^Aboot# ?", FAILURE_BOOT_LOADER, true},
    {"^(?:grub(?: rescue)?> ?|ONIE:/\\S* # ?)", FAILURE_BOOT_LOADER, true},
    {"^(?:=>|Marvell>>|U-Boot>|Zynq>) *$", FAILURE_BOOT_LOADER, true},
    {"^(?:rommon ?\\d* ?>|loader ?>|db>|switch:) *$", FAILURE_BOOT_LOADER, true},
};

enum { COMMON_COUNT = sizeof table / sizeof *table };

/* Written once under pthread_once, read only afterwards. */
static struct sign common_items[COMMON_COUNT];
static struct sign_list common_list = {.items = common_items};
static pthread_once_t common_once = PTHREAD_ONCE_INIT;

static void common_fill(void)
{
    for (size_t i = 0; i < COMMON_COUNT; i++) {
        struct sign *sign = &common_items[common_list.count];
        sign->text = table[i].pattern;
        sign->failure = table[i].failure;
        sign->unfinished = table[i].unfinished;
        sign->regex = regex_new(table[i].pattern, REGEX_BYTES | REGEX_JIT, NULL);
        if (sign->regex)
            common_list.count++;
    }
}

const struct sign_list *dialect_common_booting(void)
{
    pthread_once(&common_once, common_fill);
    return &common_list;
}
