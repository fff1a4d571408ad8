/* flattened: puts a kdump that was written to a pipe back in order.
 *
 * makedumpfile -F cannot seek in its output. So it writes each piece with the offset at which the
 * piece belongs, and leaves it to the reader to put them there.
 *
 * Shape: 4096 bytes that begin with 16 of "makedumpfile", s64 type 1, s64 version 1; then pieces,
 * s64 offset, s64 size and as many bytes; offset -1 ends the file. All numbers are big-endian.
 * Source: makedumpfile, README and makedumpfile.h.
 */
#ifndef MEMORY_FLATTENED_H
#define MEMORY_FLATTENED_H

#include "memory/image.h"

/* Whether the image begins as a flattened kdump. */
bool flattened_is(const struct image *image);
/* Puts it in order in a temporary file without a name, which the caller owns.
 * *cut: the image ends in the middle of a piece, or lacks the mark of its end.
 * Errors: ERR_DATA naming where; ERR_SYSTEM (no room). */
struct err *flattened_unfold(const struct image *image, FILE **ret, bool *cut) MUST_CHECK;

#endif
