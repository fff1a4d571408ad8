/* imply: what follows, by Kconfig's rules, from the options that are known.
 *
 * The rules work both ways. An option whose dependencies are off is off, unless another one selects it. An
 * option that is on proves what it depends on and what it selects. An option that is off disproves every
 * option that would select it. A default proves nothing where a user may have changed it. A conclusion
 * that contradicts what is known changes nothing; imply keeps it as a contradiction.
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

/* Says that the option has one of these values. Does nothing when the tree does not have the option. */
void imply_set(struct imply *m, const char *name, unsigned int values);
/* Draws all conclusions. It may run again after more calls of imply_set(). */
void imply_run(struct imply *m);

/* All options, as kconfig_option() numbers them. */
size_t imply_count(const struct imply *m);
const char *imply_name(const struct imply *m, size_t index);
/* The values that an option may have, 0 for one that is neither bool nor tristate. */
unsigned int imply_values(const struct imply *m, size_t index);
/* The name of the option whose rules narrowed it last; NULL: none. */
const char *imply_reason(const struct imply *m, size_t index);

/* Appends a line for each option that contradicts the rules of another one:
 * "NAME<TAB>values<TAB>OTHER<TAB>the values that OTHER demands". */
void imply_contradictions(const struct imply *m, struct buf *b);

#endif
