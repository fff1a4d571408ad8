/* tlp_tag: one tag of a PCIe requester: the read it carries, the pieces of the
 * answer, and what may still be under way from reads that were given up.
 *
 * A tag is free, or busy with a read, or rests after a read that was given up.
 * A completion names only its tag, the low 7 bits of an address and the bytes
 * still owed, so that the answer to a read that was given up could pass for that
 * to a later one. A tag therefore remembers what it is owed, and is given no read
 * with which that could be mistaken:
 * - All completions of one read agree in where it ends: lower address + byte
 *   count is the end modulo 128. Reads that end elsewhere are told apart.
 * - A short read, within one line of 64 bytes and not from its start, comes in
 *   one piece with a start that no other read's pieces have but those of a read
 *   just like it. So only a read of the same end and size is not told apart.
 * Pure: no I/O, no clock of its own; times are nanoseconds of a monotonic clock.
 */
#ifndef MEMORY_TLP_TAG_H
#define MEMORY_TLP_TAG_H

#include "memory/memory.h"
#include "memory/tlp.h"

#define TLP_LINE 64
#define TLP_OWED_MAX 32

enum tlp_tag_state { TLP_TAG_FREE, TLP_TAG_BUSY, TLP_TAG_RESTING };

struct tlp_owed {
	uint8_t end;  /* in words, modulo 32 */
	uint8_t size; /* bytes of a short read, else 0 */
	uint64_t until;
};

struct tlp_tag {
	enum tlp_tag_state state;
	uint64_t until; /* busy: when it is given up; resting: when it is free again */
	uint64_t at;	/* of the read */
	uint32_t size, got;
	enum memory_status status; /* of the read so far; MEMORY_OK while nothing failed */
	bool nonsense;		   /* something that is no answer came for this read */
	uint8_t *data;		   /* of the caller's, enough for the largest read */
	struct tlp_owed owed[TLP_OWED_MAX]; /* the oldest first */
	unsigned int owed_count;
};

enum tlp_verdict {
	TLP_TAKEN,	/* a piece; more are to come */
	TLP_SETTLED,	/* the read is over, its status is in tag->status */
	TLP_GAP,	/* a piece is missing, or the answer is not certain: ask again */
	TLP_LATE,	/* for a read that was given up */
	TLP_DUPLICATE,	/* a piece that is there already */
	TLP_MALFORMED,	/* for no read that was ever asked */
};

/* Whether the tag can carry a read now; ends its rest. One that is owed TLP_OWED_MAX
 * answers can not. */
bool tlp_tag_ready(struct tlp_tag *tag, uint64_t now);

/* Forgets what is owed for too long. taken: all that came before then was given to
 * tlp_tag_take(); an answer that waits in a queue of this machine is still owed. */
void tlp_tag_forget(struct tlp_tag *tag, uint64_t taken);

/* Whether the answer to a read of [at, at + size) can be told apart from all that
 * the tag is owed. */
bool tlp_tag_allows(const struct tlp_tag *tag, uint64_t at, uint32_t size);

/* The read was sent. deadline: when it is to be given up. */
void tlp_tag_begin(struct tlp_tag *tag, uint64_t at, uint32_t size, uint64_t deadline);

/* Gives up the read: MEMORY_TIMEOUT, or MEMORY_PROTOCOL when nonsense came. The
 * tag rests for `rest`, and its answer is owed for `owed`. */
void tlp_tag_give_up(struct tlp_tag *tag, uint64_t now, uint64_t rest, uint64_t owed);

/* Takes a completion with this tag. After TLP_GAP the read is to be given up,
 * unless the tag is free already. */
enum tlp_verdict tlp_tag_take(struct tlp_tag *tag, const struct tlp_completion *c);

#endif
