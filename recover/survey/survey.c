#include "recover/survey/survey.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/kernel/e820.h"

#define TASK_SIZE 16384		       /* no task_struct's comm is farther from its start */
#define NOTE_TEXT 24 /* behind the header of an ELF note of the name VMCOREINFO */

void survey_init(struct memory *m, struct survey *ret)
{
	*ret = (struct survey){ .e820 = RAM_MAP_INIT };
	known_ram_init(m, &ret->known);
}

void survey_deinit(struct survey *s)
{
	known_ram_deinit(&s->known);
	direct_map_deinit(&s->direct);
	ram_map_deinit(&s->e820);
}

void survey_restart(struct survey *s)
{
	known_ram_forget(&s->known);
	direct_map_deinit(&s->direct);
	ram_map_deinit(&s->e820);
	s->e820 = (struct ram_map)RAM_MAP_INIT;
	s->e820_name = NULL;
	s->changed = false;
}

/* --- candidates -------------------------------------------------------------------------- */

static struct err *add_candidate(struct survey *s, const struct trampoline *t,
				 struct candidates *all)
{
	CLEANUP(image_tables_deinit) struct image_tables tables = { .parts = { .count = 0 } };
	struct candidate *c;
	struct err *e = image_tables_walk(&s->known, t, &tables);

	if (e)
		return candidates_remark(all, e);
	c = candidates_add_map(all, &tables.map);
	if (!c || c->pages)
		return NULL;
	c->pages = xcalloc(1, sizeof(*c->pages));
	kernel_pages_init(s->known.memory, &tables.map, c->pages);
	e = image_parts_read(&tables.parts, c->pages, &c->constant);
	return e ? e : candidate_find_symbols(c, c->pages);
}

static void say_no_trampoline(const struct trampolines *t, struct candidates *all)
{
	buf_addf(&all->remarks, "trampoline: no page below 640 KiB is one%s",
		 t->zero ? ", what was looked at is all zeros" : "");
	if (t->unnamed)
		buf_addf(&all->remarks, ", %zu look like one, but no real-mode header names %s",
			 t->unnamed, t->unnamed == 1 ? "it" : "them");
	if (t->unreadable)
		buf_addf(&all->remarks, ", %zu cannot be read", t->unreadable);
	buf_add_char(&all->remarks, '\n');
}

struct err *survey_candidates(struct survey *s, struct candidates *ret)
{
	struct err *e;

	*ret = (struct candidates){ .count = 0 };
	e = trampolines_find(s->known.memory, &s->trampolines);
	if (!e && !s->trampolines.count)
		say_no_trampoline(&s->trampolines, ret);
	for (size_t i = 0; i < s->trampolines.count && !e; i++)
		e = add_candidate(s, &s->trampolines.list[i], ret);
	for (size_t i = 0; i < ret->count && !e; i++)
		candidate_check_trampoline(ret, &ret->list[i]);
	return e;
}

/* --- RAM ----------------------------------------------------------------------------------- */

/* Where the direct map is, when no variable says so. Source: Documentation/arch/x86/x86_64/mm.rst,
 * and of before 4.20. */
static const struct bases {
	unsigned int levels;
	uint64_t start, end;
} default_bases[] = {
	{ 4, 0xffff888000000000, 0xffffc88000000000 },
	{ 4, 0xffff880000000000, 0xffffc80000000000 },
	{ 5, 0xff11000000000000, 0xff91000000000000 },
	{ 5, 0xff10000000000000, 0xff90000000000000 },
};

static struct err *walk_direct_map(struct survey *s, const struct kernel *k, uint64_t start,
				   uint64_t end)
{
	static const char *const names[] = { "init_top_pgt", "init_level4_pgt", "swapper_pg_dir" };
	struct xlat x = kernel_map_xlat(s->known.memory, &k->map);
	struct kaddr root;
	struct err *e;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!kernel_symbol(k, names[i], &root) || !kernel_bytes(k, root, PAGE_SIZE))
			continue;
		x.root = kernel_map_pa(&k->map, root);
		break;
	}
	direct_map_deinit(&s->direct);
	e = direct_map_walk(&s->known, &x, KADDR(start), KADDR(end), &s->direct);
	if (!e && s->direct.disagree)
		e = err_new(ERR_DATA, "page_offset_base: 0x%" PRIx64 " is not where the page tables "
			    "have the direct map (0x%" PRIx64 " bytes are, 0x%" PRIx64 " are not)",
			    start, s->direct.agree, s->direct.disagree);
	return e;
}

/* Sets k->page_offset_base once a variable or a default agrees with the page tables. */
static struct err *find_direct_map(struct survey *s, struct kernel *k)
{
	uint64_t start, end;
	struct err *e = NULL;

	if (kernel_u64(k, "page_offset_base", &start)) {
		if (!kernel_u64(k, "vmalloc_base", &end) || end <= start)
			end = start + (k->map.levels == 5 ? UINT64_C(1) << 55 : UINT64_C(1) << 46);
		k->page_offset_base = start;
		e = walk_direct_map(s, k, start, end);
	} else {
		for (size_t i = 0; i < 4 && !s->direct.agree; i++) {
			if (default_bases[i].levels != k->map.levels)
				continue;
			err_discard(e);
			k->page_offset_base = default_bases[i].start;
			e = walk_direct_map(s, k, default_bases[i].start, default_bases[i].end);
		}
	}
	if (!e && !s->direct.agree)
		e = err_new(ERR_DATA, "page_offset_base: nothing is mapped at 0x%" PRIx64,
			    k->page_offset_base);
	return e;
}

/* The table lies in the image or in memory that the direct map has. */
static struct err *reach_pointer(struct survey *s, const struct kernel *k, uint64_t pointer,
				 uint64_t size, const char *what)
{
	struct paddr at = PADDR(pointer - k->page_offset_base);

	if (pointer - k->map.start.v < k->image_size)
		return NULL;
	if (!ram_map_contains(&s->direct.ram, at, size))
		return err_new(ERR_DATA, "%s: 0x%" PRIx64 " is not in the direct map", what,
			       pointer);
	return known_ram_add(&s->known, at, size, what);
}

static bool may_read_direct(void *arg, struct paddr at, size_t size)
{
	struct survey *s = arg;
	struct err *e = ram_map_contains(&s->direct.ram, at, size) ?
				known_ram_add(&s->known, at, size, "what a table of RAM may be") :
				err_new(ERR_DATA, "not in the direct map");

	err_discard(e);
	return !e;
}

static struct err *reach_e820(struct survey *s, const struct kernel *k)
{
	static const char *const names[] = { "e820_table", "e820_table_firmware", "e820",
					     "e820_saved" };
	uint64_t pointer;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct err *e;
		uint32_t count;
		struct paddr at;

		if (!kernel_u64(k, names[i], &pointer))
			continue;
		e = reach_pointer(s, k, pointer, sizeof(count), names[i]);
		if (!e && !kernel_pointer(k, pointer, &at))
			e = err_new(ERR_DATA, "%s: 0x%" PRIx64 " is no pointer", names[i], pointer);
		if (!e)
			e = memory_read(s->known.memory, at, &count, sizeof(count));
		if (!e && count > (E820_SIZE_MAX - 4) / 20)
			e = err_new(ERR_DATA, "%s: has %" PRIu32 " entries", names[i], count);
		return e ? e : reach_pointer(s, k, pointer, 4 + UINT64_C(20) * count, names[i]);
	}
	return err_new(ERR_ABSENT, "no symbol e820_table");
}

struct err *survey_ram(struct survey *s, struct kernel *k)
{
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;
	struct err *e = find_direct_map(s, k);

	if (!e && landmarks_are_needed(k->candidate->symbols))
		e = kernel_find_e820(k, may_read_direct, s);
	if (!e)
		e = reach_e820(s, k);
	if (!e)
		e = e820_read(k, &s->e820, &s->e820_name);
	if (s->known.given && e && err_code(e) != ERR_SYSTEM) { /* it can do without */
		err_discard(e);
		return NULL;
	}
	if (e || s->known.given)
		return err_in(e, "RAM map");
	ram_map_intersect(&both, &s->e820, &s->direct.ram);
	if (!ram_map_size(&both))
		return err_new(ERR_DATA, "RAM map: nothing of %s is in the direct map",
			       s->e820_name);
	return err_in(known_ram_settle(&s->known, &both), "RAM map: %s", s->e820_name);
}

/* --- what else speaks for the kernel ----------------------------------------------------- */

static struct err *add_note(struct survey *s, const struct kernel *k, const char *name,
			    struct candidates *all)
{
	char start[10];
	struct paddr at;
	struct kaddr symbol;
	uint64_t pointer;
	struct err *e;

	if (!kernel_symbol(k, name, &symbol) || !kernel_u64(k, name, &pointer))
		return NULL;
	if (!kernel_pointer(k, pointer, &at))
		at = kernel_map_pa(&k->map, symbol); /* before 4.13 it is the note itself */
	for (int i = 0; i < 2; i++, at.v += NOTE_TEXT) {
		struct memory_read r = { at, sizeof(start), start, MEMORY_OK };

		e = memory_read_again(s->known.memory, &r, 1);
		if (e)
			return e;
		if (r.status == MEMORY_OK && !memcmp(start, "OSRELEASE=", sizeof(start)))
			return candidates_add_note(s->known.memory, at, all);
	}
	return NULL;
}

static struct err *add_first_task(struct survey *s, const struct kernel *k,
				  struct candidates *all)
{
	struct kaddr task;
	const uint8_t *bytes = kernel_symbol(k, "init_task", &task) ?
				       kernel_bytes(k, task, TASK_SIZE) : NULL;

	for (size_t i = 0; bytes && i + 16 <= TASK_SIZE; i += 8)
		if (!memcmp(bytes + i, "swapper/0\0\0\0\0\0\0", 16))
			return candidates_add_comm(s->known.memory,
						   kernel_map_pa(&k->map, kaddr_add(task, i)), all);
	return NULL;
}

struct err *survey_witnesses(struct survey *s, struct kernel *k, struct candidates *all,
			     struct candidate *c)
{
	struct err *e = landmarks_are_needed(k->candidate->symbols) ? kernel_find_note_pointer(k) :
								      NULL;

	if (!e)
		e = add_note(s, k, "vmcoreinfo_data", all);
	if (!e)
		e = add_note(s, k, "vmcoreinfo_note", all);
	if (!e)
		e = candidate_find_table(s->known.memory, all, c);
	return e ? e : add_first_task(s, k, all);
}

/* --- once more ----------------------------------------------------------------------------- */

static struct err *confirm_variable(struct kernel *k, const char *name)
{
	struct kaddr at;
	uint64_t before, now;
	struct err *e;

	if (!kernel_symbol(k, name, &at) || !kernel_u64(k, name, &before))
		return NULL;
	e = memory_read(k->memory, kernel_map_pa(&k->map, at), &now, sizeof(now));
	if (!e && now != before)
		e = err_new(ERR_DATA, "%s was 0x%" PRIx64 " and is 0x%" PRIx64, name, before, now);
	return e;
}

static struct err *confirm_banner(struct kernel *k)
{
	const struct banner *banner = &k->candidate->banner;
	size_t size = strlen(banner->text);
	char now[BANNER_MAX];
	struct kaddr at;
	struct err *e;

	if (size > sizeof(now) || !kernel_symbol(k, "linux_banner", &at))
		return NULL;
	e = memory_read(k->memory, kernel_map_pa(&k->map, at), now, size);
	if (!e && memcmp(now, banner->text, size))
		e = err_new(ERR_DATA, "linux_banner is another one now");
	return e;
}

static struct err *confirm_ram(struct survey *s, struct kernel *k)
{
	CLEANUP(ram_map_deinit) struct ram_map now = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf a = BUF_INIT, b = BUF_INIT;
	const char *name;
	struct err *e = s->e820_name ? e820_read(k, &now, &name) : NULL;

	if (e || !s->e820_name)
		return e;
	ram_map_format(&s->e820, &a);
	ram_map_format(&now, &b);
	return strcmp(buf_str(&a), buf_str(&b)) ? err_new(ERR_DATA, "%s changed", name) : NULL;
}

struct err *survey_confirm(struct survey *s, struct kernel *k)
{
	static const char *const names[] = { "phys_base", "page_offset_base", "vmalloc_base",
					     "vmemmap_base", "vmcoreinfo_data", "vmcoreinfo_note",
					     "e820_table" };
	struct kernel_map now;
	struct err *e = kernel_map_of_table(k->memory, k->map.root, &now);

	if (!e && !kernel_map_same_place(&now, &k->map))
		e = err_new(ERR_DATA, "the image is mapped elsewhere now");
	if (!e)
		e = confirm_banner(k);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !e; i++)
		e = confirm_variable(k, names[i]);
	if (!e)
		e = confirm_ram(s, k);
	s->changed = e && err_code(e) != ERR_SYSTEM;
	return err_in(e, "the machine changed while it was read");
}
