/* config_merge: the whole config of the running kernel, from what its memory tells and what its
 * package has.
 *
 * The text found in memory is the truth. The package completes it only where the text has a gap.
 * Where the text is whole and lacks an option that the package has, the kernel does not have it.
 */
#ifndef RECOVER_CONFIG_MERGE_H
#define RECOVER_CONFIG_MERGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "recover/config/file.h"

enum config_origin {
	CONFIG_ORIGIN_IKCONFIG, /* the text was in the kernel itself */
	CONFIG_ORIGIN_TEXT,
	CONFIG_ORIGIN_PACKAGE,
};

/* "ikconfig", "text", "package" */
const char *config_origin_name(enum config_origin origin);

/* Strings belong to the files that were merged. */
struct config_choice {
	const char *name, *value;
	enum config_origin origin;
	size_t line;	   /* of its file */
	const char *other; /* the package's value where it differs, else NULL */
	const char *why;   /* of a value from the package: why it is not the text's; a constant */
};

struct config_merge {
	struct config_choice *choices; /* in order; owned */
	size_t count;
	size_t from_text, from_package;
	size_t differing;	/* options whose value differs in the package; the text's is kept */
	const char **left_out;	/* names that only the package has, where the text is whole; owned */
	size_t left_out_count;
	const char **lost;	/* names that the text gives without a usable value and the package
				 * does not have; owned */
	size_t lost_count;
};

/* Merges text and package; either may be NULL, not both. They outlive *ret, which is the caller's
 * to deinit, after an error too.
 * Errors: ERR_DATA when the text has gaps and there is no package; when the package contradicts
 * itself; when it would fill gaps but differs so much elsewhere that it is of another flavour. */
struct err *config_merge(const struct config_file *text, const struct config_file *package,
			 struct config_merge *ret) MUST_CHECK;
void config_merge_deinit(struct config_merge *m);

/* The .config. version: of the header line, or NULL for none. */
void config_merge_format(const struct config_merge *m, const char *version, struct buf *b);
/* config.origin: CONFIG_X<TAB>value<TAB>origin<TAB>detail a line. */
void config_merge_format_origin(const struct config_merge *m, struct buf *b);
/* Lines for people: what came from where, every missing option by its name. */
void config_merge_report(const struct config_merge *m, struct buf *b);

#endif
