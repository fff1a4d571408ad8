/* column: what a column of an answer is called, and how its values are written.
 */
#ifndef WALKER_CMD_COLUMN_H
#define WALKER_CMD_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum column_type {	     /* for people			in JSON */
	COLUMN_U64,	     /* 12				the same */
	COLUMN_S64,	     /* -12				the same */
	COLUMN_HEX,	     /* 0x1f, of at least `digits`	a string */
	COLUMN_OCTAL,	     /* 0644, of at least `digits`	a string */
	COLUMN_CENTISECONDS, /* 1.25, a number of 1/100 s	the same */
	COLUMN_BOOL,	     /* yes, no				true, false */
	COLUMN_CHAR,	     /* S				a string */
	COLUMN_TEXT,	     /* text of anyone, escaped		a string, escaped */
	COLUMN_BYTES,	     /* 00ff, hexadecimal digits	a string */
	COLUMN_TEXTS,	     /* texts with blanks between	a list of strings */
	COLUMN_NUMBERS,	     /* decimal, with blanks between	a list of numbers */
	COLUMN_ROWS,	     /* how many inner rows there are	a list of objects */
};

struct column {
	const char *key;     /* in JSON, for -o and --sort; once released it stays what it is */
	const char *head;    /* its heading; NULL: the key in capitals */
	enum column_type type;
	unsigned int digits; /* COLUMN_HEX, COLUMN_OCTAL: so many at least */
	const char *also;    /* other names for -o and --sort, with blanks between; or NULL */
};

/* A column in a table of them: COLUMN("addr", HEX, .digits = 16). */
#define COLUMN(key_, type_, ...) { .key = key_, .type = COLUMN_##type_, __VA_ARGS__ }

/* The index of the column that has this name, a key or another.
 * Errors: ERR_USAGE, naming all that there are. */
struct err *column_find(const struct column *columns, size_t count, const char *name, size_t size,
			size_t *ret) MUST_CHECK;

/* Appends all keys, with a blank in front of each. */
void column_add_keys(const struct column *columns, size_t count, struct buf *b);

void column_add_head(const struct column *c, struct buf *b);

/* Decimal numbers, seconds and counts are aligned to the right, all else to the left. */
bool column_is_right(const struct column *c);
/* COLUMN_TEXTS, COLUMN_NUMBERS, COLUMN_ROWS. */
bool column_is_list(const struct column *c);

/* Appends a number (of COLUMN_S64 its bits) or text, as people or JSON have it; false,
 * and nothing: the column is of another type. Of a list it is one item. */
bool column_add_number(const struct column *c, uint64_t value, bool json, struct buf *b);
bool column_add_text(const struct column *c, const void *bytes, size_t size, bool json,
		     struct buf *b);

#endif
