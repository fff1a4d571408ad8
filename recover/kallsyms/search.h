/* kallsyms_search: markers and names of the symbol tables, searched for backwards from
 * what is known already. Internal to kallsyms; see recover/kallsyms/tables.h.
 */
#ifndef RECOVER_KALLSYMS_SEARCH_H
#define RECOVER_KALLSYMS_SEARCH_H

#include "recover/kallsyms/tables.h"

#define KALLSYMS_MARKERS_MAX (KALLSYMS_COUNT_MAX / 256)

struct kallsyms_search {
	const struct kallsyms_image *image;
	uint32_t steps; /* that may still be taken: words and names looked at */
	/* the names that went best of those that did not end well, for the message */
	uint32_t deepest_count, deepest_of;
	size_t deepest_names;
};

/* Finds markers, names and num_syms in front of t->token_table, with or without
 * seqs_of_names in between. steps: how many each way they may lie is worth. */
bool kallsyms_before_tokens(struct kallsyms_search *s, struct kallsyms_tables *t, uint32_t steps);

/* Whether two numbers at p could be the first two markers: nearly nothing else could. */
bool kallsyms_markers_begin(const uint8_t *p, unsigned word);

/* How many numbers from t->markers on, of t->word bytes, rise as markers do; at most LIMIT. */
size_t kallsyms_markers_rising(struct kallsyms_search *s, const struct kallsyms_tables *t,
			       size_t limit);

/* Finds names and num_syms in front of t->markers, which has MARKERS entries. */
bool kallsyms_names_find(struct kallsyms_search *s, struct kallsyms_tables *t, size_t markers);

#endif
