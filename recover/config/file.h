/* config_file: the text of a kernel's .config, read strictly and written plainly.
 *
 * Its lines are config_line's; what is not one of them is reported and never passed through.
 */
#ifndef RECOVER_CONFIG_FILE_H
#define RECOVER_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "recover/config/line.h"

#define CONFIG_FILE_MAX (4u << 20)

struct config_option {
	char *name;	 /* behind CONFIG_; owned */
	char *value;	 /* "y", "-1", "\"text\"", "n" for what is not set; owned */
	size_t line;	 /* from 1 */
	bool contradicted; /* another line of the same file says otherwise */
};

enum config_problem_kind {
	CONFIG_PROBLEM_BAD,
	CONFIG_PROBLEM_UNSAFE,
	CONFIG_PROBLEM_CONTRADICTION,
};

struct config_problem {
	enum config_problem_kind kind;
	size_t line;
	char *name; /* behind CONFIG_; NULL: a line that names nothing; owned */
};

/* Lines that are missing between two options: "# gap: WHY", or a line that was not taken. */
struct config_gap {
	size_t before; /* the gap lies before options[before] */
	char *why;     /* NULL: a line that was not taken; owned; printable */
};

struct config_file {
	struct config_option *options; /* in the file's order, each name once */
	size_t count;
	struct config_problem *problems; /* the first CONFIG_PROBLEMS_MAX */
	size_t problem_count;		 /* kept in problems[] */
	size_t problem_total;
	struct config_gap *gaps;
	size_t gap_count;
	char *version;	    /* of the header line, or NULL; owned */
	char *first_line;   /* a first line "# farwalk ...", or NULL; owned */
	size_t *by_name;    /* indices of options[], sorted by name */
};

#define CONFIG_PROBLEMS_MAX 1000

/* Reads a whole text. Lines that are not taken are problems, not errors: a name that is given
 * twice with one value is kept once, with two values it is kept once and is contradicted.
 * Errors: ERR_DATA when the text has a NUL byte, is larger than CONFIG_FILE_MAX or is cut off in
 * its last line. *ret is the caller's to deinit, after an error too. */
struct err *config_file_parse(const void *text, size_t size, struct config_file *ret) MUST_CHECK;
/* As config_file_parse(), of a file; the error names it. */
struct err *config_file_read(const char *path, struct config_file *ret) MUST_CHECK;
void config_file_deinit(struct config_file *f);

/* The option called NAME (without CONFIG_), or NULL. Owned by f. */
const struct config_option *config_file_find(const struct config_file *f, const char *name);

/* Name of an option that both have, with different values, or NULL. Owned by a. */
const char *config_file_conflict(const struct config_file *a, const struct config_file *b);

/* Writes one option as .config has it: "# CONFIG_X is not set" for "n". */
void config_option_format(const char *name, const char *value, struct buf *b);

#endif
