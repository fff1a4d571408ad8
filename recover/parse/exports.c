#include "recover/parse/exports.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/search.h"
#include "base/view.h"

#define NAME_MAX_SIZE 128 /* with its NUL; no exported name is longer */
#define NEIGHBOURS 4	  /* entries in order, on both sides together, that make one credible */

struct image {
	const uint8_t *data;
	size_t size;
	uint64_t va;
};

/* One row is one shape of an entry. */
struct shape {
	bool relative; /* offsets of 4 bytes, else pointers */
	unsigned int stride;
};

static const struct shape shapes[] = {
	{ true, 12 },  /* 5.4 */
	{ true, 8 },   /* 4.19 */
	{ false, 16 }, /* before */
};

struct entry {
	uint64_t value, name; /* offsets in the image */
};

static bool entry_at(const struct image *i, const struct shape *s, uint64_t at, struct entry *ret)
{
	if (at >= i->size || i->size - at < s->stride)
		return false;
	if (s->relative) {
		ret->value = at + (uint64_t)(int64_t)(int32_t)load_u32(i->data + at);
		ret->name = at + 4 + (uint64_t)(int64_t)(int32_t)load_u32(i->data + at + 4);
	} else {
		ret->value = load_u64(i->data + at) - i->va;
		ret->name = load_u64(i->data + at + 8) - i->va;
	}
	return ret->value < i->size && ret->name < i->size && i->data[ret->name];
}

static bool is_name_character(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* The entry's name; NULL: no name is there. */
static const char *name_of(const struct image *i, const struct entry *e)
{
	const uint8_t *name = i->data + e->name;
	size_t room = i->size - e->name, n = 0;

	if (room > NAME_MAX_SIZE)
		room = NAME_MAX_SIZE;
	while (n < room && is_name_character(name[n]))
		n++;
	return n && n < room && !name[n] ? (const char *)name : NULL;
}

/* How many entries next to the one at `at` go on in order of names; at most NEIGHBOURS. */
static unsigned int neighbours(const struct image *i, const struct shape *s, uint64_t at,
			       const char *name, bool forward)
{
	unsigned int n = 0;

	while (n < NEIGHBOURS) {
		struct entry e;
		const char *next;
		int order;

		at += forward ? s->stride : -(uint64_t)s->stride;
		next = entry_at(i, s, at, &e) ? name_of(i, &e) : NULL;
		order = next ? strcmp(name, next) : 0;
		if (!order || (order < 0) != forward)
			break;
		name = next;
		n++;
	}
	return n;
}

/* --- the names that the caller wants ---------------------------------------------------- */

struct wanted {
	const char *name;
	size_t index;
};

struct search {
	struct image image;
	struct wanted *wanted; /* by name */
	size_t count;
	bool begins[65536]; /* by two characters: whether a wanted name begins with them */
	bool *contradicted; /* by index */
	struct kaddr *ret;
	size_t found;
};

static int wanted_compare(const void *a, const void *b)
{
	return strcmp(((const struct wanted *)a)->name, ((const struct wanted *)b)->name);
}

/* NULL: nobody wants this name. */
static const struct wanted *wanted_find(const struct search *s, const char *name)
{
	size_t first = search_first(i, s->count, strcmp(s->wanted[i].name, name) >= 0);

	return first < s->count && !strcmp(s->wanted[first].name, name) ? &s->wanted[first] : NULL;
}

static void take(struct search *s, size_t index, uint64_t value)
{
	struct kaddr at = KADDR(s->image.va + value);

	if (s->contradicted[index] || s->ret[index].v == at.v)
		return;
	if (!s->ret[index].v) {
		s->ret[index] = at;
		s->found++;
		return;
	}
	s->contradicted[index] = true;
	s->ret[index] = KADDR(0);
	s->found--;
}

static void try_entry(struct search *s, const struct shape *shape, uint64_t at)
{
	const struct image *i = &s->image;
	const struct wanted *hit;
	const char *name;
	struct entry e;

	if (!entry_at(i, shape, at, &e) || e.name + 1 >= i->size ||
	    !s->begins[load_u16(i->data + e.name)])
		return;
	name = name_of(i, &e);
	hit = name ? wanted_find(s, name) : NULL;
	if (hit && neighbours(i, shape, at, name, true) + neighbours(i, shape, at, name, false) >=
			   NEIGHBOURS)
		take(s, hit->index, e.value);
}

size_t exports_find(const uint8_t *image, size_t size, struct kaddr va, const char *const *names,
		    size_t count, struct kaddr *ret)
{
	CLEANUP(free_ptr) struct search *s = xcalloc(1, sizeof(*s));
	CLEANUP(free_ptr) struct wanted *wanted = xcalloc(count + 1, sizeof(*wanted));
	CLEANUP(free_ptr) bool *contradicted = xcalloc(count + 1, sizeof(*contradicted));

	s->image = (struct image){ image, size, va.v };
	s->wanted = wanted;
	s->contradicted = contradicted;
	s->count = count;
	s->ret = ret;
	for (size_t i = 0; i < count; i++) {
		wanted[i] = (struct wanted){ names[i], i };
		s->begins[load_u16((const uint8_t *)names[i])] = true;
		ret[i] = KADDR(0);
	}
	qsort(wanted, count, sizeof(*wanted), wanted_compare);
	for (size_t k = 0; k < sizeof(shapes) / sizeof(*shapes) && !s->found; k++)
		for (uint64_t at = 0; at + shapes[k].stride <= size; at += shapes[k].relative ? 4 : 8)
			try_entry(s, &shapes[k], at);
	return s->found;
}
