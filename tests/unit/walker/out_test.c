/* Typed rows: what people and JSON get of each value, and what hostile text cannot do. */
#include "tests/lib/unit.h"

#include <unistd.h>

#include "walker/cmd/column.c"
#include "walker/cmd/grid.c"
#include "walker/cmd/order.c"
#include "walker/cmd/out.c"
#include "walker/cmd/row.c"
#include "walker/cmd/rows.c"

#define HOSTILE "\033[2J\"\\\xff\n"
#define HOSTILE_TEXT "\\x1b[2J\"\\\\\\xff\\x0a"
#define HOSTILE_JSON "\"\\u001b[2J\\\"\\\\\\udcff\\u000a\""

enum { ID, NAME, SIZE, COLUMNS };

static const struct column columns[COLUMNS] = {
	[ID] = COLUMN("id", U64, .also = "number nr"),
	[NAME] = COLUMN("name", TEXT),
	[SIZE] = COLUMN("size", S64),
};

/* A table of three rows; of the second there is only the id. */
static void fill(struct rows *r)
{
	row_number(r, ID, 1);
	row_str(r, NAME, "one");
	row_signed(r, SIZE, -5);
	assert_ok(row_end(r));
	row_number(r, ID, 20);
	assert_ok(row_end(r));
	row_number(r, ID, 0);
	row_str(r, NAME, "");
	row_signed(r, SIZE, 0);
	assert_ok(row_end(r));
	assert_ok(rows_end(r, NULL));
}

static struct out out_of(struct form form)
{
	return (struct out){ .form = form };
}

/* What the rows of fill() look like. */
static void check_rows(enum rows_layout layout, struct form form, size_t width,
		       const char *expected)
{
	CLEANUP(out_deinit) struct out out = out_of(form);
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	out.width = width;
	assert_ok(rows_init(&r, &out, layout, columns, COLUMNS, ""));
	fill(&r);
	assert_string_equal(buf_str(&out.b), expected);
}

#define CHECK_TABLE(expected, ...) \
	check_rows(ROWS_TABLE, (struct form){ __VA_ARGS__ }, 0, expected)

static void absent_is_neither_zero_nor_empty(void **state)
{
	(void)state;
	CHECK_TABLE("ID NAME SIZE\n"
		    " 1 one    -5\n"
		    "20 -       -\n"
		    " 0         0\n", .json = false);
	CHECK_TABLE("{\"id\":1,\"name\":\"one\",\"size\":-5}\n"
		    "{\"id\":20}\n"
		    "{\"id\":0,\"name\":\"\",\"size\":0}\n", .json = true);
	check_rows(ROWS_FIELDS, (struct form){ .json = false }, 0,
		   "id                1\nname              one\nsize              -5\n"
		   "id                20\n"
		   "id                0\nname              \nsize              0\n");
	/* nothing at all */
	CHECK_TABLE("{\"name\":\"one\"}\n{}\n{\"name\":\"\"}\n", .json = true, .columns = "name");
}

/* One value of one column, in a table without its heading and in JSON. */
static void check_value(const struct column *c, void (*put)(struct rows *r), const char *text,
			const char *json)
{
	for (int as_json = 0; as_json < 2; as_json++) {
		CLEANUP(buf_deinit) struct buf expected = BUF_INIT;
		CLEANUP(out_deinit) struct out out = out_of(
			(struct form){ .json = as_json, .no_header = true });
		CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

		assert_ok(rows_init(&r, &out, ROWS_TABLE, c, 1, NULL));
		put(&r);
		assert_ok(row_end(&r));
		assert_ok(rows_end(&r, NULL));
		if (as_json && json)
			buf_addf(&expected, "{\"k\":%s}\n", json);
		else
			buf_addf(&expected, "%s\n", as_json ? "{}" : text);
		assert_string_equal(buf_str(&out.b), buf_str(&expected));
	}
}

static void put_12(struct rows *r)
{
	row_number(r, 0, 12);
}

static void put_0(struct rows *r)
{
	row_number(r, 0, 0);
}

static void put_most(struct rows *r)
{
	row_number(r, 0, UINT64_MAX);
}

static void put_minus(struct rows *r)
{
	row_signed(r, 0, INT64_MIN);
}

static void put_letter(struct rows *r)
{
	row_number(r, 0, 'S');
}

static void put_escape(struct rows *r)
{
	row_number(r, 0, 033);
}

static void put_hostile(struct rows *r)
{
	row_text(r, 0, HOSTILE, sizeof(HOSTILE) - 1);
}

static void put_nul(struct rows *r)
{
	row_text(r, 0, "a\0b", 3);
}

static void put_formatted(struct rows *r)
{
	row_textf(r, 0, "%d%s", 7, HOSTILE);
}

static void put_empty_list(struct rows *r)
{
	row_list(r, 0);
}

static void put_texts(struct rows *r)
{
	row_list_text(r, 0, "a b", 3);
	row_list_text(r, 0, "", 0);
	row_list_text(r, 0, HOSTILE, sizeof(HOSTILE) - 1);
}

static void put_numbers(struct rows *r)
{
	row_list_number(r, 0, 3);
	row_list_number(r, 0, UINT64_MAX);
}

static void put_twice(struct rows *r)
{
	row_number(r, 0, 1);
	row_number(r, 0, 2);
}

static void put_shown(struct rows *r)
{
	row_number(r, 0, 2);
	row_shownf(r, 0, "two%s", HOSTILE);
}

static void put_only_shown(struct rows *r)
{
	row_shownf(r, 0, "nothing");
}

static void put_nothing(struct rows *r)
{
	(void)r;
}

#define VALUE(type_, put, text, json) VALUE_DIGITS(type_, 0, put, text, json)
#define VALUE_DIGITS(type_, digits_, put, text, json) \
	check_value(&(struct column){ .key = "k", .type = type_, .digits = digits_ }, put, text, \
		    json)

static void each_type_has_its_form(void **state)
{
	(void)state;
	VALUE(COLUMN_U64, put_12, "12", "12");
	VALUE(COLUMN_U64, put_most, "18446744073709551615", "18446744073709551615");
	VALUE(COLUMN_U64, put_nothing, "-", NULL);
	VALUE(COLUMN_U64, put_twice, "2", "2");
	VALUE(COLUMN_S64, put_minus, "-9223372036854775808", "-9223372036854775808");
	VALUE(COLUMN_HEX, put_12, "0xc", "\"0xc\"");
	VALUE_DIGITS(COLUMN_HEX, 16, put_12, "0x000000000000000c", "\"0x000000000000000c\"");
	VALUE_DIGITS(COLUMN_HEX, 4, put_most, "0xffffffffffffffff", "\"0xffffffffffffffff\"");
	VALUE_DIGITS(COLUMN_OCTAL, 4, put_12, "0014", "\"0014\"");
	VALUE(COLUMN_CENTISECONDS, put_12, "0.12", "0.12");
	VALUE(COLUMN_CENTISECONDS, put_most, "184467440737095516.15", "184467440737095516.15");
	VALUE(COLUMN_BOOL, put_12, "yes", "true");
	VALUE(COLUMN_BOOL, put_0, "no", "false");
	VALUE(COLUMN_CHAR, put_letter, "S", "\"S\"");
	VALUE(COLUMN_NUMBERS, put_numbers, "3 18446744073709551615", "[3,18446744073709551615]");
	VALUE(COLUMN_NUMBERS, put_empty_list, "", "[]");
	VALUE(COLUMN_TEXTS, put_empty_list, "", "[]");
	VALUE(COLUMN_TEXTS, put_nothing, "-", NULL);
}

static void text_is_escaped_wherever_it_is_put(void **state)
{
	(void)state;
	VALUE(COLUMN_TEXT, put_hostile, HOSTILE_TEXT, HOSTILE_JSON);
	VALUE(COLUMN_TEXT, put_nul, "a\\x00b", "\"a\\u0000b\"");
	VALUE(COLUMN_TEXT, put_formatted, "7" HOSTILE_TEXT, "\"7\\u001b[2J\\\"\\\\\\udcff\\u000a\"");
	VALUE(COLUMN_TEXTS, put_texts, "a b  " HOSTILE_TEXT, "[\"a b\",\"\"," HOSTILE_JSON "]");
	VALUE(COLUMN_BYTES, put_hostile, "1b5b324a225cff0a", "\"1b5b324a225cff0a\"");
	VALUE(COLUMN_CHAR, put_escape, "\\x1b", "\"\\u001b\"");
	VALUE(COLUMN_U64, put_shown, "two" HOSTILE_TEXT, "2");
	VALUE(COLUMN_U64, put_only_shown, "nothing", NULL);
}

static void a_value_of_another_type_is_absent(void **state)
{
	(void)state;
	VALUE(COLUMN_TEXT, put_12, "-", NULL);
	VALUE(COLUMN_U64, put_hostile, "-", NULL);
	VALUE(COLUMN_U64, put_texts, "-", NULL);
	VALUE(COLUMN_ROWS, put_12, "-", NULL);
}

static void columns_are_as_wide_as_their_characters(void **state)
{
	CLEANUP(out_deinit) struct out out = out_of((struct form){ .json = false });
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	(void)state;
	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, "name,id,name"));
	row_str(&r, NAME, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80++"); /* 5 characters in 11 bytes */
	row_number(&r, ID, 7);
	assert_ok(row_end(&r));
	row_str(&r, NAME, "plain");
	row_number(&r, ID, 1234);
	assert_ok(row_end(&r));
	assert_ok(rows_end(&r, NULL));
	assert_string_equal(buf_str(&out.b),
			    "NAME    ID NAME\n"
			    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80++    7 "
			    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80++\n"
			    "plain 1234 plain\n");
}

static void lines_are_cut_at_the_width(void **state)
{
	CLEANUP(out_deinit) struct out out = out_of((struct form){ .json = false });
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	(void)state;
	check_rows(ROWS_TABLE, (struct form){ .json = false }, 12,
		   "ID NAME SIZE\n 1 one    -5\n20 -       -\n 0         0\n");
	check_rows(ROWS_TABLE, (struct form){ .json = false }, 5, "ID NA\n 1 on\n20 - \n 0   \n");
	/* JSON never */
	check_rows(ROWS_TABLE, (struct form){ .json = true, .columns = "id" }, 3,
		   "{\"id\":1}\n{\"id\":20}\n{\"id\":0}\n");
	/* a character is cut off whole */
	out.width = 5;
	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, "name"));
	row_str(&r, NAME, "abc\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
	assert_ok(row_end(&r));
	assert_ok(rows_end(&r, NULL));
	assert_string_equal(buf_str(&out.b), "NAME\nabc\xe2\x82\xac\xe2\x82\xac\n");
}

static void columns_are_chosen_by_their_names(void **state)
{
	CLEANUP(out_deinit) struct out out = out_of((struct form){ .columns = "size nr" });
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	(void)state;
	CHECK_TABLE("SIZE ID ID\n  -5  1  1\n   - 20 20\n   0  0  0\n", .columns = "size,number,id");
	CHECK_TABLE("{\"size\":-5,\"id\":1}\n{\"id\":20}\n{\"size\":0,\"id\":0}\n", .json = true,
		    .columns = "size,nr");
	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, ""));
	assert_true(rows_wants(&r, ID) && rows_wants(&r, SIZE) && !rows_wants(&r, NAME));
}

static void check_refused(const char *chosen, const char *sort, const char *words)
{
	CLEANUP(out_deinit) struct out out = out_of(
		(struct form){ .columns = chosen, .sort = sort });
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	assert_err(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, ""), ERR_USAGE, words);
}

static void what_is_no_column_is_refused(void **state)
{
	CLEANUP(buf_deinit) struct buf many = BUF_INIT;

	(void)state;
	check_refused("nope", NULL, "-o: there is no column \"nope\"; there are: id name size");
	check_refused("", NULL, "-o: there is no column \"\"");
	check_refused("id,", NULL, "-o: there is no column \"\"");
	check_refused("i", NULL, "-o: there is no column \"i\"");
	check_refused("number nr x", NULL, "-o: there is no column \"x\"");
	check_refused(NULL, "ids", "--sort: there is no column \"ids\"; there are: id name size");
	check_refused(NULL, "--id", "--sort: there is no column \"-id\"");
	check_refused(NULL, "-", "--sort: there is no column \"\"");
	for (int i = 0; i < 33; i++)
		buf_add_str(&many, i ? ",id" : "id");
	check_refused(many.data, NULL, "-o: more than 32 columns");
}

static void rows_are_sorted_by_a_column(void **state)
{
	(void)state;
	CHECK_TABLE("ID NAME SIZE\n 0         0\n 1 one    -5\n20 -       -\n", .sort = "id");
	CHECK_TABLE("ID NAME SIZE\n20 -       -\n 1 one    -5\n 0         0\n", .sort = "-nr");
	/* negative before positive, absent at the end either way */
	CHECK_TABLE("ID NAME SIZE\n 1 one    -5\n 0         0\n20 -       -\n", .sort = "size");
	CHECK_TABLE("ID NAME SIZE\n 0         0\n 1 one    -5\n20 -       -\n", .sort = "-size");
	CHECK_TABLE("{\"id\":0}\n{\"id\":1}\n{\"id\":20}\n", .json = true, .columns = "id",
		    .sort = "name");
	CHECK_TABLE("{\"id\":1}\n{\"id\":0}\n{\"id\":20}\n", .json = true, .columns = "id",
		    .sort = "-name");
	CHECK_TABLE(" 0         0\n 1 one    -5\n20 -       -\n", .sort = "id", .no_header = true);
}

static void check_empty(struct form form, const char *expected)
{
	CLEANUP(out_deinit) struct out out = out_of(form);
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, ""));
	assert_err(rows_end(&r, "there is none"), ERR_ABSENT, "there is none");
	assert_int_equal(out.b.size, 0);
	assert_ok(rows_end(&r, NULL));
	assert_string_equal(buf_str(&out.b), expected);
}

static void no_rows_are_an_error_with_a_reason(void **state)
{
	(void)state;
	check_empty((struct form){ .json = false }, "ID NAME SIZE\n");
	check_empty((struct form){ .sort = "id" }, "ID NAME SIZE\n");
	check_empty((struct form){ .no_header = true }, "");
	check_empty((struct form){ .json = true, .sort = "id" }, "");
}

static void what_is_equal_stays_in_its_order(void **state)
{
	CLEANUP(out_deinit) struct out out = out_of(
		(struct form){ .json = true, .sort = "-name" });
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;
	const char *names[] = { "b", "a", "ab", "b", "\xff", "" };

	(void)state;
	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, "id"));
	for (size_t i = 0; i < 6; i++) {
		row_number(&r, ID, i);
		row_str(&r, NAME, names[i]);
		assert_ok(row_end(&r));
	}
	assert_ok(rows_end(&r, NULL));
	assert_string_equal(buf_str(&out.b), "{\"id\":4}\n{\"id\":0}\n{\"id\":3}\n{\"id\":2}\n"
					     "{\"id\":1}\n{\"id\":5}\n");
}

static void check_lines(struct form form, const char *usual, const char *expected)
{
	CLEANUP(out_deinit) struct out out = out_of(form);
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	out.width = 5; /* of no matter for lines */
	assert_ok(rows_init(&r, &out, ROWS_LINES, columns, COLUMNS, usual));
	for (uint64_t i = 0; i < 2; i++) {
		row_number(&r, ID, 9 - i);
		row_linef(&r, "row %d%s", (int)i, i ? HOSTILE : "");
		if (i)
			row_line(&r, "and more", 8);
		assert_ok(row_end(&r));
	}
	assert_ok(rows_end(&r, NULL));
	assert_string_equal(buf_str(&out.b), expected);
}

static void a_command_may_have_lines_of_its_own(void **state)
{
	(void)state;
	check_lines((struct form){ .json = false }, "", "row 0\nrow 1" HOSTILE_TEXT "\nand more\n");
	check_lines((struct form){ .sort = "id" }, "", "row 1" HOSTILE_TEXT "\nand more\nrow 0\n");
	check_lines((struct form){ .json = true }, "", "{\"id\":9}\n{\"id\":8}\n");
	check_lines((struct form){ .columns = "id" }, "", "ID\n 9\n 8\n");
	/* not for these rows */
	check_lines((struct form){ .columns = "x", .sort = "y" }, NULL,
		    "row 0\nrow 1" HOSTILE_TEXT "\nand more\n");
}

static void rows_hold_rows(void **state)
{
	static const struct column outer[] = { COLUMN("k", ROWS) };
	const struct {
		bool json;
		uint64_t count;
		const char *expected;
	} cases[] = {
		{ true, 0, "{\"k\":[]}\n" },
		{ true, 2, "{\"k\":[{\"id\":0,\"name\":" HOSTILE_JSON "},{\"id\":1}]}\n" },
		{ false, 2, "K\n2\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(out_deinit) struct out out = out_of((struct form){ .json = cases[i].json });
		CLEANUP(rows_deinit) struct rows r = ROWS_INIT;
		CLEANUP(rows_deinit) struct rows inner = ROWS_INIT;

		assert_ok(rows_init(&r, &out, ROWS_TABLE, outer, 1, NULL));
		rows_init_inner(&inner, columns, COLUMNS);
		for (uint64_t k = 0; k < cases[i].count; k++) {
			row_number(&inner, ID, k);
			if (!k)
				row_str(&inner, NAME, HOSTILE);
			assert_ok(row_end(&inner));
		}
		row_rows(&r, 0, &inner);
		assert_ok(row_end(&r));
		assert_ok(rows_end(&r, NULL));
		assert_string_equal(buf_str(&out.b), cases[i].expected);
	}
}

static void lines_for_people_are_escaped(void **state)
{
	CLEANUP(out_deinit) struct out people = out_of((struct form){ .json = false });
	CLEANUP(out_deinit) struct out json = out_of((struct form){ .json = true });

	(void)state;
	out_linef(&people, "a %s", HOSTILE);
	out_line(&people, "", 0);
	out_bytes(&people, HOSTILE, sizeof(HOSTILE) - 1);
	assert_string_equal(buf_str(&people.b), "a " HOSTILE_TEXT "\n\n" HOSTILE);
	out_linef(&json, "a %s", HOSTILE);
	assert_int_equal(json.b.size, 0);
}

static void a_hex_dump_shows_addresses_and_text(void **state)
{
	CLEANUP(out_deinit) struct out out = out_of((struct form){ .json = false });

	(void)state;
	out_hex_dump(&out, 0xffe, (const uint8_t *)"0123456789abcdef\033~", 18);
	assert_string_equal(buf_str(&out.b),
			    "0000000000000ffe  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66"
			    "  0123456789abcdef\n"
			    "000000000000100e  1b 7e                                          "
			    "  .~\n");
}

/* stdout is a file for a while; what is in it, at most size bytes. */
static size_t written(void (*work)(void), char *to, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);
	ssize_t got;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	work();
	dup2(saved, STDOUT_FILENO);
	close(saved);
	got = pread(fileno(file), to, size, 0);
	fclose(file);
	assert_true(got >= 0);
	return (size_t)got;
}

#define MANY 20000

static void write_many(void)
{
	CLEANUP(out_deinit) struct out out = out_of((struct form){ .json = true });
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;
	size_t most = 0;

	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, ""));
	for (uint64_t i = 0; i < MANY; i++) {
		row_number(&r, ID, 10000 + i % 10000);
		assert_ok(row_end(&r));
		most = out.b.size > most ? out.b.size : most;
	}
	assert_ok(rows_end(&r, NULL));
	assert_true(most < OUT_MUCH + 100);
	assert_ok(out_flush(&out));
}

/* Nothing is written before the answer is whole. */
static void keep_many(void)
{
	CLEANUP(out_deinit) struct out above = out_of((struct form){ .json = true });
	CLEANUP(out_deinit) struct out out;
	CLEANUP(rows_deinit) struct rows r = ROWS_INIT;

	out_init_inner(&above, &out);
	assert_ok(rows_init(&r, &out, ROWS_TABLE, columns, COLUMNS, ""));
	for (uint64_t i = 0; i < MANY; i++) {
		row_number(&r, ID, 10000 + i % 10000);
		assert_ok(row_end(&r));
	}
	assert_ok(rows_end(&r, NULL));
	assert_int_equal(out.b.size, MANY * 13);
}

static void json_is_written_as_it_comes(void **state)
{
	static char bytes[MANY * 13 + 1];

	(void)state;
	assert_int_equal(written(write_many, bytes, sizeof(bytes)), MANY * 13);
	assert_memory_equal(bytes + MANY * 13 - 13, "{\"id\":19999}\n", 13);
	assert_int_equal(written(keep_many, bytes, sizeof(bytes)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_is_neither_zero_nor_empty),
		cmocka_unit_test(each_type_has_its_form),
		cmocka_unit_test(text_is_escaped_wherever_it_is_put),
		cmocka_unit_test(a_value_of_another_type_is_absent),
		cmocka_unit_test(columns_are_as_wide_as_their_characters),
		cmocka_unit_test(lines_are_cut_at_the_width),
		cmocka_unit_test(columns_are_chosen_by_their_names),
		cmocka_unit_test(what_is_no_column_is_refused),
		cmocka_unit_test(rows_are_sorted_by_a_column),
		cmocka_unit_test(no_rows_are_an_error_with_a_reason),
		cmocka_unit_test(what_is_equal_stays_in_its_order),
		cmocka_unit_test(a_command_may_have_lines_of_its_own),
		cmocka_unit_test(rows_hold_rows),
		cmocka_unit_test(lines_for_people_are_escaped),
		cmocka_unit_test(a_hex_dump_shows_addresses_and_text),
		cmocka_unit_test(json_is_written_as_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
