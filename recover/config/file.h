/* config_file: the text of a kernel's .config, read strictly and written plainly.
 *
 * line.h says what a line may be. We report any other line and never pass it on.
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
	char *name; /* behind CONFIG_; NULL: the line names no option; owned */
};

/* Lines that are missing between two options: "# gap: WHY", or a line that we did not take. */
struct config_gap {
	size_t before; /* the gap lies before options[before] */
	char *why;     /* NULL: a line that we did not take; owned; printable */
};

struct config_file {
	struct config_option *options; /* in the file's order, each name once */
	size_t count, capacity;
	struct config_problem *problems; /* the first CONFIG_PROBLEMS_MAX */
	size_t problem_count, problem_capacity;
	size_t problem_total; /* those not kept, too */
	struct config_gap *gaps;
	size_t gap_count, gap_capacity;
	char *version;	    /* of the header line, or NULL; owned */
	char *first_line;   /* a first line "# farwalk ...", or NULL; owned */
	size_t *by_name;    /* indices of options[], sorted by name */
};

#define CONFIG_PROBLEMS_MAX 1000

/* Reads a whole text. A line that we do not take is a problem, not an error. A name that the text
 * gives twice is kept once; where the values differ, the option is contradicted.
 * Errors: ERR_DATA when the text has a NUL byte, is larger than CONFIG_FILE_MAX or is cut off in
 * its last line. *ret is the caller's to deinit, after an error too. */
struct err *config_file_parse(const void *text, size_t size, struct config_file *ret) MUST_CHECK;
/* As config_file_parse(), of a file; the error names it. */
struct err *config_file_read(const char *path, struct config_file *ret) MUST_CHECK;
void config_file_deinit(struct config_file *f);

/* The option called NAME (without CONFIG_), or NULL. Owned by f. */
const struct config_option *config_file_find(const struct config_file *f, const char *name);

/* The name of an option that both have, with different values, or NULL. Owned by b. */
const char *config_file_conflict(const struct config_file *a, const struct config_file *b);

/* Appends one option as .config has it: "# CONFIG_X is not set" for "n". */
void config_option_format(const char *name, const char *value, struct buf *b);

#endif
