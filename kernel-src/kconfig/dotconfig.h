/* dotconfig: the lines of a .config, before anybody knows which options the tree has.
 *
 * Shape: `CONFIG_NAME=value` or `# CONFIG_NAME is not set`; other lines that
 * start with '#', and empty ones, say nothing.
 */
#ifndef KERNEL_SRC_KCONFIG_DOTCONFIG_H
#define KERNEL_SRC_KCONFIG_DOTCONFIG_H

#include <stddef.h>

#include "base/err.h"

struct dotconfig_line {
	const char *name; /* without CONFIG_ */
	size_t name_size;
	const char *value; /* "n" when the option is not set */
	size_t value_size;
};

enum dotconfig_kind {
	DOTCONFIG_END,	/* there are no more lines that say anything */
	DOTCONFIG_OPTION,
	DOTCONFIG_BAD,	/* no line of a .config; the whole line is its name */
};

/* Takes lines off *text, which ends at end, up to one that says something. */
enum dotconfig_kind dotconfig_next(const char **text, const char *end, struct dotconfig_line *line);

/* A whole .config, sorted by name. A later line about an option wins; bad lines are left out. */
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


#endif
