#include "tests/lib/unit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/infer/directive.h"

/* What `#if TEXT` says where it holds, and where it does not. */
static void check(const char *text, const char *yes_text, const char *no_text)
{
	CLEANUP(buf_deinit) struct buf yes_said = BUF_INIT, no_said = BUF_INIT;
	struct condition yes, no;

	directive_parse(text, strlen(text), &yes, &no);
	condition_format(&yes, &yes_said);
	condition_format(&no, &no_said);
	assert_string_equal(buf_str(&yes_said), yes_text);
	assert_string_equal(buf_str(&no_said), no_text);
}

static void what_an_expression_says(void **state)
{
	(void)state;
	check("defined(CONFIG_A)", " A", " !A");
	check("defined CONFIG_A", " A", " !A");
	check("!defined(CONFIG_A)", " !A", " A");
	check("IS_ENABLED(CONFIG_A)", " A+", " !A+");
	check("IS_BUILTIN(CONFIG_A)", " A", " !A");
	check("IS_MODULE(CONFIG_A)", " A=m", " !A=m");
	check("defined(CONFIG_A_MODULE)", " A=m", " !A=m");
	check("defined(CONFIG_A) && defined(CONFIG_B)", " A B", " ?");
	check("defined(CONFIG_A) || defined(CONFIG_B)", " ?", " !A !B");
	check("!(defined(CONFIG_A) || defined(CONFIG_B))", " !A !B", " ?");
	check("defined(CONFIG_A) && CONFIG_N > 3", " A ?", " ?");
	check("CONFIG_N > 3", " ?", " ?");
	check("IS_REACHABLE(CONFIG_A)", " A+ ?", " !A+ ?");
	check("0", " 0", "");
	check("1", "", " 0");
	check("defined(MODULE)", " 0", "");
	check("defined(CONFIG_A) && !defined(MODULE)", " A", " !A");
	check("defined(CONFIG_A) && 0", " 0", "");
}

static void what_is_no_expression_says_nothing(void **state)
{
	static const char *const texts[] = {
		"", "(", ")", "&&", "!", "defined", "defined(", "defined(CONFIG_", "!!!!", "((((((((",
		"defined(CONFIG_A) defined(CONFIG_B)", "IS_ENABLED(", "&", "|", "\"", "a ? b : c",
	};
	struct condition yes, no;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		directive_parse(texts[i], strlen(texts[i]), &yes, &no);
		assert_false(yes.exact && yes.count && no.exact && no.count && i > 6);
	}
}

static void endless_nesting_ends(void **state)
{
	char text[100000];
	struct condition yes, no;

	(void)state;
	memset(text, '!', sizeof(text));
	directive_parse(text, sizeof(text), &yes, &no);
	memset(text, '(', sizeof(text));
	directive_parse(text, sizeof(text), &yes, &no);
	assert_false(yes.exact);
}

/* The condition behind these preprocessor lines. */
static void check_stack(const char *lines, const char *expected)
{
	CLEANUP(free_ptr) struct condition_stack *s = xcalloc(1, sizeof(*s));
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct condition c;

	while (*lines) {
		size_t n = strcspn(lines, "\n");

		directive_apply(s, lines, n);
		lines += n + (lines[n] == '\n');
	}
	condition_of_stack(s, &c);
	condition_format(&c, &b);
	assert_string_equal(buf_str(&b), expected);
}

static void conditionals_nest(void **state)
{
	(void)state;
	check_stack("ifdef CONFIG_A", " A");
	check_stack("ifndef CONFIG_A", " !A");
	check_stack("ifdef CONFIG_A\nelse", " !A");
	check_stack("ifdef CONFIG_A\nelif defined(CONFIG_B)", " !A B");
	check_stack("ifdef CONFIG_A\nelif defined(CONFIG_B)\nelse", " !A !B");
	check_stack("ifdef CONFIG_A\nendif", "");
	check_stack("ifdef CONFIG_A\nif IS_ENABLED(CONFIG_B)\nendif\nifdef CONFIG_C", " A C");
	check_stack("ifdef __BIG_ENDIAN", " ?");
	check_stack("ifndef __ASSEMBLY__", "");
	check_stack("ifdef __ASSEMBLY__", " 0");
	check_stack("endif\nendif\nelse\nelif 1\nifdef CONFIG_A", " A");
}

static void too_deep_is_not_exact(void **state)
{
	CLEANUP(free_ptr) struct condition_stack *s = xcalloc(1, sizeof(*s));
	struct condition c;

	(void)state;
	for (int i = 0; i < 1000; i++)
		directive_apply(s, "ifdef CONFIG_A", 14);
	condition_of_stack(s, &c);
	assert_false(c.exact);
	for (int i = 0; i < 1000; i++)
		directive_apply(s, "endif", 5);
	condition_of_stack(s, &c);
	assert_true(c.exact);
	assert_int_equal(c.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_expression_says),
		cmocka_unit_test(what_is_no_expression_says_nothing),
		cmocka_unit_test(endless_nesting_ends),
		cmocka_unit_test(conditionals_nest),
		cmocka_unit_test(too_deep_is_not_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
