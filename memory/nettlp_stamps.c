#include "memory/nettlp_stamps.h"

/* A larger step between two numbers is not a gap: the adapter was restarted. */
#define GAP_MAX 8192

bool nettlp_stamps_take(struct nettlp_stamps *s, uint16_t sequence, uint32_t timestamp)
{
	int ahead = (int16_t)(sequence - s->newest);

	if (!sequence && !timestamp)
		return true;
	if (s->times[sequence] == UINT64_C(1) + timestamp)
		return false;
	s->times[sequence] = UINT64_C(1) + timestamp;
	s->received++;
	if (s->started && ahead > 0 && ahead <= GAP_MAX) {
		s->sent += (uint64_t)ahead;
		s->newest = sequence;
	} else if (!s->started || ahead > GAP_MAX || ahead < -GAP_MAX) {
		s->sent++;
		s->newest = sequence;
		s->started = true;
	}
	return true;
}

uint64_t nettlp_stamps_missing(const struct nettlp_stamps *s)
{
	return s->sent > s->received ? s->sent - s->received : 0;
}
