/* copy: reads RAM and puts it into the file of a dump.
 *
 * It reads windows of some MiB. Where something of a window cannot be read, it reads that again page by
 * page, since one bad page must not cost its neighbours. Pages of zeros are not written, so that they
 * take no room on the disk.
 */
#ifndef RECOVER_DUMP_COPY_H
#define RECOVER_DUMP_COPY_H

#include <signal.h>

#include "base/progress.h"
#include "memory/memory.h"
#include "recover/dump/work.h"

struct dump_copy {
	struct memory *memory;		   /* the caller's, as all of these */
	struct dump_work *work;
	struct progress *bar;
	const volatile sig_atomic_t *stop; /* becomes true when the copy is to be interrupted */
	uint64_t zero;			   /* result: bytes of pages of zeros */
};

/* Copies all that work->state says is left; pages that could not be read become absent there. Saves how
 * far it came, also after an error.
 * Errors: ERR_SYSTEM: interrupted, the source is gone, the disk is full. */
struct err *dump_copy_left(struct dump_copy *c) MUST_CHECK;

#endif
