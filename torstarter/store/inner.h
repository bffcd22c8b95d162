/* What the files of this room share of a store. */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include "store/database.h"
#include "store/write.h"

/* Several, linked by `next`, are one transaction. */
store_ticket store_put(struct store *s, struct write *take);
/* One packs at a time: what a compressor needs of memory is then needed once, however many jobs end together. */
void store_pack_lock(struct store *s);
void store_pack_unlock(struct store *s);
bool store_in_memory(const struct store *s);
/* A connection of its own to the same file, which writes. */
struct database *store_connect(struct store *s, struct err *e);

#endif
