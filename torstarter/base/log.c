#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static log_sink *the_sink;
static int levels[LOG_ROOM_COUNT]; /* 0: off; else enum log_level + 1 */
static const char *const rooms[LOG_ROOM_COUNT] = {"base",  "text",   "parse", "transport", "session", "model",
                                                  "store", "plugin", "job",   "sim",       "cli"};
static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_set_sink(log_sink *sink)
{
    the_sink = sink;
}

bool log_set_level(const char *room, const char *level)
{
    int wanted = -1;
    for (int i = 0; i < (int)(sizeof level_names / sizeof *level_names); i++)
        if (strcmp(level_names[i], level) == 0)
            wanted = i + 1;
    bool found = false;
    for (int i = 0; wanted > 0 && i < LOG_ROOM_COUNT; i++)
        if (strcmp(room, "all") == 0 || strcmp(room, rooms[i]) == 0) {
            levels[i] = wanted;
            found = true;
        }
    return found;
}

bool log_enabled(enum log_room room, enum log_level level)
{
    return the_sink && levels[room] > (int)level;
}

const char *log_room_name(enum log_room room)
{
    return rooms[room];
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

void log_line(enum log_room room, enum log_level level, const char *fmt, ...)
{
    if (!log_enabled(room, level))
        return;
    char line[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    the_sink(room, level, line);
}
