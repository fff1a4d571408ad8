#include "recover/survey/known_ram.h"

#include <inttypes.h>

#define STEPS_MAX 16384 /* bytes */

void known_ram_init(struct memory *m, struct known_ram *ret)
{
	*ret = (struct known_ram){ .memory = m };
	ret->given = ram_map_end(memory_ram_map(m)).v > LOW_MEMORY_END;
	ram_map_copy(&ret->first, memory_ram_map(m));
	ram_map_copy(&ret->map, memory_ram_map(m));
}

void known_ram_deinit(struct known_ram *k)
{
	ram_map_deinit(&k->first);
	ram_map_deinit(&k->map);
	buf_deinit(&k->steps);
}

void known_ram_forget(struct known_ram *k)
{
	memory_set_ram_map(k->memory, &k->first);
	ram_map_copy(&k->map, &k->first);
	buf_clear(&k->steps);
}

struct err *known_ram_add(struct known_ram *k, struct paddr at, uint64_t size, const char *why)
{
	uint64_t end = at.v + size;

	if (ram_map_contains(&k->map, at, size))
		return NULL;
	if (k->given)
		return err_new(ERR_DATA, "0x%" PRIx64 "-0x%" PRIx64 " (%s) is outside the RAM map "
			       "that was given", at.v, end, why);
	if (!size || end < at.v || end > PHYSICAL_END || (at.v < EXTENDED_MEMORY && end > LOW_MEMORY_END))
		return err_new(ERR_DATA, "0x%" PRIx64 "-0x%" PRIx64 " (%s) cannot be RAM", at.v,
			       end, why);
	ram_map_add(&k->map, at, PADDR(end));
	memory_set_ram_map(k->memory, &k->map);
	if (k->steps.size < STEPS_MAX)
		buf_addf(&k->steps, "  0x%" PRIx64 "-0x%" PRIx64 ": %s\n", at.v, end, why);
	return NULL;
}

struct err *known_ram_settle(struct known_ram *k, const struct ram_map *all)
{
	for (size_t i = 0; i < k->map.count && !k->given; i++) {
		const struct ram_range *r = &k->map.ranges[i];

		if (r->end.v > LOW_MEMORY_END &&
		    !ram_map_contains(all, r->start, r->end.v - r->start.v))
			return err_new(ERR_DATA, "0x%" PRIx64 "-0x%" PRIx64 " belongs to the "
				       "kernel, but is not in its own map of RAM", r->start.v,
				       r->end.v);
	}
	ram_map_copy(&k->map, all);
	memory_set_ram_map(k->memory, all);
	return NULL;
}
