#include "base/failure.h"
#include "cli/cli.h"
#include "text/json.h"

static void print_json(const struct failure_info *f)
{
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "failure_code", f->name);
    json_put_text(&w, "phase", phase_name(f->phase));
    json_put_text(&w, "meaning", f->meaning);
    json_put_text(&w, "remedy", f->remedy);
    json_close_object(&w);
    puts(str_cstr(&line));
    str_clear(&line);
}

static enum status codes_run(struct cli *cli)
{
    enum phase phase = PHASE_COUNT;
    for (unsigned i = 1; i < FAILURE_COUNT; i++) {
        const struct failure_info *f = failure_info((enum failure)i);
        if (cli->json) {
            print_json(f);
            continue;
        }
        if (f->phase != phase) {
            printf("%s%s: %s\n", i > 1 ? "\n" : "", phase_name(f->phase), phase_about(f->phase));
            phase = f->phase;
        }
        printf("  %-22s %s\n  %-22s → %s\n", f->name, f->meaning, "", f->remedy);
    }
    return STATUS_OK;
}

const struct command command_codes = {
    .name = "codes",
    .arguments = "",
    .about = "every failure code, what it means, what to do",
    .group = "what there is",
    .max_args = 0,
    .run = codes_run,
};
