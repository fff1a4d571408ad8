/* raw: memory as it is: the offset of a byte is its address.
 *
 *	file:PATH
 *	file:PATH?lowmem=0x80000000
 *	file:PATH?concatenated
 *
 * PATH.ram_map, if it is there, says which addresses are RAM.
 *
 * lowmem: QEMU moves the memory of a machine out of the way of the PCI hole below 4 GiB. The first
 * `lowmem` bytes of the file are the addresses from 0 on, and the rest are those from 4 GiB on. q35
 * does so with lowmem 0x80000000 when the machine has 0xb0000000 bytes or more. The file itself
 * does not say so: a caller that finds the machine's own map of its memory calls
 * memory_set_lowmem().
 *
 * concatenated: the file has the ranges of PATH.ram_map one after another, without the holes
 * between them (LiME's format=raw). Without a map such a file is useless.
 */
#include <inttypes.h>

#include "base/file.h"
#include "memory/image.h"

#define FOUR_GIB (UINT64_C(1) << 32)

static struct err *place_lowmem(struct image *image, uint64_t lowmem)
{
	struct err *e;

	if (!lowmem || lowmem % PAGE_SIZE || lowmem > FOUR_GIB || lowmem > image->size)
		return err_new(ERR_USAGE,
			       "%s: lowmem=0x%" PRIx64 ": expected a multiple of 0x1000, at most "
			       "4 GiB and the file's 0x%" PRIx64 " bytes",
			       image->path, lowmem, image->size);
	image->count = 0;
	e = image_add(image, PADDR(0), PADDR(lowmem), 0, lowmem);
	if (e || image->size == lowmem)
		return e;
	return image_add(image, PADDR(FOUR_GIB), PADDR(FOUR_GIB + image->size - lowmem), lowmem,
			 image->size - lowmem);
}

static struct err *place_flat(struct image *image)
{
	image->count = 0;
	return image_add(image, PADDR(0), PADDR(image->size), 0, image->size);
}

static struct err *place_concatenated(struct image *image, const struct ram_map *map)
{
	uint64_t offset = 0;

	if (ram_map_size(map) != image->size)
		return err_new(ERR_DATA,
			       "%s: ?concatenated: its RAM map has 0x%" PRIx64
			       " bytes, the file 0x%" PRIx64,
			       image->path, ram_map_size(map), image->size);
	for (size_t i = 0; i < map->count; i++) {
		uint64_t size = map->ranges[i].end.v - map->ranges[i].start.v;
		struct err *e = image_add(image, map->ranges[i].start, map->ranges[i].end, offset,
					  size);

		if (e)
			return e;
		offset += size;
	}
	return NULL;
}

/* Checks that all RAM of the map beside the file is in the file. */
static struct err *check_map(const struct image *image, const struct ram_map *map)
{
	CLEANUP(ram_map_deinit) struct ram_map held = RAM_MAP_INIT;

	image_ram_map(image, &held);
	for (size_t i = 0; i < map->count; i++) {
		struct ram_range r = map->ranges[i];

		if (ram_map_contains(&held, r.start, r.end.v - r.start.v))
			continue;
		return err_new(ERR_DATA,
			       "%s: RAM 0x%" PRIx64 "-0x%" PRIx64 " of its RAM map is not all in its "
			       "0x%" PRIx64 " bytes: cut off, or written with another ?lowmem=%s",
			       image->path, r.start.v, r.end.v, image->size,
			       ram_map_size(map) == image->size ?
				       ", or its ranges are ?concatenated" :
				       "");
	}
	return NULL;
}

static struct err *raw_set_lowmem(struct memory *m, uint64_t lowmem)
{
	struct image *image = m->source;
	struct err *e = place_lowmem(image, lowmem);

	if (e)
		return e;
	image_ram_map(image, &m->ram_map);
	return NULL;
}

static const struct memory_ops raw_ops = {
	.scheme = "file",
	.close = image_memory_close,
	.read = image_read,
	.next_data = image_next_data,
	.set_lowmem = raw_set_lowmem,
	.why_absent = "the file does not hold it",
};

struct err *raw_open(struct memory *m)
{
	struct image *image = m->source;
	struct ram_map *map = &m->ram_map; /* given by the operator, or empty */
	uint64_t lowmem = 0;
	bool concatenated = false, mapped = map->count > 0;
	struct err *e = uri_take_hex(&image->uri, "lowmem", &lowmem);

	m->ops = &raw_ops;
	if (e)
		return e;
	e = uri_take_flag(&image->uri, "concatenated", &concatenated);
	if (e)
		return e;
	if (concatenated && (uri_take(&image->uri, "lowmem") || !mapped))
		return err_new(ERR_USAGE, "%s: ?concatenated needs %s.ram_map, and no ?lowmem",
			       image->path, image->path);
	if (!concatenated && image->size % PAGE_SIZE)
		return err_new(ERR_DATA,
			       "%s: %" PRIu64 " bytes are no multiple of 4096: "
			       "expected a raw image of memory; it may be cut off",
			       image->path, image->size);
	if (concatenated)
		e = place_concatenated(image, map);
	else if (uri_take(&image->uri, "lowmem"))
		e = place_lowmem(image, lowmem);
	else
		e = place_flat(image);
	if (e || mapped)
		return e ? e : check_map(image, map);
	image_ram_map(image, map);
	return NULL;
}
