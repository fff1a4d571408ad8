/* live_map: the RAM map of a live machine of which nothing is known, from its own kernel.
 *
 * What is no RAM may be a device, and reading a device can bring a machine down. So from the first
 * 640 KiB on, which are RAM in every PC, only such pages are read that the kernel itself points
 * to, each checked to be what it should be before the next one is followed: the trampoline's page
 * table, the tables of the kernel's image, the image, and its e820 table. The map grows by each.
 */
#ifndef RECOVER_LIVE_MAP_H
#define RECOVER_LIVE_MAP_H

#include "memory/memory.h"

/* Whether m needs it: live, and no more known of it than the first 640 KiB. */
bool live_map_is_needed(const struct memory *m);

/* Replaces the RAM map of m by the kernel's own. On an error the map is as it was.
 * Errors: ERR_ABSENT: no trampoline that leads to a kernel, or the kernel has no e820 table;
 * ERR_DATA: what it points to is not what it should be; ERR_SYSTEM. */
struct err *live_map_find(struct memory *m) MUST_CHECK;

#endif
