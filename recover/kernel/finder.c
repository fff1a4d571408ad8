#include "recover/kernel/finder.h"

static bool may_have_data(const struct image_part *p)
{
	return p->writable || p->no_execute;
}

struct finder_span finder_span(const struct finder *f, size_t part)
{
	const struct image_part *p = &f->parts.list[part];
	uint64_t offset = p->start.v - f->k->map.start.v;
	uint64_t end = p->end.v - f->k->map.start.v;

	if (end > f->k->image_size)
		end = f->k->image_size;
	if (offset >= end || !may_have_data(p))
		return (struct finder_span){ NULL, 0, 0 };
	return (struct finder_span){ f->k->image + offset, (size_t)(end - offset), p->start.v };
}

void finder_each(struct finder *f, void (*look)(struct finder *f, const struct finder_span *s))
{
	f->found = f->times = 0;
	for (size_t i = 0; i < f->parts.count; i++) {
		struct finder_span s = finder_span(f, i);

		look(f, &s);
	}
}

void finder_found(struct finder *f, uint64_t va)
{
	if (f->times && f->found == va)
		return;
	f->found = va;
	f->times++;
}

struct err *finder_settle(struct finder *f, const char *name, uint64_t at, const char *source)
{
	const struct landmark *known = landmarks_get(&f->k->candidate->landmarks, name);
	struct landmarks *all = &f->k->landmarks;

	if (f->times != 1)
		return NULL;
	if (known) {
		struct err *e = landmarks_add(all, name, known->at, buf_str(&known->sources));

		if (e)
			return e;
	}
	return landmarks_add(all, name, KADDR(at), source);
}

static struct err *read_data(const struct image_parts *parts, struct kernel_pages *pages)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct image_part *p = &parts->list[i];
		struct err *e = may_have_data(p) ? kernel_pages_read(pages, p->start, p->end) : NULL;

		if (e)
			return e;
	}
	return NULL;
}

struct err *finder_init(struct kernel *k, struct finder *ret)
{
	struct err *e;

	*ret = (struct finder){ .k = k };
	e = image_parts_of_map(k->memory, &k->map, &ret->parts);
	if (!e)
		e = read_data(&ret->parts, k->pages);
	if (err_is_fatal(e))
		return e;
	err_discard(e); /* what could not be read is zero, and nothing is found there */
	return NULL;
}

void finder_deinit(struct finder *f)
{
	image_parts_deinit(&f->parts);
}
