/* tlp_fit: chooses the request that reads a span, when late answers may still come to its tag
 * (tlp_tag.h). Does no I/O.
 */
#ifndef MEMORY_TLP_FIT_H
#define MEMORY_TLP_FIT_H

#include "memory/read_plan.h"
#include "memory/tlp_tag.h"

/* One request, [start, end): no larger than the bus allows, and in one 4 KiB page. */
struct tlp_fit {
	uint64_t start, end;
};

/* The words that hold the span; or only its bytes, if those words are not all RAM. */
struct tlp_fit tlp_fit_whole(const struct read_span *span, const struct ram_map *ram);

/* Changes *fit, which is tlp_fit_whole(), to a request that the tag allows: one with a later end,
 * or with an earlier end (so that a rest of the span is left), or with an earlier start in its
 * line. read_max: span_max of the plan. False: there is no such request. */
bool tlp_fit_move(const struct read_span *span, const struct ram_map *ram, uint32_t read_max,
		  const struct tlp_tag *tag, struct tlp_fit *fit);

#endif
