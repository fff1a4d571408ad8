#include "tests/lib/unit.h"

#include "recover/config/version.h"

static const char debian[] =
	"Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian "
	"12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC "
	"Debian 6.1.192-2 (2026-11-16)";
static const char ubuntu[] =
	"Linux version 6.8.0-31-generic (b@l) (x86_64-linux-gnu-gcc-13 (Ubuntu 13.2.0-23ubuntu4) "
	"13.2.0, GNU ld (GNU Binutils for Ubuntu) 2.42) #31-Ubuntu SMP PREEMPT_DYNAMIC Sat Apr 20 "
	"00:40:06 UTC 2024";
static const char signed_ubuntu[] =
	"Linux version 4.15.0-74-generic (b@l) (gcc version 7.4.0 (Ubuntu 7.4.0-1ubuntu1~18.04.1)) "
	"#84-Ubuntu SMP Thu Dec 19 08:06:28 UTC 2019 (Ubuntu 4.15.0-74.84-generic 4.15.18)";

static void header_and_kernel(void **state)
{
	static const struct {
		const char *version, *release, *banner;
		enum config_fit fit;
	} cases[] = {
		{ "6.1.192", "6.1.0-56-amd64", debian, CONFIG_FIT_YES },
		{ "6.1.187", "6.1.0-56-amd64", debian, CONFIG_FIT_NO },
		{ "6.1.19", "6.1.0-56-amd64", debian, CONFIG_FIT_NO },
		{ "6.1.0", "6.1.0-56-amd64", debian, CONFIG_FIT_NO },
		{ "6.1.192", "6.1.0-56-amd64", NULL, CONFIG_FIT_NO },
		{ "4.15.0-20-generic", "4.15.0-20-generic", NULL, CONFIG_FIT_YES },
		{ "4.15.0-20-generic", "4.15.0-74-generic", signed_ubuntu, CONFIG_FIT_NO },
		{ "4.15.18", "4.15.0-74-generic", signed_ubuntu, CONFIG_FIT_YES },
		{ "4.15.17", "4.15.0-74-generic", signed_ubuntu, CONFIG_FIT_NO },
		{ "6.8.1", "6.8.0-31-generic", ubuntu, CONFIG_FIT_MAYBE },
		{ "6.5.13", "6.8.0-31-generic", ubuntu, CONFIG_FIT_NO },
		{ "6.8.0-30-generic", "6.8.0-31-generic", ubuntu, CONFIG_FIT_NO },
		{ "6.1.192", "6.1.192", NULL, CONFIG_FIT_YES },
		{ "6.1.192", "6.1.192-mine+", NULL, CONFIG_FIT_YES },
		{ "6.1.19", "6.1.192", NULL, CONFIG_FIT_NO },
		{ "6.1", "6.1.192", NULL, CONFIG_FIT_NO },
		{ "6.1.192", "6.1.19", NULL, CONFIG_FIT_NO },
		{ "6.12.0", "6.12-amd64", "x #1 SMP Debian 6.12-1~exp1 (d)", CONFIG_FIT_YES },
		{ "6.12.0-rc1", "6.12-rc1-amd64", "x #1 SMP Debian 6.12~rc1-1 (d)", CONFIG_FIT_YES },
		{ "7.3.0-rc7", "7.3-amd64", "x #1 SMP Debian 7.3~rc7-1~exp1 (d)", CONFIG_FIT_YES },
		{ "7.3.0-rc12", "7.3-amd64", "x #1 SMP Debian 7.3~rc12-1~exp1 (d)", CONFIG_FIT_YES },
		{ "7.3.0-rc1", "7.3-amd64", "x #1 SMP Debian 7.3~rc12-1~exp1 (d)", CONFIG_FIT_NO },
		{ "7.3.0", "7.3-amd64", "x #1 SMP Debian 7.3~rc7-1~exp1 (d)", CONFIG_FIT_NO },
		{ "7.3.0-rc7", "7.3-amd64", "x #1 SMP Debian 7.3-1 (d)", CONFIG_FIT_NO },
		{ "7.3.0", "7.3-amd64", "x #1 SMP Debian 7.3~rc-1 (d)", CONFIG_FIT_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (config_version_fit(cases[i].version, cases[i].release, cases[i].banner) !=
		    cases[i].fit)
			fail_msg("%s of %s", cases[i].version, cases[i].release);
}

static void signatures(void **state)
{
	const char *release = "4.15.0-74-generic";

	(void)state;
	assert_int_equal(config_signature_fit("\"Ubuntu 4.15.0-74.84-generic 4.15.18\"", release,
					      signed_ubuntu),
			 CONFIG_FIT_YES);
	assert_int_equal(config_signature_fit("\"Ubuntu 4.15.0-74.84-generic 4.15.18\"", release,
					      NULL),
			 CONFIG_FIT_YES);
	assert_int_equal(config_signature_fit("\"Ubuntu 4.15.0-74.83-generic 4.15.18\"", release,
					      signed_ubuntu),
			 CONFIG_FIT_NO);
	assert_int_equal(config_signature_fit("\"Ubuntu 4.15.0-20.21-generic 4.15.17\"", release,
					      NULL),
			 CONFIG_FIT_NO);
	assert_int_equal(config_signature_fit("\"Ubuntu 4.15.0-74.84-lowlatency 4.15.18\"", release,
					      NULL),
			 CONFIG_FIT_NO);
	assert_int_equal(config_signature_fit("\"Ubuntu \"", release, NULL), CONFIG_FIT_NO);
	assert_int_equal(config_signature_fit("\"\"", release, NULL), CONFIG_FIT_MAYBE);
	assert_int_equal(config_signature_fit("y", release, NULL), CONFIG_FIT_MAYBE);
}

static enum config_fit build_fit(const char *text, const char *banner)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };
	const char *why = NULL;
	enum config_fit fit;

	assert_ok(config_file_parse(text, strlen(text), &f));
	fit = config_build_fit(&f, banner, &why);
	assert_true((fit == CONFIG_FIT_NO) == (why != NULL));
	return fit;
}

static void builds(void **state)
{
	(void)state;
	assert_int_equal(build_fit("CONFIG_SMP=y\nCONFIG_PREEMPT_DYNAMIC=y\n", debian),
			 CONFIG_FIT_MAYBE);
	assert_int_equal(build_fit("CONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian 12.2.0-14+deb12u1) "
				   "12.2.0\"\nCONFIG_SMP=y\n",
				   debian),
			 CONFIG_FIT_YES);
	assert_int_equal(build_fit("CONFIG_CC_VERSION_TEXT=\"gcc-13 (Debian 13.2.0) 13.2.0\"\n",
				   debian),
			 CONFIG_FIT_MAYBE);
	assert_int_equal(build_fit("# CONFIG_SMP is not set\n", debian), CONFIG_FIT_NO);
	assert_int_equal(build_fit("CONFIG_PREEMPT_RT=y\n", debian), CONFIG_FIT_NO);
	assert_int_equal(build_fit("# CONFIG_PREEMPT_DYNAMIC is not set\n", debian),
			 CONFIG_FIT_NO);
	assert_int_equal(build_fit("# CONFIG_PREEMPT_RT is not set\n",
				   "Linux version 6.1 #1 SMP PREEMPT_RT Debian 6.1.192-2"),
			 CONFIG_FIT_NO);
	assert_int_equal(build_fit("CONFIG_SMP=y\n", "Linux version 6.1 #1 PREEMPT Mon"),
			 CONFIG_FIT_NO);
	assert_int_equal(build_fit("CONFIG_SMP=y\n", "no banner"), CONFIG_FIT_MAYBE);
	assert_int_equal(build_fit("CONFIG_CC_VERSION_TEXT=\"\"\n", debian), CONFIG_FIT_MAYBE);
	assert_int_equal(build_fit("CONFIG_CC_VERSION_TEXT=y\n", debian), CONFIG_FIT_MAYBE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_and_kernel),
		cmocka_unit_test(signatures),
		cmocka_unit_test(builds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
