#include "memory/mtree.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/escape.h"
#include "base/vec.h"


/* A line without its newline. */
struct line {
	const char *p, *end;
};

static bool next_line(struct line *text, struct line *ret)
{
	const char *newline;

	if (text->p == text->end)
		return false;
	newline = memchr(text->p, '\n', (size_t)(text->end - text->p));
	*ret = (struct line){ text->p, newline ? newline : text->end };
	text->p = newline ? newline + 1 : text->end;
	if (ret->p < ret->end && ret->end[-1] == '\r')
		ret->end--;
	return true;
}

static bool take(struct line *l, const char *text)
{
	size_t size = strlen(text);

	if ((size_t)(l->end - l->p) < size || memcmp(l->p, text, size))
		return false;
	l->p += size;
	return true;
}

static bool take_hex16(struct line *l, uint64_t *ret)
{
	uint64_t value = 0;

	if (l->end - l->p < 16)
		return false;
	for (int i = 0; i < 16; i++) {
		char c = l->p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return false;
		value = value << 4 | (unsigned int)digit;
	}
	l->p += 16;
	*ret = value;
	return true;
}

/* " (prio 0, ram): "; *ram: it is RAM or ROM. */
static bool take_kind(struct line *l, bool *ram)
{
	if (!take(l, " (prio "))
		return false;
	while (l->p < l->end && *l->p != ',')
		l->p++;
	if (!take(l, ", "))
		return false;
	take(l, "nv-");
	*ram = take(l, "ram): ") || take(l, "rom): ");
	return true;
}

/* The name, and the offset that follows it. */
static char *take_name(struct line *l, uint64_t *offset)
{
	const char *name_end = l->end;
	struct line rest;

	*offset = 0;
	for (const char *p = l->p; p + 18 <= l->end; p++) {
		rest = (struct line){ p, l->end };
		if (!take(&rest, " @") || !take_hex16(&rest, offset))
			continue;
		return xstrndup(l->p, (size_t)(p - l->p));
	}
	/* there is no offset; the name of the accelerator may still follow */
	if (name_end - l->p > 4 && !memcmp(name_end - 4, " KVM", 4))
		name_end -= 4;
	return xstrndup(l->p, (size_t)(name_end - l->p));
}

static struct err *bad_line(struct line l, const char *what)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t size = (size_t)(l.end - l.p);

	escape_text(&b, l.p, size < 100 ? size : 100);
	return err_new(ERR_DATA, "info mtree: \"%s\": %s", buf_str(&b), what);
}

static struct err *add_region(struct line whole, struct mtree *t)
{
	struct line l = whole;
	struct mtree_region r = { 0 };
	uint64_t last;
	bool ram = false;

	if (!take(&l, "  ") || !take_hex16(&l, &r.start.v) || !take(&l, "-") ||
	    !take_hex16(&l, &last) || !take_kind(&l, &ram))
		return bad_line(whole, "expected a region");
	if (!ram)
		return NULL;
	if (last < r.start.v || last >= PADDR_END)
		return bad_line(whole, "no range of physical addresses");
	if (t->count && t->regions[t->count - 1].end.v > r.start.v)
		return bad_line(whole, "overlaps the region before it");
	if (t->count == MTREE_REGIONS_MAX)
		return bad_line(whole, "too many regions");
	r.end = PADDR(last + 1);
	r.name = take_name(&l, &r.offset);
	*vec_add(t->regions, t->count, t->capacity) = r;
	return NULL;
}

struct err *mtree_parse(const char *text, size_t size, struct mtree *ret)
{
	struct line all = { text, text + size }, l;
	bool ours = false;

	*ret = (struct mtree)MTREE_INIT;
	while (next_line(&all, &l)) {
		struct line start = l;

		if (take(&start, "FlatView ")) {
			if (ours)
				break;
			continue;
		}
		if (take(&start, " AS \"memory\",")) {
			ours = true;
			continue;
		}
		if (ours && take(&start, "  ") && !take(&start, "No rendered")) {
			struct err *e = add_region(l, ret);

			if (e)
				return e;
		}
	}
	if (!ours)
		return err_new(ERR_DATA, "info mtree: no flat view of the address space \"memory\"");
	if (!ret->count)
		return err_new(ERR_DATA, "info mtree: the address space \"memory\" has no RAM");
	return NULL;
}

void mtree_deinit(struct mtree *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->regions[i].name);
	free(t->regions);
	*t = (struct mtree)MTREE_INIT;
}
