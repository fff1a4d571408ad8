/* crc32c: the checksum of the snappy framing format: CRC-32 with Castagnoli's polynomial. */
#ifndef MEMORY_CRC32C_H
#define MEMORY_CRC32C_H

#include <stddef.h>
#include <stdint.h>

struct crc32c {
	uint32_t table[8][256];
};

void crc32c_init(struct crc32c *c);
uint32_t crc32c(const struct crc32c *c, const void *data, size_t size);
/* The form in which the format stores it: rotated by 15 bits, plus 0xa282ead8. */
uint32_t crc32c_masked(const struct crc32c *c, const void *data, size_t size);

#endif
