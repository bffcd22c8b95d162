#include "job/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* The name in field 2 may hold blanks and brackets: fields are counted from the last bracket on. */
static bool parse_stat(const char *stat, char *state, int64_t *start)
{
    const char *p = strrchr(stat, ')');
    if (!p || p[1] != ' ')
        return false;
    p += 2;
    *state = *p;
    for (int field = 3; field < 22; field++) {
        p = strchr(p, ' ');
        if (!p)
            return false;
        p++;
    }
    *start = strtoll(p, NULL, 10);
    return true;
}

static bool read_start(int64_t pid, char *state, int64_t *start)
{
    char path[64];
    struct str stat = STR_MAX(8192);
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    bool ok = file_read(path, &stat, NULL) && parse_stat(str_cstr(&stat), state, start);
    str_clear(&stat);
    return ok;
}

void process_self(struct process *out)
{
    char state;
    memset(out, 0, sizeof *out);
    gethostname(out->host, sizeof out->host - 1);
    out->pid = getpid();
    read_start(out->pid, &state, &out->start);
}

bool process_is(const struct process *a, const struct process *b)
{
    return a->pid == b->pid && a->start == b->start && strcmp(a->host, b->host) == 0;
}

bool process_lives(const struct process *p)
{
    char state;
    int64_t start;
    return read_start(p->pid, &state, &start) && start == p->start && state != 'Z' && state != 'X';
}

const char *process_format(const struct process *p, char out[PROCESS_TEXT_MAX])
{
    snprintf(out, PROCESS_TEXT_MAX, "%s:%" PRId64 ":%" PRId64, p->host, p->pid, p->start);
    return out;
}

bool process_parse(const char *text, struct process *out)
{
    int used = 0;
    memset(out, 0, sizeof *out);
    return sscanf(text, "%255[^:]:%" SCNd64 ":%" SCNd64 "%n", out->host, &out->pid, &out->start, &used) ==
               3 &&
           text[used] == '\0';
}
