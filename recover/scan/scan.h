/* scan: one pass over all of a machine's memory, looking for many things at once.
 *
 * Finds where something may be; whether it is decides who reads it there. Runs
 * at the speed of memory: vector instructions, a thread a processor where the
 * source allows it, holes of sparse files skipped. The result does not depend on
 * how the threads took turns.
 */
#ifndef RECOVER_SCAN_SCAN_H
#define RECOVER_SCAN_SCAN_H

#include "base/progress.h"
#include "memory/memory.h"

enum scan_kind {
	SCAN_BANNER,	  /* "Linux version " at any byte */
	SCAN_VMCOREINFO,  /* "OSRELEASE=" at 4 bytes: the text of a VMCOREINFO note */
	SCAN_BTF,	  /* header of a BTF blob, version 1, at 4 bytes */
	SCAN_IKCONFIG,	  /* "IKCFG_ST" at any byte */
	SCAN_SWAPPER,	  /* "swapper/0", NULs up to 16 bytes, at 8 bytes: comm of the first task */
	SCAN_CONFIG_TEXT, /* a page of lines like CONFIG_X=y, see config_text_page() */
	SCAN_KIND_COUNT
};

/* The lowest SCAN_HITS_MAX addresses where one kind was seen, in order. */
#define SCAN_HITS_MAX 4096

struct scan_hits {
	struct paddr *at; /* owned */
	size_t count;
	uint64_t total; /* with those above the limit */
};

struct scan {
	struct scan_hits hits[SCAN_KIND_COUNT];
	uint64_t scanned;    /* bytes read and looked at */
	uint64_t skipped;    /* bytes that the source knows to be zero */
	uint64_t unreadable; /* bytes of RAM that could not be read */
};

/* Scans all RAM of m. threads: 0 means one a processor. progress: NULL, or a bar
 * over the bytes of the RAM map. *ret is to be given to scan_deinit(), also after
 * an error.
 * Errors: ERR_SYSTEM when the source is gone. Bytes that cannot be read are
 * counted, not an error. */
struct err *scan_memory(struct memory *m, unsigned int threads, struct progress *progress,
			struct scan *ret) MUST_CHECK;
void scan_deinit(struct scan *s);

/* "banner", "vmcoreinfo", ... */
const char *scan_kind_name(enum scan_kind kind);

/* --- for tests --------------------------------------------------------------- */

/* Where from p on a needle other than config text may start: the start of a block
 * of 64 bytes (counted from p), or end. Bytes up to end + SCAN_AHEAD are read. */
#define SCAN_AHEAD 64
typedef const uint8_t *scan_filter(const uint8_t *p, const uint8_t *end);
/* The i-th way this processor can do it, the fastest first; NULL after the last. */
scan_filter *scan_filter_at(unsigned int i);

#endif
