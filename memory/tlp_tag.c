#include "memory/tlp_tag.h"

#include <string.h>

static uint8_t end_of(uint64_t at, uint32_t size)
{
	return (uint8_t)((at + size + 3) / 4 % 32);
}

/* The size in a struct tlp_owed: that of a short read, else 0. */
static uint8_t short_size(uint64_t at, uint32_t size)
{
	return (uint8_t)(at % TLP_LINE && at % TLP_LINE + size <= TLP_LINE ? size : 0);
}

/* The oldest answer that a read, or a completion, of [at, at + size) could be mistaken for;
 * owed_count: none. */
static unsigned int find_owed(const struct tlp_tag *tag, uint64_t at, uint32_t size)
{
	uint8_t end = end_of(at, size), shorter = short_size(at, size);
	unsigned int i = 0;

	while (i < tag->owed_count && (tag->owed[i].end != end || tag->owed[i].size != shorter))
		i++;
	return i;
}

static void drop_owed(struct tlp_tag *tag, unsigned int i)
{
	tag->owed_count--;
	memmove(tag->owed + i, tag->owed + i + 1, (tag->owed_count - i) * sizeof(*tag->owed));
}

bool tlp_tag_ready(struct tlp_tag *tag, uint64_t now)
{
	if (tag->state == TLP_TAG_BUSY || (tag->state == TLP_TAG_RESTING && now < tag->until) ||
	    tag->owed_count == TLP_OWED_MAX)
		return false;
	tag->state = TLP_TAG_FREE;
	return true;
}

void tlp_tag_forget(struct tlp_tag *tag, uint64_t taken)
{
	while (tag->owed_count && taken >= tag->owed[0].until)
		drop_owed(tag, 0);
}

bool tlp_tag_allows(const struct tlp_tag *tag, uint64_t at, uint32_t size)
{
	return find_owed(tag, at, size) == tag->owed_count;
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
	tag->state = TLP_TAG_RESTING;
	tag->until = now + rest;
	if (tag->owed_count == TLP_OWED_MAX)
		drop_owed(tag, 0);
	tag->owed[tag->owed_count++] = (struct tlp_owed){
		end_of(tag->at, tag->size), short_size(tag->at, tag->size), now + owed
	};
	if (tag->status == MEMORY_OK)
		tag->status = tag->nonsense ? MEMORY_PROTOCOL : MEMORY_TIMEOUT;
}

/* The answer to a read that was given up has come in full. */
static void pay(struct tlp_tag *tag, unsigned int i)
{
	drop_owed(tag, i);
	if (!tag->owed_count && tag->state == TLP_TAG_RESTING)
		tag->state = TLP_TAG_FREE;
}

static enum tlp_verdict take_failure(struct tlp_tag *tag, const struct tlp_completion *c)
{
	if (tag->state != TLP_TAG_BUSY) {
		if (tag->owed_count == 1)
			pay(tag, 0);
		return TLP_LATE;
	}
	tag->status = c->status == TLP_COMPLETER_ABORT ? MEMORY_CA : MEMORY_UR;
	/* Not every completer fills in these two fields for a failure. If they do not fit, this may
	 * be the answer to an earlier read. */
	if (tag->owed_count &&
	    (c->byte_count != tag->size - tag->got || c->lower != ((tag->at + tag->got) & 0x7f)))
		return TLP_GAP;
	tag->state = TLP_TAG_FREE;
	return TLP_SETTLED;
}

/* Whether its fields fit the read of this busy tag. */
static bool is_piece(const struct tlp_tag *tag, const struct tlp_completion *c)
{
	uint32_t offset = tag->size - c->byte_count;

	return c->byte_count <= tag->size && c->lower == ((tag->at + offset) & 0x7f) &&
	       (!offset || c->lower % TLP_LINE == 0);
}

static enum tlp_verdict take_piece(struct tlp_tag *tag, const struct tlp_completion *c)
{
	uint32_t offset = tag->size - c->byte_count;

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
	unsigned int i;

	if (c->status != TLP_SUCCESS)
		return take_failure(tag, c);
	if (tag->state == TLP_TAG_BUSY && is_piece(tag, c))
		return take_piece(tag, c);
	i = find_owed(tag, c->lower, c->byte_count);
	if (i < tag->owed_count) {
		if (c->last)
			pay(tag, i);
		return TLP_LATE;
	}
	if (tag->state != TLP_TAG_BUSY)
		return TLP_LATE;
	tag->nonsense = true;
	return TLP_MALFORMED;
}
