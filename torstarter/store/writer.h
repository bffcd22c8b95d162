/* The writer: one at a time changes the database, a thread of its own or one who waits for a ticket. Whoever it is takes all that is
   queued into one transaction; a ticket is durable once the transaction that held its row has been flushed. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/database.h"

struct writer;

struct writer *writer_start(struct database *take_database, struct err *e);
void writer_stop(struct writer *w); /* writes what is queued, ends the thread, closes the database */
/* Several, linked by `next`, are one transaction; the ticket is that of the last. */
store_ticket writer_put(struct writer *w, struct write *take);
bool writer_wait(struct writer *w, store_ticket ticket, struct err *e);
struct store_stats writer_stats(struct writer *w);

#endif
