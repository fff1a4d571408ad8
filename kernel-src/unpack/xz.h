/* xz: an xz stream unpacked on the way, by as many threads as there are cores. */
#ifndef KERNEL_SRC_UNPACK_XZ_H
#define KERNEL_SRC_UNPACK_XZ_H

#include "kernel-src/unpack/stream.h"

/* *ret becomes the content of s when s is an xz stream, else s itself. s is taken
 * over, also on an error. Errors: as reading s; ERR_SYSTEM (memory). */
struct err *xz_open(struct stream *s, struct stream **ret) MUST_CHECK;

#endif
