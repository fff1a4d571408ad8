/* sha256: the digest that package indexes and .dsc files give for a file.
 *
 * Source: FIPS 180-4.
 */
#ifndef KERNEL_SRC_SHA256_H
#define KERNEL_SRC_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SHA256_SIZE 32

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *bytes, size_t size);
void sha256_end(struct sha256 *h, uint8_t digest[SHA256_SIZE]);

/* As 64 hexadecimal digits and a NUL. */
void sha256_text(const uint8_t digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1]);

/* The digest of the file PATH. Errors: ERR_SYSTEM naming it. */
struct err *sha256_file(const char *path, uint8_t digest[SHA256_SIZE]) MUST_CHECK;

#endif
