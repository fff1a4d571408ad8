/* bz2: a bzip2 stream unpacked on the way, by as many threads as there are cores.
 *
 * Ubuntu's source packages hold a tar.bz2 of up to 250 MB, which takes one core half a minute.
 *
 * Shape: "BZh" and a digit, then blocks that follow each other bit by bit and hold at most 900,000 bytes
 * each. A block begins with the 48 bits 314159265359 (the digits of pi) and its CRC. The stream ends with
 * the 48 bits 177245385090 (the square root of pi), a CRC of all, and zeros up to the next byte.
 * libbz2 unpacks a stream from its start with one thread. But one can find where blocks begin without
 * unpacking. So we make each block a stream of its own and give these to several threads. libbz2 checks
 * each block's CRC. The 48 bits may occur inside a block by chance, one chance in 100,000 for 250 MB; then
 * a CRC is wrong, and that is an error.
 */
#ifndef KERNEL_SRC_UNPACK_BZ2_H
#define KERNEL_SRC_UNPACK_BZ2_H

#include "kernel-src/unpack/stream.h"

/* *ret becomes the content of s when s is a bzip2 stream, else s itself. s is taken
 * over, also on an error. Errors: as reading s. */
struct err *bz2_open(struct stream *s, struct stream **ret) MUST_CHECK;

#endif
