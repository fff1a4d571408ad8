/* The ways that lead to a candidate, one after the other.
 *
 * The trampoline's page table leads straight to the image of the kernel that runs, or ran last. A note
 * says phys_base outright. An empty list in the first task points to itself: its address in the
 * kernel beside its place in RAM gives phys_base. And a top-level page table where a note says, or in
 * the image around the first task, confirms them.
 */
#include "recover/kernel/candidate.h"

#include <inttypes.h>

#define COMMS_MAX 256
#define REAL_MODE_MAX 0x10000 /* no kernel's real-mode code and trampoline are larger */

static void set_map(struct candidate *c, enum candidate_source source,
		    const struct kernel_map *map)
{
	candidate_found_at(c, source, map->root);
	if (!c->mapped)
		c->map = *map;
	c->mapped = true;
}

/* And, of a page that looked like a trampoline, why it is not. */
static struct err *say_no_trampoline(struct memory *m, struct candidates *c)
{
	const struct kernel_maps *maps = &c->trampolines;
	struct kernel_map none;

	buf_addf(&c->remarks, "trampoline: none of the pages below 640 KiB maps an image "
		 "(%zu looked like it)\n", maps->rejected);
	if (!maps->rejected)
		return NULL;
	return candidates_remark(c, kernel_map_of_table(m, maps->rejected_at, &none));
}

static struct err *find_by_trampoline(struct memory *m, struct candidates *c)
{
	struct kernel_maps *maps = &c->trampolines;
	struct err *e = kernel_map_from_trampoline(m, maps);

	if (e)
		return e;
	for (size_t i = 0; i < maps->count; i++) {
		struct candidate *candidate = candidates_at(c, maps->list[i].phys_base);

		if (candidate)
			set_map(candidate, FOUND_TRAMPOLINE, &maps->list[i]);
	}
	if (!maps->count) {
		e = say_no_trampoline(m, c);
		if (e)
			return e;
	}
	if (maps->outside)
		buf_addf(&c->remarks, "trampoline: of %zu pages entry 511 leads to a table outside "
			 "the RAM, as to 0x%" PRIx64 ": is the memory cut off?\n", maps->outside,
			 maps->outside_at.v);
	return NULL;
}

/* Adds the note that was just read into its place in the list. e: of reading it; a remark is made of
 * it. */
static struct err *add_note(struct candidates *c, struct err *e)
{
	struct vmcoreinfo *note = &c->notes[c->note_count];
	struct candidate *candidate;

	if (e)
		return candidates_remark(c, e);
	c->note_count++;
	candidate = candidates_at(c, note->phys_base);
	if (candidate)
		candidate_found_at(candidate, FOUND_VMCOREINFO, note->at);
	return NULL;
}

/* The notes that the image file carries, and those in memory. */
static struct err *find_by_notes(struct memory *m, const struct scan_hits *hits,
				 struct candidates *c)
{
	size_t size;
	const char *text = memory_vmcoreinfo(m, &size);
	struct err *e;

	if (text) {
		e = add_note(c, vmcoreinfo_parse(text, size, PADDR(VMCOREINFO_OF_FILE),
						 &c->notes[c->note_count]));
		if (e)
			return e;
	}
	for (size_t i = 0; i < hits->count; i++) {
		e = candidates_add_note(m, hits->at[i], c);
		if (e)
			return e;
	}
	return NULL;
}

struct err *candidates_add_comm(struct memory *m, struct paddr comm, struct candidates *c)
{
	struct candidate *candidate;
	unsigned int votes;
	uint64_t phys_base;
	struct err *e = kernel_map_self_pointers(m, comm, &phys_base, &votes);

	if (e)
		return candidates_remark(c, err_in(e, "self-pointers"));
	candidate = candidates_at(c, phys_base);
	if (!candidate)
		return NULL;
	if (!candidate->found[FOUND_SELF_POINTERS])
		candidate->comm = comm;
	candidate_found_at(candidate, FOUND_SELF_POINTERS, comm);
	buf_addf(&candidate->places[FOUND_SELF_POINTERS], " (%u list heads)", votes);
	return NULL;
}

static struct err *find_by_comms(struct memory *m, const struct scan_hits *hits,
				 struct candidates *c)
{
	for (size_t i = 0; i < hits->count && i < COMMS_MAX; i++) {
		struct err *e = candidates_add_comm(m, hits->at[i], c);

		if (e)
			return e;
	}
	return NULL;
}

/* Takes the map if it agrees with what led to it. */
static void try_map(struct candidates *all, struct candidate *c, const struct kernel_map *map)
{
	if (map->phys_base == c->phys_base)
		set_map(c, FOUND_PAGE_TABLE, map);
	else
		buf_addf(&all->remarks, "page table 0x%" PRIx64 ": maps an image with phys_base 0x%"
			 PRIx64 ", was led to by 0x%" PRIx64 "\n",
			 map->root.v, map->phys_base, c->phys_base);
}

/* Tries the page table that a note names. */
static struct err *map_by_note(struct memory *m, struct candidates *all, struct candidate *c,
			       const struct vmcoreinfo *note)
{
	struct kernel_map map = { .phys_base = note->phys_base };
	struct kaddr root;
	struct err *e;

	if (!vmcoreinfo_page_table(note, &root))
		return NULL;
	e = kernel_map_of_table(m, kernel_map_pa(&map, root), &map);
	if (e)
		return candidates_remark(all, err_in(e, "vmcoreinfo at 0x%" PRIx64, note->at.v));
	try_map(all, c, &map);
	return NULL;
}

/* Tries the top-level tables near the first task: the kernel's own is in the same image. */
static struct err *map_by_task(struct memory *m, struct candidates *all, struct candidate *c)
{
	struct kernel_maps maps;
	struct err *e = kernel_map_from_tables_near(m, c->comm, &maps);

	if (e)
		return e;
	for (size_t i = 0; i < maps.count; i++)
		try_map(all, c, &maps.list[i]);
	return NULL;
}

/* Finds the page tables of a candidate, or one more that agrees with the trampoline's. */
static struct err *find_map(struct memory *m, struct candidates *all, struct candidate *c)
{
	struct err *e = c->found[FOUND_SELF_POINTERS] ? map_by_task(m, all, c) : NULL;

	return e ? e : candidate_find_table(m, all, c);
}

void candidate_check_trampoline(const struct candidates *all, struct candidate *c)
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

/* --- steps for a survey --------------------------------------------------------------- */

struct candidate *candidates_add_map(struct candidates *all, const struct kernel_map *map)
{
	struct candidate *c = candidates_at(all, map->phys_base);

	if (c)
		set_map(c, FOUND_TRAMPOLINE, map);
	if (all->trampolines.count < KERNEL_MAP_CANDIDATES)
		all->trampolines.list[all->trampolines.count++] = *map;
	return c;
}

struct err *candidates_add_note(struct memory *m, struct paddr at, struct candidates *all)
{
	if (all->note_count == NOTES_MAX)
		return NULL;
	return add_note(all, vmcoreinfo_read(m, at, &all->notes[all->note_count]));
}

struct err *candidate_find_table(struct memory *m, struct candidates *all, struct candidate *c)
{
	for (size_t i = 0; i < all->note_count && !c->found[FOUND_PAGE_TABLE]; i++) {
		struct err *e;

		if (all->notes[i].phys_base != c->phys_base)
			continue;
		e = map_by_note(m, all, c, &all->notes[i]);
		if (e)
			return e;
	}
	return NULL;
}

/* --- all of them ---------------------------------------------------------------------- */

/* Says what is wrong with a candidate for which we found no page table. */
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

/* Finds out more of a candidate: page tables, symbols, and whether it still has its trampoline. keep:
 * keep its image. */
static struct err *look_into(struct memory *m, struct candidates *all, struct candidate *c, bool keep)
{
	struct err *e = find_map(m, all, c);

	if (e)
		return e;
	if (c->mapped)
		e = candidate_read_image(m, all, c, keep);
	else
		say_not_mapped(m, all, c);
	if (e)
		return e;
	candidate_check_trampoline(all, c);
	return NULL;
}

struct err *candidates_find(struct memory *m, const struct scan *scan, struct candidates *ret)
{
	bool kept = false;
	struct err *e;

	*ret = (struct candidates){ .count = 0 };
	e = find_by_trampoline(m, ret);
	if (e)
		return e;
	e = find_by_notes(m, &scan->hits[SCAN_VMCOREINFO], ret);
	if (e)
		return e;
	e = find_by_comms(m, &scan->hits[SCAN_SWAPPER], ret);
	if (e)
		return e;
	for (size_t i = 0; i < ret->count; i++) {
		e = look_into(m, ret, &ret->list[i], !kept);
		if (e)
			return e;
		kept |= !!ret->list[i].pages;
	}
	return NULL;
}
