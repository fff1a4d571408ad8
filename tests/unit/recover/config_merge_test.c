#include "tests/lib/unit.h"

#include "recover/config/merge.h"

/* Two texts, merged; NULL for one that is not there. */
struct merged {
	struct config_file text, package;
	struct config_merge merge;
	struct buf config, origin, report;
};

static void merged_deinit(struct merged *m)
{
	config_merge_deinit(&m->merge);
	config_file_deinit(&m->text);
	config_file_deinit(&m->package);
	buf_deinit(&m->config);
	buf_deinit(&m->origin);
	buf_deinit(&m->report);
}

static struct err *merge(struct merged *m, const char *text, const char *package)
{
	struct err *e;

	*m = (struct merged){ 0 };
	if (text)
		assert_ok(config_file_parse(text, strlen(text), &m->text));
	if (package)
		assert_ok(config_file_parse(package, strlen(package), &m->package));
	e = config_merge(text ? &m->text : NULL, package ? &m->package : NULL, &m->merge);
	if (e)
		return e;
	config_merge_format(&m->merge, "6.1.192", &m->config);
	config_merge_format_origin(&m->merge, &m->origin);
	config_merge_report(&m->merge, &m->report);
	return NULL;
}

static void assert_config(const struct merged *m, const char *expected)
{
	static const char header[] = "#\n# Automatically generated file; DO NOT EDIT.\n"
				     "# Linux/x86 6.1.192 Kernel Configuration\n#\n";

	assert_int_equal(strncmp(buf_str(&m->config), header, strlen(header)), 0);
	assert_string_equal(buf_str(&m->config) + strlen(header), expected);
}

static const char package[] = "CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_D=m\n"
			      "CONFIG_E=5\nCONFIG_F=y\n";

static void whole_text(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, "CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_Z=y\nCONFIG_F=y\n",
			package));
	assert_config(&m, "CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_Z=y\nCONFIG_F=y\n");
	assert_int_equal(m.merge.from_package, 0);
	assert_int_equal(m.merge.left_out_count, 2); /* D and E are not this kernel's */
	assert_string_equal(m.merge.left_out[0], "D");
	assert_int_equal(m.merge.differing, 1);
	assert_non_null(strstr(buf_str(&m.origin), "CONFIG_B\tm\ttext\tline 2; package has y\n"));
	assert_non_null(strstr(buf_str(&m.origin), "CONFIG_C\tn\ttext\tline 3\n"));
	assert_non_null(strstr(buf_str(&m.report), "\tCONFIG_B=m, package has y\n"));
}

static void gaps_are_filled(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, "CONFIG_A=y\nCONFIG_B=y\n# gap: page 1\nCONFIG_E=5\nCONFIG_F=y\n",
			package));
	assert_config(&m, package);
	assert_int_equal(m.merge.from_package, 2);
	assert_non_null(strstr(buf_str(&m.origin),
			       "CONFIG_D\tm\tpackage\tline 4; not in the text\n"));
	assert_non_null(strstr(buf_str(&m.report), "(2):\n\tCONFIG_C=n\n\tCONFIG_D=m\n"));
}

static void gaps_at_both_ends(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, "# gap: page 0\n# CONFIG_C is not set\nCONFIG_E=6\n# gap: the end\n",
			package));
	/* D lies where the text is whole: it is not this kernel's. */
	assert_config(&m, "CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_E=6\nCONFIG_F=y\n");
	assert_int_equal(m.merge.left_out_count, 1);
}

static void gap_in_another_order(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, "CONFIG_E=5\n# gap: page 1\nCONFIG_A=y\nCONFIG_F=y\n", package));
	assert_int_equal(m.merge.count, 6);
	assert_int_equal(m.merge.from_package, 3);
}

static void package_alone(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, NULL, package));
	assert_config(&m, package);
	assert_int_equal(m.merge.from_text, 0);
	assert_non_null(strstr(buf_str(&m.origin), "CONFIG_E\t5\tpackage\tline 5; no text\n"));
	assert_non_null(strstr(buf_str(&m.report), "every value is the package's"));
}

static void text_alone(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, package, NULL));
	assert_config(&m, package);
	assert_int_equal(m.merge.from_text, 6);
}

static void text_with_gaps_alone(void **state)
{
	CLEANUP(merged_deinit) struct merged m, n;

	(void)state;
	assert_err(merge(&m, "CONFIG_A=y\n# gap: page 1\n", NULL), ERR_DATA, "1 gaps");
	assert_err(merge(&n, "CONFIG_A=y\nnonsense\n", NULL), ERR_DATA, "1 gaps");
}

static void ikconfig(void **state)
{
	CLEANUP(merged_deinit) struct merged m;

	(void)state;
	assert_ok(merge(&m, "# farwalk config text: ikconfig\nCONFIG_A=y\n", NULL));
	assert_non_null(strstr(buf_str(&m.origin), "CONFIG_A\ty\tikconfig\tline 2\n"));
}

static void unsafe_values(void **state)
{
	CLEANUP(merged_deinit) struct merged m, n;
	static const char text[] = "CONFIG_A=y\nCONFIG_B=\"$(shell touch /tmp/pwned)\"\n"
				   "# CONFIG_C is not set\nCONFIG_D=m\nCONFIG_E=5\nCONFIG_F=y\n";

	(void)state;
	assert_ok(merge(&m, text, package));
	assert_config(&m, package);
	assert_non_null(strstr(buf_str(&m.report), "\tCONFIG_B=y\n"));
	assert_ok(merge(&n, text, NULL));
	assert_null(strstr(buf_str(&n.config), "pwned"));
	assert_null(strstr(buf_str(&n.origin), "pwned"));
	assert_non_null(strstr(buf_str(&n.report), "not safe"));
	assert_non_null(strstr(buf_str(&n.report), "\tCONFIG_B\n"));
}

static void contradictions(void **state)
{
	CLEANUP(merged_deinit) struct merged m, n, o;

	(void)state;
	assert_ok(merge(&m, "CONFIG_A=y\nCONFIG_B=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=m\n"
			    "CONFIG_E=5\nCONFIG_F=y\n",
			package));
	assert_config(&m, package);
	assert_non_null(strstr(buf_str(&m.origin), "the text contradicts itself"));
	assert_ok(merge(&n, "CONFIG_A=y\nCONFIG_B=y\nCONFIG_B=m\n", NULL));
	assert_config(&n, "CONFIG_A=y\n");
	assert_int_equal(n.merge.lost_count, 1);
	assert_err(merge(&o, NULL, "CONFIG_A=y\nCONFIG_A=m\n"), ERR_DATA, "CONFIG_A");
}

static void another_flavour(void **state)
{
	CLEANUP(merged_deinit) struct merged m;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, other = BUF_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		if (i == 500)
			buf_add_str(&text, "# gap: page 3\n");
		else
			buf_addf(&text, "CONFIG_X%d=y\n", i);
		buf_addf(&other, "CONFIG_X%d=%c\n", i, i % 10 ? 'y' : 'm');
	}
	assert_err(merge(&m, buf_str(&text), buf_str(&other)), ERR_DATA, "another kernel or flavour");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_text),
		cmocka_unit_test(gaps_are_filled),
		cmocka_unit_test(gaps_at_both_ends),
		cmocka_unit_test(gap_in_another_order),
		cmocka_unit_test(package_alone),
		cmocka_unit_test(text_alone),
		cmocka_unit_test(text_with_gaps_alone),
		cmocka_unit_test(ikconfig),
		cmocka_unit_test(unsafe_values),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(another_flavour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
