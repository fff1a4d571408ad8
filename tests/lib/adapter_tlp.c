#include "tests/lib/adapter_tlp.h"

#include <string.h>

#include "base/view.h"

static struct err *parse(struct view *v, uint8_t head[8], uint64_t *address)
{
	const uint8_t *bytes;
	struct err *e = view_skip(v, 6);
	uint32_t low;

	if (!e)
		e = view_bytes(v, 8, &bytes);
	if (e)
		return e;
	memcpy(head, bytes, 8);
	if (head[0] & 0x20)
		return view_u64be(v, address);
	e = view_u32be(v, &low);
	*address = low;
	return e;
}

static bool is_run(unsigned int enables)
{
	unsigned int bits = enables >> __builtin_ctz(enables | 0x10);

	return enables && !(bits & (bits + 1));
}

static const char *check_enables(unsigned int first, unsigned int last, uint32_t words)
{
	if (words == 1)
		return last ? "last byte enables with one word" : is_run(first) ? NULL : "first byte enables";
	if (!(first & 8) || !is_run(first))
		return "first byte enables";
	return !(last & 1) || !is_run(last) ? "last byte enables" : NULL;
}

const char *adapter_decode_request(const uint8_t *datagram, size_t size, struct adapter_request *ret)
{
	struct view v = view_of(datagram, size, 0);
	unsigned int first, last, length;
	uint64_t address, end;
	const char *wrong;
	uint32_t words;
	uint8_t h[8];
	struct err *e = parse(&v, h, &address);

	if (e) {
		err_discard(e);
		return "too short";
	}
	if (h[0] != 0x00 && h[0] != 0x20)
		return "no memory read";
	if (view_left(&v))
		return "bytes after the header";
	if (h[1] || h[2] & 0xfc)
		return "traffic class, digest, poison, attributes or address type are set";
	length = (unsigned int)(h[2] & 3) << 8 | h[3];
	words = length ? length : 1024;
	first = h[7] & 0xf;
	last = h[7] >> 4;
	wrong = check_enables(first, last, words);
	if (wrong)
		return wrong;
	if (address & 3)
		return "address is not aligned";
	if ((address >> 32 != 0) != (h[0] == 0x20))
		return "wrong header size for the address";
	if ((address & 4095) + words * 4 > 4096)
		return "crosses 4 KiB";
	end = address + words * 4 - (unsigned int)__builtin_clz(last ? last : first) + 28;
	ret->at = address + (unsigned int)__builtin_ctz(first);
	ret->size = (uint32_t)(end - ret->at);
	ret->requester = (uint16_t)(h[4] << 8 | h[5]);
	ret->tag = h[6];
	return NULL;
}

uint32_t adapter_piece(const struct adapter_request *r, uint32_t done, uint32_t split)
{
	uint64_t at = r->at + done;
	uint64_t cut = (at / split + 1) * split;
	uint64_t end = r->at + r->size;

	return (uint32_t)((cut < end ? cut : end) - at);
}

static void put_u16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

void adapter_encode_stamp(uint16_t sequence, uint32_t timestamp, uint8_t *to)
{
	put_u16(to, sequence);
	put_u16(to + 2, timestamp >> 16);
	put_u16(to + 4, timestamp & 0xffff);
}

static void encode_header(const struct adapter_request *r, unsigned int type, unsigned int flags,
			  unsigned int status, uint32_t done, uint8_t *to)
{
	put_u16(to, type << 8);
	put_u16(to + 2, flags);
	put_u16(to + 4, 0); /* the root complex */
	put_u16(to + 6, status << 13 | ((r->size - done) & 0xfff));
	put_u16(to + 8, r->requester);
	to[10] = r->tag;
	to[11] = (uint8_t)((r->at + done) & 0x7f);
}

size_t adapter_encode_data(const struct adapter_request *r, uint32_t done, const uint8_t *memory, uint32_t size,
			   bool poisoned, uint8_t *to)
{
	uint32_t skip = (uint32_t)(r->at + done) & 3;
	uint32_t words = (skip + size + 3) / 4;

	encode_header(r, 0x4a, (poisoned ? 0x4000u : 0) | (words & 0x3ff), 0, done, to + 6);
	/* bytes that are not enabled may have any value */
	memset(to + 18, 0xdb, words * 4);
	memcpy(to + 18 + skip, memory, size);
	return 18 + words * 4;
}

size_t adapter_encode_failure(const struct adapter_request *r, unsigned int status, uint8_t *to)
{
	encode_header(r, 0x0a, 0, status, 0, to + 6);
	return 18;
}
