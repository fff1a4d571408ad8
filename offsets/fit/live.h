/* live: the memory of the very kernel whose layout is being generated, for asking it whether the
 * layout fits. Addresses are virtual ones of the kernel, at run time.
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

/* What recover left in folder DIR: kernel, boot, ram_map, System.map, vmcoreinfo. *ret is to be given to
 * live_deinit(), also after an error. Errors: ERR_ABSENT, ERR_DATA, ERR_SYSTEM. */
struct err *live_open(const char *dir, struct live *ret) MUST_CHECK;
void live_deinit(struct live *k);

/* A memory, page tables and symbols made by hand, for tests; the memory is owned from now on. */
void live_init(struct live *k, struct memory *memory);

/* Address of a symbol at run time, 0 when it is not known. name: a constant. */
uint64_t live_symbol(struct live *k, const char *name);

/* Bytes from it to the next symbol behind it, 0 when it is not known. */
uint64_t live_distance(struct live *k, const char *name);

/* Where it is worth it, nothing is read from now on but what live_fetch() read before: the work is to
 * be done again until that says that nothing was lacking. false: it is not worth it, or was enough. */
bool live_begin(struct live *k);
bool live_fetch(struct live *k);
void live_end(struct live *k);

/* False when some of it cannot be read, or has not been read yet. */
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
