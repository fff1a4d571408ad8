/* The address of each symbol, by every formula that a kernel has used.
 *
 * Up to 4.5 the table held the addresses themselves, 8 bytes each. 4.6 halved it
 * (CONFIG_KALLSYMS_BASE_RELATIVE, 2213e9a66bb8): an entry is an offset of 32 bits from
 * kallsyms_relative_base. On x86-64 with SMP per-CPU symbols are small absolute numbers
 * (CONFIG_KALLSYMS_ABSOLUTE_PERCPU). There an entry that is not negative is such a number, and a
 * negative one means base - 1 - entry. 6.4 moved the table behind the others (404bad70fcf7), 6.11
 * dropped absolute addresses (64e166099b69), and 6.15 made per-CPU symbols addresses in the image,
 * so that every entry is simply added to the base (01157ddc58dc). 7.0 has no base any more: an
 * entry is the distance from itself to the symbol (a081b5789255).
 *
 * The bytes do not say which of these a table is. With a wrong formula, though, hardly an address
 * lies in the image, or they are out of order. And the right one puts linux_banner where the image
 * says "Linux version ".
 */
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/kallsyms/tables.h"

struct table {
	const uint8_t *entries;
	uint64_t base;	    /* kallsyms_relative_base */
	struct kaddr va;    /* of entries[0] */
};

static uint64_t absolute(const struct table *t, size_t i)
{
	return load_u64(t->entries + 8 * i);
}

static uint64_t base_relative(const struct table *t, size_t i)
{
	return t->base + load_u32(t->entries + 4 * i);
}

static uint64_t absolute_percpu(const struct table *t, size_t i)
{
	int32_t offset = (int32_t)load_u32(t->entries + 4 * i);

	return offset >= 0 ? (uint64_t)offset : t->base - 1 - (uint64_t)(int64_t)offset;
}

static uint64_t pc_relative(const struct table *t, size_t i)
{
	int32_t offset = (int32_t)load_u32(t->entries + 4 * i);

	return t->va.v + 4 * i + (uint64_t)(int64_t)offset;
}

/* One row is one layout that some kernel has. A new one is a row more. */
static const struct layout {
	const char *name;
	uint64_t (*address)(const struct table *t, size_t i);
	size_t width; /* of an entry */
	bool has_base;
	bool before; /* ends in front of num_syms; otherwise begins behind the other tables */
	size_t align;
} layouts[] = {
	{ "base-relative, absolute per-CPU", absolute_percpu, 4, true, true, 8 }, /* 4.6 */
	{ "base-relative, absolute per-CPU", absolute_percpu, 4, true, false, 8 }, /* 6.4 */
	{ "base-relative", base_relative, 4, true, true, 8 },  /* 4.6, !SMP */
	{ "base-relative", base_relative, 4, true, false, 8 }, /* 6.4, 6.15 */
	{ "PC-relative", pc_relative, 4, false, false, 4 },    /* 7.0 */
	{ "absolute", absolute, 8, false, true, 8 },	       /* 2.6.10 */
	{ "absolute", absolute, 8, false, false, 8 },	       /* 6.4 */
};

/* Finds the layout's table. False: it does not fit into the image, or its base is impossible. */
static bool table_place(const struct kallsyms_image *image, const struct kallsyms_tables *t,
			const struct layout *layout, struct table *table, size_t *at)
{
	size_t entries = align_up(layout->width * t->count, layout->align);
	size_t whole = entries + (layout->has_base ? 8 : 0);
	size_t start;

	if (layout->before) {
		if (t->num_syms < whole)
			return false;
		start = t->num_syms - whole;
	} else {
		start = align_up(t->end, layout->align);
		if (start > image->size || image->size - start < whole)
			return false;
	}
	table->entries = image->data + start;
	table->va = kaddr_add(image->va, start);
	table->base = layout->has_base ? load_u64(table->entries + entries) : 0;
	*at = start;
	return !layout->has_base || table->base - image->va.v < image->size;
}

/* --- do these addresses make sense? ------------------------------------------- */

#define TEXT_OFFSET_MAX (UINT64_C(64) << 10)

static const char banner[] = "Linux version ";

enum banner_verdict {
	BANNER_NO,	/* linux_banner points elsewhere */
	BANNER_UNKNOWN, /* there is no such symbol, or its page of the image could not be read */
	BANNER_YES,
};

struct verdict {
	enum banner_verdict banner;
	uint64_t banner_address;
	bool misplaced; /* _text is not where the image begins */
	size_t inside;	/* symbols in the image */
	size_t aligned; /* functions at multiples of 16 */
	size_t descents;
	size_t repeats; /* symbols with the address of the one before */
};

/* The caller passes a page that it could not read as zeros. */
static bool page_is_missing(const struct kallsyms_image *image, uint64_t at)
{
	uint64_t start = at & PAGE_MASK, left = image->size - start;

	return bytes_are_zero(image->data + start, left < PAGE_SIZE ? (size_t)left : PAGE_SIZE);
}

static enum banner_verdict banner_check(const struct kallsyms_image *image, uint64_t address)
{
	uint64_t at = address - image->va.v;
	size_t size = sizeof(banner) - 1;

	if (at >= image->size || image->size - at < size)
		return BANNER_NO;
	if (!memcmp(image->data + at, banner, size))
		return BANNER_YES;
	return page_is_missing(image, at) ? BANNER_UNKNOWN : BANNER_NO;
}

static struct verdict judge(const struct kallsyms_image *image, const struct kallsyms_list *l,
			    const uint64_t *address)
{
	struct verdict v = { .banner = BANNER_UNKNOWN };

	if (l->banner < l->count) {
		v.banner_address = address[l->banner];
		v.banner = banner_check(image, v.banner_address);
	}
	if (l->start < l->count)
		v.misplaced = address[l->start] - image->va.v > TEXT_OFFSET_MAX;
	for (uint32_t i = 0; i < l->count; i++) {
		/* _end is the address of the first byte behind the image */
		v.inside += address[i] - image->va.v <= image->size;
		v.aligned += (l->type[i] == 'T' || l->type[i] == 't') && !(address[i] & 15);
		v.descents += i && address[i] < address[i - 1];
		v.repeats += i && address[i] == address[i - 1];
	}
	return v;
}

/* Per-CPU symbols may lie outside the image, and a damaged page may disturb the order, but with the
 * wrong formula nothing fits at all. Where linux_banner cannot tell, the rest must fit better. */
static bool makes_sense(const struct verdict *v, uint32_t count)
{
	size_t inside_min = v->banner == BANNER_YES ? count / 2 : count - count / 10;

	if (v->banner == BANNER_NO || (v->banner == BANNER_UNKNOWN && v->misplaced))
		return false;
	return v->inside >= inside_min && v->descents <= count / 100 && v->repeats <= count / 2;
}

static bool better(const struct verdict *a, const struct verdict *b)
{
	if (a->banner != b->banner)
		return a->banner > b->banner;
	if (a->misplaced != b->misplaced)
		return b->misplaced;
	return a->inside + a->aligned > b->inside + b->aligned;
}

/* The best verdict on linux_banner that any layout reaches. We need not look more closely at a
 * layout with a worse one. */
static enum banner_verdict best_banner(const struct kallsyms_image *image,
				       const struct kallsyms_tables *t, const struct kallsyms_list *l)
{
	enum banner_verdict best = BANNER_NO;

	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts) && l->banner < l->count; i++) {
		enum banner_verdict verdict;
		struct table table;
		size_t start;

		if (!table_place(image, t, &layouts[i], &table, &start))
			continue;
		verdict = banner_check(image, layouts[i].address(&table, l->banner));
		if (verdict > best)
			best = verdict;
	}
	return best;
}

static struct err *no_formula(const struct verdict *v, const char *closest, uint32_t count)
{
	if (!closest)
		return err_new(ERR_DATA, "no table of addresses with a base in this image");
	if (v->banner == BANNER_NO)
		return err_new(ERR_DATA, "%s addresses: linux_banner is not at %#jx", closest,
			       (uintmax_t)v->banner_address);
	return err_new(ERR_DATA,
		       "%s addresses: %zu of %u lie in the image, %zu out of order, %zu repeated%s",
		       closest, v->inside, count, v->descents, v->repeats,
		       v->misplaced ? ", _text is not where the image begins" : "");
}

struct err *kallsyms_addresses(const struct kallsyms_image *image,
			       const struct kallsyms_tables *t, struct kallsyms_list *l,
			       const char **formula, size_t *at)
{
	CLEANUP(free_ptr) uint64_t *address = xcalloc(t->count, sizeof(*address));
	const enum banner_verdict least = best_banner(image, t, l);
	const char *closest = NULL;
	struct verdict best = { .banner = BANNER_NO };

	l->address = xcalloc(t->count, sizeof(*l->address));
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct table table;
		struct verdict v;
		size_t start;

		if (!table_place(image, t, &layouts[i], &table, &start))
			continue;
		if (l->banner < l->count &&
		    banner_check(image, layouts[i].address(&table, l->banner)) < least)
			continue;
		for (uint32_t s = 0; s < t->count; s++)
			address[s] = layouts[i].address(&table, s);
		v = judge(image, l, address);
		if (closest && !better(&v, &best))
			continue;
		best = v;
		closest = layouts[i].name;
		*at = start;
		memcpy(l->address, address, t->count * sizeof(*address));
	}
	if (!closest || !makes_sense(&best, t->count))
		return no_formula(&best, closest, t->count);
	*formula = closest;
	return NULL;
}
