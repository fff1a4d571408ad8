#include "memory/tlp_tag.h"

#include <string.h>

uint32_t tlp_tag_end(uint64_t at, uint32_t size)
{
	return UINT32_C(1) << (((at + size + 3) / 4) % TLP_TAG_ENDS);
}

bool tlp_tag_ready(struct tlp_tag *tag, uint64_t now)
{
	if (tag->state == TLP_TAG_BUSY)
		return false;
	for (uint32_t left = tag->owed; left; left &= left - 1)
		if (now >= tag->owed_until[__builtin_ctz(left)])
			tag->owed &= ~(left & -left);
	if (tag->state == TLP_TAG_RESTING && now < tag->until)
		return false;
	tag->state = TLP_TAG_FREE;
	return true;
}

void tlp_tag_begin(struct tlp_tag *tag, uint64_t at, uint32_t size, uint64_t deadline)
{
	tag->state = TLP_TAG_BUSY;
	tag->until = deadline;
	tag->at = at;
	tag->size = size;
	tag->got = 0;
	tag->status = MEMORY_OK;
	tag->nonsense = false;
}

void tlp_tag_give_up(struct tlp_tag *tag, uint64_t now, uint64_t rest, uint64_t owed)
{
	uint32_t end = tlp_tag_end(tag->at, tag->size);

	tag->state = TLP_TAG_RESTING;
	tag->until = now + rest;
	tag->owed |= end;
	tag->owed_until[__builtin_ctz(end)] = now + owed;
	if (tag->status == MEMORY_OK)
		tag->status = tag->nonsense ? MEMORY_PROTOCOL : MEMORY_TIMEOUT;
}

/* The answer to a read that was given up is complete. */
static void pay(struct tlp_tag *tag, uint32_t end)
{
	tag->owed &= ~end;
	if (!tag->owed && tag->state == TLP_TAG_RESTING)
		tag->state = TLP_TAG_FREE;
}

static enum tlp_verdict take_failure(struct tlp_tag *tag, const struct tlp_completion *c)
{
	if (tag->state != TLP_TAG_BUSY) {
		if (tag->owed && !(tag->owed & (tag->owed - 1)))
			pay(tag, tag->owed);
		return TLP_LATE;
	}
	tag->status = c->status == TLP_COMPLETER_ABORT ? MEMORY_CA : MEMORY_UR;
	/* A failure does not tell its address: it may be that of an earlier read. */
	if (tag->owed)
		return TLP_GAP;
	tag->state = TLP_TAG_FREE;
	return TLP_SETTLED;
}

static enum tlp_verdict not_mine(struct tlp_tag *tag)
{
	tag->nonsense = true;
	return TLP_MALFORMED;
}

/* A piece that ends where the read of this busy tag does. */
static enum tlp_verdict take_piece(struct tlp_tag *tag, const struct tlp_completion *c)
{
	uint32_t offset = tag->size - c->byte_count;

	if (c->byte_count > tag->size || c->lower != ((tag->at + offset) & 0x7f))
		return not_mine(tag);
	if (offset < tag->got)
		return TLP_DUPLICATE;
	if (offset > tag->got) {
		if (c->last) {
			tag->state = TLP_TAG_FREE;
			tag->status = MEMORY_TIMEOUT;
		}
		return TLP_GAP;
	}
	memcpy(tag->data + offset, c->data, c->size);
	tag->got += c->size;
	if (c->poisoned)
		tag->status = MEMORY_POISONED;
	if (!c->last)
		return TLP_TAKEN;
	tag->state = TLP_TAG_FREE;
	return TLP_SETTLED;
}

enum tlp_verdict tlp_tag_take(struct tlp_tag *tag, const struct tlp_completion *c)
{
	uint32_t end = tlp_tag_end(c->lower, c->byte_count);

	if (c->status != TLP_SUCCESS)
		return take_failure(tag, c);
	if (tag->state == TLP_TAG_BUSY && end == tlp_tag_end(tag->at, tag->size))
		return take_piece(tag, c);
	if (tag->owed & end) {
		if (c->last)
			pay(tag, end);
		return TLP_LATE;
	}
	return tag->state == TLP_TAG_BUSY ? not_mine(tag) : TLP_LATE;
}
