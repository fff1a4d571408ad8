/* The ways that lead to a candidate, one after the other. */
#include "base/alloc.h"
#include "recover/kernel/candidate.h"

#include <inttypes.h>
#include <string.h>

#include "base/progress.h"
#include "base/view.h"
#include "recover/kernel/image_parts.h"

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

struct err *candidates_remark(struct candidates *c, struct err *e)
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

		e = candidates_remark(c, kernel_map_of_table(m, maps->rejected_at, &none));
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
		return candidates_remark(c, e);
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

struct err *candidates_add_comm(struct memory *m, struct paddr comm, struct candidates *c)
{
	struct candidate *candidate;
	unsigned int votes;
	uint64_t phys_base;
	struct err *e = kernel_map_self_pointers(m, comm, &phys_base, &votes);

	if (e)
		return candidates_remark(c, err_in(e, "self-pointers"));
	candidate = candidate_at(c, phys_base);
	if (!candidate)
		return NULL;
	if (!candidate->found[FOUND_SELF_POINTERS])
		candidate->comm = comm;
	found_at(candidate, FOUND_SELF_POINTERS, comm);
	buf_addf(&candidate->places[FOUND_SELF_POINTERS], " (%u list heads)", votes);
	return NULL;
}

static struct err *find_by_comms(struct memory *m, const struct scan_hits *hits,
				 struct candidates *c)
{
	struct err *e = NULL;

	for (size_t i = 0; i < hits->count && i < COMMS_MAX && !e; i++)
		e = candidates_add_comm(m, hits->at[i], c);
	return e;
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

	if (!vmcoreinfo_page_table(note, &root))
		return NULL;
	e = kernel_map_of_table(m, kernel_map_pa(&map, root), &map);
	if (e)
		return candidates_remark(all, err_in(e, "vmcoreinfo at 0x%" PRIx64, note->at.v));
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

	return e ? e : candidate_find_table(m, all, c);
}

struct err *candidate_symbol(const struct candidate *c, const char *name, struct kaddr *ret)
{
	struct err *e = kallsyms_lookup(c->symbols, name, ret);
	const struct landmark *known = e ? landmarks_get(&c->landmarks, name) : NULL;

	if (!known)
		return e;
	err_discard(e);
	*ret = known->at;
	return NULL;
}

static struct err *find_banner(struct candidate *c, struct kernel_pages *pages)
{
	const uint8_t *text;
	struct kaddr at;
	size_t size = BANNER_MAX;
	struct err *e = candidate_symbol(c, "linux_banner", &at);

	if (e)
		return e;
	if (at.v - c->map.start.v < pages->size && pages->size - (at.v - c->map.start.v) < size)
		size = pages->size - (size_t)(at.v - c->map.start.v);
	text = kernel_pages_bytes(pages, at, size);
	if (!text)
		return err_new(ERR_DATA, "linux_banner 0x%" PRIx64 " is not in the image", at.v);
	e = banner_parse((const char *)text, size, &c->banner);
	if (e)
		return err_in(e, "linux_banner 0x%" PRIx64, at.v);
	found_at(c, FOUND_BANNER, kernel_map_pa(&c->map, at));
	return NULL;
}

static bool image_variable(const struct candidate *c, struct kernel_pages *pages,
			   const char *name, uint64_t *ret)
{
	const uint8_t *bytes = NULL;
	struct kaddr at;
	struct err *e = candidate_symbol(c, name, &at);

	if (!e)
		bytes = kernel_pages_bytes(pages, at, sizeof(*ret));
	if (bytes)
		*ret = load_u64(bytes);
	err_discard(e);
	return bytes;
}

/* The low memory that it took for its trampoline: every kernel does so once, at boot. */
static void find_real_mode(struct candidate *c, struct kernel_pages *pages)
{
	uint64_t header, base;

	if (image_variable(c, pages, "real_mode_header", &header) &&
	    image_variable(c, pages, "page_offset_base", &base) && header - base < 0xa0000)
		c->real_mode = PADDR(header - base);
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

struct err *candidate_find_symbols(struct candidate *c, struct kernel_pages *pages)
{
	double since = monotonic_seconds();
	struct err *e = kallsyms_find(pages->bytes, pages->size, c->map.start, &c->symbols);

	c->symbols_seconds = monotonic_seconds() - since;
	if (!e && landmarks_are_needed(c->symbols))
		e = landmarks_of_image(pages, &c->landmarks);
	if (!e)
		e = find_banner(c, pages);
	if (!e)
		find_real_mode(c, pages);
	if (pages->gone) {
		err_discard(e);
		e = TAKE(pages->gone);
	}
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	buf_add_str(&c->trouble, err_text(e));
	if (pages->unreadable)
		buf_addf(&c->trouble, " (%zu pages of the image cannot be read)", pages->unreadable);
	err_discard(e);
	return NULL;
}

/* The image's constant parts. Of the freed ones a tenant may hold some: a symbol table that he put
 * there would be a second one. */
static struct err *read_constants(struct memory *m, struct candidates *all, struct candidate *c,
				  struct kernel_pages *pages)
{
	CLEANUP(image_parts_deinit) struct image_parts parts = { .count = 0 };
	struct err *broken = image_parts_of_map(m, &c->map, &parts);
	struct err *e;

	if (broken || !parts.count) {
		image_parts_deinit(&parts);
		image_parts_add(&parts, &(struct image_part){ c->map.start, c->map.end, true, false });
	}
	e = candidates_remark(all, broken);
	return e ? e : image_parts_read(&parts, pages, &c->constant);
}

/* keep: the image, if it is one. */
static struct err *find_symbols(struct memory *m, struct candidates *all, struct candidate *c,
				bool keep)
{
	CLEANUP(kernel_pages_deinit) struct kernel_pages pages;
	struct err *e;

	kernel_pages_init(m, &c->map, &pages);
	e = read_constants(m, all, c, &pages);
	if (!e)
		e = candidate_find_symbols(c, &pages);
	if (e || !keep || !c->found[FOUND_BANNER])
		return e;
	c->pages = xmalloc(sizeof(*c->pages));
	*c->pages = pages;
	pages = (struct kernel_pages){ .size = 0 };
	return NULL;
}

/* --- what a survey finds -------------------------------------------------------------- */

struct candidate *candidates_add_map(struct candidates *all, const struct kernel_map *map)
{
	struct candidate *c = candidate_at(all, map->phys_base);

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
	struct err *e = NULL;

	for (size_t i = 0; i < all->note_count && !e && !c->found[FOUND_PAGE_TABLE]; i++)
		if (all->notes[i].phys_base == c->phys_base)
			e = map_by_note(m, all, c, &all->notes[i]);
	return e;
}

/* --- all of them ---------------------------------------------------------------------- */

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
			e = find_symbols(m, ret, c, !kept);
		else if (!e)
			say_not_mapped(m, ret, c);
		if (!e)
			candidate_check_trampoline(ret, c);
		kept |= !!c->pages;
	}
	return e;
}
