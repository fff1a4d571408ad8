/* check_source: C text for check.o, in which the compiler itself says what the
 * debug information said.
 *
 * The text goes behind probe.i, the preprocessed probe.c, and is compiled with
 * the same options, -fms-extensions and no warnings. For what was found it holds
 * sizeof and offsetof as numbers (constants.h), or a structure in which all bits of
 * one bit-field are set. What was not found it declares: if it were there after all,
 * that would be the second declaration of its name, which does not compile.
 */
#ifndef OFFSETS_CHECK_SOURCE_H
#define OFFSETS_CHECK_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "offsets/constants.h"
#include "offsets/layout.h"

/* Appends the text to b. The same fields.def and the same layout give the same text. */
void check_source_format(const struct layout *l, struct buf *b);

/* *ret (the caller's) has what l has, with the numbers that check.o says. Constants
 * are left alone.
 * Errors: ERR_DATA when c was made from another text than check_source_format()
 * appends for l. */
struct err *check_source_layout(const struct layout *l, const struct constants *c,
				struct layout **ret) MUST_CHECK;

#endif
