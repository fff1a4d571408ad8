/* finder: looks through a kernel's image for what its symbol table does not name.
 *
 * It looks only at pages that the kernel still maps, and not at code. A page that the kernel freed may
 * already hold a tenant's bytes.
 */
#ifndef RECOVER_KERNEL_FINDER_H
#define RECOVER_KERNEL_FINDER_H

#include "recover/kernel/image_parts.h"
#include "recover/kernel/kernel.h"

#define FINDER_TOPS_MAX 256

/* A run of the image's mapped pages that were read. */
struct finder_span {
	const uint8_t *bytes;
	size_t size;
	uint64_t va;
};

struct finder {
	struct kernel *k; /* the caller's */
	struct image_parts parts;
	uint64_t found; /* the last place that look() found */
	unsigned int times; /* how often the place found was not the one before */
	uint64_t tops[FINDER_TOPS_MAX]; /* pages that may be init_top_pgt */
	size_t top_count;
};

/* Reads the image's data. The caller gives *ret to finder_deinit(), also after an error.
 * Errors: ERR_SYSTEM. */
struct err *finder_init(struct kernel *k, struct finder *ret) MUST_CHECK;
void finder_deinit(struct finder *f);

/* The pages of parts.list[part]; an empty span for code. */
struct finder_span finder_span(const struct finder *f, size_t part);
/* Forgets what was found, and lets look() look at each span. */
void finder_each(struct finder *f, void (*look)(struct finder *f, const struct finder_span *s));
/* look() calls this for each place that it finds. */
void finder_found(struct finder *f, uint64_t va);

/* Takes `at` for the landmark NAME, if just one place was found. What the constant pages told of NAME
 * becomes another source. Errors: ERR_DATA: that source says something else. */
struct err *finder_settle(struct finder *f, const char *name, uint64_t at,
			  const char *source) MUST_CHECK;

#endif
