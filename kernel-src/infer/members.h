/* members: the structures, unions and enums that the kernel's source defines, each of their members with the options it is
 * compiled under.
 *
 * By the tokens alone, as definitions.h. A line that is not understood (a macro that makes members, one that differs by an
 * `#if` in its middle) is known by the words in it: nothing can be said of members that have such a name.
 *
 * Shape of the text, of a header or C file:
 *	s task_struct			structure or union; or what a typedef makes of one without a tag
 *	e zone_type			enum; a: one without a tag, by its first enumerator
 *	m numa_scan_seq NUMA_BALANCING	a member of it, or of what it holds without a name, as BTF has them; or enumerator
 *	x DECLARE_THINGS		a word of a line that is not understood
 *	p CLOCK_MODES			a macro with a comma in it: no enumerator, where it looks like one
 * Of those that depend on no option there is the first line alone. Behind a name: the atoms of condition.h; a member's
 * are those of the structure, too.
 */
#ifndef KERNEL_SRC_INFER_MEMBERS_H
#define KERNEL_SRC_INFER_MEMBERS_H

#include "base/buf.h"

/* Appends the lines of one file. Never fails: what is not understood is left out. */
void members_scan(const char *text, size_t size, struct buf *b);

#endif
