/* out: the bytes of an answer on their way to stdout, and in which form the user
 * wants them. Rows of typed values are in rows.h.
 */
#ifndef WALKER_CMD_OUT_H
#define WALKER_CMD_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* What the command line says of the form of an answer. */
struct form {
	bool json;
	bool no_header;	     /* tables come without their headings */
	const char *columns; /* names for a table's columns, or NULL: the usual ones */
	const char *sort;    /* the name of a column, with - in front: descending; or NULL */
};

struct out {
	struct buf b; /* not written yet */
	struct form form;
	bool terminal;
	bool whole;	      /* nothing is written before the answer is complete */
	size_t width, height; /* of the terminal, in characters; 0: no limit */
};

/* Asks standard output whether it is a terminal, and how wide. */
void out_init(struct out *o, const struct form *form);
/* An answer of the same form whose bytes are kept in ret->b. */
void out_init_inner(const struct out *o, struct out *ret);
void out_deinit(struct out *o);

/* Writes what there is. out_more(): only when it has become much.
 * Errors: ERR_SYSTEM. */
struct err *out_flush(struct out *o) MUST_CHECK;
struct err *out_more(struct out *o) MUST_CHECK;

/* A line for people, with nothing left in it that could harm a terminal; nothing
 * where JSON is wanted. */
void out_line(struct out *o, const void *text, size_t size);
void out_linef(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Bytes as they are. Only for what the user asked for as bytes, and for what
 * drives the terminal. */
void out_bytes(struct out *o, const void *bytes, size_t size);

/* Appends bytes as lowercase hexadecimal digits. */
void out_hex(struct buf *b, const uint8_t *bytes, size_t size);
/* Lines of 16 bytes in hexadecimal, each with its address. */
void out_hex_dump(struct out *o, uint64_t at, const uint8_t *bytes, size_t size);

#endif
