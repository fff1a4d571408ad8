/* config_line: one line of a kernel's .config, read strictly.
 *
 * Shape: a line is one of
 *
 *	CONFIG_NAME=y | m | n | -12 | 0x1f | "text"
 *	# CONFIG_NAME is not set
 *	# a comment
 *
 * or empty. The text may come from a hostile memory and goes on to make, Kconfig and a shell. So
 * we let a string through only when it consists of [A-Za-z0-9 _.,:/+@%=~^()-] and of $ before a
 * capital letter ("/lib/modules/$UNAME_RELEASE/.config"). Any other string is unsafe: we report
 * the option's name and never use the value. The same goes for CONFIG_SHELL, which is no option of
 * Kconfig and which kbuild runs.
 * Source: scripts/kconfig/confdata.c, conf_read_simple() and conf_write().
 */
#ifndef RECOVER_CONFIG_LINE_H
#define RECOVER_CONFIG_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_LINE_MAX 2048 /* bytes of a line without its end */
#define CONFIG_NAME_MAX 128 /* bytes of a name without CONFIG_ */

enum config_line_kind {
	CONFIG_LINE_BLANK,
	CONFIG_LINE_COMMENT,
	CONFIG_LINE_SET,     /* name and value */
	CONFIG_LINE_NOT_SET, /* name; value "n" */
	CONFIG_LINE_UNSAFE,  /* name; a well-formed string that must not be used */
	CONFIG_LINE_BAD,     /* anything else */
};

/* Points into the line that was read, or to a constant. */
struct config_line {
	enum config_line_kind kind;
	const char *name; /* behind CONFIG_ */
	size_t name_size;
	const char *value; /* a string has its quotes */
	size_t value_size;
};

/* Reads one line, which has no '\n'. */
struct config_line config_line_lex(const char *line, size_t size);

/* Whether all bytes are printable ASCII. */
bool config_line_printable(const char *line, size_t size);

/* Finds VERSION in "# Linux/ARCH VERSION Kernel Configuration"; false: another line. */
bool config_line_version(const char *line, size_t size, const char **version,
			 size_t *version_size);

#endif
