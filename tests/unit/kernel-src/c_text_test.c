#include "tests/lib/unit.h"

#include <string.h>

#include "base/cleanup.h"
#include "kernel-src/infer/c_text.h"

/* Writes what the cursor stops at: words and characters with a `|` behind each, `^` in front of
 * what begins a line, and preprocessor lines as <TEXT>. */
static void check(const char *text, size_t size, const char *expected)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct c_text c = c_text_of(text, size);
	enum c_text_kind kind;

	while ((kind = c_text_next(&c)) != C_TEXT_END) {
		const char *at = c.at;
		size_t n;

		buf_add_str(&b, c.line_start ? "^" : "");
		if (kind == C_TEXT_DIRECTIVE) {
			buf_add_char(&b, '<');
			c_text_directive(&c, &b);
			buf_add_char(&b, '>');
			continue;
		}
		n = c_text_word(&c);
		if (!n)
			c_text_pass(&c);
		buf_add(&b, at, n ? n : 1);
		buf_add_char(&b, '|');
	}
	assert_string_equal(buf_str(&b), expected);
	assert_ptr_equal(c.at, text + size);
}

#define check_text(text, expected) check(text, sizeof(text) - 1, expected)

static void code_is_words_and_characters(void **state)
{
	(void)state;
	check_text("", "");
	check_text("int a_1;\n}", "^int| |a_1|;|^}|");
	check_text("\n\n {", "^ |{|");
}

static void strings_and_comments_are_skipped(void **state)
{
	(void)state;
	check_text("a \"{\\\"}\" b", "^a| | |b|");
	check_text("'\\'' c", " |c|");
	check_text("/* { */a // }\nb", "a| |^b|");
	check_text("a/b", "^a|/|b|");
	/* only blanks may stand in front of a preprocessor line */
	check_text("/* 1 */#if X\n", "#|if| |X|");
}

static void preprocessor_lines_are_whole(void **state)
{
	(void)state;
	check_text("#if A\nx", "^<if A>^x|");
	check_text("  # define B \\\n 1 /* c\nd */ 2\n", "^ | |< define B  1   2>");
	check_text("#else // why", "^<else  >");
}

static void text_may_end_anywhere(void **state)
{
	static const char text[] = "#if A\\\n/* b */ \"c\\\"\" 'd' // e\n/* f";

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		struct c_text c = c_text_of(text, size);
		CLEANUP(buf_deinit) struct buf line = BUF_INIT;
		enum c_text_kind kind;

		while ((kind = c_text_next(&c)) != C_TEXT_END) {
			if (kind == C_TEXT_DIRECTIVE)
				c_text_directive(&c, &line);
			else if (!c_text_word(&c))
				c_text_pass(&c);
		}
		assert_ptr_equal(c.at, text + size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_is_words_and_characters),
		cmocka_unit_test(strings_and_comments_are_skipped),
		cmocka_unit_test(preprocessor_lines_are_whole),
		cmocka_unit_test(text_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
