#include "recover/kernel/e820.h"

#include <inttypes.h>

#include "base/alloc.h"

#define TYPE_RAM 1
#define TYPE_RESERVED_KERN 128

/* Leaves out the windows of VGA and ROMs. */
static void add_ram(struct ram_map *map, uint64_t start, uint64_t end)
{
	ram_map_add(map, PADDR(start), PADDR(end < LOW_MEMORY_END ? end : LOW_MEMORY_END));
	ram_map_add(map, PADDR(start > EXTENDED_MEMORY ? start : EXTENDED_MEMORY), PADDR(end));
}

static struct err *parse_entry(struct view *v, struct ram_map *map)
{
	uint64_t start, size;
	uint32_t type;
	struct err *e = view_u64(v, &start);

	if (e)
		return e;
	e = view_u64(v, &size);
	if (e)
		return e;
	e = view_u32(v, &type);
	if (e)
		return e;
	/* x86-64 has at most 52 bits of physical addresses */
	if (start >> 52 || size >> 52 || (start + size) >> 52 > 1)
		return err_new(ERR_DATA, "0x%" PRIx64 " bytes at 0x%" PRIx64 " are no memory",
			       size, start);
	if (type == TYPE_RAM || type == TYPE_RESERVED_KERN)
		add_ram(map, start, start + size);
	return NULL;
}

struct err *e820_parse(struct view *v, struct ram_map *ret)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	uint32_t count;
	struct err *e = view_u32(v, &count);

	if (e)
		return err_in(e, "e820 table");
	if (!count || count > E820_ENTRIES_MAX)
		return err_new(ERR_DATA, "e820 table: has %" PRIu32 " entries", count);
	for (uint32_t i = 0; i < count; i++) {
		e = parse_entry(v, &map);
		if (e)
			return err_in(e, "e820 table: entry %" PRIu32, i);
	}
	if (!map.count)
		return err_new(ERR_DATA, "e820 table: no RAM in it");
	*ret = map;
	map = (struct ram_map)RAM_MAP_INIT;
	return NULL;
}

struct err *e820_read_count(struct memory *m, struct paddr at, uint32_t *ret)
{
	uint32_t count;
	struct err *e = memory_read(m, at, &count, sizeof(count));

	if (e)
		return e;
	if (count > E820_ENTRIES_MAX)
		return err_new(ERR_DATA, "has %" PRIu32 " entries", count);
	*ret = count;
	return NULL;
}

struct err *e820_read_at(struct memory *m, struct paddr at, uint32_t count, struct ram_map *ret)
{
	size_t size = e820_size(count);
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(size);
	struct view v = view_of(bytes, size, at.v);
	struct err *e = memory_read(m, at, bytes, size);

	return e ? e : e820_parse(&v, ret);
}

bool e820_pointer(const struct kernel *k, const char **name, uint64_t *ret)
{
	static const char *const names[] = { "e820_table", "e820_table_firmware", "e820",
					     "e820_saved" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		*name = names[i];
		if (kernel_u64(k, names[i], ret))
			return true;
	}
	return false;
}

static struct err *read_table(const struct kernel *k, uint64_t pointer, struct ram_map *ret)
{
	struct paddr at;
	uint32_t count = 0;
	struct err *e;

	if (!kernel_pointer(k, pointer, &at))
		return err_new(ERR_DATA, "points to 0x%" PRIx64 ", which is not RAM", pointer);
	e = e820_read_count(k->memory, at, &count);
	return e ? e : e820_read_at(k->memory, at, count, ret);
}

struct err *e820_read(const struct kernel *k, struct ram_map *ret, const char **name)
{
	const char *symbol;
	uint64_t pointer;

	if (!e820_pointer(k, &symbol, &pointer))
		return err_new(ERR_ABSENT, "no symbol e820_table");
	*name = symbol;
	return err_in(read_table(k, pointer, ret), "%s", symbol);
}
