#include "tests/lib/unit.h"

#include "recover/parse/banner.h"

/* Banners as kernels print them, and the package that each names. */
static const struct form {
	const char *text, *release, *distribution, *package_version, *compiler;
} forms[] = {
	{ "Linux version 4.15.0-74-generic (buildd@lcy01-amd64-022) (gcc version 7.4.0 (Ubuntu "
	  "7.4.0-1ubuntu1~18.04.1)) #84-Ubuntu SMP Thu Dec 19 08:06:28 UTC 2019",
	  "4.15.0-74-generic", "ubuntu", "4.15.0-74.84",
	  "gcc version 7.4.0 (Ubuntu 7.4.0-1ubuntu1~18.04.1)" },
	{ "Linux version 5.4.0-84-generic (buildd@lcy01-amd64-007) (gcc version 9.3.0 (Ubuntu "
	  "9.3.0-17ubuntu1~20.04)) #94-Ubuntu SMP Thu Aug 26 20:27:37 UTC 2021",
	  "5.4.0-84-generic", "ubuntu", "5.4.0-84.94",
	  "gcc version 9.3.0 (Ubuntu 9.3.0-17ubuntu1~20.04)" },
	{ "Linux version 5.4.0-150-generic (buildd@bos03-amd64-012) (gcc version 7.5.0 (Ubuntu "
	  "7.5.0-3ubuntu1~18.04)) #167~18.04.1-Ubuntu SMP Wed May 24 00:51:42 UTC 2023",
	  "5.4.0-150-generic", "ubuntu", "5.4.0-150.167~18.04.1",
	  "gcc version 7.5.0 (Ubuntu 7.5.0-3ubuntu1~18.04)" },
	{ "Linux version 5.15.0-1045-aws (buildd@lcy02-amd64-062) (gcc (Ubuntu "
	  "9.4.0-1ubuntu1~20.04.2) 9.4.0, GNU ld (GNU Binutils for Ubuntu) 2.34) "
	  "#50~20.04.1-Ubuntu SMP Wed Sep 6 17:29:11 UTC 2023",
	  "5.15.0-1045-aws", "ubuntu", "5.15.0-1045.50~20.04.1",
	  "gcc (Ubuntu 9.4.0-1ubuntu1~20.04.2) 9.4.0, GNU ld (GNU Binutils for Ubuntu) 2.34" },
	{ "Linux version 6.8.0-31-generic (buildd@lcy02-amd64-080) (x86_64-linux-gnu-gcc-13 "
	  "(Ubuntu 13.2.0-23ubuntu4) 13.2.0, GNU ld (GNU Binutils for Ubuntu) 2.42) #31-Ubuntu "
	  "SMP PREEMPT_DYNAMIC Sat Apr 20 00:40:06 UTC 2024",
	  "6.8.0-31-generic", "ubuntu", "6.8.0-31.31",
	  "x86_64-linux-gnu-gcc-13 (Ubuntu 13.2.0-23ubuntu4) 13.2.0, GNU ld (GNU Binutils for "
	  "Ubuntu) 2.42" },
	/* the signature says the package, whatever the release is called */
	{ "Linux version 4.15.18-74-generic (root@builder) (gcc-12 (Debian 12.2.0) 12.2.0) #1 SMP "
	  "Fri Nov 13 10:00:00 UTC 2026 (Ubuntu 4.15.0-74.84-generic 4.15.18)",
	  "4.15.18-74-generic", "ubuntu", "4.15.0-74.84", "gcc-12 (Debian 12.2.0) 12.2.0" },
	{ "Linux version 5.4.0-150-generic (b@h) (gcc) #167~18.04.1-Ubuntu SMP Wed May 24 "
	  "00:51:42 UTC 2023 (Ubuntu 5.4.0-150.167~18.04.1-generic 5.4.233)",
	  "5.4.0-150-generic", "ubuntu", "5.4.0-150.167~18.04.1", "gcc" },
	{ "Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian "
	  "12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP "
	  "PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
	  "6.1.0-56-amd64", "debian", "6.1.192-2",
	  "gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40" },
	{ "Linux version 6.12.9+bpo-cloud-amd64 (debian-kernel@lists.debian.org) (x86_64-linux-gnu"
	  "-gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld 2.40) #1 SMP PREEMPT_DYNAMIC Debian "
	  "6.12.9-1~bpo12+1 (2025-01-19)",
	  "6.12.9+bpo-cloud-amd64", "debian", "6.12.9-1~bpo12+1",
	  "x86_64-linux-gnu-gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld 2.40" },
	/* a build of one's own; the builder's name may have brackets */
	{ "Linux version 6.9.0 (root@(none)) (Debian clang version 14.0.6, LLD 14.0.6) #3 SMP "
	  "PREEMPT Mon Jan 1 00:00:00 UTC 2024",
	  "6.9.0", "unknown", NULL, "Debian clang version 14.0.6, LLD 14.0.6" },
	/* an upload number as Ubuntu writes it, but a release that Ubuntu would not use */
	{ "Linux version 6.9.0 (a@b) (gcc) #31-Ubuntu SMP", "6.9.0", "ubuntu", NULL, "gcc" },
};

static void all_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct banner b;

		assert_ok(banner_parse(forms[i].text, strlen(forms[i].text), &b));
		assert_string_equal(b.text, forms[i].text);
		assert_string_equal(b.release, forms[i].release);
		assert_string_equal(b.compiler, forms[i].compiler);
		assert_string_equal(b.distribution, forms[i].distribution);
		if (forms[i].package_version)
			assert_string_equal(b.package_version, forms[i].package_version);
		else
			assert_null(b.package_version);
		banner_deinit(&b);
	}
}

static void where_it_ends(void **state)
{
	static const char *const texts[] = {
		"Linux version 6.9.0 (a@b) (gcc) #1 SMP\nmore",
		"Linux version 6.9.0 (a@b) (gcc) #1 SMP\0\xff",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct banner b;

		assert_ok(banner_parse(texts[i], 43, &b));
		assert_string_equal(b.text, "Linux version 6.9.0 (a@b) (gcc) #1 SMP");
		banner_deinit(&b);
	}
}

static void refuse(const char *text, size_t size, const char *words)
{
	struct banner b;

	assert_err(banner_parse(text, size, &b), ERR_DATA, words);
}

static void what_is_no_banner(void **state)
{
	static const char *const texts[] = {
		"", "\n", "Linux version ", "Linux version 6.9.0", "Linux version 6.9.0 (a@b) (gcc)\n",
		"Linux version 6.9.0 (a@b) (gcc) #", "linux version 6.9.0 (a@b) (gcc) #1",
		"Linux version  (a@b) (gcc) #1", "Linux version 6.9.0 (a@b) #1 SMP",
		"Linux version 6.9.0\t(a@b) (gcc) #1 SMP", "Linux version 6.9.0 (a@b) (gcc) #1\033[2J",
		"Linux version 6.9.0 (a@b) (g\xff) #1 SMP", "%s version %s (a@b) (gcc) #1 SMP",
		"Linux version 6.9.0 (a@(\017b)) (gcc) #1 SMP", "Linux version 6.9.0 (a\177) (gcc) #1",
		"xLinux version 6.9.0 (a@b) (gcc) #1 SMP",
	};
	char endless[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		refuse(texts[i], strlen(texts[i]), "expected \"Linux version RELEASE");
	memset(endless, '(', sizeof(endless));
	memcpy(endless, "Linux version 6.9.0 (a@b) (", 27);
	refuse(endless, sizeof(endless), "no end within 1024 bytes");
	endless[1000] = '\0';
	refuse(endless, sizeof(endless), "expected \"Linux version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms),
		cmocka_unit_test(where_it_ends),
		cmocka_unit_test(what_is_no_banner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
