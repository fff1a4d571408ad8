/* live: the memory of the very kernel whose layout is being generated, for asking it whether the
 * layout fits. All addresses are the kernel's own virtual ones, at run time.
 */
#ifndef OFFSETS_FIT_LIVE_H
#define OFFSETS_FIT_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/facts.h"
#include "x86/xlat.h"

#define LIVE_NAMES_MAX 256

/* A symbol that was asked for. */
struct live_name {
	const char *name; /* a constant */
	uint64_t address, distance;
};

struct live {
	struct memory *memory; /* owned; a gather */
	struct xlat tables;
	uint64_t phys_base, shift, page_offset_base, ram_end;
	uint64_t image, image_end;
	struct buf symbols;	/* text of System.map */
	bool link_time_optimized;
	struct facts *kernel;	/* symbols that recover found without the kernel's table */
	struct buf vmcoreinfo;	/* lines, or empty */
	struct live_name names[LIVE_NAMES_MAX];
	size_t name_count;
	struct err *fatal;	/* the source is gone; owned */
};

/* Reads what recover left in folder DIR: kernel, boot, ram_map, System.map, vmcoreinfo. The caller gives
 * *ret to live_deinit(), also after an error. Errors: ERR_ABSENT, ERR_DATA, ERR_SYSTEM. */
struct err *live_open(const char *dir, struct live *ret) MUST_CHECK;
void live_deinit(struct live *k);

/* For tests, which set page tables and symbols by hand. k owns the memory from now on. */
void live_init(struct live *k, struct memory *memory);

/* Address of a symbol at run time, 0 when it is not known. name: a constant. */
uint64_t live_symbol(struct live *k, const char *name);

/* Bytes from the symbol to the next one behind it, 0 when it is not known. */
uint64_t live_distance(struct live *k, const char *name);

/* Starts a rehearsal where that is worth it: from now on reads find only what live_fetch() read. The
 * caller repeats its work until live_fetch() returns false: nothing was missing, or the memory is gone.
 * Returns whether there is a rehearsal. */
bool live_begin(struct live *k);
bool live_fetch(struct live *k);
void live_end(struct live *k);

/* False when a part of it cannot be read, or, in a rehearsal, has not been read yet. */
bool live_read(struct live *k, uint64_t at, void *to, size_t size);
bool live_u64(struct live *k, uint64_t at, uint64_t *ret);
bool live_u32(struct live *k, uint64_t at, uint32_t *ret);
/* A NUL-terminated text of printable characters, which has to be shorter than size. */
bool live_text(struct live *k, uint64_t at, char *to, size_t size);

/* In the kernel's half. */
static inline bool live_is_kernel(uint64_t at)
{
	return at >> 56 == 0xff;
}

#endif
