/* nettlp_stamps: what the adapter's own header tells about lost and repeated packets.
 *
 * The adapter numbers the packets that it sends (16 bits) and says when it sent each (32 bits of
 * 6.4 ns). A packet that comes twice has the same number and time; a packet whose number never
 * comes was lost.
 */
#ifndef MEMORY_NETTLP_STAMPS_H
#define MEMORY_NETTLP_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

struct nettlp_stamps {
	bool started;
	uint16_t newest;
	uint64_t sent;	   /* packets by the adapter, as far as its numbers tell */
	uint64_t received; /* of those, each counted once */
	uint64_t times[UINT16_MAX + 1]; /* by number: 1 + the time of sending; 0: never seen */
};

/* Counts a packet. False: it came before. A packet stamped 0, 0 has no stamp at all and counts as
 * new. */
bool nettlp_stamps_take(struct nettlp_stamps *s, uint16_t sequence, uint32_t timestamp);

/* How many packets the adapter sent that never came. */
uint64_t nettlp_stamps_missing(const struct nettlp_stamps *s);

#endif
