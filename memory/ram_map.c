#include "memory/ram_map.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/search.h"
#include "base/vec.h"

#define RAM_MAP_FILE_MAX (1u << 20)

void ram_map_deinit(struct ram_map *map)
{
	free(map->ranges);
	*map = (struct ram_map)RAM_MAP_INIT;
}

void ram_map_add(struct ram_map *map, struct paddr start, struct paddr end)
{
	size_t first = search_first(i, map->count, map->ranges[i].end.v >= start.v);
	size_t past = first, count = map->count;

	if (start.v >= end.v)
		return;
	/* [first, past): the ranges that touch it, which it replaces */
	for (; past < count && map->ranges[past].start.v <= end.v; past++) {
		if (map->ranges[past].start.v < start.v)
			start = map->ranges[past].start;
		if (map->ranges[past].end.v > end.v)
			end = map->ranges[past].end;
	}
	if (past == first)
		(void)vec_add(map->ranges, map->count, map->capacity);
	memmove(map->ranges + first + 1, map->ranges + past, (count - past) * sizeof(*map->ranges));
	map->count = count + 1 - (past - first);
	map->ranges[first] = (struct ram_range){ start, end };
}

void ram_map_copy(struct ram_map *to, const struct ram_map *from)
{
	struct ram_map copy = { xcalloc(from->count, sizeof(*from->ranges)), from->count,
				from->count };

	if (from->count)
		memcpy(copy.ranges, from->ranges, from->count * sizeof(*from->ranges));
	ram_map_deinit(to);
	*to = copy;
}

void ram_map_intersect(struct ram_map *to, const struct ram_map *a, const struct ram_map *b)
{
	size_t i = 0, k = 0;

	ram_map_deinit(to);
	while (i < a->count && k < b->count) {
		struct ram_range x = a->ranges[i], y = b->ranges[k];

		ram_map_add(to, x.start.v > y.start.v ? x.start : y.start,
			    x.end.v < y.end.v ? x.end : y.end);
		if (x.end.v <= y.end.v)
			i++;
		else
			k++;
	}
}

void ram_map_subtract(struct ram_map *to, const struct ram_map *a, const struct ram_map *b)
{
	size_t k = 0;

	ram_map_deinit(to);
	for (size_t i = 0; i < a->count; i++) {
		struct paddr at = a->ranges[i].start, end = a->ranges[i].end;

		while (k < b->count && b->ranges[k].end.v <= at.v)
			k++;
		for (size_t n = k; n < b->count && b->ranges[n].start.v < end.v; n++) {
			ram_map_add(to, at, b->ranges[n].start);
			at = b->ranges[n].end;
		}
		ram_map_add(to, at, end);
	}
}

/* The first range that ends behind `at`, or NULL. */
static const struct ram_range *ram_map_from(const struct ram_map *map, struct paddr at)
{
	size_t i = search_first(k, map->count, map->ranges[k].end.v > at.v);

	return i < map->count ? &map->ranges[i] : NULL;
}

bool ram_map_contains(const struct ram_map *map, struct paddr at, uint64_t size)
{
	const struct ram_range *range = ram_map_from(map, at);

	return range && range->start.v <= at.v && size <= range->end.v - at.v;
}

bool ram_map_touches(const struct ram_map *map, struct paddr at, uint64_t size)
{
	const struct ram_range *range = ram_map_from(map, at);

	return range && (range->start.v <= at.v || range->start.v - at.v < size);
}

uint64_t ram_map_size(const struct ram_map *map)
{
	uint64_t size = 0;

	for (size_t i = 0; i < map->count; i++)
		size += map->ranges[i].end.v - map->ranges[i].start.v;
	return size;
}

struct paddr ram_map_end(const struct ram_map *map)
{
	return map->count ? map->ranges[map->count - 1].end : PADDR(0);
}

/* "0x" and 1 to 16 lower-case or upper-case hexadecimal digits. */
static bool parse_hex(const char **p, const char *end, uint64_t *ret)
{
	const char *s = *p;
	uint64_t value = 0;
	int digits = 0;

	if (end - s < 3 || s[0] != '0' || s[1] != 'x')
		return false;
	for (s += 2; s < end; s++, digits++) {
		int c = *s | 0x20;
		int digit = *s >= '0' && *s <= '9' ? *s - '0' :
			    c >= 'a' && c <= 'f'   ? c - 'a' + 10 :
						     -1;

		if (digit < 0)
			break;
		if (digits == 16)
			return false;
		value = value << 4 | (unsigned int)digit;
	}
	*p = s;
	*ret = value;
	return digits > 0;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* One line [p, end) without its newline; an empty one adds nothing. */
static struct err *parse_line(const char *p, const char *end, struct ram_map *map)
{
	const char *comment = memchr(p, '#', (size_t)(end - p));
	uint64_t start, stop;

	end = comment ? comment : end;
	p = skip_blanks(p, end);
	if (p == end)
		return NULL;
	if (!parse_hex(&p, end, &start) || p == end || *p++ != '-' || !parse_hex(&p, end, &stop) ||
	    skip_blanks(p, end) != end)
		return err_new(ERR_DATA, "expected a range like 0x0-0x9fc00");
	if (stop <= start)
		return err_new(ERR_DATA, "the end 0x%" PRIx64 " is not above the start 0x%" PRIx64,
			       stop, start);
	if (ram_map_touches(map, PADDR(start), stop - start))
		return err_new(ERR_DATA, "overlaps an earlier range");
	ram_map_add(map, PADDR(start), PADDR(stop));
	return NULL;
}

struct err *ram_map_parse(const char *name, const char *text, size_t size, struct ram_map *ret)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	const char *p = text, *end = text + size;

	for (size_t number = 1; p < end; number++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		struct err *e = parse_line(p, stop, &map);

		if (e)
			return err_in(e, "%s:%zu", name, number);
		p = newline ? newline + 1 : end;
	}
	if (!map.count)
		return err_new(ERR_DATA, "%s: no range of RAM in it", name);
	*ret = map;
	map = (struct ram_map)RAM_MAP_INIT;
	return NULL;
}

struct err *ram_map_read(const char *path, struct ram_map *ret)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e = file_read(path, RAM_MAP_FILE_MAX, &text);

	if (e)
		return e;
	return ram_map_parse(path, buf_str(&text), text.size, ret);
}

void ram_map_format(const struct ram_map *map, struct buf *b)
{
	for (size_t i = 0; i < map->count; i++)
		buf_addf(b, "0x%" PRIx64 "-0x%" PRIx64 "\n", map->ranges[i].start.v,
			 map->ranges[i].end.v);
}
