#include "recover/config/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "recover/config/candidate.h"
#include "recover/config/stitch.h"

#define FILES_MAX 1024 /* that we look into; those with the most pages first */

/* Pages of one file: placed[from], ... of a list sorted by mapping and index. */
struct file_run {
	size_t from, count;
};

static int compare_paddr(const void *a, const void *b)
{
	uint64_t i = ((const struct paddr *)a)->v, j = ((const struct paddr *)b)->v;

	return (i > j) - (i < j);
}

static int compare_placed(const void *a, const void *b)
{
	const struct config_placed *x = a, *y = b;

	if (x->place.mapping != y->place.mapping)
		return x->place.mapping < y->place.mapping ? -1 : 1;
	if (x->place.index != y->place.index)
		return x->place.index < y->place.index ? -1 : 1;
	return compare_paddr(&x->at, &y->at);
}

static int compare_run(const void *a, const void *b)
{
	const struct file_run *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

/* The offered addresses, sorted, each once, whole pages only. */
static struct paddr *sort_pages(const struct config_pages *pages, size_t *ret)
{
	struct paddr *at = xcalloc(pages->count, sizeof(*at));
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < pages->count; i++)
		if (!(pages->at[i].v & ~PAGE_MASK))
			at[n++] = pages->at[i];
	qsort(at, n, sizeof(*at), compare_paddr);
	for (size_t i = 0; i < n; i++)
		if (!kept || at[kept - 1].v != at[i].v)
			at[kept++] = at[i];
	*ret = kept;
	return at;
}

/* Finds the file of each page, into placed[]. *known: how many of the pages have a struct page. */
static struct err *place_pages(struct page_cache *pc, const struct paddr *at, size_t count,
			       struct config_placed *placed, size_t *ret, size_t *known)
{
	*ret = *known = 0;
	for (size_t i = 0; i < count; i++) {
		struct config_placed p = { .at = at[i] };
		struct err *e = page_cache_place(pc, at[i], &p.place);

		if (e)
			return e;
		*known += p.place.known;
		if (p.place.mapping)
			placed[(*ret)++] = p;
	}
	qsort(placed, *ret, sizeof(*placed), compare_placed);
	return NULL;
}

/* The files, those with the most pages first. */
static struct file_run *find_runs(const struct config_placed *placed, size_t count, size_t *ret)
{
	struct file_run *runs = xcalloc(count, sizeof(*runs));

	*ret = 0;
	for (size_t i = 0; i < count; i++) {
		if (!i || placed[i].place.mapping != placed[i - 1].place.mapping)
			runs[(*ret)++].from = i;
		runs[*ret - 1].count++;
	}
	qsort(runs, *ret, sizeof(*runs), compare_run);
	return runs;
}

static void report_candidate(const struct config_candidate *c, struct buf *report)
{
	const struct page_cache_name *name = &c->name;

	buf_add_str(report, "config text: file ");
	escape_text(report, name->folder, strlen(name->folder));
	if (*name->folder && strcmp(name->folder, "/") != 0)
		buf_add_char(report, '/');
	if (*name->file)
		escape_text(report, name->file, strlen(name->file));
	else
		buf_add_str(report, "without a name");
	buf_add_str(report, *c->version ? " (header " : " (no header");
	escape_text(report, c->version, strlen(c->version));
	buf_addf(report, "): %zu of %s%zu pages, %zu lines, %zu gaps: %s, %s\n", c->pages,
		 c->total_known ? "" : "at least ", c->total, c->lines, c->gaps,
		 c->fits ? "the running kernel's" : "not taken", c->why);
}

struct choice {
	struct config_candidate best; /* so far; best.fits: there is one */
	char *contested; /* an option in which a file that fits as well differs, or NULL; owned */
	size_t known; /* offered pages that have a struct page */
};

static void choice_deinit(struct choice *choice)
{
	config_candidate_deinit(&choice->best);
	free(choice->contested);
}

/* Keeps the better of c and the best so far; c is left with the other. A conflict between two of the
 * same rank stays in contested until a file of higher rank settles it. */
static void choose(struct choice *choice, struct config_candidate *c, struct buf *report)
{
	struct config_candidate best = choice->best;
	const char *conflict = best.fits ? config_file_conflict(&best.file, &c->file) : NULL;

	if (conflict)
		buf_addf(report, "config text: two files differ in CONFIG_%s\n", conflict);
	if (conflict && c->rank == best.rank && !choice->contested)
		choice->contested = xstrdup(conflict);
	if (best.fits && (c->rank < best.rank || (c->rank == best.rank && c->pages <= best.pages)))
		return;
	if (c->rank > best.rank) {
		free(choice->contested);
		choice->contested = NULL;
	}
	choice->best = *c;
	*c = best;
}

/* What all candidates are judged by. */
struct finder {
	struct memory *m;
	struct page_cache *pc;
	const struct config_text_hints *hints;
	const struct config_file *reference; /* or NULL */
	struct buf *report;
};

/* Looks into one file. Adds its pages to *others when it is no config. */
static struct err *try_run(const struct finder *f, const struct config_placed *placed, size_t count,
			   struct choice *choice, size_t *others)
{
	CLEANUP(config_candidate_deinit) struct config_candidate c;
	struct err *e = config_candidate_read(f->m, f->pc, placed, count, &c);

	if (e && err_code(e) == ERR_ABSENT) {
		*others += count;
		err_discard(e);
		return NULL;
	}
	if (e)
		return e;
	config_candidate_judge(&c, f->hints, f->reference);
	report_candidate(&c, f->report);
	if (c.fits)
		choose(choice, &c, f->report);
	return NULL;
}

/* choice->best.fits is false when no file fits. Errors: ERR_DATA when two fit as well and differ. */
static struct err *find_file(const struct finder *f, const struct paddr *at, size_t count,
			     struct choice *choice)
{
	CLEANUP(free_ptr) struct config_placed *placed = xcalloc(count, sizeof(*placed));
	CLEANUP(free_ptr) struct file_run *runs = NULL;
	struct buf *report = f->report;
	size_t placed_count, run_count, others = 0;
	struct err *e = place_pages(f->pc, at, count, placed, &placed_count, &choice->known);

	if (e)
		return e;
	runs = find_runs(placed, placed_count, &run_count);
	for (size_t i = 0; i < run_count && i < FILES_MAX && !e; i++)
		e = try_run(f, placed + runs[i].from, runs[i].count, choice, &others);
	buf_addf(report,
		 "config text: %zu pages offered, %zu of them in %zu files, %zu of these no config\n",
		 count, placed_count, run_count, others);
	if (run_count > FILES_MAX)
		buf_addf(report, "config text: only %d of these files looked into\n", FILES_MAX);
	if (e)
		return e;
	if (choice->contested)
		return err_new(ERR_DATA,
			       "config text: two files fit the running kernel %s and differ in"
			       " CONFIG_%s",
			       choice->best.why, choice->contested);
	return NULL;
}

static void add_text(struct buf *text, const struct buf *lines, size_t pages, size_t total,
		     bool total_known)
{
	buf_addf(text, "# farwalk config text: %zu of %s%zu pages\n", pages,
		 total_known ? "" : "at least ", total);
	buf_add(text, buf_str(lines), lines->size);
}

static struct err *none_found(size_t count)
{
	return err_new(ERR_ABSENT,
		       "config text: none of %zu pages is of the running kernel's config", count);
}

/* The second way, without struct page. Where struct page says that a page belongs to no file, we do
 * not take it: it may be freed, or a guest's. */
static struct err *stitch(const struct finder *f, const struct paddr *at, size_t count,
			  struct buf *text)
{
	CLEANUP(config_stitch_deinit) struct config_stitch found;
	struct err *e = config_stitch_run(f->m, at, count, f->hints, f->reference, &found);

	if (e)
		return e;
	buf_addf(f->report, "config text: stitched without struct page: %zu pages, %zu lines, %s\n",
		 found.pages, found.lines, found.why);
	if (!found.pages)
		return none_found(count);
	add_text(text, &found.text, found.pages, found.total, found.total_known);
	return NULL;
}

struct err *config_text_recover(struct memory *m, const struct xlat *kernel,
				const struct config_text_hints *hints,
				const struct config_pages *pages, struct buf *text,
				struct buf *report)
{
	CLEANUP(choice_deinit) struct choice choice = { 0 };
	CLEANUP(config_file_deinit) struct config_file reference = { 0 };
	CLEANUP(free_ptr) struct page_cache *pc = xcalloc(1, sizeof(*pc));
	CLEANUP(free_ptr) struct paddr *at = NULL;
	struct finder f = { m, pc, hints, hints->reference ? &reference : NULL, report };
	struct page_layout layout = config_text_layout(hints);
	struct err *e;
	size_t count;

	at = sort_pages(pages, &count);
	if (hints->reference) {
		e = config_file_parse(hints->reference, strlen(hints->reference), &reference);
		if (e)
			return err_in(e, "packaged config");
	}
	if (kernel && hints->vmemmap_base && layout.size >= 16 && layout.size <= 1024) {
		page_cache_init(pc, kernel, &layout);
		e = find_file(&f, at, count, &choice);
		if (e)
			return e;
	}
	if (!choice.best.fits && choice.known)
		return none_found(count);
	if (!choice.best.fits)
		return stitch(&f, at, count, text);
	add_text(text, &choice.best.text, choice.best.pages, choice.best.total,
		 choice.best.total_known);
	return NULL;
}
