#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void log_to_stderr(enum log_room room, enum log_level level, const char *line)
{
    char at[CLOCK_TEXT_MAX];
    fprintf(stderr, "%s %s %s: %s\n", clock_format_utc(clock_utc_us(NULL), at), log_room_name(room),
            log_level_name(level), line);
}

static void print_help(FILE *to)
{
    fputs("torstarter takes a switch from cabled to proven through its console.\n\nusage: torstarter COMMAND "
          "…\n",
          to);
    const char *group = "";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->group, group) != 0)
            fprintf(to, "\n%s\n", group = commands[i]->group);
        char left[48];
        snprintf(left, sizeof left, "%s %s", commands[i]->name, commands[i]->arguments);
        fprintf(to, "  %-26s %s\n", left, commands[i]->about);
    }
    fputs("\neverywhere\n", to);
    options_print(options_common, to);
    fputs(
        "\nSELECTOR is a name, a glob ('tor-r1-*'), rack=r1, role=spine, or all.\n"
        "exit status: 0 every job passed, 1 some job failed, 2 torstarter could not do its work, 64 usage,\n"
        "65 a file of yours is wrong, 130 interrupted\n",
        to);
}

static void print_command_help(const struct command *c)
{
    printf("usage: torstarter %s %s\n\n%s\n", c->name, c->arguments, c->about);
    if (c->help)
        printf("\n%s\n", c->help);
    if (c->options) {
        fputs("\noptions\n", stdout);
        options_print(c->options, stdout);
    }
    fputs("\neverywhere\n", stdout);
    options_print(options_common, stdout);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static enum status unknown(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    const char *near = str_nearest(name, names, COMMAND_COUNT);
    return cli_usage("there is no command \"%s\"%s%s%s; see `torstarter --help`", name,
                     near ? "; did you mean `" : "", near ? near : "", near ? "`" : "");
}

/* The first word that is no option (nor the value of a common one) names the command; it is taken out of argv. */
static const char *take_command(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        if (argv[i][0] != '-') {
            const char *name = argv[i];
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof *argv);
            (*argc)--;
            return name;
        }
        for (const struct option_spec *o = options_common; o->name; o++)
            if (o->value && strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, o->name) == 0) {
                i++;
                break;
            }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    signal(SIGPIPE, SIG_IGN);
    log_set_sink(log_to_stderr);
    const char *name = take_command(&argc, argv);
    const struct command *command = name ? find(name) : NULL;
    enum status status;
    if (name && !command) {
        status = unknown(name);
    } else if (!options_parse(&cli, command, argc, argv)) {
        status = STATUS_USAGE;
    } else if (cli.version) {
        printf("torstarter %s\n", TORSTARTER_VERSION);
        status = STATUS_OK;
    } else if (!command) {
        print_help(cli.help ? stdout : stderr);
        status = cli.help ? STATUS_OK : STATUS_USAGE;
    } else if (cli.help) {
        print_command_help(command);
        status = STATUS_OK;
    } else {
        status = command->run(&cli);
    }
    arena_clear(&cli.arena);
    return (int)cli_finish(status);
}
