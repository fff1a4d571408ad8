/* sha256: the digest that package indexes and .dsc files give for a file. */
#ifndef KERNEL_SRC_UNPACK_SHA256_H
#define KERNEL_SRC_UNPACK_SHA256_H

#include <stdint.h>

#include "base/err.h"

#define SHA256_SIZE 32

/* As 64 hexadecimal digits and a NUL. */
void sha256_text(const uint8_t digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1]);

/* The digest of the file PATH. Errors: ERR_SYSTEM naming it. */
struct err *sha256_file(const char *path, uint8_t digest[SHA256_SIZE]) MUST_CHECK;

#endif
