/* search: finds markers and names of the symbol tables, backwards from what is known already.
 * Internal to recover/kallsyms/kallsyms.h; recover/kallsyms/tables.h has the tables' shape.
 */
#ifndef RECOVER_KALLSYMS_SEARCH_H
#define RECOVER_KALLSYMS_SEARCH_H

#include "recover/kallsyms/tables.h"

#define KALLSYMS_MARKERS_MAX (KALLSYMS_COUNT_MAX / 256)

struct kallsyms_search {
	const struct kallsyms_image *image;
	uint32_t steps; /* words and names that it may still look at */
	/* for the message: the names that came furthest before they broke off */
	uint32_t deepest_count, deepest_of;
	size_t deepest_names;
};

/* Finds markers, names and num_syms in front of t->token_table, with or without seqs_of_names in
 * between. steps: how many each arrangement may cost. */
bool kallsyms_before_tokens(struct kallsyms_search *s, struct kallsyms_tables *t, uint32_t steps);

/* Whether the two numbers at p can be the first two markers. Nearly nothing else can. */
bool kallsyms_markers_begin(const uint8_t *p, unsigned word);

/* How many numbers of t->word bytes, from t->markers on, rise as markers do; at most LIMIT. */
size_t kallsyms_markers_rising(struct kallsyms_search *s, const struct kallsyms_tables *t,
			       size_t limit);

/* Finds names and num_syms in front of t->markers, of which there are MARKERS. */
bool kallsyms_names_find(struct kallsyms_search *s, struct kallsyms_tables *t, size_t markers);

#endif
