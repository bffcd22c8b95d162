/* Diagnostics for the developer and the curious, by room and level; off unless asked for with --log ROOM=LEVEL. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_room {
    LOG_BASE,
    LOG_TEXT,
    LOG_PARSE,
    LOG_TRANSPORT,
    LOG_SESSION,
    LOG_MODEL,
    LOG_STORE,
    LOG_PLUGIN,
    LOG_JOB,
    LOG_SIM,
    LOG_CLI,
    LOG_ROOM_COUNT
};

/* The sink is set once by cli before threads start; without one nothing is written. Thread-safe if the sink is. */
typedef void log_sink(enum log_room room, enum log_level level, const char *line);
void log_set_sink(log_sink *sink);
bool log_set_level(const char *room,
                   const char *level); /* "session", "debug"; "all" for every room; false if unknown */
bool log_enabled(enum log_room room, enum log_level level);
const char *log_room_name(enum log_room room);
const char *log_level_name(enum log_level level);
/* Never give it a secret; bytes from a device go through str_add_escaped first. */
void log_line(enum log_room room, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
