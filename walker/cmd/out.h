/* out: what a command prints: bytes on their way to stdout, and tables. */
#ifndef WALKER_CMD_OUT_H
#define WALKER_CMD_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct out {
	struct buf b; /* not written yet */
	bool terminal;
	bool whole; /* is kept until it is complete */
	size_t width, height; /* of the terminal, in characters; 0: no limit */
};

/* Output is standard output: whether that is a terminal, and how wide. */
void out_init(struct out *o);

/* Writes what there is. out_more(): only when it has become much.
 * Errors: ERR_SYSTEM. */
struct err *out_flush(struct out *o) MUST_CHECK;
struct err *out_more(struct out *o) MUST_CHECK;

/* Appends: bytes as lowercase hexadecimal digits, or as lines of 16 for people,
 * each with its address. */
void out_hex(struct buf *b, const uint8_t *bytes, size_t size);
void out_hex_dump(struct buf *b, uint64_t at, const uint8_t *bytes, size_t size);

struct grid_column {
	const char *head;
	bool right; /* numbers */
};

/* Cells row by row; as wide as their widest text; the last column is not padded. */
struct grid {
	const struct grid_column *columns; /* the caller's */
	size_t column_count;
	struct buf text;  /* of all cells, one after the other */
	size_t *ends;	  /* owned: where in it each cell ends */
	size_t cell_count, capacity;
};

void grid_init(struct grid *t, const struct grid_column *columns, size_t column_count);
void grid_deinit(struct grid *t);
/* Ends a cell: its text was appended to t->text. */
void grid_cell_end(struct grid *t);
/* Lines are cut at line_width characters; 0: never. */
void grid_format(const struct grid *t, size_t line_width, struct buf *b);

#endif
