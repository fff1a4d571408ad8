/* options: what may stand on a command line, as tables. The help is made from them,
 * too, so that it cannot say anything else.
 *
 *	struct ps_options {
 *		bool threads;
 *	};
 *
 *	static const struct option_row options[] = {
 *		OPTION_FLAG('L', "threads", struct ps_options, threads, "a row for each thread"),
 *	};
 */
#ifndef WALKER_CMD_OPTIONS_H
#define WALKER_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum option_kind {
	OPTION_IS_FLAG,	  /* sets a bool */
	OPTION_IS_END,	  /* sets a bool; nothing behind it is looked at */
	OPTION_IS_CHOICE, /* sets an enum to `choice`; the last one on the command line counts */
	OPTION_IS_TEXT,	  /* sets a const char * to its value */
};

struct option_row {
	enum option_kind kind;
	char letter;	   /* -L; 0: it has none */
	const char *name;  /* --threads; NULL: it has none */
	const char *value; /* OPTION_IS_TEXT: what the help calls its value */
	const char *help;  /* a newline begins another line */
	size_t at;	   /* of the member that it sets */
	int choice;
};

/* Where in s the member is; a compiler warns when its type is another one. */
#define OPTION_AT_(s, member, type) \
	(offsetof(s, member) + 0 * sizeof(&((s *)NULL)->member == (type *)NULL))
#define OPTION_FLAG(letter_, name_, s, member, help_) \
	{ .kind = OPTION_IS_FLAG, .letter = letter_, .name = name_, .help = help_, \
	  .at = OPTION_AT_(s, member, bool) }
#define OPTION_END(letter_, name_, s, member, help_) \
	{ .kind = OPTION_IS_END, .letter = letter_, .name = name_, .help = help_, \
	  .at = OPTION_AT_(s, member, bool) }
#define OPTION_CHOICE(letter_, name_, s, member, type, choice_, help_) \
	{ .kind = OPTION_IS_CHOICE, .letter = letter_, .name = name_, .help = help_, \
	  .choice = choice_, .at = OPTION_AT_(s, member, type) }
#define OPTION_TEXT(letter_, name_, value_, s, member, help_) \
	{ .kind = OPTION_IS_TEXT, .letter = letter_, .name = name_, .value = value_, \
	  .help = help_, .at = OPTION_AT_(s, member, const char *) }

/* One table, and where what it says is to go: a struct of the type it was made for,
 * zeroed or with what holds where nothing is said. */
struct option_table {
	const struct option_row *rows;
	size_t count;
	void *to;
};

/* Takes the options out of a command line as getopt_long(3) does: anywhere up to "--",
 * letters together, names abbreviated. The other words are moved to its end; *first:
 * where they begin. who: what takes these options, for errors. Of two rows with the
 * same letter or name the first counts.
 * Errors: ERR_USAGE: an option that there is not, or that lacks its value. */
struct err *options_parse(const struct option_table *tables, size_t count, const char *who,
			  int argc, char **argv, int *first) MUST_CHECK;

/* The first word that is neither an option nor an option's value, or NULL. */
const char *options_first_word(const struct option_table *tables, size_t count, int argc,
			       char **argv);

/* Appends a line or more for each row, indented. */
void options_add_help(const struct option_row *rows, size_t count, struct buf *b);

#endif
