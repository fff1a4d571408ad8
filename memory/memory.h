/* memory: reads a machine's physical memory, wherever it is.
 *
 * A URI names a source: KIND:REST, or a bare path, which means file:PATH. memory/source.h tells how
 * a kind is added.
 *
 * A read is a vector of elements, and every element gets a status of its own. The buffer of an
 * element that failed holds nothing of use; zeros never stand in for bytes that could not be read.
 * No kind of source can write.
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "memory/ram_map.h"

enum memory_status {
	MEMORY_OK,
	MEMORY_HOLE,	 /* outside the RAM map; the source was not asked */
	MEMORY_ABSENT,	 /* RAM, but the source does not hold it (filtered, truncated) */
	MEMORY_UR,	 /* PCIe: unsupported request */
	MEMORY_CA,	 /* PCIe: completer abort */
	MEMORY_POISONED, /* PCIe: poisoned completion */
	MEMORY_TIMEOUT,
	MEMORY_PROTOCOL, /* the other side answered nonsense */
	MEMORY_IO,	 /* an I/O error of this machine */
	MEMORY_CORRUPT,	 /* the source holds it, but its encoding or checksum is wrong */
	MEMORY_STATUS_COUNT
};

/* "ok", "hole", "absent", ... */
const char *memory_status_name(enum memory_status status);
/* Whether the same read may succeed the next time: a packet may have been lost or damaged. */
bool memory_status_may_pass(enum memory_status status);

/* One element of a vector. */
struct memory_read {
	struct paddr at;
	uint32_t size; /* bytes; any alignment, may cross pages */
	void *to;      /* the caller's, `size` bytes */
	enum memory_status status;
};

struct memory_limits {
	uint32_t batch; /* elements that are worth having in one vector; 1: a vector gains nothing */
	bool live;	/* the machine runs on while we read */
	bool threads_may_read; /* several threads may read through one struct memory */
};

struct memory_counters {
	uint64_t vectors, elements, bytes; /* asked for */
	uint64_t failed[MEMORY_STATUS_COUNT];
};

struct memory;

/* Opens the source that uri names.
 * Errors: ERR_USAGE (no such kind, malformed), ERR_SYSTEM (cannot be opened), ERR_DATA (is not an
 * image of memory: empty, a directory, of a format that is refused). */
struct err *memory_open(const char *uri, struct memory **ret) MUST_CHECK;
void memory_close(struct memory *m);
static inline void memory_closep(struct memory **m)
{
	memory_close(*m);
}

/* --- reading --- */

/* Reads n elements and sets the status of each. An element that failed is not an error; an error
 * means that the source itself is gone (ERR_SYSTEM). A source that answers nothing to several
 * vectors, nor to a read that it once answered, is gone. */
struct err *memory_read_vector(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;

/* The same, and asks up to four more times for elements whose failure may pass. */
struct err *memory_read_again(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;

/* Reads one run of bytes, as memory_read_again() does.
 * Errors: ERR_DATA naming the address and the status of what failed; ERR_SYSTEM: the source is
 * gone. */
struct err *memory_read(struct memory *m, struct paddr at, void *to, size_t size) MUST_CHECK;

/* The first address at or after `from` whose bytes may differ from zero, so that a scan can skip
 * the holes of a sparse file. The answer may lie outside the RAM map; UINT64_MAX: nothing follows. */
struct paddr memory_next_data(struct memory *m, struct paddr from);

/* --- where its RAM is --- */

/* A PC below 1 MiB: [0, 640 KiB) is RAM in every one. Behind it, up to 1 MiB, lie the windows of
 * VGA and of ROMs, and then the extended memory. */
#define LOW_MEMORY_END UINT64_C(0xa0000)
#define EXTENDED_MEMORY UINT64_C(0x100000)

const struct ram_map *memory_ram_map(const struct memory *m);
/* Replaces the RAM map; from now on a read outside it is a MEMORY_HOLE. On a live machine
 * [LOW_MEMORY_END, EXTENDED_MEMORY) stays outside whatever the map says, because a read of a device
 * can bring a machine down. */
void memory_set_ram_map(struct memory *m, const struct ram_map *map);
/* For a raw image of a machine with a hole below 4 GiB, once somebody has found out where the hole
 * begins: the first `lowmem` bytes of the image stay where they are, and the rest are the addresses
 * from 4 GiB on. The RAM map becomes all that the file holds.
 * Errors: ERR_USAGE: the source is not a raw image, or lowmem does not fit it. */
struct err *memory_set_lowmem(struct memory *m, uint64_t lowmem) MUST_CHECK;

/* --- what there is to say about it --- */

const char *memory_uri(const struct memory *m);
const struct memory_limits *memory_limits(const struct memory *m);
const struct memory_counters *memory_counters(const struct memory *m);
/* What the source has to say about itself, a sentence a line: that it is cut off, that parts of it
 * were left out. "": nothing. */
const char *memory_notes(const struct memory *m);
/* The text of the VMCOREINFO note that the source carries; NULL: it carries none. The text is as
 * hostile as the memory, and need not end with a NUL. */
const char *memory_vmcoreinfo(const struct memory *m, size_t *size);
/* Calls each() for every counter: those of struct memory_counters, then those of the kind. */
typedef void memory_stats_each(const char *name, uint64_t value, void *arg);
void memory_stats(const struct memory *m, memory_stats_each *each, void *arg);

#endif
