/* alloc: memory or the end of the program.
 *
 * What an attacker could make large is limited before it comes here.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdlib.h>

#include "base/err.h"

/* Says so and ends the program with ERR_SYSTEM. */
void out_of_memory(void) __attribute__((noreturn));

/* malloc, realloc, strdup, asprintf that abort instead of returning NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t size);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
