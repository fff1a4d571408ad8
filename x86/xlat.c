#include "x86/xlat.h"

#include <inttypes.h>
#include <string.h>

#include "base/view.h"
#include "x86/entry.h"

const char *xlat_kind_name(enum xlat_kind kind)
{
	static const char *const names[] = {
		[XLAT_MAPPED] = "mapped",     [XLAT_PROT_NONE] = "PROT_NONE",
		[XLAT_SWAPPED] = "swapped",   [XLAT_UNMAPPED] = "not mapped",
		[XLAT_NOT_CANONICAL] = "not canonical",
	};

	return (unsigned int)kind < sizeof(names) / sizeof(*names) ? names[kind] : "unknown";
}

/* How many bytes one entry of this level covers. */
static uint64_t level_size(unsigned int level)
{
	return UINT64_C(1) << (12 + 9 * (level - 1));
}

/* The canonical form of va: the bits above those that the tables translate repeat the highest of
 * those. */
static uint64_t sign_extend(const struct xlat *x, uint64_t va)
{
	unsigned int spare = 64 - (12 + 9 * x->levels);

	return (uint64_t)((int64_t)(va << spare) >> spare);
}

static bool is_leaf(unsigned int level, uint64_t entry)
{
	return level == 1 || entry & ENTRY_LARGE;
}

/* Whether an entry that is not present still has its page: under PROT_NONE, or as a large page that
 * the kernel is splitting (pmd_present() in asm/pgtable.h). */
static bool is_prot_none(unsigned int level, uint64_t entry)
{
	if (entry & ENTRY_PRESENT)
		return false;
	return level == 1 ? entry & ENTRY_PROT_NONE : level <= 3 && entry & ENTRY_LARGE;
}

/* Where the table, or the page of `size` bytes, of an entry starts. */
static uint64_t frame_of(const struct xlat *x, uint64_t entry, uint64_t size)
{
	return entry & ENTRY_FRAME & ~x->encrypt_mask & ~(size - 1);
}

/* Where the page of a PROT_NONE entry starts. Since the mitigation of L1TF (August 2018, 4.19 and
 * backported) the kernel inverts the frame of such an entry, so that it names an address without
 * RAM and the processor cannot load that speculatively. We need not know which kernel it is: the
 * wrong one of the two readings is an address far above all RAM. */
static uint64_t frame_of_prot_none(const struct xlat *x, uint64_t entry, uint64_t size)
{
	const struct ram_map *ram = memory_ram_map(x->memory);
	uint64_t inverted = frame_of(x, ~entry, size), plain = frame_of(x, entry, size);

	return !ram_map_contains(ram, PADDR(inverted), size) &&
			       ram_map_contains(ram, PADDR(plain), size) ?
		       plain :
		       inverted;
}

static struct err *check_levels(const struct xlat *x)
{
	if (x->levels == 4 || x->levels == 5)
		return NULL;
	return err_new(ERR_USAGE, "page tables of %u levels: expected 4 or 5", x->levels);
}

static struct err *large_page_error(unsigned int level, struct paddr at, uint64_t entry)
{
	return err_new(ERR_DATA,
		       "page table of level %u: entry 0x%016" PRIx64 " at 0x%" PRIx64
		       " is a large page, which there is none of at this level",
		       level, entry, at.v);
}

static void set_leaf(const struct xlat *x, uint64_t va, uint64_t entry, uint64_t size,
		     struct xlat_result *ret)
{
	bool present = entry & ENTRY_PRESENT;
	uint64_t frame = present ? frame_of(x, entry, size) : frame_of_prot_none(x, entry, size);

	ret->kind = present ? XLAT_MAPPED : XLAT_PROT_NONE;
	ret->at = PADDR(frame | (va & (size - 1)));
}

struct err *xlat_walk(const struct xlat *x, uint64_t va, struct xlat_result *ret)
{
	uint64_t table = frame_of(x, x->root.v, PAGE_SIZE);
	struct err *e = check_levels(x);

	*ret = (struct xlat_result){ .kind = XLAT_NOT_CANONICAL, .writable = true, .user = true };
	if (e || sign_extend(x, va) != va)
		return e;
	for (unsigned int level = x->levels; level; level--) {
		uint64_t size = level_size(level);
		struct paddr at = PADDR(table + (va / size % TABLE_ENTRIES) * 8);
		uint8_t raw[8];
		uint64_t entry;

		e = memory_read(x->memory, at, raw, sizeof(raw));
		if (e)
			return err_in(e, "page table of level %u for 0x%" PRIx64, level, va);
		entry = load_u64(raw);
		ret->steps[ret->step_count++] = (struct xlat_step){ level, at, entry };
		ret->page_size = size;
		ret->writable &= !!(entry & ENTRY_WRITABLE);
		ret->user &= !!(entry & ENTRY_USER);
		ret->no_execute |= !!(entry & ENTRY_NO_EXECUTE);
		if (is_prot_none(level, entry)) {
			set_leaf(x, va, entry, size, ret);
			return NULL;
		}
		if (!(entry & ENTRY_PRESENT)) {
			ret->kind = entry ? XLAT_SWAPPED : XLAT_UNMAPPED;
			return NULL;
		}
		if (is_leaf(level, entry)) {
			if (level > 3)
				return large_page_error(level, at, entry);
			set_leaf(x, va, entry, size, ret);
			return NULL;
		}
		table = frame_of(x, entry, PAGE_SIZE);
	}
	return NULL;
}

/* Reads the piece of [va, va + size) that lies in the page of va. */
static struct err *read_piece(const struct xlat *x, uint64_t va, void *to, size_t size,
			      size_t *piece)
{
	struct xlat_result r;
	struct err *e = xlat_walk(x, va, &r);
	uint64_t left;

	if (e)
		return e;
	if (r.kind != XLAT_MAPPED && r.kind != XLAT_PROT_NONE)
		return err_new(ERR_ABSENT, "0x%" PRIx64 ": %s", va, xlat_kind_name(r.kind));
	left = r.page_size - (va & (r.page_size - 1));
	*piece = left < size ? (size_t)left : size;
	return err_in(memory_read(x->memory, r.at, to, *piece), "0x%" PRIx64, va);
}

static struct err *read_pieces(const struct xlat *x, uint64_t va, void *to, size_t size,
			       size_t *done)
{
	for (*done = 0; *done < size;) {
		size_t piece;
		struct err *e =
			read_piece(x, va + *done, (char *)to + *done, size - *done, &piece);

		if (e)
			return e;
		*done += piece;
	}
	return NULL;
}

struct err *xlat_read(const struct xlat *x, uint64_t va, void *to, size_t size)
{
	size_t done;

	return read_pieces(x, va, to, size, &done);
}

struct err *xlat_read_some(const struct xlat *x, uint64_t va, void *to, size_t size, size_t *done)
{
	struct err *e = read_pieces(x, va, to, size, done);

	if (e && err_code(e) != ERR_ABSENT && err_code(e) != ERR_DATA)
		return e;
	err_discard(e);
	return NULL;
}

/* --- all leaves of a range --------------------------------------------------- */

struct each {
	const struct xlat *x;
	uint64_t from, last; /* [from, last]: the end may be 2^64 */
	size_t tables_left;
	bool (*call)(uint64_t va, struct paddr at, uint64_t size, void *arg);
	void *arg;
	uint64_t va, at, size; /* a run of mapped bytes, for which call() was not called yet */
	bool stopped;
};

static void each_flush(struct each *each)
{
	if (each->size && !each->stopped)
		each->stopped = !each->call(each->va, PADDR(each->at), each->size, each->arg);
	each->size = 0;
}

/* A leaf that maps va, in canonical form, to `at`. Clips it to the range. */
static void each_leaf(struct each *each, uint64_t va, uint64_t at, uint64_t size)
{
	uint64_t last = va + (size - 1);

	if (va < each->from) {
		at += each->from - va;
		va = each->from;
	}
	if (last > each->last)
		last = each->last;
	size = last - va + 1;
	if (!each->size || each->va + each->size != va || each->at + each->size != at) {
		each_flush(each);
		each->va = va;
		each->at = at;
	}
	each->size += size;
}

static struct err *each_table(struct each *each, unsigned int level, uint64_t table,
			      uint64_t base);

static struct err *each_entry(struct each *each, unsigned int level, struct paddr at,
			      uint64_t entry, uint64_t va)
{
	uint64_t size = level_size(level);

	if (is_prot_none(level, entry)) {
		each_leaf(each, va, frame_of_prot_none(each->x, entry, size), size);
		return NULL;
	}
	if (!(entry & ENTRY_PRESENT))
		return NULL;
	if (!is_leaf(level, entry))
		return each_table(each, level - 1, frame_of(each->x, entry, PAGE_SIZE), va);
	if (level > 3)
		return large_page_error(level, at, entry);
	each_leaf(each, va, frame_of(each->x, entry, size), size);
	return NULL;
}

/* base: the address that entry 0 maps, in canonical form; of the top level 0. */
static struct err *each_table(struct each *each, unsigned int level, uint64_t table, uint64_t base)
{
	uint64_t size = level_size(level);
	uint8_t raw[PAGE_SIZE];
	struct err *e;

	if (!each->tables_left--)
		return err_new(ERR_DATA, "too many page tables");
	e = memory_read(each->x->memory, PADDR(table), raw, sizeof(raw));
	if (e)
		return err_in(e, "page table of level %u for 0x%" PRIx64, level, base);
	for (unsigned int i = 0; i < TABLE_ENTRIES && !each->stopped; i++) {
		uint64_t va = sign_extend(each->x, base + i * size);

		if (va + (size - 1) < each->from || va > each->last)
			continue;
		e = each_entry(each, level, PADDR(table + i * 8), load_u64(raw + i * 8), va);
		if (e)
			return e;
	}
	return NULL;
}

struct err *xlat_each(const struct xlat *x, uint64_t from, uint64_t to, size_t max_tables,
		      bool (*call)(uint64_t va, struct paddr at, uint64_t size, void *arg),
		      void *arg)
{
	struct each each = { .x = x, .from = from, .last = to - 1, .tables_left = max_tables,
			     .call = call, .arg = arg };
	struct err *e = check_levels(x);

	if (e || from > each.last)
		return e;
	e = each_table(&each, x->levels, frame_of(x, x->root.v, PAGE_SIZE), 0);
	each_flush(&each);
	return e;
}
