#include "tests/lib/unit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/infer/condition.h"

static void assert_text(const struct condition *c, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	condition_format(c, &b);
	assert_string_equal(buf_str(&b), text);
}

static struct condition of(const char *text)
{
	struct condition c;

	condition_read(text, strlen(text), &c);
	return c;
}

static void text_comes_back(void **state)
{
	static const char *const texts[] = { "", " A", " 0", " ?", " A !B+ C=m !D=m !E ?" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct condition c = of(texts[i]);

		assert_text(&c, texts[i]);
	}
}

static void odd_text_is_read_as_far_as_it_goes(void **state)
{
	static const struct {
		const char *text, *read;
	} cases[] = {
		{ "   A  B ", " A B" }, { "!", "" }, { " ! A", " A" }, { " A A !A A+", " A !A A+" },
		{ " ? A", " A ?" },	{ "=m", " =m" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct condition c = of(cases[i].text);

		assert_text(&c, cases[i].read);
	}
}

static void what_does_not_fit_makes_it_inexact(void **state)
{
	char name[CONDITION_NAME_MAX];
	struct condition c;

	(void)state;
	memset(name, 'A', sizeof(name));
	condition_clear(&c);
	condition_add(&c, ATOM_Y, false, name, sizeof(name) - 1);
	assert_true(c.exact);
	condition_add(&c, ATOM_Y, false, name, sizeof(name));
	assert_int_equal(c.count, 1);
	assert_false(c.exact);
	condition_clear(&c);
	for (char i = 'A'; i < 'A' + CONDITION_ATOMS_MAX; i++)
		condition_add(&c, ATOM_ON, false, &i, 1);
	assert_true(c.exact);
	condition_add(&c, ATOM_ON, false, "MORE", 4);
	assert_int_equal(c.count, CONDITION_ATOMS_MAX);
	assert_false(c.exact);
}

static void atoms_are_found_by_kind_and_sign(void **state)
{
	struct condition c = of(" A !B+");
	const struct condition a = of(" A"), not_a = of(" !A"), b = of(" !B+"), b_y = of(" !B");

	(void)state;
	assert_true(condition_has(&c, &a.atoms[0]));
	assert_true(condition_has(&c, &b.atoms[0]));
	assert_false(condition_has(&c, &not_a.atoms[0]));
	assert_false(condition_has(&c, &b_y.atoms[0]));
	assert_false(condition_is_never(&c));
	c = of(" A 0");
	assert_true(condition_is_never(&c));
}

static void frames_make_a_conjunction(void **state)
{
	CLEANUP(free_ptr) struct condition_stack *s = xcalloc(1, sizeof(*s));
	const struct condition a = of(" A"), not_a = of(" !A"), b = of(" B"), not_b = of(" !B");
	struct condition c;

	(void)state;
	condition_pop(s);
	condition_next(s, &a, &not_a);
	condition_of_stack(s, &c);
	assert_text(&c, "");
	condition_push(s, &a, &not_a);
	condition_push(s, &b, &not_b);
	condition_of_stack(s, &c);
	assert_text(&c, " A B");
	condition_of_frames(s, 1, &c);
	assert_text(&c, " A ?");
	condition_next(s, NULL, NULL);
	condition_of_stack(s, &c);
	assert_text(&c, " A !B");
	condition_pop(s);
	condition_next(s, &b, &not_b);
	condition_of_stack(s, &c);
	assert_text(&c, " !A B");
	condition_next(s, NULL, NULL);
	condition_of_stack(s, &c);
	assert_text(&c, " !A !B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_back),
		cmocka_unit_test(odd_text_is_read_as_far_as_it_goes),
		cmocka_unit_test(what_does_not_fit_makes_it_inexact),
		cmocka_unit_test(atoms_are_found_by_kind_and_sign),
		cmocka_unit_test(frames_make_a_conjunction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
