/* help: what --help says, made from the tables of commands and options.
 */
#ifndef WALKER_CMD_HELP_H
#define WALKER_CMD_HELP_H

#include "walker/cmd/command.h"

/* Appends the commands, each with its arguments and what it does. */
void help_add_commands(const struct command *const *commands, size_t count, struct buf *b);

/* Appends all about one command. table_rows: the options of every table. */
void help_add_command(const struct command *c, const struct option_row *table_rows,
		      size_t table_count, struct buf *b);

#endif
