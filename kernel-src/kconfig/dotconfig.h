/* dotconfig: the lines of a .config.
 *
 * Shape: `CONFIG_NAME=value` or `# CONFIG_NAME is not set`; other lines that
 * start with '#', and empty ones, say nothing.
 */
#ifndef KERNEL_SRC_KCONFIG_DOTCONFIG_H
#define KERNEL_SRC_KCONFIG_DOTCONFIG_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct dotconfig_line {
	const char *name; /* without CONFIG_ */
	size_t name_size;
	const char *value; /* "n" for one that is not set */
	size_t value_size;
};

/* Takes the next line that sets an option off *text, which ends at end: 1, or 0 at
 * the end, or -1 for a line that is none of these; *line then holds it as its name. */
int dotconfig_next(const char **text, const char *end, struct dotconfig_line *line);

/* A whole .config by name, for comparing two. A later line wins. */
struct dotconfig;

struct err *dotconfig_read(const char *path, struct dotconfig **ret) MUST_CHECK;
void dotconfig_free(struct dotconfig *c);
static inline void dotconfig_freep(struct dotconfig **c)
{
	dotconfig_free(*c);
}

size_t dotconfig_count(const struct dotconfig *c);
/* The i-th option in the order of names. Owned by c. */
void dotconfig_at(const struct dotconfig *c, size_t i, const char **name, const char **value);
/* The value of NAME, NULL when c does not mention it. Owned by c. */
const char *dotconfig_get(const struct dotconfig *c, const char *name);

/* Adds the line that sets NAME to value: `CONFIG_X=y`, `# CONFIG_X is not set`. */
void dotconfig_format(struct buf *b, const char *name, const char *value);

#endif
