/* dump: copies all RAM of a machine into a file.
 *
 * Until the dump is complete its file is called FILE.new, and FILE.state beside it says how far it has
 * come: however a dump was interrupted, the same dump goes on from there. Pages of zeros take no room on
 * the disk. Pages that cannot be read are absent from the file, and FILE.absent lists them.
 */
#ifndef RECOVER_DUMP_DUMP_H
#define RECOVER_DUMP_DUMP_H

#include <signal.h>

#include "base/progress.h"
#include "recover/dump/elf.h"
#include "recover/dump/state.h"

struct dump_request {
	struct memory *memory;
	const char *path;
	enum dump_format format;
	struct dump_elf elf;	    /* what is known of the kernel */
	const char *kernel;	    /* which kernel it is, for the state */
	const char *name;	    /* for the progress bar; NULL: none */
	const volatile sig_atomic_t *stop; /* becomes true when the dump is to be interrupted */
};

struct dump_result {
	/* bytes: of all RAM, done by an earlier run, of pages of zeros in this run, absent */
	uint64_t ram, resumed, zero, absent;
	double seconds;
	char *started_anew; /* why this run did not go on with an earlier run's file, or NULL; owned */
};

/* Dumps the RAM of the memory's RAM map. The caller gives *ret to dump_result_deinit(), also after an
 * error. Absent pages are no error.
 * Errors: ERR_SYSTEM: interrupted, the source is gone, the disk is full; ERR_USAGE: another dump writes
 * the file; ERR_DATA: no page can be read, or the file does not hold what was read. */
struct err *dump_run(const struct dump_request *q, struct dump_result *ret) MUST_CHECK;
void dump_result_deinit(struct dump_result *r);

#endif
