/* walker: reads one kernel's processes and their memory from physical memory. */
#include <string.h>

#include "base/alloc.h"
#include "walker/cmd/command.h"
#include "walker/cmd/commands.h"
#include "walker/cmd/help.h"
#include "walker/cmd/stats.h"
#include "walker/read/banner.h"

#define DECLARE(name) extern const struct command command_##name;
COMMANDS(DECLARE)
#define ADDRESS(name) &command_##name,
static const struct command *const commands[] = { COMMANDS(ADDRESS) };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What all commands take. */
struct globals {
	const char *memory, *boot; /* as given, or NULL */
	bool strict, stats, help, version;
	struct form form;
};

static const struct option_row global_rows[] = {
	OPTION_TEXT(0, "mem", "URI", struct globals, memory,
		    "read this memory, not the one that `boot` names"),
	OPTION_TEXT(0, "boot", "FILE", struct globals, boot,
		    "read this file, not `boot` beside the walker"),
	OPTION_FLAG(0, "json", struct globals, form.json, "one JSON object a line"),
	OPTION_FLAG(0, "strict", struct globals, strict,
		    "an incomplete answer is an error (status 3)"),
	OPTION_FLAG(0, "stats", struct globals, stats, "say on stderr what was read"),
	OPTION_END(0, "help", struct globals, help, "say this, or what COMMAND takes"),
	OPTION_END(0, "version", struct globals, version, "say which kernel this walker is for"),
};

/* What all commands take whose answer is a table. */
static const struct option_row table_rows[] = {
	OPTION_TEXT('o', NULL, "COL,COL", struct form, columns, "these columns, in this order"),
	OPTION_TEXT(0, "sort", "[-]COL", struct form, sort,
		    "rows in the order of this column; with -, descending"),
	OPTION_FLAG(0, "no-header", struct form, no_header, "no line with the columns' names"),
};

/* What the command line asks for. */
struct request {
	struct globals globals;
	const struct command *command;
	void *options; /* owned: the command's */
	char **args;
	size_t arg_count;
};

static void request_deinit(struct request *r)
{
	free(r->options);
}

/* Appends the tables of what a command takes beyond global_rows. */
static size_t add_tables(const struct command *c, struct form *form, void *options,
			 struct option_table *tables, size_t count)
{
	if (c->column_count)
		tables[count++] = (struct option_table){ table_rows, COUNT(table_rows), form };
	if (c->option_count)
		tables[count++] = (struct option_table){ c->options, c->option_count, options };
	return count;
}

/* A command's options may stand before its name, and only they tell which of the words
 * there are values. So a command is meant if, by its own options, its name is the first
 * word. NULL: there is none. */
static const struct command *find_command(int argc, char **argv)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		struct option_table tables[3] = { { global_rows, COUNT(global_rows), NULL } };
		size_t count = add_tables(commands[i], NULL, NULL, tables, 1);
		const char *word = options_first_word(tables, count, argc, argv);

		if (word && !strcmp(word, commands[i]->name))
			return commands[i];
	}
	return NULL;
}

/* There is no command. The options of every command pass here, so that the error names
 * what is really wrong. */
static struct err *parse_others(struct request *r, int argc, char **argv)
{
	struct option_table tables[1 + 2 * COUNT(commands)] = {
		{ global_rows, COUNT(global_rows), &r->globals }
	};
	CLEANUP(free_ptr) char *nowhere = NULL;
	size_t count = 1, size = 0;
	int first = argc;
	struct err *e;

	for (size_t i = 0; i < COUNT(commands); i++)
		size += commands[i]->options_size;
	nowhere = xcalloc(1, size);
	for (size_t i = 0; i < COUNT(commands); i++)
		count = add_tables(commands[i], &r->globals.form, nowhere, tables, count);
	e = options_parse(tables, count, "walker", argc, argv, &first);
	if (e || r->globals.help || r->globals.version)
		return e;
	if (first == argc)
		return err_new(ERR_USAGE, "expected a command; see --help");
	return err_new(ERR_USAGE, "there is no command \"%s\"; see --help", argv[first]);
}

static struct err *parse(struct request *r, int argc, char **argv)
{
	struct option_table tables[3] = { { global_rows, COUNT(global_rows), &r->globals } };
	const struct command *c = find_command(argc, argv);
	size_t count;
	int first = argc;
	struct err *e;

	if (!c)
		return parse_others(r, argc, argv);
	r->command = c;
	r->options = c->options_size ? xcalloc(1, c->options_size) : NULL;
	count = add_tables(c, &r->globals.form, r->options, tables, 1);
	e = options_parse(tables, count, c->name, argc, argv, &first);
	if (e || r->globals.help || r->globals.version)
		return e;
	r->args = argv + first + 1;
	r->arg_count = (size_t)(argc - first - 1);
	if (r->arg_count < c->min || r->arg_count > c->max)
		return err_new(ERR_USAGE, "usage: walker %s%s%s", c->name,
			       c->arguments ? " " : "", c->arguments ? c->arguments : "");
	return NULL;
}

static void print_help(const struct command *c)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	if (c) {
		help_add_command(c, table_rows, COUNT(table_rows), &b);
		fputs(b.data, stdout);
		return;
	}
	buf_add_str(&b, "walker [OPTIONS] COMMAND ...: reads the memory of a machine that runs\n");
	banner_add_own(&b);
	buf_add_str(&b, "\n\nCommands; walker COMMAND --help says what each takes:\n");
	help_add_commands(commands, COUNT(commands), &b);
	buf_add_str(&b, "\nOptions, before or after the command:\n");
	options_add_help(global_rows, COUNT(global_rows), &b);
	buf_add_str(&b, "\n"
		    "Status: 0 done, 1 not there, 2 usage, 3 bad data or another kernel,\n"
		    "4 the memory or this machine failed.\n");
	fputs(b.data, stdout);
}

/* The banner comes from the target, so it is escaped. */
static void print_version(void)
{
	CLEANUP(buf_deinit) struct buf banner = BUF_INIT;

	banner_add_own(&banner);
	puts(buf_str(&banner));
}

static struct err *run(const struct request *r)
{
	CLEANUP(target_deinit) struct target t = TARGET_INIT;
	CLEANUP(out_deinit) struct out out;
	struct err *e;

	out_init(&out, &r->globals.form);
	e = target_open(r->globals.memory, r->globals.boot, &t);
	if (!e)
		e = r->command->run(&(struct call){ &t, r->options, r->args, r->arg_count, &out });
	/* even after an error we show what there is of the answer */
	if (e)
		err_discard(out_flush(&out));
	else
		e = out_flush(&out);
	target_note_gone(&t);
	notes_print(&t.notes);
	if (r->globals.stats && t.memory)
		stats_print(t.memory);
	if (!e && r->globals.strict && t.notes.gaps)
		e = err_new(ERR_DATA, "the answer is incomplete");
	return e;
}

int main(int argc, char **argv)
{
	CLEANUP(request_deinit) struct request r = { .command = NULL };
	struct err *e = parse(&r, argc, argv);

	if (e)
		return err_report(e, "walker");
	if (r.globals.help)
		print_help(r.command);
	else if (r.globals.version)
		print_version();
	else
		e = run(&r);
	return err_report(e, "walker");
}
