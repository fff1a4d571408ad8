/* tlp_tag: one tag of a PCIe requester: the read it carries, the pieces of the
 * answer, and what may still be under way from reads that were given up.
 *
 * A tag is free, or busy with a read, or rests after a read that was given up.
 * A completion names only its tag, the low 7 bits of an address and the bytes
 * still owed. All completions of one read agree in where the read ends: lower
 * address + byte count is the end modulo 128. So a tag remembers, in words, the
 * ends of the reads it still is owed an answer for, and takes no read that ends
 * at one of them: a late completion can never pass for one of the new read.
 * Pure: no I/O, no clock of its own; times are nanoseconds of a monotonic clock.
 */
#ifndef MEMORY_TLP_TAG_H
#define MEMORY_TLP_TAG_H

#include "memory/memory.h"
#include "memory/tlp.h"

#define TLP_TAG_ENDS 32 /* words in 128 bytes */

enum tlp_tag_state { TLP_TAG_FREE, TLP_TAG_BUSY, TLP_TAG_RESTING };

struct tlp_tag {
	enum tlp_tag_state state;
	uint64_t until; /* busy: when it is given up; resting: when it is free again */
	uint64_t at;	/* of the read */
	uint32_t size, got;
	enum memory_status status; /* of the read so far; MEMORY_OK while nothing failed */
	bool nonsense;		   /* something that is no answer came for this read */
	uint8_t *data;		   /* size bytes of the caller's, enough for the largest read */
	uint32_t owed;		   /* a bit for each end that may still be answered */
	uint64_t owed_until[TLP_TAG_ENDS];
};

enum tlp_verdict {
	TLP_TAKEN,	/* a piece; more are to come */
	TLP_SETTLED,	/* the read is over, its status is in tag->status */
	TLP_GAP,	/* a piece is missing, or the answer is not certain: ask again */
	TLP_LATE,	/* for a read that was given up */
	TLP_DUPLICATE,	/* a piece that is there already */
	TLP_MALFORMED,	/* for no read that was ever asked */
};

/* Of [at, at + size): the bit of its end in `owed`. */
uint32_t tlp_tag_end(uint64_t at, uint32_t size);

/* Whether the tag can carry a read now; ends its rest and forgets what is owed
 * for too long. A read it is given must not end at one of tag->owed. */
bool tlp_tag_ready(struct tlp_tag *tag, uint64_t now);

/* The read was sent. deadline: when it is to be given up. */
void tlp_tag_begin(struct tlp_tag *tag, uint64_t at, uint32_t size, uint64_t deadline);

/* Gives up the read: MEMORY_TIMEOUT, or MEMORY_PROTOCOL when nonsense came. The
 * tag rests for `rest`, and its end is owed for `owed`. */
void tlp_tag_give_up(struct tlp_tag *tag, uint64_t now, uint64_t rest, uint64_t owed);

/* Takes a completion with this tag. After TLP_GAP the read is to be given up,
 * unless the tag is free already. */
enum tlp_verdict tlp_tag_take(struct tlp_tag *tag, const struct tlp_completion *c);

#endif
