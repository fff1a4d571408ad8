/* check_source: the C text in which the compiler itself says what the debug
 * information said, for check.o.
 *
 * The text goes behind probe.i, the preprocessed probe.c, and is compiled with
 * the same options, -fms-extensions and no warnings. It holds, for what was
 * found, sizeof and offsetof as numbers (constants.h), and a structure with all
 * bits of one bit-field set; for what was not found, a declaration that would be
 * the second of its name if it were there after all, and so not compile.
 */
#ifndef OFFSETS_CHECK_SOURCE_H
#define OFFSETS_CHECK_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "offsets/constants.h"
#include "offsets/layout.h"

/* Appends the text to b: the same for the same fields.def and finds. */
void check_source_format(const struct layout *l, struct buf *b);

/* Sets every number of the types of l to what check.o says: *ret (the caller's)
 * has the finds of l and the numbers of c. Constants are left alone.
 * Errors: ERR_DATA when c was made from another text than check_source_format()
 * appends for l. */
struct err *check_source_layout(const struct layout *l, const struct constants *c,
				struct layout **ret) MUST_CHECK;

#endif
