/* flattened: a kdump that was written to a pipe, put in order again.
 *
 * Shape: 4096 bytes that begin with 16 of "makedumpfile", s64 type 1, s64 version 1;
 * then pieces, s64 offset, s64 size and so many bytes; offset -1 ends it. All
 * numbers are big-endian. Source: makedumpfile, README and makedumpfile.h.
 */
#ifndef MEMORY_FLATTENED_H
#define MEMORY_FLATTENED_H

#include "memory/image.h"

/* Whether the image begins as one. */
bool flattened_is(const struct image *image);
/* Puts it in order, in a temporary file that has no name. *ret is owned by the caller.
 * *cut: it ends in the middle of a piece, or without its end.
 * Errors: ERR_DATA naming where; ERR_SYSTEM (no room). */
struct err *flattened_unfold(const struct image *image, FILE **ret, bool *cut) MUST_CHECK;

#endif
