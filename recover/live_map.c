#include "recover/live_map.h"

#include <inttypes.h>
#include <string.h>

#include "recover/e820.h"

#define LOW_MEMORY_END UINT64_C(0xa0000)
#define LEGACY_END UINT64_C(0x100000)
#define ADDRESS_END (UINT64_C(1) << 46) /* no machine with Linux has RAM above */
#define TABLE_ENTRIES 512
#define TWO_MIB (UINT64_C(2) << 20)
#define FRAME UINT64_C(0x000ffffffffff000)

bool live_map_is_needed(const struct memory *m)
{
	return memory_limits(m)->live && ram_map_end(memory_ram_map(m)).v <= LOW_MEMORY_END;
}

/* An entry as Linux makes them for kernel tables: present, writable, accessed or not, nothing
 * else, and a frame that can be RAM. Source: _KERNPG_TABLE, _PAGE_TABLE. */
static bool is_table_entry(uint64_t entry)
{
	uint64_t frame = entry & FRAME;

	return (entry & ~FRAME & ~UINT64_C(0x64)) == 0x3 && frame < ADDRESS_END &&
	       (frame < LOW_MEMORY_END || frame >= LEGACY_END) && frame;
}

/* From entry `from` on all are tables or zero, the last one a table; before it all are zero. */
static bool is_kernel_half(const uint64_t *table, unsigned int from)
{
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
		if (table[i] && (i < from || !is_table_entry(table[i])))
			return false;
	return is_table_entry(table[TABLE_ENTRIES - 1]);
}

/* The trampoline's page: besides the kernel's half it has entry 0, which maps low memory. */
static bool is_trampoline(uint64_t *table)
{
	if (table[0] && !is_table_entry(table[0]))
		return false;
	table[0] = 0;
	return is_kernel_half(table, 256);
}

/* Adds the page that an entry leads to, and reads it. */
static struct err *follow(struct memory *m, uint64_t entry, uint64_t *table)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct paddr at = PADDR(entry & FRAME);

	ram_map_copy(&map, memory_ram_map(m));
	ram_map_add(&map, at, paddr_add(at, PAGE_SIZE));
	memory_set_ram_map(m, &map);
	return memory_read(m, at, table, PAGE_SIZE);
}

/* What level2_kernel_pgt maps of one image. */
struct extent {
	uint64_t start, end; /* physical */
};

/* Bytes of the 2 MiB at `start` that a table maps there, from the first one on. */
static struct err *bytes_of_table(struct memory *m, uint64_t entry, uint64_t start, uint64_t *ret)
{
	uint64_t table[TABLE_ENTRIES];
	struct err *e = follow(m, entry, table);

	*ret = 0;
	for (uint64_t i = 0; i < TABLE_ENTRIES && !e; i++)
		if (table[i] & 1 && (table[i] & FRAME) == start + i * PAGE_SIZE)
			*ret = (i + 1) * PAGE_SIZE;
	return e;
}

/* The large pages that go together, two at least, from the first one on. False: there are none. */
static bool find_leaves(const uint64_t *level2, struct extent *ret, unsigned int *first,
			unsigned int *last)
{
	uint64_t start = 0;
	unsigned int count = 0;

	for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t frame = level2[i] & FRAME & ~(TWO_MIB - 1);

		if ((level2[i] & 0x81) != 0x81)
			continue;
		if (count && frame - start != (i - *first) * TWO_MIB)
			break; /* behind the image there may be modules */
		if (!count++) {
			start = frame;
			*first = i;
		}
		*last = i;
	}
	*ret = (struct extent){ start, start + (*last - *first + 1) * TWO_MIB };
	return count >= 2 && start >= LEGACY_END && ret->end <= ADDRESS_END &&
	       ret->end - start <= KERNEL_IMAGE_MAX;
}

/* level2: large pages of one image, or tables for parts of it. Adds the image and the tables.
 * *ret: whether it is one. */
static struct err *add_image(struct memory *m, const uint64_t *level2, bool *ret)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	unsigned int first = 0, last = 0;
	struct extent image;
	struct err *e = NULL;

	*ret = find_leaves(level2, &image, &first, &last);
	if (!*ret)
		return NULL;
	for (unsigned int i = 0; i < TABLE_ENTRIES && !e; i++) {
		uint64_t at = image.start + ((uint64_t)i - first) * TWO_MIB, bytes;

		if (!is_table_entry(level2[i]))
			continue;
		e = bytes_of_table(m, level2[i], at, &bytes);
		/* it may begin or end with such a part */
		if (!e && bytes && i < first && at < image.start)
			image.start = at;
		if (!e && bytes && i > last && at + bytes > image.end)
			image.end = at + bytes;
	}
	ram_map_copy(&map, memory_ram_map(m));
	ram_map_add(&map, PADDR(image.start), PADDR(image.end));
	memory_set_ram_map(m, &map);
	return e;
}

/* level3: entry 510 leads to the table of the image. */
static struct err *add_of_level3(struct memory *m, const uint64_t *level3, bool *ret)
{
	uint64_t level2[TABLE_ENTRIES];
	struct err *e;

	*ret = false;
	if (!is_kernel_half(level3, 256) || !level3[510])
		return NULL;
	e = follow(m, level3[510], level2);
	return e ? e : add_image(m, level2, ret);
}

/* From the table that entry 511 of a top-level one leads to: with 4 levels the third, with 5 one
 * whose entry 511 leads there. */
static struct err *add_kernel(struct memory *m, uint64_t entry, bool *ret)
{
	uint64_t table[TABLE_ENTRIES], level3[TABLE_ENTRIES];
	struct err *e = follow(m, entry, table);

	*ret = false;
	if (e || !is_kernel_half(table, 256))
		return e;
	e = add_of_level3(m, table, ret);
	if (e || *ret)
		return e;
	e = follow(m, table[TABLE_ENTRIES - 1], level3);
	return e ? e : add_of_level3(m, level3, ret);
}

static struct err *add_from_trampoline(struct memory *m)
{
	bool added = false;

	for (uint64_t page = 0; page < LOW_MEMORY_END && !added; page += PAGE_SIZE) {
		uint64_t table[TABLE_ENTRIES];
		struct memory_read r = { PADDR(page), PAGE_SIZE, table, MEMORY_OK };
		struct err *e = memory_read_vector(m, &r, 1);

		if (e)
			return e;
		if (r.status != MEMORY_OK || !is_trampoline(table))
			continue;
		e = add_kernel(m, table[TABLE_ENTRIES - 1], &added);
		if (e && err_code(e) == ERR_SYSTEM)
			return e;
		err_discard(e);
	}
	return added ? NULL : err_new(ERR_ABSENT, "no trampoline below 640 KiB leads to a kernel");
}

/* Adds the table that a pointer of the kernel leads to. */
static struct err *add_e820(const struct kernel *k)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	uint64_t pointer, at;
	uint32_t count;
	struct err *e;

	if (!kernel_u64(k, "e820_table", &pointer))
		return err_new(ERR_ABSENT, "the kernel has no e820_table");
	if (kernel_bytes(k, KADDR(pointer), 4))
		return NULL;
	at = pointer - k->page_offset_base;
	if (at < PAGE_SIZE || at >= ADDRESS_END || (at + 4 > LOW_MEMORY_END && at < LEGACY_END))
		return err_new(ERR_DATA, "e820_table points to 0x%" PRIx64
			       ", which is neither in the image nor in the direct map", pointer);
	ram_map_copy(&map, memory_ram_map(k->memory));
	ram_map_add(&map, PADDR(at), PADDR(at + 4));
	memory_set_ram_map(k->memory, &map);
	e = memory_read(k->memory, PADDR(at), &count, sizeof(count));
	if (e || !count || count > (E820_SIZE_MAX - 4) / 20)
		return e ? e : err_new(ERR_DATA, "e820_table has %" PRIu32 " entries", count);
	ram_map_add(&map, PADDR(at), PADDR(at + 4 + UINT64_C(20) * count));
	memory_set_ram_map(k->memory, &map);
	return NULL;
}

static struct err *map_of_kernel(struct memory *m, struct ram_map *ret)
{
	CLEANUP(candidates_deinit) struct candidates all = { .count = 0 };
	CLEANUP(kernel_deinit) struct kernel k = { .image = NULL };
	struct scan nothing = { .scanned = 0 };
	struct candidate *chosen;
	const char *name;
	struct err *e = candidates_find(m, &nothing, &all);

	if (!e)
		e = candidates_choose(&all, &chosen);
	if (!e)
		e = kernel_init(m, chosen, &k);
	if (e)
		return e;
	if (!kernel_u64(&k, "page_offset_base", &k.page_offset_base))
		k.page_offset_base = k.map.levels == 5 ? 0xff11000000000000 : 0xffff888000000000;
	e = add_e820(&k);
	return e ? e : e820_read(&k, ret, &name);
}

struct err *live_map_find(struct memory *m)
{
	CLEANUP(ram_map_deinit) struct ram_map before = RAM_MAP_INIT, found = RAM_MAP_INIT;
	struct err *e;

	ram_map_copy(&before, memory_ram_map(m));
	e = add_from_trampoline(m);
	if (!e)
		e = map_of_kernel(m, &found);
	memory_set_ram_map(m, e ? &before : &found);
	return err_in(e, "RAM map of the live machine");
}
