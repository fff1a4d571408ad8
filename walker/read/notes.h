/* notes: what is to be said beside an answer. A gap is something missing from
 * it; a remark is only worth knowing. Target text in them is escaped by whoever
 * adds it.
 */
#ifndef WALKER_READ_NOTES_H
#define WALKER_READ_NOTES_H

#include "base/buf.h"

struct notes {
	struct buf lines; /* each ends with a newline */
	size_t kept, dropped, gaps;
};

#define NOTES_INIT { BUF_INIT, 0, 0, 0 }

void notes_deinit(struct notes *n);
void notes_gap(struct notes *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A gap with the text of e, which is freed. */
void notes_gap_err(struct notes *n, struct err *e);
void notes_remark(struct notes *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* To stderr. */
void notes_print(const struct notes *n);

#endif
