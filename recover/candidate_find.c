/* The ways that lead to a candidate, one after the other. */
#include "recover/candidate.h"

#include <inttypes.h>
#include <string.h>

#include "base/view.h"

#define COMMS_MAX 256
#define REAL_MODE_MAX 0x10000 /* no kernel's real-mode code and trampoline are larger */
#define REMARKS_MAX 16384     /* bytes; about as many */

/* The candidate with this phys_base, a new one if need be; NULL: there are too many. */
static struct candidate *candidate_at(struct candidates *c, uint64_t phys_base)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].phys_base == phys_base)
			return &c->list[i];
	if (c->count == CANDIDATES_MAX) {
		buf_addf(&c->remarks, "phys_base 0x%" PRIx64 ": one candidate too many\n",
			 phys_base);
		return NULL;
	}
	c->list[c->count] = (struct candidate){ .phys_base = phys_base };
	return &c->list[c->count++];
}

static void found_at(struct candidate *c, enum candidate_source source, struct paddr at)
{
	c->found[source] = true;
	if (c->places[source].size > 200)
		return;
	buf_add_str(&c->places[source], c->places[source].size ? ", " : "");
	if (source == FOUND_VMCOREINFO && at.v == VMCOREINFO_OF_FILE)
		buf_add_str(&c->places[source], "the image file");
	else
		buf_addf(&c->places[source], "0x%" PRIx64, at.v);
}

/* ERR_SYSTEM is passed on; anything else becomes a remark and no error. */
static struct err *remark(struct candidates *c, struct err *e)
{
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	if (c->remarks.size < REMARKS_MAX)
		buf_addf(&c->remarks, "%s\n", err_text(e));
	err_discard(e);
	return NULL;
}

static void set_map(struct candidate *c, enum candidate_source source,
		    const struct kernel_map *map)
{
	found_at(c, source, map->root);
	if (!c->mapped)
		c->map = *map;
	c->mapped = true;
}

static struct err *find_by_trampoline(struct memory *m, struct candidates *c)
{
	struct kernel_maps *maps = &c->trampolines;
	struct err *e = kernel_map_from_trampoline(m, maps);

	for (size_t i = 0; i < maps->count && !e; i++) {
		struct candidate *candidate = candidate_at(c, maps->list[i].phys_base);

		if (candidate)
			set_map(candidate, FOUND_TRAMPOLINE, &maps->list[i]);
	}
	if (!e && !maps->count)
		buf_addf(&c->remarks, "trampoline: none of the pages below 640 KiB maps an image "
			 "(%zu looked like it)\n", maps->rejected);
	if (!e && !maps->count && maps->rejected) {
		struct kernel_map none;

		e = remark(c, kernel_map_of_table(m, maps->rejected_at, &none));
	}
	if (!e && maps->outside)
		buf_addf(&c->remarks, "trampoline: of %zu pages entry 511 leads to a table outside "
			 "the RAM, as to 0x%" PRIx64 ": is the memory cut off?\n", maps->outside,
			 maps->outside_at.v);
	return e;
}

/* Takes up a note that was just read into its place in the list, or the error of that. */
static struct err *add_note(struct candidates *c, struct err *e)
{
	struct vmcoreinfo *note = &c->notes[c->note_count];
	struct candidate *candidate;

	if (e)
		return remark(c, e);
	c->note_count++;
	candidate = candidate_at(c, note->phys_base);
	if (candidate)
		found_at(candidate, FOUND_VMCOREINFO, note->at);
	return NULL;
}

static struct err *find_by_notes(struct memory *m, const struct scan_hits *hits,
				 struct candidates *c)
{
	size_t size;
	const char *text = memory_vmcoreinfo(m, &size);
	struct err *e = NULL;

	if (text)
		e = add_note(c, vmcoreinfo_parse(text, size, PADDR(VMCOREINFO_OF_FILE),
						 &c->notes[c->note_count]));
	for (size_t i = 0; i < hits->count && c->note_count < NOTES_MAX && !e; i++)
		e = add_note(c, vmcoreinfo_read(m, hits->at[i], &c->notes[c->note_count]));
	return e;
}

static struct err *find_by_comms(struct memory *m, const struct scan_hits *hits,
				 struct candidates *c)
{
	for (size_t i = 0; i < hits->count && i < COMMS_MAX; i++) {
		struct candidate *candidate;
		unsigned int votes;
		uint64_t phys_base;
		struct err *e = kernel_map_self_pointers(m, hits->at[i], &phys_base, &votes);

		if (e) {
			e = remark(c, err_in(e, "self-pointers"));
			if (e)
				return e;
			continue;
		}
		candidate = candidate_at(c, phys_base);
		if (!candidate)
			continue;
		if (!candidate->found[FOUND_SELF_POINTERS])
			candidate->comm = hits->at[i];
		found_at(candidate, FOUND_SELF_POINTERS, hits->at[i]);
		buf_addf(&candidate->places[FOUND_SELF_POINTERS], " (%u list heads)", votes);
	}
	return NULL;
}

/* Uses the map if it says the same as what led to it. */
static void try_map(struct candidates *all, struct candidate *c, const struct kernel_map *map)
{
	if (map->phys_base == c->phys_base)
		set_map(c, FOUND_PAGE_TABLE, map);
	else
		buf_addf(&all->remarks, "page table 0x%" PRIx64 ": maps an image with phys_base 0x%"
			 PRIx64 ", was led to by 0x%" PRIx64 "\n",
			 map->root.v, map->phys_base, c->phys_base);
}

/* The page table that a note names. */
static struct err *map_by_note(struct memory *m, struct candidates *all, struct candidate *c,
			       const struct vmcoreinfo *note)
{
	struct kernel_map map = { .phys_base = note->phys_base };
	struct kaddr root;
	struct err *e;

	if (!vmcoreinfo_number(note, "SYMBOL(init_top_pgt)", &root.v) &&
	    !vmcoreinfo_number(note, "SYMBOL(swapper_pg_dir)", &root.v) &&
	    !vmcoreinfo_number(note, "SYMBOL(init_level4_pgt)", &root.v))
		return NULL;
	e = kernel_map_of_table(m, kernel_map_pa(&map, root), &map);
	if (e)
		return remark(all, err_in(e, "vmcoreinfo at 0x%" PRIx64, note->at.v));
	try_map(all, c, &map);
	return NULL;
}

/* The kernel's own top-level table, beside its first task. */
static struct err *map_by_task(struct memory *m, struct candidates *all, struct candidate *c)
{
	struct kernel_maps maps;
	struct err *e = kernel_map_from_tables_near(m, c->comm, &maps);

	for (size_t i = 0; i < maps.count && !e; i++)
		try_map(all, c, &maps.list[i]);
	return e;
}

/* Finds the page tables of a candidate, or one more that agrees with the trampoline's. */
static struct err *find_map(struct memory *m, struct candidates *all, struct candidate *c)
{
	struct err *e = c->found[FOUND_SELF_POINTERS] ? map_by_task(m, all, c) : NULL;

	for (size_t i = 0; i < all->note_count && !e && !c->found[FOUND_PAGE_TABLE]; i++)
		if (all->notes[i].phys_base == c->phys_base)
			e = map_by_note(m, all, c, &all->notes[i]);
	return e;
}

struct err *candidate_read_image(struct memory *m, const struct kernel_map *map, uint8_t **image,
				 size_t *size)
{
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	size_t all = (size_t)(map->end.v - map->start.v), n = all / PAGE_SIZE;
	CLEANUP(free_ptr) struct memory_read *pages = xcalloc(n, sizeof(*pages));
	struct err *e;

	bytes = xcalloc(all, 1);
	for (size_t i = 0; i < n; i++)
		pages[i] = (struct memory_read){
			paddr_add(kernel_map_pa(map, map->start), i * PAGE_SIZE), PAGE_SIZE,
			bytes + i * PAGE_SIZE, MEMORY_OK,
		};
	e = memory_read_vector(m, pages, n);
	for (size_t i = 0; i < n && !e; i++)
		if (pages[i].status != MEMORY_OK)
			memset(pages[i].to, 0, PAGE_SIZE);
	if (e)
		return err_in(e, "image at 0x%" PRIx64, kernel_map_pa(map, map->start).v);
	*image = TAKE(bytes);
	*size = all;
	return NULL;
}

static struct err *find_banner(struct candidate *c, const uint8_t *image, size_t size)
{
	struct kaddr at;
	uint64_t offset;
	struct err *e = kallsyms_lookup(c->symbols, "linux_banner", &at);

	if (e)
		return e;
	offset = at.v - c->map.start.v;
	if (offset >= size)
		return err_new(ERR_DATA, "linux_banner 0x%" PRIx64 " is not in the image", at.v);
	e = banner_parse((const char *)image + offset, size - offset, &c->banner);
	if (e)
		return err_in(e, "linux_banner 0x%" PRIx64, at.v);
	found_at(c, FOUND_BANNER, kernel_map_pa(&c->map, at));
	return NULL;
}

static bool image_variable(const struct candidate *c, const uint8_t *image, size_t size,
			   const char *name, uint64_t *ret)
{
	struct kaddr at;
	struct err *e = kallsyms_lookup(c->symbols, name, &at);

	if (e || at.v - c->map.start.v > size - sizeof(*ret)) {
		err_discard(e);
		return false;
	}
	*ret = load_u64(image + (at.v - c->map.start.v));
	return true;
}

/* The low memory that it took for its trampoline: every kernel does so once, at boot. */
static void find_real_mode(struct candidate *c, const uint8_t *image, size_t size)
{
	uint64_t header, base;

	if (image_variable(c, image, size, "real_mode_header", &header) &&
	    image_variable(c, image, size, "page_offset_base", &base) && header - base < 0xa0000)
		c->real_mode = PADDR(header - base);
}

/* A kernel that runs still has its trampoline. One that another kernel was booted over, or that
 * runs as a guest inside this machine, has not: there is that of the other one. */
static void check_trampoline(const struct candidates *all, struct candidate *c)
{
	const struct kernel_map *other = NULL;

	for (size_t i = 0; i < all->trampolines.count && c->real_mode.v; i++) {
		const struct kernel_map *map = &all->trampolines.list[i];

		if (map->root.v - c->real_mode.v >= REAL_MODE_MAX)
			continue;
		if (map->phys_base == c->phys_base)
			return;
		other = map;
	}
	if (!other)
		return;
	c->replaced = true;
	buf_addf(&c->trouble, "does not run any more: where it had its trampoline (0x%" PRIx64
		 ") there is that of the kernel with phys_base 0x%" PRIx64,
		 c->real_mode.v, other->phys_base);
}

/* Symbols and banner of a candidate whose image is known. keep: the image, if it is one. */
static struct err *find_symbols(struct memory *m, struct candidate *c, bool keep)
{
	CLEANUP(free_ptr) uint8_t *image = NULL;
	size_t size;
	struct err *e = candidate_read_image(m, &c->map, &image, &size);

	if (e)
		return e;
	e = kallsyms_find(image, size, c->map.start, &c->symbols);
	if (!e)
		e = find_banner(c, image, size);
	if (!e)
		find_real_mode(c, image, size);
	if (!e && keep)
		c->image = TAKE(image);
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	buf_add_str(&c->trouble, err_text(e));
	err_discard(e);
	return NULL;
}

/* What is wrong with a candidate that no page table was found for. */
static void say_not_mapped(struct memory *m, const struct candidates *all, struct candidate *c)
{
	for (size_t i = 0; i < all->note_count && !c->trouble.size; i++) {
		const struct vmcoreinfo *note = &all->notes[i];
		struct paddr at = PADDR(note->stext.v - KERNEL_MAP_BASE + note->phys_base);

		if (note->phys_base == c->phys_base &&
		    !ram_map_contains(memory_ram_map(m), at, PAGE_SIZE))
			buf_addf(&c->trouble, "its image at 0x%" PRIx64 " is outside the RAM, "
				 "which ends at 0x%" PRIx64, at.v, ram_map_end(memory_ram_map(m)).v);
	}
	if (!c->trouble.size)
		buf_add_str(&c->trouble, "no page table maps an image there");
}

struct err *candidates_find(struct memory *m, const struct scan *scan, struct candidates *ret)
{
	bool kept = false;
	struct err *e;

	*ret = (struct candidates){ .count = 0 };
	e = find_by_trampoline(m, ret);
	if (!e)
		e = find_by_notes(m, &scan->hits[SCAN_VMCOREINFO], ret);
	if (!e)
		e = find_by_comms(m, &scan->hits[SCAN_SWAPPER], ret);
	for (size_t i = 0; i < ret->count && !e; i++) {
		struct candidate *c = &ret->list[i];

		e = find_map(m, ret, c);
		if (!e && c->mapped)
			e = find_symbols(m, c, !kept);
		else if (!e)
			say_not_mapped(m, ret, c);
		if (!e)
			check_trampoline(ret, c);
		kept |= !!c->image;
	}
	return e;
}
