/* header: a header of the kernel as lines of text: which conditionals a line stands in, and which lines a
 * definition takes.
 *
 * Lines are numbered from 1, as the compiler does. The text was compiled, so it is C; but a header may
 * have been made anew since, so that nothing of it is relied upon.
 */
#ifndef OFFSETS_HEADER_H
#define OFFSETS_HEADER_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct header {
	char *path;
	struct buf text;
	size_t *lines; /* where in text line 1, 2, ... begins */
	size_t line_count, line_capacity;
};

/* The caller gives *ret to header_deinit(), also after an error. Errors: as file_read(). */
struct err *header_read(const char *path, struct header *ret) MUST_CHECK;
void header_deinit(struct header *h);

/* The line without its newline. It is not NUL-terminated. */
const char *header_line(const struct header *h, size_t line, size_t *size);

/* Is called for each line that counts. */
typedef void (*header_use)(void *arg, const struct header *h, size_t line);

/* The #if and #elif lines of the conditionals that a line stands in, outermost first. */
void header_each_condition(const struct header *h, size_t line, header_use use, void *arg);

/* The lines of the definition that begins at a line: of a structure up to the brace that ends it, of a
 * typedef or an enum up to its `;`. Lines that begin inside a comment are left out. */
void header_each_of_definition(const struct header *h, size_t line, header_use use, void *arg);

/* The line, and those that continue it after a backslash. */
void header_each_continued(const struct header *h, size_t line, header_use use, void *arg);

#endif
