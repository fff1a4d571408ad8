/* config_join: pages of one config, joined to a text in which every line is whole.
 *
 * We take a line that a page's edge cuts when both parts are there and make a config line. We drop
 * what a gap cuts on both sides of the gap, even a part that looks whole: behind a gap the line
 * "CONFIG_PROC=y" may be the end of CONFIG_IKCONFIG_PROC=y.
 */
#ifndef RECOVER_CONFIG_JOIN_H
#define RECOVER_CONFIG_JOIN_H

#include "base/buf.h"
#include "recover/config/fragment.h"

struct config_join {
	struct buf text; /* so far; owned */
	struct buf cut;	 /* the beginning of a line that goes on in the next page; owned */
	bool open;	 /* cut begins at a line's beginning; false behind a gap */
	bool ended;	 /* the file's last page has been added */
	size_t pages, lines, gaps, bad_joins;
	size_t gap_from, gap_to; /* missing pages that text does not tell of yet; equal: none */
	const char *gap_why;
};

/* Begins at the beginning of a file. */
void config_join_init(struct config_join *j);
void config_join_deinit(struct config_join *j);

/* Whether the next page continues what is there: cut and its first line make a config line. */
bool config_join_fits(const struct config_join *j, const struct config_fragment *f);

/* Adds the next page; index: its number, for the words of a gap. */
void config_join_page(struct config_join *j, const struct config_fragment *f, size_t index);

/* Says that page `index` is missing. why: a constant. Pages in a row make one gap. */
void config_join_missing(struct config_join *j, size_t index, const char *why);

/* Says that something unknown is missing here. why: a constant. */
void config_join_gap(struct config_join *j, const char *why);

/* Ends the text: a gap when no last page was seen. */
void config_join_finish(struct config_join *j);

#endif
