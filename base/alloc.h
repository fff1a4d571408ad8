/* alloc: memory, or the end of the program.
 *
 * No caller handles a lack of memory: these functions end the program instead of returning NULL. So
 * a caller limits every size that comes from the target before it allocates.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdlib.h>

#include "base/err.h"

/* Prints "out of memory" and ends the program with ERR_SYSTEM. */
void out_of_memory(void) __attribute__((noreturn));

/* As malloc(), calloc(), reallocarray(), strdup(), strndup(), asprintf(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t size);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
