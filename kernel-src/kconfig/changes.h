/* changes: what the tree's Kconfig and this machine's compiler made of a target's
 * configuration, and how the probe gets the target's values all the same.
 *
 * Structures depend on the configuration through include/generated/autoconf.h
 * alone. Kconfig may change an option because the compiler here is another one. Then
 * we put the target's value back there, and the makefiles keep what this compiler
 * can do.
 */
#ifndef KERNEL_SRC_KCONFIG_CHANGES_H
#define KERNEL_SRC_KCONFIG_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "kernel-src/kconfig/dotconfig.h"

struct changes_rules {
	const char *const *accepted; /* options whose value here the user accepts */
	size_t accepted_count;
	bool partial; /* we know only part of the target's configuration; defaults fill it up */
	bool neighbour; /* the tree is of a neighbouring version; where it does not fit we only report it */
};

/* Compares the target's configuration with the one Kconfig made of it.
 *
 * Adds to report a line for each difference,
 *	CONFIG_X<TAB>target<TAB>here<TAB>what<TAB>why
 * with "-" for an option that a side does not mention, and what one of
 *	harmless  no structure depends on it
 *	tool      says what the compiler here can do
 *	restored  the probe sees the target's value
 *	removed   Kconfig set it here; neither the target nor the probe has it
 *	default   the target does not say; Kconfig's default (partial configurations)
 *	accepted  the value here stands, as the user said
 * and to autoconf the lines that restore and remove.
 *
 * Errors: ERR_DATA, naming the options: the target's structures are in random
 * order; it mentions so little that it cannot be a whole configuration; or options
 * differ though the tools do not, so that the tree is not the target's. */
struct err *changes_compare(const struct dotconfig *target, const struct dotconfig *here,
			    const struct changes_rules *rules, struct buf *report,
			    struct buf *autoconf) MUST_CHECK;

/* Adds to report what kconfig_filter dropped, as "dropped". text: kconfig_filter's report.
 * Errors: ERR_DATA: the target sets an option that the tree does not have. */
struct err *changes_dropped(const char *text, const struct changes_rules *rules,
			    struct buf *report) MUST_CHECK;

#endif
