/* order: the order of rows by one of their values, a number or a text.
 */
#ifndef WALKER_CMD_ORDER_H
#define WALKER_CMD_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct order_key {
	bool set;
	uint64_t number;
	size_t text, size; /* in struct order's text */
};

struct order {
	bool descending;
	struct order_key *keys; /* owned: of the rows that have ended */
	size_t count, capacity;
	struct buf text;
	struct order_key next; /* of the row that is being made */
};

#define ORDER_INIT { .text = BUF_INIT }

void order_deinit(struct order *o);

/* The value of the next row: a number, or text, to which more text may be added.
 * order_clear(): another value instead. */
void order_clear(struct order *o);
void order_number(struct order *o, uint64_t number);
void order_text(struct order *o, const void *bytes, size_t size);
/* Ends the row. set: it has a value. */
void order_end(struct order *o, bool set);

/* The rows' numbers in order, owned by the caller. Rows without a value come last,
 * equal ones stay in theirs. */
size_t *order_rows(const struct order *o);

#endif
