#include "walker/cmd/help.h"

#include <string.h>

#define LINE_WIDTH 78

static const char *arguments_of(const struct command *c)
{
	return c->arguments ? c->arguments : "";
}

static void raise(size_t *width, const char *text)
{
	if (strlen(text) > *width)
		*width = strlen(text);
}

void help_add_commands(const struct command *const *commands, size_t count, struct buf *b)
{
	size_t name = 0, arguments = 0;

	for (size_t i = 0; i < count; i++) {
		raise(&name, commands[i]->name);
		raise(&arguments, arguments_of(commands[i]));
	}
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "  %-*s %-*s  %s\n", (int)name, commands[i]->name, (int)arguments,
			 arguments_of(commands[i]), commands[i]->what);
}

/* The keys of the columns, as many a line as it holds. */
static void add_columns(const struct command *c, struct buf *b)
{
	size_t start = b->size;

	buf_add_str(b, "\nColumns:");
	for (size_t i = 0; i < c->column_count; i++) {
		if (b->size - start + 1 + strlen(c->columns[i].key) > LINE_WIDTH) {
			buf_add_str(b, "\n ");
			start = b->size;
		}
		buf_addf(b, " %s", c->columns[i].key);
	}
	buf_add_char(b, '\n');
}

void help_add_command(const struct command *c, const struct option_row *table_rows,
		      size_t table_count, struct buf *b)
{
	buf_addf(b, "walker [OPTIONS] %s%s%s: %s\n", c->name, c->arguments ? " " : "",
		 arguments_of(c), c->what);
	if (c->option_count || c->column_count)
		buf_add_char(b, '\n');
	options_add_help(c->options, c->option_count, b);
	if (c->column_count) {
		options_add_help(table_rows, table_count, b);
		add_columns(c, b);
	}
	buf_add_str(b, "\nwalker --help has the options of all commands.\n");
}
