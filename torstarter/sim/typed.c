#include "sim/typed.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "text/json.h"

struct typed {
    pthread_mutex_t lock;
    int fd;
    bool keep;
    const struct scenario *scenario;
    struct str *kept; /* one per switch */
};

struct typed *typed_open(const char *path, bool keep, const struct scenario *s, struct err *e)
{
    struct typed *t = MEM_NEW(struct typed);
    *t = (struct typed){.fd = -1, .keep = keep, .scenario = s};
    pthread_mutex_init(&t->lock, NULL);
    t->kept = mem_alloc_array(s->switch_count + 1, sizeof *t->kept);
    if (path)
        t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (!path || t->fd >= 0)
        return t;
    err_errno(e, "cannot write %s", path);
    typed_close(t);
    return NULL;
}

void typed_close(struct typed *t)
{
    if (!t)
        return;
    if (t->fd >= 0)
        close(t->fd);
    for (size_t i = 0; i < t->scenario->switch_count; i++)
        str_clear(&t->kept[i]);
    mem_free(t->kept);
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}

static void write_line(int fd, const struct scenario_switch *sw, const struct device_typed *what)
{
    char at[CLOCK_TEXT_MAX];
    struct str line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_put_text(&w, "switch", sw->name);
    json_put_text(&w, "at", clock_format_utc(clock_utc_us(NULL), at));
    json_put_text(&w, "state", device_state_name(what->state));
    json_key(&w, "text");
    json_text_len(&w, what->text, what->len);
    if (what->unsafe)
        json_put_bool(&w, "unsafe", true);
    if (what->changes)
        json_put_bool(&w, "changes", true);
    json_close_object(&w);
    str_add_char(&line, '\n');
    for (size_t done = 0; done < line.len;) {
        ssize_t n = write(fd, line.data + done, line.len - done);
        if (n <= 0)
            break; /* a full disk: the simulation goes on, and whoever compares will see the gap */
        done += (size_t)n;
    }
    str_clear(&line);
}

void typed_add(void *typed, const struct scenario_switch *sw, const struct device_typed *what)
{
    struct typed *t = typed;
    if (t->fd < 0 && !t->keep)
        return;
    pthread_mutex_lock(&t->lock);
    if (t->fd >= 0)
        write_line(t->fd, sw, what);
    if (t->keep) {
        struct str *kept = &t->kept[sw - t->scenario->switches];
        str_printf(kept, "%s: ", device_state_name(what->state));
        str_add_escaped(kept, what->text, what->len);
        str_add_char(kept, '\n');
    }
    pthread_mutex_unlock(&t->lock);
}

void typed_read(struct typed *t, size_t sw, struct str *out)
{
    pthread_mutex_lock(&t->lock);
    str_add(out, str_cstr(&t->kept[sw]), t->kept[sw].len);
    pthread_mutex_unlock(&t->lock);
}
