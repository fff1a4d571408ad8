#include "recover/survey/survey.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/kernel/default_bases.h"
#include "recover/kernel/e820.h"
#include "recover/kernel/pointers.h"

#define TASK_SIZE 16384 /* no task_struct's comm is farther from its start */
#define NOTE_TEXT 24	/* where the text of an ELF note of the name VMCOREINFO begins */

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
	if (e)
		return e;
	if (!s->trampolines.count)
		say_no_trampoline(&s->trampolines, ret);
	for (size_t i = 0; i < s->trampolines.count; i++) {
		e = add_candidate(s, &s->trampolines.list[i], ret);
		if (e)
			return e;
	}
	for (size_t i = 0; i < ret->count; i++)
		candidate_check_trampoline(ret, &ret->list[i]);
	return NULL;
}

/* --- RAM ----------------------------------------------------------------------------------- */

/* Walks the direct map from the kernel's own top-level table, if we know it, else from the
 * trampoline's. */
static struct err *walk_direct_map(struct survey *s, const struct kernel *k, uint64_t start,
				   uint64_t end)
{
	struct xlat x = kernel_map_xlat(s->known.memory, &k->map);
	const char *symbol;
	struct kaddr root;
	struct err *e;

	if (kernel_page_table(k, &root, &symbol) && kernel_bytes(k, root, PAGE_SIZE))
		x.root = kernel_map_pa(&k->map, root);
	direct_map_deinit(&s->direct);
	e = direct_map_walk(&s->known, &x, KADDR(start), KADDR(end), &s->direct);
	if (e)
		return e;
	if (s->direct.disagree)
		return err_new(ERR_DATA, "page_offset_base: 0x%" PRIx64 " is not where the page "
			       "tables have the direct map (0x%" PRIx64 " bytes are, 0x%" PRIx64
			       " are not)", start, s->direct.agree, s->direct.disagree);
	return NULL;
}

/* The direct map at one of the default bases: the first that anything agrees with. */
static struct err *try_default_bases(struct survey *s, struct kernel *k)
{
	const struct default_bases *d;
	struct err *e = NULL;

	for (size_t i = 0; (d = default_bases_at(k->map.levels, i)) && !s->direct.agree; i++) {
		err_discard(e);
		k->page_offset_base = d->page_offset;
		e = walk_direct_map(s, k, d->page_offset,
				    d->page_offset + direct_map_size_max(k->map.levels));
	}
	return e;
}

/* The direct map at the kernel's own variable, or at a default. Sets k->page_offset_base. */
static struct err *find_direct_map(struct survey *s, struct kernel *k)
{
	uint64_t start, end;
	struct err *e;

	if (kernel_u64(k, "page_offset_base", &start)) {
		if (!kernel_u64(k, "vmalloc_base", &end) || end <= start)
			end = start + direct_map_size_max(k->map.levels);
		k->page_offset_base = start;
		e = walk_direct_map(s, k, start, end);
	} else {
		e = try_default_bases(s, k);
	}
	if (e)
		return e;
	if (!s->direct.agree)
		return err_new(ERR_DATA, "page_offset_base: nothing is mapped at 0x%" PRIx64,
			       k->page_offset_base);
	return NULL;
}

/* Makes the bytes that a pointer leads to known RAM, unless they are in the image. They have to be in
 * the direct map. */
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

/* For kernel_find_e820(). */
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
	const char *name;
	uint64_t pointer;
	uint32_t count;
	struct paddr at;
	struct err *e;

	if (!e820_pointer(k, &name, &pointer))
		return err_new(ERR_ABSENT, "no symbol e820_table");
	e = reach_pointer(s, k, pointer, sizeof(count), name);
	if (e)
		return e;
	if (!kernel_pointer(k, pointer, &at))
		return err_new(ERR_DATA, "%s: 0x%" PRIx64 " is no pointer", name, pointer);
	e = memory_read(s->known.memory, at, &count, sizeof(count));
	if (e)
		return e;
	if (count > E820_ENTRIES_MAX)
		return err_new(ERR_DATA, "%s: has %" PRIu32 " entries", name, count);
	return reach_pointer(s, k, pointer, e820_size(count), name);
}

/* The kernel's own table of RAM, into s->e820. */
static struct err *find_e820(struct survey *s, struct kernel *k)
{
	struct err *e = kernel_find_e820(k, may_read_direct, s);

	if (e)
		return e;
	e = reach_e820(s, k);
	return e ? e : e820_read(k, &s->e820, &s->e820_name);
}

struct err *survey_ram(struct survey *s, struct kernel *k)
{
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;
	struct err *e = find_direct_map(s, k);

	if (!e)
		e = find_e820(s, k);
	if (s->known.given && !err_is_fatal(e)) { /* a source with a RAM map can do without */
		err_discard(e);
		return NULL;
	}
	if (e)
		return err_in(e, "RAM map");
	ram_map_intersect(&both, &s->e820, &s->direct.ram);
	if (!ram_map_size(&both))
		return err_new(ERR_DATA, "RAM map: nothing of %s is in the direct map",
			       s->e820_name);
	return err_in(known_ram_settle(&s->known, &both), "RAM map: %s", s->e820_name);
}

/* --- what else speaks for the kernel ----------------------------------------------------- */

/* Adds the note that the variable `name` points to. */
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
		at = kernel_map_pa(&k->map, symbol); /* before 4.13 the variable is the note itself */
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

/* Adds the comm of init_task, whose lists point to themselves. */
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
	struct err *e = kernel_find_note_pointer(k);

	if (e)
		return e;
	e = add_note(s, k, "vmcoreinfo_data", all);
	if (e)
		return e;
	e = add_note(s, k, "vmcoreinfo_note", all);
	if (e)
		return e;
	e = candidate_find_table(s->known.memory, all, c);
	if (e)
		return e;
	return add_first_task(s, k, all);
}

