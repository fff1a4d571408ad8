#include "memory/tlp.h"

#include <string.h>

#include "base/addr.h"

#define STAMP_SIZE 6
#define HEADER_SIZE 12
#define FOUR_GIB (UINT64_C(1) << 32)

#define READ_3DW 0x00
#define READ_4DW 0x20
#define COMPLETION 0x0a
#define COMPLETION_WITH_DATA 0x4a

/* A completer may split its answer only where an address is a multiple of this. The read completion
 * boundary is 64 or 128 bytes. */
#define COMPLETION_BOUNDARY 64

static void put_u16be(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put_u32be(uint8_t *to, uint32_t value)
{
	put_u16be(to, value >> 16);
	put_u16be(to + 2, value & 0xffff);
}

static unsigned int get_u16be(const uint8_t *from)
{
	return (unsigned int)from[0] << 8 | from[1];
}

static uint32_t get_u32be(const uint8_t *from)
{
	return (uint32_t)get_u16be(from) << 16 | get_u16be(from + 2);
}

/* The byte enables: of the last word in the high half, of the first word in the low half. */
static uint8_t byte_enables(unsigned int skip, uint32_t size, uint32_t words)
{
	unsigned int first = 0xfu << skip & 0xf;
	unsigned int last = 0xfu >> (words * 4 - skip - size);

	return (uint8_t)(words > 1 ? last << 4 | first : (first & last));
}

size_t tlp_encode_read(const struct tlp_read *read, uint8_t to[TLP_READ_MAX])
{
	unsigned int skip = read->at & 3;
	uint32_t words = (skip + read->size + 3) / 4;
	bool wide = read->at >= FOUR_GIB;
	uint8_t *packet = to + STAMP_SIZE;

	memset(to, 0, TLP_READ_MAX);
	packet[0] = wide ? READ_4DW : READ_3DW;
	put_u16be(packet + 2, words & 0x3ff); /* 0 stands for 1024 */
	put_u16be(packet + 4, read->requester);
	packet[6] = read->tag;
	packet[7] = byte_enables(skip, read->size, words);
	if (wide)
		put_u32be(packet + 8, (uint32_t)(read->at >> 32));
	put_u32be(packet + (wide ? 12 : 8), (uint32_t)read->at & ~3u);
	return STAMP_SIZE + (wide ? 16 : 12);
}

bool tlp_decode_stamp(const void *datagram, size_t size, uint16_t *sequence, uint32_t *timestamp)
{
	const uint8_t *bytes = datagram;

	if (size < STAMP_SIZE)
		return false;
	*sequence = (uint16_t)get_u16be(bytes);
	*timestamp = get_u32be(bytes + 2);
	return true;
}

/* The data of a completion, `words` words at `data`. */
static enum tlp_fault decode_data(struct tlp_completion *c, const uint8_t *data, uint32_t words)
{
	unsigned int skip = c->lower & 3;
	uint32_t owed = (skip + c->byte_count + 3) / 4;

	if (c->status != TLP_SUCCESS || words > owed)
		return TLP_FIELDS;
	c->data = data + skip;
	c->last = words == owed;
	c->size = c->last ? c->byte_count : words * 4 - skip;
	if (!c->last && (c->lower + c->size) % COMPLETION_BOUNDARY)
		return TLP_FIELDS;
	return TLP_FINE;
}

static bool is_status(unsigned int status)
{
	return status == TLP_SUCCESS || status == TLP_UNSUPPORTED_REQUEST ||
	       status == TLP_COMPLETER_ABORT;
}

enum tlp_fault tlp_decode_completion(const void *datagram, size_t size,
				     struct tlp_completion *ret)
{
	const uint8_t *packet = (const uint8_t *)datagram + STAMP_SIZE;
	struct tlp_completion c = { 0 };
	unsigned int flags, count;
	enum tlp_fault fault;
	uint32_t words;

	if (!tlp_decode_stamp(datagram, size, &c.sequence, &c.timestamp) ||
	    size < STAMP_SIZE + HEADER_SIZE)
		return TLP_SHORT;
	if (packet[0] != COMPLETION && packet[0] != COMPLETION_WITH_DATA)
		return TLP_OTHER;
	flags = get_u16be(packet + 2);
	count = get_u16be(packet + 6);
	words = packet[0] == COMPLETION ? flags & 0x3ff : ((flags - 1) & 0x3ff) + 1;
	/* bit 15: a digest follows the data; bit 12: a modified count, which only PCI-X has */
	if (flags & 0x8000 || count & 0x1000 || packet[11] & 0x80 || !is_status(count >> 13))
		return TLP_FIELDS;
	if (size != STAMP_SIZE + HEADER_SIZE + (size_t)words * 4)
		return TLP_SIZE;
	c.poisoned = flags & 0x4000;
	c.status = (enum tlp_status)(count >> 13);
	c.byte_count = ((count - 1) & 0xfff) + 1;
	c.requester = (uint16_t)get_u16be(packet + 8);
	c.tag = packet[10];
	c.lower = packet[11];
	if (packet[0] == COMPLETION)
		fault = c.status == TLP_SUCCESS || words ? TLP_FIELDS : TLP_FINE;
	else
		fault = decode_data(&c, packet + HEADER_SIZE, words);
	if (fault == TLP_FINE)
		*ret = c;
	return fault;
}
