/* members: the structures, unions and enums that the kernel's source defines, each of their members
 * with the options it is compiled under.
 *
 * We look at tokens alone, as definitions.h does. We do not understand some lines: a macro that
 * makes members, or a declaration with an `#if` in its middle. Of such a line we note each word,
 * since it may be the name of a member. Then nothing can be said of a member that has this name.
 *
 * Shape of the text, of a header or C file:
 *	s task_struct			structure or union; or what a typedef makes of one without a tag
 *	e zone_type			enum; a: one without a tag, by its first enumerator
 *	m numa_scan_seq NUMA_BALANCING	a member of it, or of what it holds without a name, as BTF has them;
 *					or an enumerator
 *	x DECLARE_THINGS		a word of a line that is not understood
 *	p CLOCK_MODES			a macro with a comma in it: it may look like an enumerator
 * A structure whose members depend on no option has its first line alone. Behind a name stand the
 * atoms of condition.h; a member's atoms include those of its structure.
 */
#ifndef KERNEL_SRC_INFER_MEMBERS_H
#define KERNEL_SRC_INFER_MEMBERS_H

#include "base/buf.h"

/* Appends the lines of one file. Never fails: leaves out what it does not understand. */
void members_scan(const char *text, size_t size, struct buf *b);

#endif
