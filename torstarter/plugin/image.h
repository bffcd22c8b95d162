/* The wanted image in the flash of a switch: is it there, is it right, is there room for it, the copy. */
#ifndef PLUGIN_IMAGE_H
#define PLUGIN_IMAGE_H

#include "plugin/change.h"

enum image_state { IMAGE_NOT_LOOKED, IMAGE_ABSENT, IMAGE_WRONG, IMAGE_RIGHT };
enum { IMAGE_ARGUMENTS = 9 };

struct image {
    struct run *run;
    const struct firmware *wanted; /* wanted->image is not NULL */
    const char *url;               /* NULL: the site names no image server */
    const char *sum_kind, *sum_query,
        *sum;              /* the best checksum that platform and site both have; NULL: none */
    const char *boots;     /* what the next boot starts; "" not known */
    const char *runs_from; /* the file that runs now; "" not known */
    uint64_t size_bytes;   /* 0: not known */
    enum image_state state;
    struct verdict verdict; /* of what returned false */
};

/* `boots` and `runs_from` are borrowed. */
void image_init(struct image *i, struct run *run, const char *boots, const char *runs_from);
/* What the procedures about it are told; returns how many. `before`: the boot variable until now, "" not known. */
size_t image_arguments(const struct image *i, const char *before, struct argument out[IMAGE_ARGUMENTS]);
/* FIRMWARE_CHECKSUM where nobody could tell a right image from a wrong one. */
bool image_can_be_proven(struct image *i);
/* Fills in state. What is there in part, or is another file of this name, is IMAGE_WRONG. */
bool image_look(struct image *i);
/* Deletes what is wrong, unless it boots now or next, and proves that it is gone. */
bool image_remove(struct image *i);
/* Asks the image server for the size, when it can be reached from here; FIRMWARE_FETCH_FAIL where it has no such file. */
bool image_ask_server(struct image *i);
bool image_has_room(struct image *i);
/* The copy, and its checksum on the switch. */
bool image_fetch(struct image *i);
/* Ends a verdict's text in what is on the switch now. */
struct verdict image_tell(const struct image *i, struct verdict v, const char *version);

#endif
