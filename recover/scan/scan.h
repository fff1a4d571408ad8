/* scan: one pass over all of a machine's memory, looking for many things at once.
 *
 * A scan tells where something may be. Whoever reads it there decides whether it is. A scan runs at
 * the speed of memory: it uses vector instructions and, where the source allows it, a thread for each
 * processor, and it skips the holes of sparse files. The result does not depend on how the threads
 * take turns.
 */
#ifndef RECOVER_SCAN_SCAN_H
#define RECOVER_SCAN_SCAN_H

#include "base/progress.h"
#include "memory/memory.h"

enum scan_kind {
	SCAN_BANNER,	  /* "Linux version " at any byte */
	SCAN_VMCOREINFO,  /* "OSRELEASE=" at 4 bytes: the text of a VMCOREINFO note */
	SCAN_BTF,	  /* the header of a BTF blob, version 1, at 4 bytes */
	SCAN_IKCONFIG,	  /* "IKCFG_ST" at any byte */
	SCAN_SWAPPER,	  /* "swapper/0", NULs up to 16 bytes, at 8 bytes: the first task's comm */
	SCAN_CONFIG_TEXT, /* a page of lines like CONFIG_X=y, see config_text_page() */
	SCAN_KIND_COUNT
};

#define SCAN_HITS_MAX 4096

/* The addresses where one kind was seen, in order: the lowest SCAN_HITS_MAX of them. */
struct scan_hits {
	struct paddr *at; /* owned */
	size_t count;
	uint64_t total; /* including those that at[] has no room for */
};

struct scan {
	struct scan_hits hits[SCAN_KIND_COUNT];
	uint64_t scanned;    /* bytes that were searched */
	uint64_t skipped;    /* bytes that the source knows to be zero */
	uint64_t unreadable; /* bytes of RAM that could not be read */
};

/* Scans all RAM of m. threads: 0 means one for each processor. progress: NULL, or a bar over the bytes
 * of the RAM map. The caller gives *ret to scan_deinit(), also after an error.
 * Errors: ERR_SYSTEM: the source is gone. Bytes that cannot be read are no error; `unreadable` counts
 * them. */
struct err *scan_memory(struct memory *m, unsigned int threads, struct progress *progress,
			struct scan *ret) MUST_CHECK;
void scan_deinit(struct scan *s);

/* "banner", "vmcoreinfo", ... */
const char *scan_kind_name(enum scan_kind kind);

/* --- for tests --------------------------------------------------------------- */

/* The first block of 64 bytes (counted from p) in which a needle may start, config text excepted; end:
 * there is none. Reads bytes up to end + SCAN_AHEAD. */
#define SCAN_AHEAD 64
typedef const uint8_t *scan_filter(const uint8_t *p, const uint8_t *end);
/* The i-th filter that this processor can run, the fastest first; NULL after the last. */
scan_filter *scan_filter_at(unsigned int i);

#endif
