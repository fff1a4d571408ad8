#include "tests/lib/unit.h"

#include "base/facts.h"
#include "base/file.h"
#include "tests/lib/scratch.h"

static void what_is_written_is_read_back(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_path(&dir, "boot");
	CLEANUP(facts_freep) struct facts *out = facts_new(), *in = NULL;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	uint64_t number;

	(void)state;
	facts_set_signed_hex(out, "phys_base", -0x7000000, "vmcoreinfo, trampoline");
	facts_set(out, "banner", "Linux \"x\" \\ \n\033[2J # 1", NULL);
	facts_set_uint(out, "levels", 5, "pgtable_l5_enabled");
	facts_set(out, "empty", "", NULL);
	facts_set_uint(out, "levels", 4, "trampoline"); /* replaces, keeps its place */
	assert_ok(facts_write(out, path, NULL));

	assert_ok(file_read(path, 4096, &text));
	assert_string_equal(buf_str(&text),
			    "phys_base=-0x7000000  # vmcoreinfo, trampoline\n"
			    "banner=\"Linux \\\"x\\\" \\\\ \\x0a\\x1b[2J # 1\"\n"
			    "levels=4  # trampoline\n"
			    "empty=\"\"\n");
	assert_ok(facts_read(path, &in));
	assert_int_equal(facts_count(in), 4);
	assert_ok(facts_u64(in, "phys_base", &number));
	assert_true((int64_t)number == -0x7000000);
	assert_string_equal(facts_evidence(in, "phys_base"), "vmcoreinfo, trampoline");
	assert_string_equal(facts_get(in, "banner"), "Linux \"x\" \\ \n\033[2J # 1");
	assert_null(facts_evidence(in, "banner"));
	assert_string_equal(facts_get(in, "empty"), "");
	assert_err(facts_u64(in, "banner", &number), ERR_DATA, "banner: expected a number");
	assert_err(facts_u64(in, "none", &number), ERR_ABSENT, "no none");
}

static void an_equal_file_is_left_alone(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "f", "a=1\n");
	CLEANUP(facts_freep) struct facts *f = facts_new();
	bool changed = true;

	(void)state;
	facts_set_uint(f, "a", 1, NULL);
	assert_ok(facts_write(f, path, &changed));
	assert_false(changed);
	facts_set_uint(f, "a", 2, NULL);
	assert_ok(facts_write(f, path, &changed));
	assert_true(changed);
}

static void refuse(const char *text, const char *words)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "facts", text);
	struct facts *f;

	assert_err(facts_read(path, &f), ERR_DATA, words);
}

static void a_malformed_line_is_named(void **state)
{
	(void)state;
	refuse("a=1\nb\n", "facts:2: expected key=value");
	refuse("a=1", "facts:1: the last line is cut off");
	refuse("=1\n", "facts:1:");
	refuse("a-b=1\n", "facts:1:");
	refuse("a=\"open\n", "facts:1:");
	refuse("a=\"bad\\x0g\"\n", "facts:1:");
	refuse("a=\"nul\\x00\"\n", "facts:1:");
	refuse("a=two words\n", "facts:1:");
	refuse("a=$(id)\n", "facts:1:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(an_equal_file_is_left_alone),
		cmocka_unit_test(a_malformed_line_is_named),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
