/* Command lines taken apart by tables, as getopt_long(3) takes them. */
#include "tests/lib/unit.h"

#include "walker/cmd/options.c"

enum shape { ROUND, FLAT, LONG };

struct wishes {
	bool all, help;
	const char *columns, *count;
	enum shape shape;
};

static const struct option_row rows[] = {
	OPTION_FLAG('L', "all", struct wishes, all, "all of them"),
	OPTION_TEXT('o', NULL, "COL", struct wishes, columns, "these"),
	OPTION_TEXT('n', "count", "N", struct wishes, count, "so many"),
	OPTION_CHOICE('f', "flat", struct wishes, shape, enum shape, FLAT, "flat"),
};

static const struct option_row more_rows[] = {
	OPTION_CHOICE(0, "long", struct wishes, shape, enum shape, LONG, "long"),
	OPTION_END(0, "help", struct wishes, help, "a text\nin two lines"),
	OPTION_FLAG('o', "flaw", struct wishes, all, "its letter is another's"),
};

#define WORDS_MAX 12

/* A command line of words, with two tables of options. */
struct line {
	char *argv[WORDS_MAX + 1];
	int argc, first;
	struct wishes w;
	char *copy;
};

static void line_deinit(struct line *l)
{
	free(l->copy);
}

static void split(struct line *l, const char *words)
{
	*l = (struct line){ .copy = xstrdup(words), .argv = { "program" }, .argc = 1 };
	for (char *word = strtok(l->copy, " "); word; word = strtok(NULL, " ")) {
		assert_true(l->argc < WORDS_MAX);
		l->argv[l->argc++] = word;
	}
}

static struct err *parse(struct line *l, const char *words)
{
	const struct option_table tables[] = { { rows, 4, &l->w }, { more_rows, 3, &l->w } };

	split(l, words);
	return options_parse(tables, 2, "walk", l->argc, l->argv, &l->first);
}

static void options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"-L -o x -n 7 a b", "a -L b -o x -n 7", "a -Lox -n7 b",	 "a b -Ln 7 -o x",
		"--all a -ox b --count 7", "--al --cou=7 a b -o x", "-Lo x --count=7 -- a b",
		"-o y -L a -n 7 -o x b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		CLEANUP(line_deinit) struct line l;

		assert_ok(parse(&l, lines[i]));
		assert_true(l.w.all);
		assert_string_equal(l.w.columns, "x");
		assert_string_equal(l.w.count, "7");
		assert_int_equal(l.argc - l.first, 2);
		assert_string_equal(l.argv[l.first], "a");
		assert_string_equal(l.argv[l.first + 1], "b");
	}
}

static void what_is_not_said_stays(void **state)
{
	CLEANUP(line_deinit) struct line l;

	(void)state;
	assert_ok(parse(&l, "a -- -L --flat"));
	assert_false(l.w.all || l.w.help || l.w.columns || l.w.count);
	assert_int_equal(l.w.shape, ROUND);
	assert_int_equal(l.argc - l.first, 3);
}

static void the_last_choice_counts(void **state)
{
	CLEANUP(line_deinit) struct line l, m;

	(void)state;
	assert_ok(parse(&l, "-f --long"));
	assert_int_equal(l.w.shape, LONG);
	assert_ok(parse(&m, "--long -f"));
	assert_int_equal(m.w.shape, FLAT);
}

static void nothing_behind_the_end_is_looked_at(void **state)
{
	CLEANUP(line_deinit) struct line l;

	(void)state;
	assert_ok(parse(&l, "-L --help --nonsense"));
	assert_true(l.w.all && l.w.help);
}

static void what_there_is_not_is_refused_by_its_name(void **state)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
		{ "-z", "walk takes no -z; see --help" },
		{ "a -Lz", "walk takes no -z; see --help" },
		{ "--nope a", "walk takes no --nope; see --help" },
		{ "--nope=3 a", "walk takes no --nope; see --help" },
		{ "--al=3", "--al takes no value" },
		{ "a -o", "-o: a value is missing" },
		{ "--count", "--count: a value is missing" },
		{ "--fla", "--fla: 2 options begin so" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(line_deinit) struct line l;

		assert_err(parse(&l, cases[i].line), ERR_USAGE, cases[i].words);
	}
}

static void the_first_word_is_no_value(void **state)
{
	static const struct {
		const char *line, *word;
	} cases[] = {
		{ "a b", "a" },		{ "-o x a", "a" },	{ "-Lo x a", "a" },
		{ "-Lox a", "a" },	{ "--count 7 a", "a" }, { "--count=7 a", "a" },
		{ "-- -L", "-L" },	{ "-z a", "a" },	{ "--nope a -L", "a" },
		{ "--help a", "a" },	{ "", NULL },		{ "-L", NULL },
		{ "-o a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct option_table tables[] = { { rows, 4, NULL }, { more_rows, 3, NULL } };
		CLEANUP(line_deinit) struct line l;
		const char *word;

		split(&l, cases[i].line);
		word = options_first_word(tables, 2, l.argc, l.argv);
		if (cases[i].word)
			assert_string_equal(word, cases[i].word);
		else
			assert_null(word);
	}
}

static void the_help_is_made_of_the_rows(void **state)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	static const struct option_row long_row[] = {
		OPTION_TEXT(0, "as-long-as-this", "WORDS", struct wishes, count, "one line\nanother"),
	};

	(void)state;
	options_add_help(rows, 4, &b);
	options_add_help(more_rows, 2, &b);
	options_add_help(long_row, 1, &b);
	assert_string_equal(b.data, "  -L, --all         all of them\n"
				    "  -o COL            these\n"
				    "  -n, --count N     so many\n"
				    "  -f, --flat        flat\n"
				    "  --long            long\n"
				    "  --help            a text\n"
				    "                    in two lines\n"
				    "  --as-long-as-this WORDS\n"
				    "                    one line\n"
				    "                    another\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(what_is_not_said_stays),
		cmocka_unit_test(the_last_choice_counts),
		cmocka_unit_test(nothing_behind_the_end_is_looked_at),
		cmocka_unit_test(what_there_is_not_is_refused_by_its_name),
		cmocka_unit_test(the_first_word_is_no_value),
		cmocka_unit_test(the_help_is_made_of_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
