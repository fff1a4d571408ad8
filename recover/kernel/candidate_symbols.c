/* What the image of a candidate says: its symbols and banner. */
#include "recover/kernel/candidate.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/progress.h"
#include "base/view.h"
#include "recover/kernel/image_parts.h"

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
	candidate_found_at(c, FOUND_BANNER, kernel_map_pa(&c->map, at));
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

/* Finds the low memory that the kernel took for its trampoline, as every kernel does once, at boot. */
static void find_real_mode(struct candidate *c, struct kernel_pages *pages)
{
	uint64_t header, base;

	if (image_variable(c, pages, "real_mode_header", &header) &&
	    image_variable(c, pages, "page_offset_base", &base) && header - base < LOW_MEMORY_END)
		c->real_mode = PADDR(header - base);
}

static struct err *read_symbols(struct candidate *c, struct kernel_pages *pages)
{
	double since = monotonic_seconds();
	struct err *e = kallsyms_find(pages->bytes, pages->size, c->map.start, &c->symbols);

	c->symbols_seconds = monotonic_seconds() - since;
	if (e)
		return e;
	if (landmarks_are_needed(c->symbols)) {
		e = landmarks_of_image(pages, &c->landmarks);
		if (e)
			return e;
	}
	e = find_banner(c, pages);
	if (e)
		return e;
	find_real_mode(c, pages);
	return NULL;
}

struct err *candidate_find_symbols(struct candidate *c, struct kernel_pages *pages)
{
	struct err *e = read_symbols(c, pages);

	if (pages->gone) {
		err_discard(e);
		return TAKE(pages->gone);
	}
	if (!e || err_is_fatal(e))
		return e;
	buf_add_str(&c->trouble, err_text(e));
	if (pages->unreadable)
		buf_addf(&c->trouble, " (%zu pages of the image cannot be read)", pages->unreadable);
	err_discard(e);
	return NULL;
}

/* Reads the image's constant parts, or all of it where there are none. We leave out pages that the
 * kernel freed: a tenant may hold some, and a symbol table that he puts there would be a second one. */
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

struct err *candidate_read_image(struct memory *m, struct candidates *all, struct candidate *c,
				 bool keep)
{
	CLEANUP(kernel_pages_deinit) struct kernel_pages pages;
	struct err *e;

	kernel_pages_init(m, &c->map, &pages);
	e = read_constants(m, all, c, &pages);
	if (e)
		return e;
	e = candidate_find_symbols(c, &pages);
	if (e || !keep || !c->found[FOUND_BANNER])
		return e;
	c->pages = xmalloc(sizeof(*c->pages));
	*c->pages = pages;
	pages = (struct kernel_pages){ .size = 0 };
	return NULL;
}

