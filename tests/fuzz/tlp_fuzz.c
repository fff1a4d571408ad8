/* Datagrams that come for a tag, whatever they are, between reads that begin and are given up.
 *
 * Shape of the input: a byte that says what happens (bit 7: a read begins or is given up, of the
 * size in the low bits; else a datagram of that many words and a last odd byte), then the datagram.
 * No byte may be written outside the read, and a read that is settled must have all its bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/view.h"
#include "memory/nettlp_stamps.h"
#include "memory/tlp_tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct tlp_completion *c, const uint8_t *datagram, size_t size)
{
	if (c->byte_count < 1 || c->byte_count > 4096 || c->size > c->byte_count || c->lower > 127)
		abort();
	if (c->status == TLP_SUCCESS && (c->data < datagram || !c->size || c->data + c->size > datagram + size))
		abort();
}

static void begin_or_give_up(struct tlp_tag *tag, unsigned int what, uint64_t now)
{
	uint64_t at = what % 16 * 20;
	uint32_t size = what / 16 % 8 * 130 + 4;

	if (tag->state == TLP_TAG_BUSY)
		tlp_tag_give_up(tag, now, 1, 20);
	else if (tlp_tag_forget(tag, now), tlp_tag_ready(tag, now) && tlp_tag_allows(tag, at, size))
		tlp_tag_begin(tag, at, size, now + 2);
}

static void take(struct tlp_tag *tag, const uint8_t *datagram, size_t size, uint64_t now)
{
	uint8_t *copy = malloc(size ? size : 1); /* so that reading past it is seen */
	bool busy = tag->state == TLP_TAG_BUSY;
	struct tlp_completion c;
	enum tlp_verdict verdict;

	memcpy(copy, datagram, size);
	if (tlp_decode_completion(copy, size, &c) == TLP_FINE) {
		check(&c, copy, size);
		verdict = tlp_tag_take(tag, &c);
		if (!busy && verdict != TLP_LATE)
			abort();
		if (verdict == TLP_SETTLED && tag->status == MEMORY_OK && tag->got != tag->size)
			abort();
		if (verdict == TLP_GAP && tag->state == TLP_TAG_BUSY)
			tlp_tag_give_up(tag, now, 1, 20);
		if (tag->got > tag->size)
			abort();
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nettlp_stamps stamps;
	struct view v = view_of(data, size, 0);
	struct tlp_tag tag = { .data = malloc(914) };
	uint32_t timestamp;
	uint16_t sequence;

	for (uint64_t now = 0; view_left(&v); now++) {
		unsigned int what = v.data[v.pos++];
		size_t n = what % 128 * 4 + 2;

		if (what & 0x80) {
			begin_or_give_up(&tag, what, now);
			continue;
		}
		n = n < view_left(&v) ? n : view_left(&v);
		if (tlp_decode_stamp(v.data + v.pos, n, &sequence, &timestamp))
			nettlp_stamps_take(&stamps, sequence, timestamp);
		take(&tag, v.data + v.pos, n, now);
		v.pos += n;
	}
	free(tag.data);
	return 0;
}
