/* Memory that is there or the process ends: no caller has to invent a story for the last kilobyte. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Each ends the process with one line on stderr when memory is exhausted (what was typed is on disk already). */
void *mem_alloc(size_t size_bytes);                     /* zeroed */
void *mem_alloc_array(size_t count, size_t size_bytes); /* zeroed, overflow checked */
void *mem_resize(void *p, size_t size_bytes);           /* like realloc; new bytes are not zeroed */
void *mem_resize_array(void *p, size_t count, size_t size_bytes);
char *mem_strdup(const char *s); /* NULL gives NULL */
char *mem_strndup(const char *s, size_t len);
void mem_free(void *p);
/* Overwrites, in a way the compiler does not remove. */
void mem_wipe(void *p, size_t size_bytes);

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
