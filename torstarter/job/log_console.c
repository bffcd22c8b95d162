/* Logs are what script(1), minicom, conserver and the like write: all that came, perhaps with a time before each line and words of
   their own between. A line that begins with a prompt of the dialect and goes on is a command; up to the next such line is its
   answer. A command that stands there more than once is answered in that order, the last answer again and again. */
#include "job/log_console.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/vec.h"
#include "session/matcher.h"

enum { PROMPT_MAX = 120 };

struct log_line {
    const char *text; /* without its end; what a CR within overwrote is gone */
    size_t len;
    const struct prompt *prompt; /* it begins with; NULL: none */
    size_t prompt_len;
};

struct exchange {
    const char *command;
    struct str answer; /* lines end in CR LF */
    const char *next;  /* the prompt behind it */
    bool used;
};

enum where { AT_LOGIN, AT_PASSWORD, AT_PROMPT };

struct log_console {
    struct clock clock; /* first member: the driver finds the console by it */
    const struct dialect *dialect;
    struct arena arena;
    VEC(struct log_line) lines;
    VEC(struct exchange) exchanges;
    const char *login, *password, *home; /* the prompts */
    const char *prompt;                  /* that stands there now */
    enum where where;
    bool started;
    struct str typed, said; /* the line being typed; what is to be read */
    struct str lack;
    const struct log_line_fault *fault; /* NULL: the line is good */
};

struct link {
    struct log_console *console;
    bool broken;
};

/* "[2026-01-31 09:41:07] ", as minicom, conserver and ts(1) write it. */
static size_t time_len(const char *p, size_t len)
{
    size_t i = 1;
    if (len < 12 || *p != '[' || !isdigit((unsigned char)p[1]))
        return 0;
    while (i < len && (isdigit((unsigned char)p[i]) || strchr("-:.T +Z", p[i])))
        i++;
    if (i >= len || p[i] != ']' || i < 9)
        return 0;
    return i + 1 < len && p[i + 1] == ' ' ? i + 2 : i + 1;
}

static bool is_of_the_logger(const char *p, size_t len)
{
    return (len > 6 && memcmp(p, "[-- ", 4) == 0 && memcmp(p + len - 3, "--]", 3) == 0) ||
           (len > 9 && (memcmp(p, "Script st", 9) == 0 || memcmp(p, "Script do", 9) == 0));
}

/* The shortest beginning that is a prompt with blank or command behind it. */
static void find_prompt(const struct log_console *c, struct log_line *l)
{
    for (size_t n = 1; n <= l->len && n <= PROMPT_MAX; n++) {
        if (!strchr("#>$%", l->text[n - 1]))
            continue;
        const struct prompt *p = match_prompt(c->dialect, l->text, n);
        if (!p || !state_is_prompt(p->state))
            continue;
        l->prompt = p;
        l->prompt_len = n < l->len && l->text[n] == ' ' ? n + 1 : n;
        return;
    }
}

static void add_line(struct log_console *c, const char *p, size_t len)
{
    while (len && (p[len - 1] == '\r' || p[len - 1] == '\n'))
        len--;
    size_t skip = time_len(p, len);
    p += skip;
    len -= skip;
    if (is_of_the_logger(p, len))
        return;
    for (const char *cr; (cr = memchr(p, '\r', len));) {
        len -= (size_t)(cr + 1 - p);
        p = cr + 1;
    }
    struct log_line l = {.text = arena_strndup(&c->arena, p, len), .len = len};
    find_prompt(c, &l);
    VEC_ADD(&c->lines, l);
}

static const char *prompt_text(struct log_console *c, const struct log_line *l)
{
    return arena_strndup(&c->arena, l->text, l->prompt_len);
}

static void begin_exchange(struct log_console *c, const struct log_line *l)
{
    const char *command = l->text + l->prompt_len;
    size_t len = match_trim(command, l->len - l->prompt_len);
    struct exchange x = {.command = arena_strndup(&c->arena, command, len), .next = prompt_text(c, l)};
    if (len)
        VEC_ADD(&c->exchanges, x);
}

static void find_exchanges(struct log_console *c)
{
    bool open = false;
    for (size_t i = 0; i < c->lines.count; i++) {
        const struct log_line *l = &c->lines.items[i];
        struct exchange *last = c->exchanges.count ? &c->exchanges.items[c->exchanges.count - 1] : NULL;
        if (l->prompt && open)
            last->next = prompt_text(c, l);
        if (l->prompt) {
            size_t before = c->exchanges.count;
            begin_exchange(c, l);
            open = c->exchanges.count > before;
            if (!c->home || (l->prompt->state == c->dialect->home && !c->started)) {
                c->home = prompt_text(c, l);
                c->started = l->prompt->state == c->dialect->home;
            }
        } else if (open) {
            str_add(&last->answer, l->text, l->len);
            str_add_cstr(&last->answer, "\r\n");
        }
    }
    c->started = false;
}

/* One that the dialect takes for what it stands for. */
static const char *make_prompt(struct log_console *c, enum state state, const char *const *forms,
                               const char *host)
{
    for (; *forms; forms++) {
        char *text = arena_printf(&c->arena, "%s%s", **forms == ' ' ? host : "", *forms);
        const struct prompt *p = match_prompt(c->dialect, text, strlen(text));
        if (p && p->state == state)
            return text;
    }
    return "";
}

static void make_login(struct log_console *c)
{
    static const char *const logins[] = {" login: ", "login: ", "Username: ", "User Name:", NULL};
    static const char *const passwords[] = {"Password: ", "password: ", "Password:", NULL};
    struct regex_span where;
    const char *host = "switch";
    const struct prompt *p = c->home ? match_prompt(c->dialect, c->home, strlen(c->home)) : NULL;
    if (p && match_hostname(p, c->home, strlen(c->home), &where))
        host = arena_strndup(&c->arena, c->home + where.start, where.end - where.start);
    c->login = make_prompt(c, STATE_LOGIN, logins, host);
    c->password = make_prompt(c, STATE_PASSWORD, passwords, host);
}

struct log_console *log_console_new(const struct dialect *d, const char *log, size_t len)
{
    struct log_console *c = MEM_NEW(struct log_console);
    c->dialect = d;
    for (const char *p = log, *end = log + len; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *next = newline ? newline + 1 : end;
        add_line(c, p, (size_t)(next - p));
        p = next;
    }
    find_exchanges(c);
    make_login(c);
    if (!c->home)
        c->home = "";
    return c;
}

void log_console_free(struct log_console *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->exchanges.count; i++)
        str_clear(&c->exchanges.items[i].answer);
    VEC_CLEAR(&c->exchanges);
    VEC_CLEAR(&c->lines);
    str_clear(&c->typed);
    str_clear(&c->said);
    str_clear(&c->lack);
    arena_clear(&c->arena);
    mem_free(c);
}

void log_console_set_fault(struct log_console *c, const struct log_line_fault *fault)
{
    c->fault = fault;
}

int64_t log_console_now_ms(const struct log_console *c)
{
    return c->clock.now_ms;
}

bool log_console_has_any(const struct log_console *c)
{
    return c->exchanges.count > 0;
}

const char *log_console_lack(const struct log_console *c)
{
    return str_cstr(&c->lack);
}

static struct exchange *find(struct log_console *c, const char *command)
{
    struct exchange *last = NULL;
    for (size_t i = 0; i < c->exchanges.count; i++) {
        struct exchange *x = &c->exchanges.items[i];
        if (strcmp(x->command, command) != 0)
            continue;
        if (!x->used)
            return x;
        last = x;
    }
    return last;
}

static bool is_made_up(const struct log_console *c, const char *command)
{
    const struct dialect *d = c->dialect;
    bool setting = !*command || (d->comment && *d->comment && str_starts(command, d->comment));
    for (size_t i = 0; i < d->on_login_count; i++)
        setting = setting || strcmp(d->on_login[i], command) == 0;
    return setting;
}

static bool answer(struct log_console *c, const char *command, struct err *e)
{
    struct exchange *x = find(c, command);
    if (x) {
        x->used = true;
        c->prompt = x->next;
        str_add(&c->said, str_cstr(&x->answer), x->answer.len);
    } else if (c->dialect->logout && strcmp(command, c->dialect->logout) == 0) {
        c->where = AT_LOGIN;
        c->prompt = c->login;
        str_add_cstr(&c->said, "\r\n");
    } else if (!is_made_up(c, command)) {
        str_add_escaped(&c->lack, command, strlen(command));
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the log has no answer to \"%s\"",
                        str_cstr(&c->lack));
    }
    str_add_cstr(&c->said, c->prompt);
    return true;
}

static bool end_line(struct log_console *c, struct err *e)
{
    str_add_cstr(&c->said, "\r\n");
    if (c->where == AT_PROMPT)
        return answer(c, str_cstr(&c->typed), e);
    if (c->where == AT_LOGIN && c->typed.len && *c->password) {
        c->where = AT_PASSWORD;
        str_add_cstr(&c->said, c->password);
        return true;
    }
    if (c->typed.len || c->where == AT_PASSWORD) {
        c->where = AT_PROMPT;
        c->prompt = c->home;
    }
    str_add_cstr(&c->said, c->prompt);
    return true;
}

static bool type(struct log_console *c, char key, struct err *e)
{
    if (*str_cstr(&c->lack))
        return err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the log has no answer to \"%s\"",
                        str_cstr(&c->lack));
    if (key == '\r') {
        bool ok = end_line(c, e);
        str_reset(&c->typed);
        return ok;
    }
    if ((unsigned char)key < ' ')
        return true;
    str_add_char(&c->typed, key);
    if (c->where != AT_PASSWORD)
        str_add_char(&c->said, key);
    return true;
}

static bool link_open(void *self, const struct uri *uri, const struct transport_options *options,
                      struct err *e)
{
    struct log_console *c = (struct log_console *)options->clock;
    (void)uri;
    (void)e;
    ((struct link *)self)->console = c;
    c->where = AT_LOGIN;
    c->prompt = c->login;
    if (c->fault) {
        str_reset(&c->said);
        c->fault->opened(c->fault->ctx);
    }
    return true;
}

static bool is_broken(const struct link *l, struct err *e)
{
    return l->broken && !err_fail(e, ERR_CLOSED, FAILURE_CONSOLE_LOST, "the connection broke");
}

/* What the line lets through; nothing where there is nothing. */
static void arrive(struct link *l, struct str *into)
{
    struct log_console *c = l->console;
    size_t n = c->said.len < TRANSPORT_READ_MAX_BYTES / 4 ? c->said.len : TRANSPORT_READ_MAX_BYTES / 4;
    if (!c->fault)
        str_add(into, str_cstr(&c->said), n);
    else
        l->broken = !c->fault->pass(c->fault->ctx, c->clock.now_ms, str_cstr(&c->said), n, into);
    str_drop(&c->said, n);
}

static bool link_read(void *self, struct str *into, int64_t until_ms, struct err *e)
{
    struct link *l = self;
    size_t before = into->len;
    if (is_broken(l, e))
        return false;
    arrive(l, into);
    if (into->len == before && !l->broken)
        clock_wait_until(&l->console->clock, until_ms);
    return into->len > before || !is_broken(l, e);
}

static bool link_write(void *self, const void *bytes, size_t len, struct err *e)
{
    struct link *l = self;
    const char *p = bytes;
    if (is_broken(l, e))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!type(l->console, p[i], e))
            return false;
    return true;
}

static void link_close(void *self)
{
    (void)self;
}

static const struct transport_driver of_log = {
    .scheme = "log",
    .about = "a captured log",
    .size_bytes = sizeof(struct link),
    .open = link_open,
    .read = link_read,
    .write = link_write,
    .close = link_close,
};

struct transport *log_console_open(struct log_console *c, const struct transport_options *options,
                                   struct err *e)
{
    const struct uri uri = {.scheme = "log", .user = "", .host = "", .path = ""};
    struct transport_options o = *options;
    o.clock = &c->clock;
    return transport_open_driver(&of_log, &uri, &o, e);
}
