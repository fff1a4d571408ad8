/* tlp_tag: one tag of a PCIe requester: its read, the pieces of the answer, and the answers that
 * may still come to reads that were given up.
 *
 * A tag is free, or busy with a read, or rests after a read that was given up.
 *
 * A completion names only its tag, the low 7 bits of an address and a byte count. So a late answer
 * to a read that was given up could pass for the answer to a later read with the same tag.
 * Therefore a tag remembers the answers that it is owed, and gets no read whose answer could be
 * mistaken for one of them:
 * - All completions of one read agree on where the read ends: lower address + byte count is the end
 *   modulo 128. So we can tell reads with different ends apart.
 * - The answer to a short read, which lies in one line of 64 bytes and does not start with it,
 *   comes in one piece. No piece of any other read starts there, except of a read just like it.
 *   So we can tell short reads with different ends or sizes apart.
 *
 * Does no I/O and has no clock; times are nanoseconds of a monotonic clock.
 */
#ifndef MEMORY_TLP_TAG_H
#define MEMORY_TLP_TAG_H

#include "memory/memory.h"
#include "memory/tlp.h"

#define TLP_LINE 64
#define TLP_OWED_MAX 32

enum tlp_tag_state { TLP_TAG_FREE, TLP_TAG_BUSY, TLP_TAG_RESTING };

struct tlp_owed {
	uint8_t end;  /* of the read, in words, modulo 32 */
	uint8_t size; /* bytes of a short read; else 0 */
	uint64_t until;
};

struct tlp_tag {
	enum tlp_tag_state state;
	uint64_t until; /* busy: when it is given up; resting: when it is free again */
	uint64_t at;	/* of the read */
	uint32_t size, got;
	enum memory_status status; /* of the read so far; MEMORY_OK while nothing failed */
	bool nonsense;		   /* a datagram came that is not an answer to this read */
	uint8_t *data;		   /* the caller's, large enough for the largest read */
	struct tlp_owed owed[TLP_OWED_MAX]; /* the oldest first */
	unsigned int owed_count;
};

enum tlp_verdict {
	TLP_TAKEN,	/* a piece; more will come */
	TLP_SETTLED,	/* the read is over, its status is in tag->status */
	TLP_GAP,	/* a piece is missing, or the answer may be that to another read: ask again */
	TLP_LATE,	/* it answers a read that was given up */
	TLP_DUPLICATE,	/* a piece that came before */
	TLP_MALFORMED,	/* it answers no read that was ever sent */
};

/* Whether the tag can carry a read now; ends its rest when that is over. A tag that is owed
 * TLP_OWED_MAX answers cannot. */
bool tlp_tag_ready(struct tlp_tag *tag, uint64_t now);

/* Forgets answers that have been owed for too long. taken: the time before which all that came was
 * given to tlp_tag_take(). An answer may still wait in a queue of this machine; it stays owed. */
void tlp_tag_forget(struct tlp_tag *tag, uint64_t taken);

/* Whether we could tell the answer to a read of [at, at + size) from all answers that the tag is
 * owed. */
bool tlp_tag_allows(const struct tlp_tag *tag, uint64_t at, uint32_t size);

/* The read was sent. deadline: when to give it up. */
void tlp_tag_begin(struct tlp_tag *tag, uint64_t at, uint32_t size, uint64_t deadline);

/* Gives up the read, with MEMORY_TIMEOUT, or MEMORY_PROTOCOL if nonsense came. The tag rests for
 * `rest` and is owed the answer for `owed`. */
void tlp_tag_give_up(struct tlp_tag *tag, uint64_t now, uint64_t rest, uint64_t owed);

/* Takes a completion with this tag. After TLP_GAP the caller has to give up the read, unless the
 * tag is free already. */
enum tlp_verdict tlp_tag_take(struct tlp_tag *tag, const struct tlp_completion *c);

#endif
