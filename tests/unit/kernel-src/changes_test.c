#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/kconfig/changes.h"
#include "kernel-src/kconfig/kconfig.h"
#include "tests/lib/scratch.h"

struct result {
	struct buf report, autoconf;
};

static void result_deinit(struct result *r)
{
	buf_deinit(&r->report);
	buf_deinit(&r->autoconf);
}

static struct err *compare(const char *target, const char *here, const struct changes_rules *rules,
			   struct result *r)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *target_path = scratch_file(&dir, "target", target);
	CLEANUP(free_ptr) char *here_path = scratch_file(&dir, "here", here);
	CLEANUP(dotconfig_freep) struct dotconfig *target_config = NULL, *here_config = NULL;

	assert_ok(dotconfig_read(target_path, &target_config));
	assert_ok(dotconfig_read(here_path, &here_config));
	return changes_compare(target_config, here_config, rules, &r->report, &r->autoconf);
}

/* Compares two configurations, to which a tool is added that is not the target's: so options may
 * differ. The report has a line for it. */
static void check(const char *target, const char *here, const struct changes_rules *rules,
		  const char *report, const char *autoconf)
{
	static const char line[] = "CONFIG_AS_VERSION\t1\t-\ttool\tversion of a tool\n";
	CLEANUP(result_deinit) struct result r = { BUF_INIT, BUF_INIT };
	CLEANUP(free_ptr) char *other = xasprintf("%sCONFIG_AS_VERSION=1\n", target);
	char *at;

	assert_ok(compare(other, here, rules, &r));
	at = strstr(r.report.data, line);
	assert_non_null(at);
	memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
	assert_string_equal(buf_str(&r.report), report);
	assert_string_equal(buf_str(&r.autoconf), autoconf);
}

static const struct changes_rules strict = { 0 };
static const struct changes_rules partial = { .partial = true };

static void what_agrees_is_no_change(void **state)
{
	(void)state;
	check("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=8\n", "CONFIG_A=y\nCONFIG_N=8\n", &strict, "",
	      "");
	check("CONFIG_A=y\n", "CONFIG_A=y\n# CONFIG_C is not set\n", &strict, "", "");
}

static void the_probe_sees_the_targets_values(void **state)
{
	(void)state;
	check("CONFIG_A=y\n", "", &strict,
	      "CONFIG_A\ty\t-\trestored\tKconfig dropped it here\n",
	      "#undef CONFIG_A\n#undef CONFIG_A_MODULE\n#define CONFIG_A 1\n");
	check("CONFIG_A=m\n", "CONFIG_A=y\n", &strict,
	      "CONFIG_A\tm\ty\trestored\tKconfig changed it here\n",
	      "#undef CONFIG_A\n#undef CONFIG_A_MODULE\n#define CONFIG_A_MODULE 1\n");
	check("CONFIG_NR_CPUS=8192\n", "CONFIG_NR_CPUS=64\n", &strict,
	      "CONFIG_NR_CPUS\t8192\t64\trestored\tKconfig changed it here\n",
	      "#undef CONFIG_NR_CPUS\n#undef CONFIG_NR_CPUS_MODULE\n#define CONFIG_NR_CPUS 8192\n");
	check("# CONFIG_A is not set\n", "CONFIG_A=y\n", &strict,
	      "CONFIG_A\tn\ty\trestored\tKconfig changed it here\n",
	      "#undef CONFIG_A\n#undef CONFIG_A_MODULE\n");
}

static void what_the_target_does_not_have_is_removed(void **state)
{
	(void)state;
	check("CONFIG_A=y\n", "CONFIG_A=y\nCONFIG_X86_KERNEL_IBT=y\n", &strict,
	      "CONFIG_X86_KERNEL_IBT\t-\ty\tremoved\tKconfig set it here; the target's configuration "
	      "does not have it\n",
	      "#undef CONFIG_X86_KERNEL_IBT\n#undef CONFIG_X86_KERNEL_IBT_MODULE\n");
	check("CONFIG_A=y\n", "CONFIG_A=y\nCONFIG_B=y\n", &partial,
	      "CONFIG_B\t-\ty\tdefault\tthe target's configuration does not say\n", "");
	/* A number has to have some value. */
	check("CONFIG_A=y\n", "CONFIG_A=y\nCONFIG_N=5\n", &strict,
	      "CONFIG_N\t-\t5\tdefault\tthe target's configuration does not say\n", "");
}

static void tools_and_texts_do_no_harm(void **state)
{
	(void)state;
	check("CONFIG_GCC_VERSION=130200\nCONFIG_CC_HAS_SLS=y\nCONFIG_DEFAULT_HOSTNAME=\"a\"\n",
	      "CONFIG_GCC_VERSION=120200\nCONFIG_DEFAULT_HOSTNAME=\"b\"\nCONFIG_MODULE_SIG_ALL=y\n",
	      &strict,
	      "CONFIG_CC_HAS_SLS\ty\t-\ttool\tability of the compiler\n"
	      "CONFIG_DEFAULT_HOSTNAME\t\"a\"\t\"b\"\tharmless\ta text; no structure depends on one\n"
	      "CONFIG_GCC_VERSION\t130200\t120200\ttool\tversion of a tool\n"
	      "CONFIG_MODULE_SIG_ALL\t-\ty\tharmless\tsigning of modules at installation\n",
	      "");
	/* Part of task_struct depends on this one, in spite of its name. */
	check("CONFIG_CC_STACKPROTECTOR=y\n", "", &strict,
	      "CONFIG_CC_STACKPROTECTOR\ty\t-\trestored\tKconfig dropped it here\n",
	      "#undef CONFIG_CC_STACKPROTECTOR\n#undef CONFIG_CC_STACKPROTECTOR_MODULE\n"
	      "#define CONFIG_CC_STACKPROTECTOR 1\n");
}

static void what_the_user_accepts_stays(void **state)
{
	static const char *const names[] = { "CONFIG_A", "B", "RANDSTRUCT_FULL" };
	const struct changes_rules rules = { .accepted = names, .accepted_count = 3 };

	(void)state;
	check("CONFIG_A=y\nCONFIG_B=y\nCONFIG_RANDSTRUCT_FULL=y\n", "", &rules,
	      "CONFIG_A\ty\t-\taccepted\tsaid to be accepted\n"
	      "CONFIG_B\ty\t-\taccepted\tsaid to be accepted\n"
	      "CONFIG_RANDSTRUCT_FULL\ty\t-\taccepted\tsaid to be accepted\n",
	      "");
}

static void random_structures_are_an_error(void **state)
{
	CLEANUP(result_deinit) struct result r = { BUF_INIT, BUF_INIT };

	(void)state;
	assert_err(compare("CONFIG_RANDSTRUCT_FULL=y\n", "CONFIG_RANDSTRUCT_FULL=y\n", &strict, &r),
		   ERR_DATA, "CONFIG_RANDSTRUCT_FULL=y: structures in random order");
	assert_err(compare("CONFIG_GCC_PLUGIN_RANDSTRUCT=y\n", "", &strict, &r), ERR_DATA,
		   "--accept GCC_PLUGIN_RANDSTRUCT");
	assert_ok(compare("# CONFIG_RANDSTRUCT_FULL is not set\nCONFIG_RANDSTRUCT_NONE=y\n",
			  "CONFIG_RANDSTRUCT_NONE=y\n", &strict, &r));
	assert_int_equal(r.autoconf.size, 0);
}

static void a_configuration_in_part_is_not_taken_for_a_whole_one(void **state)
{
	CLEANUP(buf_deinit) struct buf here = BUF_INIT;
	CLEANUP(result_deinit) struct result r = { BUF_INIT, BUF_INIT };

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_addf(&here, "CONFIG_O%d=y\n", i);
	assert_err(compare("CONFIG_O1=y\n", buf_str(&here), &strict, &r), ERR_DATA,
		   "does not mention 99 options");
	assert_ok(compare("CONFIG_O1=y\n", buf_str(&here), &partial, &r));
}

static void with_the_same_tools_nothing_may_differ(void **state)
{
	static const char *const names[] = { "PREEMPT_RT", "CONFIG_PREEMPT_LAZY" };
	const struct changes_rules accepting = { .accepted = names, .accepted_count = 2 };
	CLEANUP(result_deinit) struct result r = { BUF_INIT, BUF_INIT };

	(void)state;
	assert_err(compare("CONFIG_PREEMPT_RT=y\n", "", &strict, &r), ERR_DATA, "(PREEMPT_RT)");
	assert_err(compare("CONFIG_A=y\n", "CONFIG_A=y\nCONFIG_B=y\n", &strict, &r), ERR_DATA,
		   "not the source");
	assert_ok(compare("CONFIG_PREEMPT_RT=y\n", "", &partial, &r));
	assert_ok(compare("CONFIG_PREEMPT_RT=y\n", "", &accepting, &r));
}

static void what_the_tree_does_not_have_is_an_error(void **state)
{
	static const char *const names[] = { "PREEMPT_RT", "CONFIG_PREEMPT_LAZY" };
	const struct changes_rules accepting = { .accepted = names, .accepted_count = 2 };
	CLEANUP(buf_deinit) struct buf report = BUF_INIT;

	(void)state;
	assert_err(changes_dropped("CONFIG_PREEMPT_LAZY\ty\t" KCONFIG_UNKNOWN "\n", &strict, &report),
		   ERR_DATA, "CONFIG_PREEMPT_LAZY");
	assert_string_equal(buf_str(&report),
			    "CONFIG_PREEMPT_LAZY\ty\t-\tdropped\t" KCONFIG_UNKNOWN "\n");
	assert_ok(changes_dropped("CONFIG_PREEMPT_LAZY\ty\t" KCONFIG_UNKNOWN "\n", &accepting,
				  &report));
	assert_ok(changes_dropped("CONFIG_X\tn\t" KCONFIG_UNKNOWN "\n"
				  "CONFIG_Y\t\"y\"\tnot a plain quoted string\n"
				  "-\ty\tnot a line of a .config\n-\n\n\t\ny\ty",
				  &strict, &report));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_agrees_is_no_change),
		cmocka_unit_test(the_probe_sees_the_targets_values),
		cmocka_unit_test(what_the_target_does_not_have_is_removed),
		cmocka_unit_test(tools_and_texts_do_no_harm),
		cmocka_unit_test(what_the_user_accepts_stays),
		cmocka_unit_test(random_structures_are_an_error),
		cmocka_unit_test(with_the_same_tools_nothing_may_differ),
		cmocka_unit_test(what_the_tree_does_not_have_is_an_error),
		cmocka_unit_test(a_configuration_in_part_is_not_taken_for_a_whole_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
