/* A platform being loaded: shared by the files platform*.c only. */
#ifndef MODEL_PLATFORM_LOAD_H
#define MODEL_PLATFORM_LOAD_H

#include "base/vec.h"
#include "model/fields.h"
#include "model/platform.h"

struct platform_load {
    struct platform platform; /* first: what callers see is this */
    const struct search_path *path;
    const char *hostname;         /* fragment for {hostname} */
    const char *const *read_only; /* beginnings of commands that change nothing */
    const char *const *settings;  /* beginnings of commands that last as long as the login */
    const char *const *pipes;     /* what may follow ' | ' in a query's command */
    bool has_prompt[STATE_COUNT]; /* named in prompts:, also where its pattern is wrong */
    VEC(struct regex *) patterns; /* owned: all that were compiled */
};

/* Compiles and keeps; NULL with a mistake at the place. */
struct regex *platform_pattern(struct load *l, const struct yaml_node *at, const char *pattern,
                               unsigned flags);
/* The same for `full`, built around `own` from the file: own must be a pattern by itself (no ")|(" may break out), and its byte
   offsets are those that the mistake names. */
struct regex *platform_pattern_in(struct load *l, const struct yaml_node *at, const char *own,
                                  const char *full, unsigned flags);
/* `speaks:` */
void platform_read_speaks(struct load *l, const struct yaml_pair *pair, void *into);
/* prompts: of `speaks:`; needs the hostname fragment. */
void platform_read_prompts(struct load *l, const struct yaml_pair *pair, void *into);
/* A state that has a prompt where commands may be typed, by its name. */
bool platform_prompt_state(struct load *l, const struct yaml_node *n, enum state *out);
/* A list of signs: "pattern" or {pattern, send, code, unfinished}. */
void platform_read_signs(struct load *l, const struct yaml_pair *pair, struct sign_list *out,
                         const struct sign *preset, bool send_required);
/* One more query with its ways, behind all others. */
void platform_read_query(struct load *l, const struct yaml_pair *pair, const struct query_info *info);
void platform_read_queries(struct load *l, const struct yaml_pair *pair, void *into);
/* After the queries: procedures may ask them. */
void platform_read_procedures(struct load *l, const struct yaml_pair *pair, void *into);
/* One step of a procedure; its errors name the places in the file. */
void platform_read_step(struct load *l, const struct yaml_node *n, const struct procedure_info *info,
                        struct procedure_step *out);
void platform_read_boot(struct load *l, const struct yaml_pair *pair, void *into);
void platform_read_config(struct load *l, const struct yaml_pair *pair, void *into);
/* After the queries: `guard:`. */
void platform_read_guard(struct load *l, const struct yaml_pair *pair, void *into);
/* A pattern that stands at n, compiled; what it is written as in *text. */
struct regex *platform_read_pattern(struct load *l, const struct yaml_node *n, const char **text);
/* One of the prefixes begins the command, and nothing in it leads elsewhere. Else a mistake. */
bool platform_check_command(struct load *l, const struct yaml_node *n, const char *command,
                            const char *const *prefixes, const char *list_name);
/* The same for a query: read_only, and behind the command any of pipes:. */
bool platform_check_query(struct load *l, const struct yaml_node *n, const char *command);
const char *check_pattern_text(const char *text);
/* The beginning of commands that change nothing: an item of read_only or session_settings. */
const char *check_read_prefix(const char *text);
/* What may stand behind ' | ': it shows the answer in another form. */
const char *check_pipe(const char *text);
/* What is typed to change modes or to log out. */
const char *check_harmless_send(const char *text);
/* What a question, a pager or a first-boot dialogue may be answered outside a procedure; "" is a return alone. */
const char *check_short_answer(const char *text);
/* What begins a line that the CLI ignores. */
const char *check_comment(const char *text);

#endif
