/* Credentials: where a password comes from. The value itself has no place in a site file and none in a message about it. */
#include <string.h>

#include "model/check.h"
#include "model/site_load.h"

struct source {
    enum secret_source from;
    const char *const *args;
};

static const struct {
    const char *key;
    enum secret_source from;
} sources[] = {
    {"env", SECRET_ENV}, {"file", SECRET_FILE}, {"command", SECRET_COMMAND}, {"default", SECRET_DEFAULT}};

static const char *const *one(struct load *l, const char *text)
{
    const char **args = arena_alloc_array(l->arena, 2, sizeof *args);
    args[0] = text;
    return args;
}

/* Says what is wrong without the value: who writes a password into the wrong place must not find it in a log. */
static void read_args(struct load *l, const struct yaml_node *n, enum secret_source from, struct source *out)
{
    if (from == SECRET_COMMAND) {
        if (!yaml_want_list(n, l->m))
            return;
        if (n->count == 0)
            mistakes_add(l->m, &n->place, "the command is empty; write it like [pass, show, tor]");
        fields_texts(l, n, NULL, &out->args);
    } else if (n->kind != YAML_SCALAR || (from != SECRET_DEFAULT && yaml_is_null(n))) {
        mistakes_add(l->m, &n->place, "one text is wanted here");
        return;
    } else if (from == SECRET_ENV && check_variable(n->text)) {
        mistakes_add(l->m, &n->place,
                     "this is not the name of an environment variable; write it like TORSTARTER_PASSWORD");
        return;
    } else {
        out->args = one(l, from == SECRET_FILE ? fields_path(l, &n->place, n->text) : n->text);
    }
    out->from = from;
}

static void read_source(struct load *l, const struct yaml_node *n, struct source *out)
{
    if (n->kind == YAML_SCALAR && n->quoted && !*n->text) {
        *out = (struct source){SECRET_DEFAULT, one(l, "")};
        return;
    }
    if (n->kind == YAML_SCALAR) {
        mistakes_add(l->m, &n->place,
                     "a password must not stand here as plain text; write {env: NAME}, {file: PATH} or "
                     "{command: [pass, "
                     "show, tor]}, or {default: …} for a vendor's published one");
        return;
    }
    if (!yaml_want_map(n, l->m))
        return;
    for (size_t i = 0; n->count == 1 && i < FIELD_COUNT(sources); i++)
        if (strcmp(n->pairs[0].key, sources[i].key) == 0) {
            read_args(l, n->pairs[0].value, sources[i].from, out);
            return;
        }
    mistakes_add(l->m, &n->place, "exactly one of the keys env, file, command, default is wanted here");
}

void site_read_password(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_credential *c = into;
    struct source source = {SECRET_NONE, NULL};
    read_source(l, pair->value, &source);
    c->password_from = source.from;
    c->password_args = source.args;
}

static void read_enable_password(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site_credential *c = into;
    struct source source = {SECRET_NONE, NULL};
    read_source(l, pair->value, &source);
    c->enable_from = source.from;
    c->enable_args = source.args;
}

static const char *check_user(const char *text)
{
    bool bad = !*text || strlen(text) > 128 || strpbrk(text, " \t;|&`$<>\"'\\") || *text == '-';
    return bad ? "is not a user name; no blanks, quotes or shell characters" : NULL;
}

static const struct field credential_fields[] = {
    {"user", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct site_credential, user), .check = check_user},
    {"password", FIELD_READ, .read = site_read_password},
    {"enable_password", FIELD_READ, .read = read_enable_password},
    {"key", FIELD_FILE, .offset = offsetof(struct site_credential, key_file), .check = check_not_empty},
};

bool site_name_is_good(struct load *l, const struct yaml_pair *pair, const char *(*check)(const char *))
{
    const char *wrong = check(pair->key);
    if (wrong)
        mistakes_add(l->m, &pair->key_place, "\"%.40s\" %s", pair->key, wrong);
    return !wrong;
}

void site_read_credentials(struct load *l, const struct yaml_pair *pair, void *into)
{
    struct site *s = into;
    if (!yaml_want_map(pair->value, l->m))
        return;
    s->credentials = arena_alloc_array(l->arena, pair->value->count, sizeof *s->credentials);
    for (size_t i = 0; i < pair->value->count; i++) {
        const struct yaml_pair *p = &pair->value->pairs[i];
        struct site_credential *c = &s->credentials[s->credential_count++];
        *c = (struct site_credential){.name = p->key, .place = p->key_place};
        site_name_is_good(l, p, check_secret_name);
        fields_read(l, p->value, "a credential", credential_fields, FIELD_COUNT(credential_fields), c);
    }
}

const struct site_credential *site_want_credential(struct load *l, const struct yaml_node *n)
{
    const struct site *s = ((struct site_load *)l->owner)->site;
    const char *name;
    if (!fields_text(l, n, NULL, &name))
        return NULL;
    for (size_t i = 0; i < s->credential_count; i++)
        if (strcmp(s->credentials[i].name, name) == 0)
            return &s->credentials[i];
    const char **names = arena_alloc_array(l->arena, s->credential_count, sizeof *names);
    for (size_t i = 0; i < s->credential_count; i++)
        names[i] = s->credentials[i].name;
    fields_unknown(l, &n->place, "credential", name, names, s->credential_count);
    return NULL;
}
