/* grid: cells of text, laid out in columns that are as wide as their widest cell.
 */
#ifndef WALKER_CMD_GRID_H
#define WALKER_CMD_GRID_H

#include <stdbool.h>

#include "base/buf.h"

struct grid {
	const bool *right;   /* the caller's: for each column, whether it is aligned to the right */
	size_t column_count;
	size_t heads;	     /* so many of the first rows are headings */
	bool hide_heads;     /* they are not printed, and are as wide as they are */
	struct buf text;     /* of all cells, row by row, one after the other */
	size_t *ends;	     /* owned: where in it each cell ends */
	size_t count, capacity;
};

#define GRID_INIT { .text = BUF_INIT }

void grid_init(struct grid *g, const bool *right, size_t column_count);
void grid_deinit(struct grid *g);

/* Adds the next cell of a row; the text is printed as it is. */
void grid_add(struct grid *g, const void *text, size_t size);

/* Appends the headings and then the other rows, in this order, which counts from the
 * first row that is no heading; NULL: as they were added. Lines are cut at line_width
 * characters; 0: never. The last column is not padded. */
void grid_format(const struct grid *g, const size_t *order, size_t line_width, struct buf *b);

#endif
