#include "recover/kernel/image_parts.h"

#include <stdlib.h>

#include "base/vec.h"

#define CONSTANT_MIN (UINT64_C(1) << 20) /* a symbol table alone is larger */

void image_parts_deinit(struct image_parts *p)
{
	free(p->list);
	*p = (struct image_parts){ .count = 0 };
}

void image_parts_add(struct image_parts *p, const struct image_part *part)
{
	struct image_part *last = p->count ? &p->list[p->count - 1] : NULL;

	if (last && last->end.v == part->start.v && last->writable == part->writable &&
	    last->no_execute == part->no_execute) {
		last->end = part->end;
		return;
	}
	*vec_add(p->list, p->count, p->capacity) = *part;
}

struct err *image_parts_of_map(struct memory *m, const struct kernel_map *map,
			       struct image_parts *ret)
{
	struct xlat x = kernel_map_xlat(m, map);
	uint64_t va = map->start.v;

	*ret = (struct image_parts){ .count = 0 };
	while (va < map->end.v) {
		struct image_part part;
		struct xlat_result r;
		struct err *e = xlat_walk(&x, va, &r);

		if (e)
			return e;
		part = (struct image_part){ KADDR(va), KADDR((va | (r.page_size - 1)) + 1),
					    r.writable, r.no_execute };
		if (r.kind == XLAT_MAPPED && r.at.v == kernel_map_pa(map, part.start).v)
			image_parts_add(ret, &part);
		if (part.end.v <= va) /* the end of the address space */
			break;
		va = part.end.v;
	}
	return NULL;
}

static bool is_constant(const struct image_part *part)
{
	return !part->writable && part->no_execute;
}

bool image_parts_have_constants(const struct image_parts *p)
{
	uint64_t size = 0;

	for (size_t i = 0; i < p->count; i++)
		if (is_constant(&p->list[i]))
			size += p->list[i].end.v - p->list[i].start.v;
	return size >= CONSTANT_MIN;
}

struct err *image_parts_read(const struct image_parts *p, struct kernel_pages *pages,
			     bool *constant)
{
	*constant = image_parts_have_constants(p);
	for (size_t i = 0; i < p->count; i++) {
		struct err *e;

		if (*constant && !is_constant(&p->list[i]))
			continue;
		e = kernel_pages_read(pages, p->list[i].start, p->list[i].end);
		if (e)
			return e;
	}
	return NULL;
}
