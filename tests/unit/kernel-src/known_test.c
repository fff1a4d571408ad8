#include "tests/lib/unit.h"

#include <string.h>

#include "base/cleanup.h"
#include "kernel-src/infer/known.h"
#include "kernel-src/kconfig/expr.h"

static const struct known none;

/* Whether the condition of this text holds; *open: "" when there is no such atom. */
static enum infer_truth holds(const struct known *o, const char *text, const char **open)
{
	static struct condition c;
	const struct atom *atom;
	enum infer_truth truth;

	condition_read(text, strlen(text), &c);
	truth = known_condition(o, &c, &atom);
	assert_true((truth == INFER_OPEN) == (truth != INFER_FALSE && atom));
	*open = truth == INFER_OPEN ? atom->name : "";
	return truth;
}

/* Every state beside every kind of atom. */
static void atoms_hold_or_not_or_are_open(void **state)
{
	static const struct {
		enum infer_state state;
		enum infer_truth y, on, m;
	} rows[] = {
		{ INFER_UNKNOWN, INFER_OPEN, INFER_OPEN, INFER_OPEN },
		{ INFER_Y, INFER_TRUE, INFER_TRUE, INFER_FALSE },
		{ INFER_ON, INFER_OPEN, INFER_TRUE, INFER_OPEN },
		{ INFER_M, INFER_FALSE, INFER_TRUE, INFER_TRUE },
		{ INFER_NOT_Y, INFER_FALSE, INFER_OPEN, INFER_OPEN },
		{ INFER_N, INFER_FALSE, INFER_FALSE, INFER_FALSE },
	};
	static const enum infer_truth contrary[] = {
		[INFER_FALSE] = INFER_TRUE, [INFER_TRUE] = INFER_FALSE, [INFER_OPEN] = INFER_OPEN,
	};
	const char *open;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(known_deinit) struct known o = none;

		known_get(&o, "A")->state = rows[i].state;
		assert_int_equal(holds(&o, " A", &open), rows[i].y);
		assert_int_equal(holds(&o, " !A", &open), contrary[rows[i].y]);
		assert_int_equal(holds(&o, " A+", &open), rows[i].on);
		assert_int_equal(holds(&o, " !A+", &open), contrary[rows[i].on]);
		assert_int_equal(holds(&o, " A=m", &open), rows[i].m);
		assert_int_equal(holds(&o, " !A=m", &open), contrary[rows[i].m]);
		assert_int_equal(holds(&o, " 0", &open), INFER_FALSE);
		assert_int_equal(holds(&o, " !0", &open), INFER_TRUE);
		assert_int_equal(known_state(known_values(rows[i].state)), rows[i].state);
	}
	assert_int_equal(known_state(VALUE_N | VALUE_Y), INFER_UNKNOWN);
	assert_int_equal(known_state(0), INFER_UNKNOWN);
}

static void one_atom_may_be_open(void **state)
{
	CLEANUP(known_deinit) struct known o = none;
	const char *open;

	(void)state;
	known_set(known_get(&o, "YES"), INFER_Y, "test");
	known_set(known_get(&o, "NO"), INFER_N, "test");
	assert_int_equal(holds(&o, "", &open), INFER_TRUE);
	assert_int_equal(holds(&o, " YES !NO", &open), INFER_TRUE);
	assert_int_equal(holds(&o, " YES A !NO", &open), INFER_OPEN);
	assert_string_equal(open, "A");
	assert_int_equal(holds(&o, " A YES B", &open), INFER_FALSE);
	assert_int_equal(holds(&o, " A NO", &open), INFER_FALSE);
	assert_int_equal(known_count(&o), 2); /* asking makes no option */
	assert_null(known_find(&o, "A"));
}

static void what_was_said_first_stays(void **state)
{
	CLEANUP(known_deinit) struct known options = none;
	struct infer_option *o = known_get(&options, "A");

	(void)state;
	known_set(o, INFER_ON, "first");
	assert_int_equal(o->state, INFER_ON);
	known_set(o, INFER_NOT_Y, "second");
	assert_int_equal(o->state, INFER_M);
	assert_string_equal(o->witness_for, "first");
	assert_string_equal(o->witness_against, "second");
	assert_null(o->conflict);
	known_set(o, INFER_Y, "third");
	known_set(o, INFER_N, "fourth");
	assert_int_equal(o->state, INFER_M);
	assert_string_equal(o->conflict, "y by third");
	known_set(o, INFER_ON, "fifth"); /* no news */
	assert_string_equal(o->witness_for, "first");
}

static void what_follows_names_its_origin_once(void **state)
{
	CLEANUP(known_deinit) struct known options = none;
	struct infer_option *a = known_get(&options, "A"), *b = known_get(&options, "B");

	(void)state;
	known_imply(a, INFER_ON, "MENU");
	known_imply(a, INFER_Y, "OTHER");
	assert_int_equal(a->state, INFER_Y);
	assert_true(a->implied && !a->given);
	assert_string_equal(a->witness_for, "Kconfig: follows from MENU");
	known_imply(b, INFER_N, "B");
	assert_string_equal(b->witness_against, "Kconfig: follows from what it depends on");
	assert_ptr_equal(known_at(&options, 0), a);
	assert_ptr_equal(known_at(&options, 1), b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(atoms_hold_or_not_or_are_open),
		cmocka_unit_test(one_atom_may_be_open),
		cmocka_unit_test(what_was_said_first_stays),
		cmocka_unit_test(what_follows_names_its_origin_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
