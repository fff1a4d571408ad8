#include "recover/kernel/candidate.h"

#include <inttypes.h>

#define PLACES_MAX 200	  /* bytes of a candidate's places for one source; about as many */
#define REMARKS_MAX 16384 /* bytes; about as many */

static const char *const source_names[FOUND_COUNT] = {
	[FOUND_TRAMPOLINE] = "trampoline",
	[FOUND_VMCOREINFO] = "vmcoreinfo",
	[FOUND_SELF_POINTERS] = "self-pointers",
	[FOUND_PAGE_TABLE] = "page table",
	[FOUND_BANNER] = "banner",
};

const char *candidate_source_name(enum candidate_source source)
{
	return source_names[source];
}

unsigned int candidate_weight(const struct candidate *c)
{
	unsigned int weight = 0;

	for (int i = 0; i < FOUND_COUNT; i++)
		weight += c->found[i];
	return weight;
}

void candidate_sources(const struct candidate *c, struct buf *b)
{
	const char *comma = "";

	for (int i = 0; i < FOUND_COUNT; i++) {
		if (!c->found[i])
			continue;
		buf_addf(b, "%s%s", comma, source_names[i]);
		comma = ", ";
	}
}

static void candidate_deinit(struct candidate *c)
{
	for (int i = 0; i < FOUND_COUNT; i++)
		buf_deinit(&c->places[i]);
	if (c->pages)
		kernel_pages_deinit(c->pages);
	free(c->pages);
	kallsyms_free(c->symbols);
	landmarks_deinit(&c->landmarks);
	banner_deinit(&c->banner);
	buf_deinit(&c->trouble);
}

void candidates_deinit(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		candidate_deinit(&c->list[i]);
	for (size_t i = 0; i < c->note_count; i++)
		vmcoreinfo_deinit(&c->notes[i]);
	buf_deinit(&c->remarks);
	c->count = c->note_count = 0;
}

struct candidate *candidates_at(struct candidates *c, uint64_t phys_base)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].phys_base == phys_base)
			return &c->list[i];
	if (c->count == CANDIDATES_MAX) {
		buf_addf(&c->remarks, "phys_base 0x%" PRIx64 ": one candidate too many\n",
			 phys_base);
		return NULL;
	}
	c->list[c->count] = (struct candidate){ .phys_base = phys_base };
	return &c->list[c->count++];
}

void candidate_found_at(struct candidate *c, enum candidate_source source, struct paddr at)
{
	c->found[source] = true;
	if (c->places[source].size > PLACES_MAX)
		return;
	buf_add_str(&c->places[source], c->places[source].size ? ", " : "");
	if (source == FOUND_VMCOREINFO && at.v == VMCOREINFO_OF_FILE)
		buf_add_str(&c->places[source], "the image file");
	else
		buf_addf(&c->places[source], "0x%" PRIx64, at.v);
}

struct err *candidates_remark(struct candidates *c, struct err *e)
{
	if (!e || err_is_fatal(e))
		return e;
	if (c->remarks.size < REMARKS_MAX)
		buf_addf(&c->remarks, "%s\n", err_text(e));
	err_discard(e);
	return NULL;
}

/* --- the choice ------------------------------------------------------------------------ */

/* "WHY: phys_base 0x7a800000 (trampoline): symbols: ...; ..." */
static struct err *none_is_good(const struct candidates *c, enum err_code code, const char *why)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	for (size_t i = 0; i < c->count; i++) {
		const struct candidate *candidate = &c->list[i];

		buf_addf(&text, "%sphys_base 0x%" PRIx64 " (", i ? "; " : "", candidate->phys_base);
		candidate_sources(candidate, &text);
		buf_addf(&text, ")%s%s", candidate->trouble.size ? ": " : "",
			 buf_str(&candidate->trouble));
	}
	if (!c->count)
		buf_add_str(&text, "no trampoline that leads to an image, no VMCOREINFO note, "
				   "no first task");
	if (c->remarks.size)
		buf_addf(&text, "\n%.*s", (int)c->remarks.size - 1, c->remarks.data);
	return err_new(code, "%s: %s", why, buf_str(&text));
}

/* Whether a is better than b. A kernel that has its trampoline beats one that has not: only one kernel
 * can have the low memory, while notes and tasks of many lie about. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->found[FOUND_BANNER] && b->found[FOUND_BANNER] &&
	    a->found[FOUND_TRAMPOLINE] != b->found[FOUND_TRAMPOLINE])
		return a->found[FOUND_TRAMPOLINE];
	return candidate_weight(a) > candidate_weight(b);
}

/* Whether we cannot prefer either: both have a trampoline, or as many ways lead to one as to the
 * other. */
static bool are_equal(const struct candidate *a, const struct candidate *b)
{
	return (a->found[FOUND_BANNER] && b->found[FOUND_BANNER] && a->found[FOUND_TRAMPOLINE] &&
		b->found[FOUND_TRAMPOLINE]) ||
	       (!is_better(a, b) && !is_better(b, a));
}

struct err *candidates_choose(struct candidates *c, struct candidate **ret)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < c->count; i++)
		if (!c->list[i].replaced && (!best || is_better(&c->list[i], best)))
			best = &c->list[i];
	if (!best)
		return none_is_good(c, ERR_ABSENT, "no kernel found");
	for (size_t i = 0; i < c->count; i++)
		if (&c->list[i] != best && !c->list[i].replaced && are_equal(&c->list[i], best))
			return none_is_good(c, ERR_DATA, "which kernel runs is not clear");
	if (candidate_weight(best) < 2)
		return none_is_good(c, ERR_ABSENT,
				    "no kernel found that two sources agree on");
	if (!best->found[FOUND_BANNER])
		return none_is_good(c, ERR_DATA, "the kernel's image cannot be understood");
	*ret = best;
	return NULL;
}
