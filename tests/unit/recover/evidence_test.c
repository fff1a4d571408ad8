#include "tests/lib/unit.h"

#include "base/buf.h"
#include "recover/parse/evidence.h"

static void two_that_agree_are_a_fact(void **state)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "levels" };
	CLEANUP(free_ptr) char *sources = NULL;
	const char *value;

	(void)state;
	evidence_add(&ev, "trampoline", "4");
	evidence_add(&ev, "vmcoreinfo", "4");
	assert_ok(evidence_settle(&ev, 2, &value, &sources));
	assert_string_equal(value, "4");
	assert_string_equal(sources, "trampoline, vmcoreinfo");
}

static void one_is_a_candidate(void **state)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "levels" };
	CLEANUP(free_ptr) char *sources = NULL;
	const char *value;

	(void)state;
	assert_err(evidence_settle(&ev, 1, &value, &sources), ERR_ABSENT,
		   "levels: needs 1 sources that agree, there are 0");
	evidence_add(&ev, "trampoline", "4");
	assert_err(evidence_settle(&ev, 2, &value, &sources), ERR_ABSENT,
		   "levels: needs 2 sources that agree, there is 1: trampoline");
	assert_ok(evidence_settle(&ev, 1, &value, &sources));
	assert_string_equal(sources, "trampoline");
}

static void two_that_disagree_are_both_named(void **state)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "phys_base" };
	CLEANUP(free_ptr) char *sources = NULL;
	const char *value;

	(void)state;
	evidence_add_hex(&ev, "trampoline", 0x69200000);
	evidence_add_hex(&ev, "vmcoreinfo", 0x1000);
	evidence_add(&ev, "banner", "\033[2J");
	assert_err(evidence_settle(&ev, 1, &value, &sources), ERR_DATA,
		   "phys_base: trampoline says 0x69200000, vmcoreinfo says 0x1000, banner says "
		   "\\x1b[2J");
	assert_null(sources);
}

static void none_is_lost_in_silence(void **state)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "levels" };
	CLEANUP(free_ptr) char *sources = NULL;
	const char *value;

	(void)state;
	for (int i = 0; i < EVIDENCE_CLAIMS + 1; i++)
		evidence_add(&ev, "vmcoreinfo", "4");
	assert_err(evidence_settle(&ev, 1, &value, &sources), ERR_DATA, "levels: 1 sources too many");
}

static void a_fact_has_its_sources_beside_it(void **state)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "levels" };
	CLEANUP(facts_freep) struct facts *facts = facts_new();

	(void)state;
	assert_err(evidence_settle_fact(&ev, 1, facts), ERR_ABSENT, "levels: needs 1");
	assert_null(facts_get(facts, "levels"));
	evidence_add(&ev, "trampoline", "4");
	evidence_add(&ev, "vmcoreinfo", "4");
	assert_ok(evidence_settle_fact(&ev, 2, facts));
	assert_string_equal(facts_get(facts, "levels"), "4");
	assert_string_equal(facts_evidence(facts, "levels"), "trampoline, vmcoreinfo");
	evidence_add(&ev, "variable pgdir_shift", "5");
	assert_err(evidence_settle_fact(&ev, 2, facts), ERR_DATA, "variable pgdir_shift says 5");
	assert_string_equal(facts_get(facts, "levels"), "4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_that_agree_are_a_fact),
		cmocka_unit_test(one_is_a_candidate),
		cmocka_unit_test(two_that_disagree_are_both_named),
		cmocka_unit_test(none_is_lost_in_silence),
		cmocka_unit_test(a_fact_has_its_sources_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
