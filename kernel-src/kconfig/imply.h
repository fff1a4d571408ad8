/* imply: what follows, by Kconfig's rules, from the options that are known.
 *
 * Both ways: what depends on an option that is off is off, unless it is selected; what is on proves what it
 * depends on, and what it selects; what is off disproves what would select it. Nothing follows from a
 * default that a user may have changed. What contradicts what is known changes nothing, and is kept.
 *
 * Source: scripts/kconfig/symbol.c, sym_calc_value()
 */
#ifndef KERNEL_SRC_KCONFIG_IMPLY_H
#define KERNEL_SRC_KCONFIG_IMPLY_H

#include "base/buf.h"
#include "kernel-src/kconfig/option.h"

struct imply;

/* k outlives it. Owned by the caller. */
struct imply *imply_new(const struct kconfig *k);
void imply_free(struct imply *m);
static inline void imply_freep(struct imply **m)
{
	imply_free(*m);
}

/* The option has one of these values; an option that the tree does not have is left alone. */
void imply_set(struct imply *m, const char *name, unsigned int values);
/* Draws all conclusions; after more of imply_set() again. */
void imply_run(struct imply *m);

/* All options, as kconfig_option() numbers them. */
size_t imply_count(const struct imply *m);
const char *imply_name(const struct imply *m, size_t index);
/* The values that an option may have, 0 for one that is neither bool nor tristate. */
unsigned int imply_values(const struct imply *m, size_t index);
/* The name of the option whose rules narrowed it last; NULL: none. */
const char *imply_reason(const struct imply *m, size_t index);

/* Appends a line for each option that is not what the rules of another say: "NAME<TAB>values<TAB>OTHER<TAB>values". */
void imply_contradictions(const struct imply *m, struct buf *b);

#endif
