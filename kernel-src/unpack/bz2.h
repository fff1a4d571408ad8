/* bz2: a bzip2 stream unpacked on the way, by as many threads as there are cores.
 *
 * Ubuntu's source packages hold a tar.bz2 of up to 250 MB, which takes one core
 * half a minute.
 *
 * Shape: "BZh" and a digit, then blocks of at most 900,000 bytes each, packed bit by
 * bit: a block begins with the 48 bits 314159265359 and its CRC, the stream ends
 * with the 48 bits 177245385090, a CRC of all, and zeros up to the next byte. So the
 * beginnings of blocks are found without unpacking, and each block is made a stream
 * of its own, whose CRC libbz2 checks.
 */
#ifndef KERNEL_SRC_UNPACK_BZ2_H
#define KERNEL_SRC_UNPACK_BZ2_H

#include "kernel-src/unpack/stream.h"

/* What s holds when it is a bzip2 stream, else s itself. s is taken over, also on
 * an error. Errors: as reading s. */
struct err *bz2_open(struct stream *s, struct stream **ret) MUST_CHECK;

#endif
