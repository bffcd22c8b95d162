/* The words of commands: which of them change a switch, lead to where it is changed, or only read. A word counts whatever its case,
   shortened as CLIs take it ("wr mem"), and as a part of a longer one ("fast-reboot"). */
#include <string.h>

#include "model/platform_words.h"

#include "model/fields.h"

/* Begin commands that change a switch or stop it: EOS, NX-OS, IOS-XE, Junos, AOS-CX, SONiC, Cumulus Linux, ONIE. */
static const char *const changing[] = {
    "copy",     "delete",     "erase",     "write",     "reload",    "reboot",     "boot",       "install",
    "format",   "clear",      "commit",    "reset",     "shutdown",  "zerotouch",  "rm",         "mv",
    "dd",       "mkfs",       "save",      "rollback",  "load",      "restore",    "checkpoint", "poap",
    "ztp",      "request",    "restart",   "replace",   "activate",  "deactivate", "annotate",   "insert",
    "rename",   "apply",      "revert",    "upgrade",   "issu",      "squeeze",    "archive",    "event",
    "license",  "redundancy", "hw-module", "setup",     "extension", "agent",      "debug",      "undebug",
    "test",     "tclsh",      "op",        "do",        "system",    "onie",       "ifreload",   "ifup",
    "ifdown",   "ifconfig",   "service",   "hostname",  "halt",      "poweroff",   "init",       "telinit",
    "kill",     "killall",    "pkill",     "apt",       "dpkg",      "pip",        "chmod",      "chown",
    "mount",    "umount",     "ln",        "cp",        "scp",       "sftp",       "tftp",       "ftp",
    "wget",     "curl",       "touch",     "truncate",  "mkdir",     "rmdir",      "unlink",     "crontab",
    "iptables", "nft",        "brctl",     "passwd",    "useradd",   "usermod",    "userdel",    "insmod",
    "rmmod",    "modprobe",   "sysctl",    "redis-cli", "pfcwd",     "acl-loader", "cl-license", "package",
    "update",   "vsx"};
/* Lead to where changes are made: right for a mode change, never for a command that reads. */
static const char *const entering[] = {
    "configure",   "conf",       "config",  "edit",   "bash",       "sh",      "shell",   "start",
    "start-shell", "zsh",        "su",      "ssh",    "env",        "exec",    "nsenter", "chroot",
    "xargs",       "nohup",      "timeout", "watch",  "python",     "python3", "perl",    "vi",
    "vim",         "find",       "awk",     "sed",    "tee",        "run",     "telnet",  "attach",
    "session",     "guestshell", "eval",    "source", "system-view"};
/* Change something unless one of these words stands behind them. */
static const struct {
    const char *name;
    const char *reads[8];
} families[] = {
    {"set", {"cli"}},
    {"no", {"page", "paging", "pager"}},
    {"ip", {"show", "list", "ls"}},
    {"bridge", {"show", "list"}},
    {"tc", {"show"}},
    {"lldpcli", {"show"}},
    {"net", {"show"}},
    {"nv", {"show"}},
    {"file", {"list", "checksum", "show"}},
    {"ethtool", {"-m", "-i", "-S", "--module-info", "--driver", "--statistics"}},
    {"systemctl", {"status", "show", "is-active", "is-enabled", "is-system-running", "list-units"}},
    {"timedatectl", {"status", "show"}},
    {"sonic-installer", {"list"}},
    {"sonic_installer", {"list"}},
    {"sonic-db-cli", {"get", "hget", "hgetall", "keys"}},
    {"sfputil", {"show"}},
    {"psuutil", {"status"}},
    {"fwutil", {"show"}},
    {"sudo", {NULL}},
};
/* Behind one of the families: change it all the same, wherever they stand. */
static const char *const acting[] = {"set",       "add",         "del",     "change", "append", "flush",
                                     "configure", "unconfigure", "update",  "pause",  "resume", "start",
                                     "stop",      "enable",      "disable", "exec",   "-batch", "-b"};
/* Change the mode: nothing else is typed to do so. */
static const char *const moving[] = {"enable",    "disable",     "end",         "exit",   "quit", "logout",
                                     "configure", "config",      "conf",        "edit",   "cli",  "start",
                                     "run",       "bash",        "sh",          "shell",  "su",   "vtysh",
                                     "sonic-cli", "start-shell", "system-view", "return", "top"};
/* The only words that may follow `configure` when a mode is changed. */
static const char *const ways_in[] = {"terminal", "t", "exclusive", "private"};

/* Whatever its case; that of an option tells options apart. */
static bool word_is(const char *word, size_t len, const char *known)
{
    return strlen(known) == len &&
           (*known == '-' ? strncmp(word, known, len) : strncasecmp(word, known, len)) == 0;
}

static bool word_in(const char *word, size_t len, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word_is(word, len, known[i]))
            return true;
    return false;
}

/* The word, the beginning of one, or one of its parts. */
static bool word_changes(const char *word, size_t len)
{
    for (size_t i = 0; i < FIELD_COUNT(changing); i++)
        if (len >= 2 && len <= strlen(changing[i]) && strncasecmp(word, changing[i], len) == 0)
            return true;
    for (const char *p = word, *end = word + len; p < end;) {
        size_t part = strcspn(p, "-_/. ");
        if (part > (size_t)(end - p))
            part = (size_t)(end - p);
        if (word_in(p, part, changing, FIELD_COUNT(changing)))
            return true;
        p += part + 1;
    }
    return false;
}

static const char *next_word(const char *text)
{
    text += strcspn(text, " ");
    return text + strspn(text, " ");
}

static bool any_word_changes(const char *text)
{
    for (const char *word = text; *word; word = next_word(word)) {
        size_t len = strcspn(word, " ");
        if (word_changes(word, len) || word_in(word, len, acting, FIELD_COUNT(acting)))
            return true;
    }
    return false;
}

/* Index of the family that the first word names, or -1. */
static int family_of(const char *text)
{
    size_t len = strcspn(text, " ");
    for (size_t i = 0; i < FIELD_COUNT(families); i++)
        if (word_is(text, len, families[i].name))
            return (int)i;
    return -1;
}

static bool family_reads(int family, const char *behind)
{
    const char *const *reads = families[family].reads;
    size_t count = 0;
    while (count < FIELD_COUNT(families[family].reads) && reads[count])
        count++;
    for (const char *word = behind; *word; word = next_word(word))
        if (word_in(word, strcspn(word, " "), reads, count))
            return !any_word_changes(behind);
    return false;
}

const char *words_behind_sudo(const char *text)
{
    if (!str_starts(text, "sudo "))
        return text;
    return str_starts(text, "sudo -n ") ? text + 8 : text + 5;
}

enum words_kind words_begin(const char *text)
{
    const char *first = words_behind_sudo(text);
    size_t len = strcspn(first, " ");
    int family = family_of(first);
    if (family >= 0)
        return family_reads(family, next_word(first)) ? WORDS_READ : WORDS_MAY_CHANGE;
    return word_changes(first, len) || word_in(first, len, entering, FIELD_COUNT(entering)) ? WORDS_CHANGE
                                                                                            : WORDS_READ;
}

bool words_set(const char *command)
{
    static const char *const programs[] = {"date", "hwclock", "stty", "ethtool", "decode-syseeprom", "ip"};
    static const char *const options[] = {"-s",     "--set",     "-w",     "--write",
                                          "--init", "--systohc", "-batch", "-b"};
    const char *first = words_behind_sudo(command);
    if (!word_in(first, strcspn(first, " "), programs, FIELD_COUNT(programs)))
        return false;
    for (const char *word = next_word(first); *word; word = next_word(word))
        for (size_t i = 0; i < FIELD_COUNT(options); i++)
            if (strncmp(word, options[i], strlen(options[i])) == 0 &&
                strcspn(word, " =") == strlen(options[i]))
                return true;
    return false;
}

bool words_change_mode(const char *text)
{
    const char *first = words_behind_sudo(text + strspn(text, " "));
    size_t words = 0;
    if (!word_in(first, strcspn(first, " "), moving, FIELD_COUNT(moving)))
        return false;
    for (const char *word = first; *word; word = next_word(word), words++) {
        size_t len = strcspn(word, " ");
        if (word_changes(word, len) || memchr(word, '\'', len) || memchr(word, '"', len) ||
            word_is(word, len, "-c"))
            return false;
        if (words > 0 && (str_starts(first, "conf") || str_starts(first, "edit")) &&
            !word_in(word, len, ways_in, FIELD_COUNT(ways_in)))
            return false;
    }
    return words <= 4;
}
