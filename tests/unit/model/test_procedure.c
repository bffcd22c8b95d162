/* model/platform: what changes a switch, how its configuration and its boot look; every mistake is found at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "example.h"
#include "session/procedure.h"

static void procedures_are_kept_whole(void **state)
{
    (void)state;
    struct platform *p = load_example();
    const struct dialect *d = &p->dialect;
    assert_int_equal(d->procedure_count, 8);
    const struct procedure *fetch = dialect_procedure(d, "image_fetch");
    assert_string_equal(fetch->undo, "image_delete");
    assert_int_equal(fetch->step_count, 2);
    const struct procedure_step *copy = &fetch->steps[0];
    assert_int_equal(copy->kind, STEP_RUN);
    assert_string_equal(copy->command, "copy {image_url} flash:{image_file}");
    assert_int_equal(copy->mode, STATE_ENABLE);
    assert_int_equal(copy->then, STATE_UNKNOWN);
    assert_string_equal(copy->unless, "checksum");
    assert_null(copy->when);
    assert_int_equal(copy->answer_count, 2);
    assert_string_equal(copy->answers[0].send, "");
    assert_int_equal(copy->answers[0].times, 1);
    assert_int_equal(copy->answers[1].times, 2);
    assert_non_null(copy->answers[1].regex);
    assert_int_equal(copy->failures[0].failure, FAILURE_FIRMWARE_NO_SPACE);
    assert_non_null(copy->success);
    assert_int_equal(copy->code, FAILURE_FIRMWARE_FETCH_FAIL);
    assert_false(copy->progress_is_bytes);
    assert_int_equal(copy->total_ms, 6 * 3600 * 1000);
    assert_true(fetch->steps[1].progress_is_bytes && fetch->steps[1].line > copy->line);
    assert_null(dialect_procedure(d, "image_delete")->undo);
    assert_null(dialect_procedure(d, "config_save"));
    platform_free(p);
}

static void steps_of_each_kind_are_kept(void **state)
{
    (void)state;
    struct platform *p = load_example();
    const struct procedure_step *ask = &dialect_procedure(&p->dialect, "image_activate")->steps[1];
    assert_int_equal(ask->kind, STEP_QUERY);
    assert_string_equal(ask->query, "boot_image");
    assert_int_equal(ask->requirement_count, 1);
    assert_string_equal(ask->requirements[0].value, "{image_file}");
    const struct procedure_step *load = dialect_procedure(&p->dialect, "config_load")->steps;
    assert_int_equal(load[0].then, STATE_CONFIG);
    assert_int_equal(load[1].kind, STEP_PASTE);
    assert_int_equal(load[1].mode, STATE_CONFIG);
    assert_string_equal(load[1].paste_begin, "load terminal");
    assert_string_equal(load[1].paste_end, "\x04");
    assert_true(load[1].ahead);
    assert_int_equal(load[1].window_bytes, 200);
    assert_int_equal(load[2].then, STATE_ENABLE);
    const struct procedure_step *first_boot = dialect_procedure(&p->dialect, "first_boot_end")->steps;
    assert_int_equal(first_boot->mode, STATE_FIRST_BOOT);
    assert_true(first_boot->reloads);
    assert_int_equal(dialect_procedure(&p->dialect, "config_rollback")->steps->code,
                     FAILURE_CONFIG_ROLLBACK_FAIL);
    platform_free(p);
}

static void what_a_configuration_and_a_boot_look_like_is_kept(void **state)
{
    (void)state;
    struct platform *p = load_example();
    assert_true(p->config.declared);
    assert_int_equal(p->config.blocks, BLOCKS_INDENT);
    assert_int_equal(p->config.ignore.count, 3);
    assert_int_equal(p->config.ordered.count, 1);
    assert_int_equal(p->config.defaults.count, 2);
    assert_int_equal(p->config.factory.count, 3);
    assert_string_equal(p->config.cutting_texts[3], "^enable secret");
    assert_null(p->config.cutting_texts[4]);
    assert_int_equal(p->dialect.config_secrets.count, 1);
    assert_int_equal(p->dialect.multiline_count, 2);
    assert_string_equal(p->dialect.multiline[0].end, "EOF");
    assert_null(p->dialect.multiline[1].end);
    assert_int_equal(p->dialect.line_kill, 21);
    assert_int_equal(p->dialect.redraw, 18);
    assert_int_equal(p->boot.count, 3);
    assert_string_equal(p->boot.milestones[2].name, "login");
    assert_int_equal(p->boot.milestones[1].within_ms, 120000);
    assert_int_equal(p->boot.silence_ms, 300000);
    assert_int_equal(p->boot.total_ms, 1200000);
    platform_free(p);
}

static const struct damage damages[] = {
    {"  image_delete:\n", "  image_delet:\n",
     "the procedure \"image_delet\" is not known; did you mean \"image_delete\"?"},
    {"  image_delete:\n", "  config_save:\n",
     "image_fetch is taken back by image_delete, which is not among procedures: here; add it, or say undo: "
     "none"},
    {"undo: image_delete", "undo: image_delet",
     "the undo \"image_delet\" is not known; did you mean \"image_delete\"?"},
    {"undo: image_delete", "undo: image_fetch",
     "image_fetch cannot take itself back; name another, or undo: none"},
    {"undo: image_delete", "undo: first_boot_end\n    undoo: x", "the key \"undoo\" is not known here"},
    {"undo: image_delete", "undo: image_activate", "image_activate needs arguments that image_fetch has not"},
    {"    undo: config_rollback\n    steps:\n", "    undo: config_rollback\n    stepps:\n",
     "a procedure needs the key \"steps\"; add it"},
    {"    - {run: 'delete flash:{image_file}', code: FIRMWARE_FETCH_FAIL}\n", "    []\n",
     "a procedure without steps does nothing"},
    {"run: 'delete flash:{image_file}'", "run: 'delete flash:{version}'",
     "the procedure image_delete has no argument {version}: {image_file} is removed from the flash"},
    {"run: 'delete flash:{image_file}'", "run: 'delete flash:{image_fiel}'",
     "the procedure image_delete has no argument {image_fiel}"},
    {"run: 'delete flash:{image_file}'", "run: ''", "is empty"},
    {"run: 'delete flash:{image_file}'", "run: \"delete\\nreload\"",
     "holds a control character or a line end"},
    {"run: 'delete flash:{image_file}'", "about: nothing",
     "a step has one of run:, paste: and query:; keep one of them"},
    {"run: 'delete flash:{image_file}'", "paste: config, run: x",
     "a step has one of run:, paste: and query:; keep one of them"},
    {"run: 'delete flash:{image_file}'", "paste: config",
     "paste belongs to config_load only: image_delete has no configuration to type"},
    {"undo: config_rollback", "undo: none", "name undo: or remove ahead:"},
    {"window: 200", "window: 5", "5 is out of range"},
    {"run: 'delete flash:{image_file}'", "run: x, ahead: true", "has no use for ahead"},
    {"redraw: ctrl-r", "redraw: ctrl-x", "redraw \"ctrl-x\" is not known"},
    {"paste: config ", "paste: image ", "paste \"image\" is not known"},
    {"run: 'delete flash:{image_file}'", "run: x, reqire: {}",
     "the key \"reqire\" is not known here; did you mean \"require\"?"},
    {"run: 'delete flash:{image_file}'", "run: x, mode: loader", "mode \"loader\" is not known"},
    {"run: 'delete flash:{image_file}'", "run: x, mode: first_boot", "mode \"first_boot\" is not known"},
    {"run: 'delete flash:{image_file}'", "run: x, mode: shell",
     "there is no prompt for shell; add it to prompts:"},
    {"run: 'delete flash:{image_file}'", "run: x, then: login", "mode \"login\" is not known"},
    {"run: 'delete flash:{image_file}'", "run: x, begin: y",
     "a step with run: has no use for begin; remove it"},
    {"run: 'delete flash:{image_file}'", "run: x, progress_bytes: true",
     "progress_bytes says what progress: counts; add progress:"},
    {"unless: checksum ", "unless: chcksum ", "the procedure image_fetch has no argument {chcksum}"},
    {"when: checksum\n", "when: minutes\n", "the procedure image_fetch has no argument {minutes}"},
    {"ask: 'Overwrite", "ask: 'Over(write", "missing closing parenthesis"},
    {"ask: 'Overwrite", "aks: 'Overwrite", "an answer needs the key \"ask\"; add it"},
    {"send: 'n', times: 2", "times: 2", "an answer needs the key \"send\"; add it"},
    {"send: 'n', times: 2", "send: '{minutes}'", "the procedure image_fetch has no argument {minutes}"},
    {"send: 'n', times: 2", "send: 'n', times: 0", "0 is out of range; 1 to 100 is allowed"},
    {"code: FIRMWARE_NO_SPACE}", "code: FIRMWARE_NO_SPACES}",
     "the failure code \"FIRMWARE_NO_SPACES\" is not known; did you mean \"FIRMWARE_NO_SPACE\"?"},
    {", code: FIRMWARE_NO_SPACE}", "}", "a line that means failure needs the key \"code\"; add it"},
    {"{pattern: 'No space left'", "{pattern: '(No space left'", "missing closing parenthesis"},
    {"success: 'Copy", "success: '*Copy", "quantifier does not follow a repeatable item"},
    {"code: FIRMWARE_FETCH_FAIL   #", "code: FIRMWARE_FETCH_FIAL   #",
     "did you mean \"FIRMWARE_FETCH_FAIL\"?"},
    {"progress: '(\\d{1,3})%'", "progress: '\\d{1,3}%'", "progress needs a group that holds the number"},
    {"stall: 60s      ", "stall: 6ms      ", "6ms is out of range; 1000 to 86400000 ms is allowed"},
    {"query: boot_image ", "query: boot_imaeg ",
     "the query \"boot_imaeg\" is not known; did you mean \"boot_image\"?"},
    {"query: boot_image ", "query: transceivers ",
     "the procedure image_activate has no argument {interface}"},
    {"require: {file:", "require: {fiel:", "the column \"fiel\" is not known; did you mean \"file\"?"},
    {"require: {file: '{image_file}'}", "require: {file: '{interface}'}",
     "the procedure image_activate has no argument {interface}"},
    {"      require: {file: '{image_file}'}", "      answers: []",
     "a step with query: has no use for answers; remove it"},
    {"      require: {file: '{image_file}'}", "      about: x",
     "a step with query: says what the answer must hold; add require:"},
    {"interrupt: ctrl-c", "interrupt: ctrl-z", "what interrupts a step is ctrl-c, not \"ctrl-z\""},
    {"mode: first_boot, reloads: true,", "mode: first_boot, reloads: true, interrupt: ctrl-c,",
     "a step in which the switch restarts is not interrupted; remove interrupt"},
    {"mode: first_boot, reloads: true,", "mode: login, reloads: true,", "mode \"login\" is not known"},
    {"abort, code: CONFIG_ROLLBACK_FAIL}\n", "abort, reloads: true}\n    - {run: y}\n",
     "the switch restarts in this step: it must be the last one"},
    {"      reloads: true  ", "      reloads: false ",
     "the last step of reload restarts the switch: add reloads: true"},
    {"blocks: indent ", "blocks: indented ", "blocks \"indented\" is not known; did you mean \"indent\"?"},
    {"  blocks: indent ", "  #", "config needs the key \"blocks\"; add it"},
    {"ignore: ['^!'", "ignroe: ['^!'", "the key \"ignroe\" is not known here; did you mean \"ignore\"?"},
    {"ignore: ['^!'", "ignore: ['^(!'", "missing closing parenthesis"},
    {"ignore: ['^!'", "ignore: [''", "is an empty pattern: it would match everything"},
    {"ordered: ['^ip", "ordered: ['^[ip", "range out of order in character class"},
    {"(?:\\d+ )?(\\S+)$'", "(?:\\d+ )?\\S+$'", "group 1 of this pattern is the secret, but it has no group"},
    {"end: EOF}", "ned: EOF}", "nothing says where this part ends"},
    {"{begin: '^banner \\S+ (\\S)'}", "{begin: '^banner \\S+ (\\S)', end: x}",
     "begin: has a group for the delimiter, and end: says another"},
    {"line_kill: ctrl-u", "line_kill: ctrl-c", "line_kill \"ctrl-c\" is not known"},
    {"{name: kernel,", "{name: loader,", "the milestone loader is there already; give it another name"},
    {"{name: kernel,", "{", "a milestone needs the key \"name\"; add it"},
    {"pattern: 'Aboot \\d', w", "pattern: 'Aboot (\\d', w", "missing closing parenthesis"},
    {"within: 3m}", "within: 3ms}", "3ms is out of range"},
    {"  total: 20m ", "  total: 2m ", "silence is longer than total"},
};

static void every_mistake_has_its_words(void **state)
{
    (void)state;
    judge_damages(damages, sizeof damages / sizeof *damages);
}

static void the_vocabulary_is_whole(void **state)
{
    (void)state;
    size_t count;
    const struct procedure_info *all = vocabulary_procedures(&count);
    assert_true(count >= 13);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(vocabulary_procedure(all[i].name), &all[i]);
        assert_true(*all[i].about);
        assert_true(!all[i].undo || vocabulary_procedure(all[i].undo));
    }
    assert_null(vocabulary_procedure("image"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(procedures_are_kept_whole),
        cmocka_unit_test(steps_of_each_kind_are_kept),
        cmocka_unit_test(what_a_configuration_and_a_boot_look_like_is_kept),
        cmocka_unit_test(every_mistake_has_its_words),
        cmocka_unit_test(the_vocabulary_is_whole),
    };
    return cmocka_run_group_tests_name("model/procedure", tests, NULL, NULL);
}
