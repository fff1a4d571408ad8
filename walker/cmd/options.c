#include "walker/cmd/options.h"

#include <getopt.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

#define NUMBER_FIRST 256 /* getopt's value for the name of row 0; letters are below */
#define HELP_COLUMN 20

/* The tables as getopt_long() wants them. The rows are numbered through all tables. */
struct getopt {
	struct option *names; /* owned */
	size_t count, capacity;
	struct buf letters;
};

static const struct option_row *row_of(const struct option_table *tables, size_t count,
				       size_t number, void **to)
{
	for (size_t i = 0; i < count; number -= tables[i++].count) {
		*to = tables[i].to;
		if (number < tables[i].count)
			return &tables[i].rows[number];
	}
	return NULL;
}

static const struct option_row *row_of_letter(const struct option_table *tables, size_t count,
					      int letter, void **to)
{
	const struct option_row *row;

	for (size_t i = 0; (row = row_of(tables, count, i, to)); i++)
		if (row->letter == letter)
			return row;
	return NULL;
}

/* mode: what getopt's letters begin with. */
static void getopt_init(struct getopt *g, const struct option_table *tables, size_t count,
			const char *mode)
{
	const struct option_row *row;
	void *to;

	*g = (struct getopt){ .letters = BUF_INIT };
	buf_add_str(&g->letters, mode);
	for (size_t i = 0; (row = row_of(tables, count, i, &to)); i++) {
		bool value = row->kind == OPTION_IS_TEXT;

		if (row->letter)
			buf_addf(&g->letters, "%c%s", row->letter, value ? ":" : "");
		if (row->name)
			*vec_add(g->names, g->count, g->capacity) =
				(struct option){ row->name, value ? required_argument : no_argument,
						 NULL, NUMBER_FIRST + (int)i };
	}
	*vec_add(g->names, g->count, g->capacity) = (struct option){ NULL, 0, NULL, 0 };
	optind = 0; /* start anew */
	opterr = 0;
}

static void getopt_deinit(struct getopt *g)
{
	free(g->names);
	buf_deinit(&g->letters);
}

static void set(const struct option_row *row, void *to)
{
	char *at = (char *)to + row->at;

	if (row->kind == OPTION_IS_TEXT)
		*(const char **)at = optarg;
	else if (row->kind == OPTION_IS_CHOICE)
		memcpy(at, &row->choice, sizeof(row->choice));
	else
		*(bool *)at = true;
}

/* The error for what getopt refused: a letter, or the word that it looked at last. */
static struct err *refuse(const struct getopt *g, int c, const char *who, const char *word)
{
	size_t size = strcspn(word, "="), like = 0;

	if (optopt && optopt < NUMBER_FIRST)
		return c == ':' ? err_new(ERR_USAGE, "-%c: a value is missing; see --help", optopt) :
				  err_new(ERR_USAGE, "%s takes no -%c; see --help", who, optopt);
	for (size_t i = 0; i + 1 < g->count && size > 2; i++)
		like += !strncmp(g->names[i].name, word + 2, size - 2);
	if (c == ':')
		return err_new(ERR_USAGE, "%s: a value is missing; see --help", word);
	if (optopt)
		return err_new(ERR_USAGE, "%.*s takes no value; see --help", (int)size, word);
	if (like > 1)
		return err_new(ERR_USAGE, "%s: %zu options begin so; see --help", word, like);
	return err_new(ERR_USAGE, "%s takes no %.*s; see --help", who, (int)size, word);
}

struct err *options_parse(const struct option_table *tables, size_t count, const char *who,
			  int argc, char **argv, int *first)
{
	CLEANUP(getopt_deinit) struct getopt g;

	getopt_init(&g, tables, count, ":");
	for (int c; (c = getopt_long(argc, argv, g.letters.data, g.names, NULL)) != -1;) {
		const struct option_row *row;
		void *to;

		if (c == '?' || c == ':')
			return refuse(&g, c, who, argv[optind - 1]);
		row = c < NUMBER_FIRST ? row_of_letter(tables, count, c, &to) :
					 row_of(tables, count, (size_t)(c - NUMBER_FIRST), &to);
		set(row, to);
		if (row->kind == OPTION_IS_END)
			break;
	}
	*first = optind;
	return NULL;
}

const char *options_first_word(const struct option_table *tables, size_t count, int argc,
			       char **argv)
{
	CLEANUP(getopt_deinit) struct getopt g;

	getopt_init(&g, tables, count, "+:");
	while (getopt_long(argc, argv, g.letters.data, g.names, NULL) != -1)
		;
	return optind < argc ? argv[optind] : NULL;
}

/* Fills the line that begins at `start` with blanks up to HELP_COLUMN. */
static void pad(struct buf *b, size_t start)
{
	if (b->size - start > HELP_COLUMN - 2) {
		buf_add_char(b, '\n');
		start = b->size;
	}
	while (b->size - start < HELP_COLUMN)
		buf_add_char(b, ' ');
}

void options_add_help(const struct option_row *rows, size_t count, struct buf *b)
{
	for (const struct option_row *row = rows; row < rows + count; row++) {
		size_t start = b->size;

		buf_add_str(b, "  ");
		if (row->letter)
			buf_addf(b, "-%c%s", row->letter, row->name ? ", " : "");
		if (row->name)
			buf_addf(b, "--%s", row->name);
		if (row->value)
			buf_addf(b, " %s", row->value);
		for (const char *line = row->help; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			pad(b, start);
			buf_addf(b, "%.*s\n", (int)strcspn(line, "\n"), line);
			start = b->size;
		}
	}
}
