/* dump: copies all RAM of a machine into a file.
 *
 * The file is FILE.new until it is whole, and FILE.state beside it says how far it is: the same
 * dump, interrupted however, goes on from there. Pages of zeros take no room on the disk. Pages
 * that cannot be read are absent from it, and FILE.absent lists them.
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
	const char *kernel;	    /* which one, for the state */
	const char *name;	    /* for the progress bar; NULL: none */
	const volatile sig_atomic_t *stop; /* becomes true when it is to be interrupted */
};

struct dump_result {
	uint64_t ram, resumed, zero; /* bytes: all, done by an earlier run, of zeros in this run */
	uint64_t absent;
	double seconds;
	char *started_anew; /* why an earlier run's file was not gone on with, or NULL; owned */
};

/* Dumps the RAM of the memory's RAM map. *ret is to be given to dump_result_deinit(), also after
 * an error. That pages are absent is no error.
 * Errors: ERR_SYSTEM: interrupted, the source is gone, the disk is full; ERR_USAGE: another one
 * writes the file; ERR_DATA: what was written is not what was to be written. */
struct err *dump_run(const struct dump_request *q, struct dump_result *ret) MUST_CHECK;
void dump_result_deinit(struct dump_result *r);

#endif
