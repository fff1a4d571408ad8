#include "recover/config/stitch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/search.h"
#include "recover/config/fragment.h"
#include "recover/config/join.h"
#include "recover/config/version.h"

#define BATCH 256 /* pages of one vector */
#define CHAIN_MAX 512 /* pages of one file */
#define NOWHERE SIZE_MAX

void config_stitch_deinit(struct config_stitch *s)
{
	buf_deinit(&s->text);
}

/* The options [first, last] of the reference that a page has. */
struct placed_page {
	struct paddr at;
	size_t first, last;
};

struct stitcher {
	struct memory *m;
	const struct paddr *at;
	size_t count;
	const struct config_text_hints *hints;
	const struct config_file *reference; /* or NULL */
	char header[PAGE_SIZE];		     /* the page that begins the text */
	struct paddr header_at;
	size_t headers; /* such pages that differ */
	struct placed_page *placed; /* pages that repeat the reference; owned */
	size_t placed_count;
};

static void stitcher_free(struct stitcher **s)
{
	free((*s)->placed);
	free(*s);
}

/* Where the reference has the option of a line; with_value: its value must be the same, too. */
static size_t find_option(const struct config_file *reference, const struct config_line *l,
			  bool with_value)
{
	char name[CONFIG_NAME_MAX + 1];
	const struct config_option *o;

	if (l->kind != CONFIG_LINE_SET && l->kind != CONFIG_LINE_NOT_SET)
		return NOWHERE;
	memcpy(name, l->name, l->name_size);
	name[l->name_size] = '\0';
	o = config_file_find(reference, name);
	if (!o)
		return NOWHERE;
	if (with_value && (strlen(o->value) != l->value_size ||
			   memcmp(o->value, l->value, l->value_size) != 0))
		return NOWHERE;
	return (size_t)(o - reference->options);
}

/* Whether the whole lines of a page name options that follow each other in the reference. */
static bool find_page(const struct config_file *reference, const struct config_fragment *f,
		      bool with_values, struct placed_page *ret)
{
	const char *p = f->text + f->head, *end = f->text + f->tail;
	bool any = false;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		struct config_line l = config_line_lex(p, (size_t)(stop - p));
		size_t i;

		p = stop + 1;
		if (!l.name)
			continue;
		i = find_option(reference, &l, with_values);
		if (i == NOWHERE || (any && i != ret->last + 1))
			return false;
		if (!any)
			ret->first = i;
		ret->last = i;
		any = true;
	}
	return any;
}

/* Whether a page goes on where j ends, before the reference's option `next`; `found` is the page's
 * place. The line that the edge cuts names the option in between, or no option. */
static bool continues(const struct stitcher *s, const struct config_join *j,
		      const struct config_fragment *f, size_t next, bool with_values,
		      const struct placed_page *found)
{
	char line[2 * CONFIG_LINE_MAX];
	struct config_line l;

	if (!config_join_fits(j, f))
		return false;
	memcpy(line, buf_str(&j->cut), j->cut.size);
	memcpy(line + j->cut.size, f->text, f->head - 1);
	l = config_line_lex(line, j->cut.size + f->head - 1);
	if (!l.name)
		return found->first == next;
	return found->first == next + 1 && find_option(s->reference, &l, with_values) == next;
}

/* Notes what a page may be good for: it repeats the reference, or its header names the kernel. */
static void sort_out_page(struct stitcher *s, struct paddr at, const char *page)
{
	struct placed_page placed = { .at = at };
	char version[CONFIG_VERSION_MAX];
	struct config_fragment f;

	if (!config_fragment_read(page, &f))
		return;
	if (s->reference && find_page(s->reference, &f, true, &placed))
		s->placed[s->placed_count++] = placed;
	if (!config_fragment_version(&f, version) ||
	    config_version_fit(version, s->hints->release, s->hints->banner) != CONFIG_FIT_YES)
		return;
	if (!s->headers || memcmp(s->header, page, PAGE_SIZE) != 0)
		s->headers++;
	memcpy(s->header, page, PAGE_SIZE);
	s->header_at = at;
}

static struct err *sort_out(struct stitcher *s)
{
	CLEANUP(free_ptr) char *pages = xmalloc(BATCH * PAGE_SIZE);
	struct memory_read reads[BATCH];

	for (size_t from = 0; from < s->count; from += BATCH) {
		size_t n = s->count - from < BATCH ? s->count - from : BATCH;
		struct err *e;

		for (size_t i = 0; i < n; i++)
			reads[i] = (struct memory_read){ .at = s->at[from + i],
							 .size = (uint32_t)PAGE_SIZE,
							 .to = pages + i * PAGE_SIZE };
		e = memory_read_vector(s->m, reads, n);
		if (e)
			return e;
		for (size_t i = 0; i < n; i++)
			if (reads[i].status == MEMORY_OK)
				sort_out_page(s, reads[i].at, reads[i].to);
	}
	return NULL;
}

/* Reads one page of config text; *done false: it is no such page. */
static struct err *read_fragment(const struct stitcher *s, struct paddr at, char *page,
				 struct config_fragment *f, bool *done)
{
	struct memory_read read = { .at = at, .size = (uint32_t)PAGE_SIZE, .to = page };
	struct err *e = memory_read_vector(s->m, &read, 1);

	*done = !e && read.status == MEMORY_OK && config_fragment_read(page, f);
	return e;
}

static bool is_offered(const struct stitcher *s, struct paddr at)
{
	size_t i = search_first(n, s->count, s->at[n].v >= at.v);

	return i < s->count && s->at[i].v == at.v;
}

/* Adds the page at `at`, if it goes on where j ends, and moves *next behind it. */
static struct err *add_neighbour(const struct stitcher *s, struct paddr at, struct config_join *j,
				 size_t *next, bool *added)
{
	struct placed_page place;
	char page[PAGE_SIZE];
	struct config_fragment f;
	struct err *e;

	*added = false;
	if (!is_offered(s, at))
		return NULL;
	e = read_fragment(s, at, page, &f, added);
	if (e || !*added)
		return e;
	*added = find_page(s->reference, &f, false, &place) &&
		 continues(s, j, &f, *next, false, &place);
	if (*added) {
		config_join_page(j, &f, j->pages);
		*next = place.last + 1;
	}
	return NULL;
}

/* The page with the header, and what follows it in memory. */
static struct err *add_chain(const struct stitcher *s, struct config_join *j, size_t *next)
{
	struct placed_page place;
	struct paddr at = s->header_at;
	struct config_fragment f;
	bool added = true;

	if (!config_fragment_read(s->header, &f))
		return NULL;
	config_join_page(j, &f, 0);
	if (!s->reference || !find_page(s->reference, &f, false, &place))
		return NULL;
	*next = place.last + 1;
	while (added && !j->ended && j->pages < CHAIN_MAX) {
		const uint64_t steps[] = { PAGE_SIZE, -PAGE_SIZE };

		added = false;
		for (size_t i = 0; i < 2 && !added; i++) {
			struct paddr there = paddr_add(at, steps[i]);
			struct err *e = add_neighbour(s, there, j, next, &added);

			if (e)
				return e;
			if (added)
				at = there;
		}
	}
	return NULL;
}

static int compare_placed(const void *a, const void *b)
{
	const struct placed_page *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->at.v > y->at.v) - (x->at.v < y->at.v);
}

/* Adds the pages that repeat the reference, behind what j has already. */
static struct err *add_placed(struct stitcher *s, struct config_join *j, size_t next)
{
	if (!j->pages)
		config_join_gap(j, "the beginning: not found");
	qsort(s->placed, s->placed_count, sizeof(*s->placed), compare_placed);
	for (size_t i = 0; i < s->placed_count && !j->ended; i++) {
		struct placed_page place = s->placed[i];
		char page[PAGE_SIZE];
		struct config_fragment f;
		struct err *e;
		bool done;

		if (place.first < next)
			continue;
		e = read_fragment(s, place.at, page, &f, &done);
		if (e)
			return e;
		if (!done || !find_page(s->reference, &f, true, &place) || place.first < next)
			continue;
		if (j->open && !continues(s, j, &f, next, true, &place))
			config_join_gap(j, "pages not found");
		config_join_page(j, &f, j->pages);
		next = place.last + 1;
	}
	return NULL;
}

/* Two pages may have the header, of two flavours of one version perhaps. Nothing says which of them
 * is the kernel's, so we take neither. */
static bool has_header(const struct stitcher *s, const char **why)
{
	if (s->headers == 1)
		*why = "from its header on";
	else if (s->headers)
		*why = "several pages with its header differ";
	else
		*why = "no page has a header that names it";
	return s->headers == 1;
}

static bool fits_banner(const struct buf *text, const char *banner)
{
	CLEANUP(config_file_deinit) struct config_file file = { 0 };
	struct err *e = config_file_parse(buf_str(text), text->size, &file);
	const char *option;

	err_discard(e);
	return !e && (!banner || config_build_fit(&file, banner, &option) != CONFIG_FIT_NO);
}

struct err *config_stitch_run(struct memory *m, const struct paddr *at, size_t count,
			      const struct config_text_hints *hints,
			      const struct config_file *reference, struct config_stitch *ret)
{
	CLEANUP(stitcher_free) struct stitcher *s = xcalloc(1, sizeof(*s));
	CLEANUP(config_join_deinit) struct config_join j;
	struct err *e;
	size_t next = 0;

	*ret = (struct config_stitch){ .text = BUF_INIT, .why = "its release is not known" };
	config_join_init(&j);
	s->m = m;
	s->at = at;
	s->count = count;
	s->hints = hints;
	s->reference = reference;
	s->placed = xcalloc(reference ? count : 0, sizeof(*s->placed));
	if (!hints->release)
		return NULL;
	e = sort_out(s);
	if (e)
		return e;
	if (has_header(s, &ret->why)) {
		e = add_chain(s, &j, &next);
		if (e)
			return e;
	}
	if (reference && !j.ended) {
		e = add_placed(s, &j, next);
		if (e)
			return e;
	}
	if (j.pages)
		config_join_finish(&j);
	if (!fits_banner(&j.text, hints->banner)) {
		ret->why = "the banner contradicts what was found";
		return NULL;
	}
	ret->pages = ret->total = j.pages;
	ret->lines = j.lines;
	ret->total_known = j.ended && !j.gaps;
	ret->text = j.text;
	j.text = (struct buf)BUF_INIT;
	return NULL;
}
