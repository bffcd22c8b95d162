/* sim: a scenario served until it is stopped. Tells that it is ready on stdout, so that a script can wait for the line. */
#include <signal.h>

#include "base/cancel.h"
#include "cli/cli.h"
#include "cli/stop.h"
#include "sim/sim.h"

static void print_ready(const struct cli *cli, const struct sim *sim)
{
    const struct scenario *s = sim_scenario(sim);
    printf("ready: %s, %zu switch%s", s->name, s->switch_count, s->switch_count == 1 ? "" : "es");
    if (sim_port(sim))
        printf(", ssh port %u", sim_port(sim));
    if (cli->ready)
        printf(", %s", cli->ready);
    putchar('\n');
    fflush(stdout);
}

static enum status sim_command_run(struct cli *cli)
{
    struct err e;
    struct search_path path;
    cli_search_path(cli, NULL, &path);
    struct sim_options options = {.ready_file = cli->ready,
                                  .typed_file = cli->typed,
                                  .port = (unsigned)cli->port,
                                  .dirs = path.dirs,
                                  .dir_count = path.count};
    struct cancel *stop = stop_on_signals();
    struct sim *sim = sim_open(cli->args[0], &options, &e);
    if (!sim)
        return cli_error(&e);
    print_ready(cli, sim);
    sim_run(sim, stop);
    sim_close(sim);
    return STATUS_OK;
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec sim_options_table[] = {
    {"ready", 0, "FILE",
     "when all listens, write its port and host key here: a piece of YAML for a site's include:", OPTION_TEXT,
     AT(ready), 0, 0, 0, 0},
    {"typed", 0, "FILE", "write a JSON line for each line typed", OPTION_TEXT, AT(typed), 0, 0, 0, 0},
    {"port", 0, "N", "listen here for ssh (default: the kernel picks)", OPTION_NUMBER, AT(port), 0, 1, 65535,
     0},
    {0}};

const struct command command_sim = {
    .name = "sim",
    .arguments = "SCENARIO",
    .about = "simulated switches behind a simulated console server, until stopped",
    .help = "Listens on 127.0.0.1 only. configs/demo/scenario.yaml is an example; torstarter/sim/scenario.h "
            "lists every key.",
    .group = "practice",
    .options = sim_options_table,
    .min_args = 1,
    .max_args = 1,
    .run = sim_command_run,
};
