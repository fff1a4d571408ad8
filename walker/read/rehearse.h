/* rehearse: work that follows pointers, done beforehand to learn what it reads. */
#ifndef WALKER_READ_REHEARSE_H
#define WALKER_READ_REHEARSE_H

#include "walker/read/target.h"

/* Where vectors pay (a live machine), reads beforehand, in few of them, what
 * work() will read (walker/read/wave.h); elsewhere does nothing. work() is called
 * several times, and what it gets is wrong but for the last: it must leave
 * nothing behind but notes, which are dropped. */
void rehearse(struct target *t, void (*work)(struct target *t, void *arg), void *arg);

/* The same for n pieces of work, of which those that lack nothing any more are
 * not done again. */
void rehearse_each(struct target *t, size_t n,
		   void (*work)(struct target *t, size_t i, void *arg), void *arg);

#endif
