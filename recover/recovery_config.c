#include "recover/recovery_config.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "recover/config/file.h"
#include "recover/config/text.h"
#include "recover/parse/ikconfig_module.h"

static uint32_t note_u32(const struct kernel *k, const char *name)
{
	uint64_t value;

	return k->note && vmcoreinfo_number(k->note, name, &value) && value <= UINT32_MAX ?
		       (uint32_t)value :
		       0;
}

static struct err *config_from_pages(struct recovery *r, struct buf *text, struct buf *report)
{
	const struct scan_hits *hits = &r->scan.hits[SCAN_CONFIG_TEXT];
	struct xlat x = kernel_map_xlat(r->memory, &r->kernel.map);
	struct config_text_hints hints = {
		.vmemmap_base = r->kernel.vmemmap_base,
		.page_struct_size = note_u32(&r->kernel, "SIZE(page)"),
		.page_mapping_offset = note_u32(&r->kernel, "OFFSET(page.mapping)"),
		.page_compound_head_offset = note_u32(&r->kernel, "OFFSET(page.compound_head)"),
		.release = facts_get(r->identity, "release"),
		.banner = facts_get(r->identity, "banner"),
	};
	struct config_pages pages = { hits->at, hits->count };

	return config_text_recover(r->memory, &x, &hints, &pages, text, report);
}

/* How many options have one value in a and another in b. *first: the first of those in a. */
static size_t count_conflicts(const struct config_file *a, const struct config_file *b,
			      const struct config_option **first)
{
	size_t n = 0;

	for (size_t i = 0; i < a->count; i++) {
		const struct config_option *o = config_file_find(b, a->options[i].name);

		if (o && strcmp(o->value, a->options[i].value) && !n++)
			*first = &a->options[i];
	}
	return n;
}

/* Parses the configuration that the kernel carries, and the text in the page cache. */
static struct err *parse_both(struct recovery *r, const struct buf *carried, struct config_file *own,
			      struct config_file *cached)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, ignored = BUF_INIT;
	struct err *e = config_from_pages(r, &text, &ignored);

	if (e)
		return e;
	e = config_file_parse(carried->data, carried->size, own);
	return e ? e : config_file_parse(text.data, text.size, cached);
}

/* Reports whether the text in the page cache agrees with what the kernel carries. We keep the latter
 * either way: nobody but the kernel's builder wrote it. Errors: ERR_SYSTEM. */
static struct err *compare_with_pages(struct recovery *r, const struct buf *carried)
{
	CLEANUP(config_file_deinit) struct config_file own = { .count = 0 }, cached = { .count = 0 };
	const struct config_option *first = NULL;
	struct err *e = parse_both(r, carried, &own, &cached);
	size_t conflicts;

	if (err_is_fatal(e))
		return e;
	if (e) {
		buf_addf(&r->report, "  nothing to compare it with: %s\n", err_text(e));
		err_discard(e);
		return NULL;
	}
	conflicts = count_conflicts(&own, &cached, &first);
	if (conflicts)
		buf_addf(&r->report, "  contradicted by the text in the page cache, in %zu options, as "
			 "CONFIG_%s=%s: the kernel's own is kept\n", conflicts, first->name,
			 config_file_find(&cached, first->name)->value);
	else
		buf_addf(&r->report, "  %zu options of the text in the page cache agree\n",
			 cached.count);
	return NULL;
}

/* Puts what the kernel's image or a module carries into b, and a line into the report. */
static struct err *find_carried(struct recovery *r, struct buf *b)
{
	const struct kernel *k = &r->kernel;
	const struct scan_hits *hits = &r->scan.hits[SCAN_IKCONFIG];
	struct xlat x = kernel_map_xlat(r->memory, &k->map);
	struct kaddr at;
	size_t offset;
	struct err *e = ikconfig_find(k->image, k->image_size, &offset, b);

	if (!e) {
		buf_addf(&r->report, "  IKCONFIG at 0x%" PRIx64 ", %zu bytes\n",
			 kernel_map_pa(&k->map, kaddr_add(k->map.start, offset)).v, b->size);
		return NULL;
	}
	if (err_code(e) != ERR_ABSENT)
		return e;
	err_discard(e);
	e = ikconfig_module_find(&x, hits->at, hits->count, &at, b);
	if (e)
		return e;
	buf_addf(&r->report, "  IKCONFIG in a module at 0x%" PRIx64 ", %zu bytes\n", at.v, b->size);
	return NULL;
}

/* The text in the page cache. config_text says so if there is none. */
static struct err *find_cached(struct recovery *r)
{
	struct err *e = r->surveyed ? err_new(ERR_ABSENT, "not searched for: the memory was surveyed") :
				      config_from_pages(r, &r->config_text, &r->report);

	if (!e || err_is_fatal(e))
		return e;
	buf_add_str(&r->config_text, "# farwalk config text: 0 pages\n# gap: ");
	escape_text(&r->config_text, err_text(e), strlen(err_text(e)));
	buf_add_char(&r->config_text, '\n');
	buf_addf(&r->report, "  %s\n", err_text(e));
	err_discard(e);
	return NULL;
}

struct err *recovery_find_config(struct recovery *r)
{
	CLEANUP(buf_deinit) struct buf carried = BUF_INIT;
	struct err *e;

	buf_add_str(&r->report, "\nconfig:\n");
	e = find_carried(r, &carried);
	if (!e) {
		buf_addf(&r->config_text, "# farwalk config text: ikconfig\n%s", buf_str(&carried));
		return r->surveyed ? NULL : compare_with_pages(r, &carried);
	}
	if (err_is_fatal(e))
		return e;
	if (err_code(e) == ERR_DATA)
		buf_addf(&r->report, "  %s\n", err_text(e));
	err_discard(e);
	return find_cached(r);
}
