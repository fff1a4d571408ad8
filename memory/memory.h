/* memory: reads a machine's physical memory, wherever it is.
 *
 * A source is named by a URI: KIND:REST, or a bare path, which means file:PATH.
 * memory/source.h tells how a kind is added.
 * Reads come as a vector with a status for each element. The buffer of an element
 * that failed holds nothing to be used, and zeros never stand in for bytes that
 * could not be read. There is nothing here that writes.
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
	MEMORY_HOLE,	 /* outside the RAM map; never asked for */
	MEMORY_ABSENT,	 /* RAM, but the source does not hold it (filtered, truncated) */
	MEMORY_UR,	 /* PCIe: unsupported request */
	MEMORY_CA,	 /* PCIe: completer abort */
	MEMORY_POISONED, /* PCIe: poisoned completion */
	MEMORY_TIMEOUT,
	MEMORY_PROTOCOL, /* the other side answered nonsense */
	MEMORY_IO,	 /* an I/O error of this machine */
	MEMORY_CORRUPT,	 /* the source's encoding or checksum of it is wrong */
	MEMORY_STATUS_COUNT
};

/* One element of a vector read. */
struct memory_read {
	struct paddr at;
	uint32_t size; /* bytes, any alignment, may cross pages */
	void *to;      /* size bytes of the caller's */
	enum memory_status status;
};

struct memory_limits {
	uint32_t batch; /* elements worth having in one vector; 1: no gain */
	bool live;	/* the machine runs on while it is read */
	bool parallel;	/* several threads may read through one struct memory */
};

struct memory_counters {
	uint64_t vectors, elements, bytes; /* asked for */
	uint64_t failed[MEMORY_STATUS_COUNT];
};

struct memory;

/* Opens the source that uri names.
 * Errors: ERR_USAGE (no such kind, malformed), ERR_SYSTEM (cannot be opened),
 * ERR_DATA (is no memory: empty, a directory, of a kind that is refused). */
struct err *memory_open(const char *uri, struct memory **ret) MUST_CHECK;
void memory_close(struct memory *m);
static inline void memory_closep(struct memory **m)
{
	memory_close(*m);
}

/* Reads n elements and sets the status of each. An error means that the source
 * itself is gone; elements that failed are no error. One that has not answered to
 * several vectors, nor to a read that it once answered, is gone (ERR_SYSTEM). */
struct err *memory_read_vector(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;

/* The same, and asks again, four times at most, for elements that failed in a way that may pass: a
 * packet lost or damaged. */
struct err *memory_read_again(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;

/* Reads one run of bytes, also again; an element that fails is an error (ERR_DATA naming
 * the address and the status; ERR_SYSTEM when the source is gone). */
struct err *memory_read(struct memory *m, struct paddr at, void *to, size_t size) MUST_CHECK;

const char *memory_uri(const struct memory *m);
const struct ram_map *memory_ram_map(const struct memory *m);
/* Replaces the RAM map; the source refuses everything outside from now on. Of a
 * live machine 0xa0000-0xfffff stays outside whatever the map says: there are
 * devices and ROMs there, and a read of a device can bring a machine down. */
void memory_set_ram_map(struct memory *m, const struct ram_map *map);
const struct memory_limits *memory_limits(const struct memory *m);
const struct memory_counters *memory_counters(const struct memory *m);
/* What the source itself says about how it was opened, a sentence a line: that it
 * is cut off, that parts of it were left out. "" when there is nothing to say. */
const char *memory_notes(const struct memory *m);
/* Text of the VMCOREINFO note that the source carries, not NUL-terminated in the
 * target's own sense and as hostile as its memory; NULL when it carries none. */
const char *memory_vmcoreinfo(const struct memory *m, size_t *size);
/* For a raw image of a machine with a hole below 4 GiB, when it has turned out where
 * the hole is: the first `lowmem` bytes stay, the rest are the addresses from 4 GiB
 * on. The RAM map becomes all that the file holds.
 * Errors: ERR_USAGE when the source is no raw image, or lowmem does not fit it. */
struct err *memory_set_lowmem(struct memory *m, uint64_t lowmem) MUST_CHECK;
/* Hands over every counter by its name: those of struct memory_counters, then
 * those of the source's kind. */
typedef void memory_stats_each(const char *name, uint64_t value, void *arg);
void memory_stats(const struct memory *m, memory_stats_each *each, void *arg);
/* "ok", "hole", "absent", ... */
const char *memory_status_name(enum memory_status status);
/* Whether the same read may succeed the next time: a packet may have been lost or damaged. */
bool memory_status_may_pass(enum memory_status status);

/* First address at or after `from` whose bytes may be other than zero, so that a
 * scan need not read the holes of a sparse file. The answer may lie outside the
 * RAM map; UINT64_MAX when nothing follows. */
struct paddr memory_next_data(struct memory *m, struct paddr from);

#endif
