#include "memory/crc32c.h"

#include "base/view.h"

#define POLYNOMIAL 0x82f63b78u

void crc32c_init(struct crc32c *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		c->table[0][i] = crc;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			c->table[k][i] = c->table[k - 1][i] >> 8 ^
					 c->table[0][c->table[k - 1][i] & 0xff];
}

uint32_t crc32c(const struct crc32c *c, const void *data, size_t size)
{
	const uint8_t *p = data;
	uint32_t crc = UINT32_MAX;

	for (; size >= 8; p += 8, size -= 8) {
		uint64_t x = load_u64(p) ^ crc;

		crc = 0;
		for (int k = 0; k < 8; k++)
			crc ^= c->table[7 - k][x >> 8 * k & 0xff];
	}
	for (; size; p++, size--)
		crc = crc >> 8 ^ c->table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

uint32_t crc32c_masked(const struct crc32c *c, const void *data, size_t size)
{
	uint32_t crc = crc32c(c, data, size);

	return (crc >> 15 | crc << 17) + 0xa282ead8u;
}
