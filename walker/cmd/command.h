/* command: one of the things the walker can be asked.
 *
 * walker/cmd/NAME.c defines `const struct command command_NAME` with all that belongs
 * to it: its arguments, its options, its columns and what it does. commands.h lists
 * the names. docs/adding.md has an example.
 */
#ifndef WALKER_CMD_COMMAND_H
#define WALKER_CMD_COMMAND_H

#include "walker/cmd/arguments.h"
#include "walker/cmd/options.h"
#include "walker/cmd/rows.h"
#include "walker/read/target.h"

/* What a command is asked, and where its answer goes. */
struct call {
	struct target *t;
	const void *options; /* the command's own struct, filled; NULL where it has none */
	char **args;	     /* the words behind the command's name */
	size_t count;	     /* of them: from min to max */
	struct out *out;     /* the answer is appended to it */
};

struct command {
	const char *name, *what;
	const char *arguments; /* for the help; NULL: it takes none */
	size_t min, max;       /* arguments */

	const struct option_row *options;
	size_t option_count, options_size; /* size: of the struct that they fill */

	/* The columns of a table, which -o, --sort and --no-header are for. A command whose
	 * answer is no table names none here and has no such options. */
	const struct column *columns;
	size_t column_count;

	/* Answers. What cannot be had is one of three things:
	 *
	 * - An error: run() returns it, which ends the answer. What was printed before stays.
	 *   Its code is the exit status:
	 *	ERR_ABSENT (1)	what was asked for is not there, or this kernel has no such thing
	 *	ERR_USAGE (2)	the arguments are wrong
	 *	ERR_DATA (3)	what the whole answer rests on cannot be read, or is nonsense
	 *	ERR_SYSTEM (4)	the memory or this machine failed. It is an error whatever was
	 *			being read: all further reads would fail as well
	 * - A gap: one row or one value cannot be read, and others can. The row stands without
	 *   the value, and notes_gap() or notes_gap_err() with t->notes has stderr say why. The
	 *   status is 0, with --strict 3.
	 * - Nothing wrong: there is no such value, as a kernel thread has no memory. The row
	 *   stands without it, and stderr says nothing.
	 *
	 * So a fault that is not fatal (err_is_fatal()) is an error if it leaves nothing of the
	 * answer, and else a gap. An empty answer is never a success: rows_end() makes an error
	 * of it, ERR_ABSENT, that says why there is nothing. */
	struct err *(*run)(const struct call *c);
};

/* For the definition of a command: its table of options and the struct they fill; its
 * columns. */
#define COMMAND_OPTIONS(table, s) \
	.options = table, .option_count = sizeof(table) / sizeof(*(table)), .options_size = sizeof(s)
#define COMMAND_COLUMNS(table) \
	.columns = table, .column_count = sizeof(table) / sizeof(*(table))

#endif
