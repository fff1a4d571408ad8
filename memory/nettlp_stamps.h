/* nettlp_stamps: what the adapter's own header tells: it numbers all packets it
 * sends (16 bits) and says when it sent each (32 bits of 6.4 ns). A packet that
 * comes twice has both numbers twice; a number that never comes was lost.
 */
#ifndef MEMORY_NETTLP_STAMPS_H
#define MEMORY_NETTLP_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

struct nettlp_stamps {
	bool started;
	uint16_t newest;
	uint64_t sent;	   /* by the adapter, as far as its numbers tell */
	uint64_t received; /* of them, each once */
	uint64_t times[UINT16_MAX + 1]; /* by number: 1 + when it was sent; 0: never seen */
};

/* Counts a packet. False: it was here already. Packets stamped 0, 0 are not
 * stamped at all and always new. */
bool nettlp_stamps_take(struct nettlp_stamps *s, uint16_t sequence, uint32_t timestamp);

/* Packets that the adapter sent and that never came. */
uint64_t nettlp_stamps_missing(const struct nettlp_stamps *s);

#endif
