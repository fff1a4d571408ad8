/* rows: an answer as rows of typed values. A command says once which columns it has
 * and gives each row its values; from these the table for people, the JSON, the
 * escaping and what -o, --sort and --no-header ask for are made here.
 *
 *	enum { PID, COMM, SIZE };
 *	static const struct column columns[] = {
 *		[PID] = COLUMN("pid", U64),
 *		[COMM] = COLUMN("comm", TEXT),
 *		[SIZE] = COLUMN("size", U64),
 *	};
 *
 *	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
 *	struct err *e = rows_init(&rows, out, ROWS_TABLE, columns, 3, "");
 *
 *	for (...) {
 *		row_number(&rows, PID, task->pid);
 *		row_str(&rows, COMM, task->comm);
 *		if (it has a size)
 *			row_number(&rows, SIZE, size);
 *		e = row_end(&rows);
 *		if (e)
 *			return e;
 *	}
 *	return rows_end(&rows, "there is no process");
 *
 * A value that is not set is absent, which is neither 0 nor "": a table has `-` in its
 * place, JSON leaves its key out, a list of fields its line.
 */
#ifndef WALKER_CMD_ROWS_H
#define WALKER_CMD_ROWS_H

#include "walker/cmd/column.h"
#include "walker/cmd/grid.h"
#include "walker/cmd/order.h"
#include "walker/cmd/out.h"

/* What people get; with --json each row is an object a line. */
enum rows_layout {
	ROWS_TABLE,  /* a table, when all its rows are there */
	ROWS_LINES,  /* the lines that the command gives a row by row_line(), at once */
	ROWS_FIELDS, /* a line for each value, its key in front, at once */
};

struct rows_cell {
	bool wanted;
	bool set;	 /* has a value in this row */
	bool shown;	 /* text is what people see in place of a value */
	size_t items;	 /* of a list */
	struct buf text; /* for people, or JSON */
};

struct rows {
	struct out *out; /* the caller's; NULL: inner rows */
	const struct column *columns;
	size_t column_count;
	enum rows_layout layout;
	bool json;
	size_t *chosen; /* owned: columns, in the order wanted */
	size_t chosen_count, chosen_capacity;
	size_t sort; /* the column that --sort names; column_count: none */
	size_t count; /* rows that have ended */

	/* the row that is being made */
	struct rows_cell *cells; /* owned: column_count of them */
	struct buf lines;

	/* what is kept until the end */
	bool *right; /* owned */
	struct grid grid;   /* a table */
	struct order order; /* with --sort */
	struct buf kept;    /* with --sort, JSON and lines; inner rows */
	size_t *ends;	    /* owned: where in it each row ends */
	size_t end_count, end_capacity;
};

#define ROWS_INIT { .grid = GRID_INIT, .order = ORDER_INIT }

/* usual: the keys of the columns that are shown where -o says nothing, with commas
 * between; "": all. NULL: all, and -o and --sort do not apply. With -o ROWS_LINES is a
 * table.
 * Errors: ERR_USAGE: -o or --sort name something that is not a column. */
struct err *rows_init(struct rows *r, struct out *out, enum rows_layout layout,
		      const struct column *columns, size_t column_count,
		      const char *usual) MUST_CHECK;
/* Rows for one value of other rows: row_rows(). */
void rows_init_inner(struct rows *r, const struct column *columns, size_t column_count);
void rows_deinit(struct rows *r);

/* Is the column shown, or sorted by? Nobody sees the values of the others. */
bool rows_wants(const struct rows *r, size_t column);

/* The value of a column in this row. A function that does not fit the column's type
 * leaves it absent. row_number(): also for COLUMN_BOOL and COLUMN_CHAR. */
void row_number(struct rows *r, size_t column, uint64_t value);
void row_signed(struct rows *r, size_t column, int64_t value);
void row_text(struct rows *r, size_t column, const void *bytes, size_t size);
void row_str(struct rows *r, size_t column, const char *text);
void row_textf(struct rows *r, size_t column, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A list is made an item at a time; row_list() alone makes an empty one. */
void row_list(struct rows *r, size_t column);
void row_list_text(struct rows *r, size_t column, const void *bytes, size_t size);
void row_list_number(struct rows *r, size_t column, uint64_t value);
void row_rows(struct rows *r, size_t column, const struct rows *inner);

/* What people see in place of the value, which JSON has. */
void row_shownf(struct rows *r, size_t column, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ROWS_LINES: one line more of this row for people. */
void row_line(struct rows *r, const void *text, size_t size);
void row_linef(struct rows *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Ends a row: the next value is of the next one. Errors: ERR_SYSTEM: stdout. */
struct err *row_end(struct rows *r) MUST_CHECK;
/* Prints what was kept. Do not call it after an error: then no table is shown. none: the
 * error if there was no row; NULL: no rows are an answer, too.
 * Errors: ERR_ABSENT: no row; ERR_SYSTEM: stdout. */
struct err *rows_end(struct rows *r, const char *none) MUST_CHECK;

#endif
