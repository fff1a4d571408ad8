/* The input is the text of a RAM map: any bytes are an error, or a map that is in order and the
 * same again when it is written and read. */
#include <stdint.h>
#include <stdlib.h>

#include "memory/ram_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const struct ram_map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->ranges[i].start.v >= map->ranges[i].end.v)
			abort();
		if (i && map->ranges[i - 1].end.v >= map->ranges[i].start.v)
			abort();
		if (!ram_map_contains(map, map->ranges[i].start, 0) ||
		    ram_map_contains(map, map->ranges[i].end, 0))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT, again = RAM_MAP_INIT;
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e = ram_map_parse("input", (const char *)data, size, &map);

	if (e) {
		err_discard(e);
		return 0;
	}
	check_order(&map);
	ram_map_format(&map, &text);
	e = ram_map_parse("output", text.data, text.size, &again);
	if (e || again.count != map.count || ram_map_size(&again) != ram_map_size(&map))
		abort();
	ram_map_intersect(&both, &map, &again);
	if (both.count != map.count || ram_map_size(&both) != ram_map_size(&map))
		abort();
	return 0;
}
