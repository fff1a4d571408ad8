/* finder: looks through a kernel's image for what its symbol table does not name.
 *
 * Only what the kernel maps is looked at, and no code: what it freed may be anybody's.
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
	uint64_t found; /* the last place */
	unsigned int times; /* different ones, one after the other */
	uint64_t tops[FINDER_TOPS_MAX]; /* pages that may be init_top_pgt */
	size_t top_count;
};

/* Reads the image's data. *ret is to be given to finder_deinit(), also after an error.
 * Errors: ERR_SYSTEM. */
struct err *finder_init(struct kernel *k, struct finder *ret) MUST_CHECK;
void finder_deinit(struct finder *f);

/* The pages of parts.list[part]; of code none. */
struct finder_span finder_span(const struct finder *f, size_t part);
/* Has look() look at all of them, after nothing was found. */
void finder_each(struct finder *f, void (*look)(struct finder *f, const struct finder_span *s));
void finder_found(struct finder *f, uint64_t va);

/* Takes `at` as what NAME is if one place was found, beside what the image told of it.
 * Errors: ERR_DATA: that says something else. */
struct err *finder_settle(struct finder *f, const char *name, uint64_t at,
			  const char *source) MUST_CHECK;

#endif
