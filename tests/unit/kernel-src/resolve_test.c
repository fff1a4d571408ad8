#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "kernel-src/resolve.h"
#include "base/cleanup.h"

#define DEBIAN " (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld 2.40) "
#define BUILDD " (buildd@lcy01-amd64-022) (gcc version 7.4.0 (Ubuntu 7.4.0-1ubuntu1~18.04.1)) "

static struct err *resolve(const char *banner, const char *package_version, struct facts *source)
{
	CLEANUP(facts_freep) struct facts *kernel = facts_new();

	if (banner)
		facts_set(kernel, "banner", banner, NULL);
	if (package_version)
		facts_set(kernel, "package_version", package_version, NULL);
	return resolve_source(kernel, source);
}

static void check(const struct facts *source, const char *key, const char *expected)
{
	const char *value = facts_get(source, key);

	if (!expected)
		assert_null(value);
	else if (!value)
		fail_msg("no %s", key);
	else
		assert_string_equal(value, expected);
}

/* Each form of banner, and the source package and version it names. */
static void every_form_of_banner_names_its_source(void **state)
{
	static const struct {
		const char *banner, *distribution, *source, *version, *package;
	} cases[] = {
		{ "Linux version 4.15.0-74-generic" BUILDD
		  "#84-Ubuntu SMP Thu Dec 19 08:06:28 UTC 2019",
		  "ubuntu", "linux", "4.15.0-74.84", "linux-source-4.15.0" },
		{ "Linux version 4.15.0-72-generic" BUILDD
		  "#81-Ubuntu SMP Tue Nov 26 12:20:02 UTC 2019",
		  "ubuntu", "linux", "4.15.0-72.81", "linux-source-4.15.0" },
		{ "Linux version 5.4.0-84-generic (buildd@lcy01-amd64-007) (gcc version 9.3.0 (Ubuntu "
		  "9.3.0-17ubuntu1~20.04)) #94-Ubuntu SMP Thu Aug 26 20:27:37 UTC 2021",
		  "ubuntu", "linux", "5.4.0-84.94", "linux-source-5.4.0" },
		{ "Linux version 5.4.0-150-generic" BUILDD
		  "#167~18.04.1-Ubuntu SMP Wed May 24 00:51:42 UTC 2023",
		  "ubuntu", "linux-hwe-5.4", "5.4.0-150.167~18.04.1", "linux-hwe-5.4-source-5.4.0" },
		{ "Linux version 5.3.0-40-generic" BUILDD
		  "#32~18.04.1-Ubuntu SMP Mon Feb 3 14:05:59 UTC 2020",
		  "ubuntu", "linux-hwe", "5.3.0-40.32~18.04.1", "linux-source-5.3.0" },
		{ "Linux version 6.5.0-14-generic" BUILDD
		  "#14~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC Mon Nov 20 18:15:30 UTC 2023",
		  "ubuntu", "linux-hwe-6.5", "6.5.0-14.14~22.04.1", "linux-source-6.5.0" },
		{ "Linux version 6.8.0-31-generic (buildd@lcy02-amd64-080) (x86_64-linux-gnu-gcc-13 "
		  "(Ubuntu 13.2.0-23ubuntu4) 13.2.0, GNU ld (GNU Binutils for Ubuntu) 2.42) "
		  "#31-Ubuntu SMP PREEMPT_DYNAMIC Sat Apr 20 00:40:06 UTC 2024",
		  "ubuntu", "linux", "6.8.0-31.31", "linux-source-6.8.0" },
		{ "Linux version 4.15.18-74-generic (someone@somewhere) (gcc version 12.2.0) #1 SMP Mon "
		  "(Ubuntu 4.15.0-74.84-generic 4.15.18)",
		  "ubuntu", "linux", "4.15.0-74.84", "linux-source-4.15.0" },
		{ "Linux version 5.4.0-1091-ibm" BUILDD "#96-Ubuntu SMP Fri",
		  "ubuntu", "linux-ibm", "5.4.0-1091.96", "linux-ibm-source-5.4.0" },
		{ "Linux version 6.1.0-56-amd64" DEBIAN
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
		  "debian", "linux", "6.1.192-2", "linux-source-6.1" },
		{ "Linux version 6.12.107+deb13-cloud-amd64" DEBIAN
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.12.107-1 (2026-11-16)\n",
		  "debian", "linux", "6.12.107-1", "linux-source-6.12" },
		{ "Linux version 6.1.0-0.deb11.21-amd64" DEBIAN
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1~bpo11+1 (2024-05-12)",
		  "debian", "linux", "6.1.90-1~bpo11+1", "linux-source-6.1" },
		{ "Linux version 6.12.117+deb12-amd64" DEBIAN
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1~deb12u1 (2026-11-12)",
		  "debian", "linux-6.12", "6.12.117-1~deb12u1", "linux-source-6.12" },
		{ "Linux version 4.19.0-27-amd64" DEBIAN "#1 SMP Debian 4.19.316-1 (2024-06-25)",
		  "debian", "linux", "4.19.316-1", "linux-source-4.19" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(facts_freep) struct facts *source = facts_new();

		assert_ok(resolve(cases[i].banner, NULL, source));
		check(source, "distribution", cases[i].distribution);
		check(source, "source", cases[i].source);
		check(source, "version", cases[i].version);
		check(source, "package", cases[i].package);
	}
}

static void files_are_named_as_the_archive_names_them(void **state)
{
	CLEANUP(facts_freep) struct facts *debian = facts_new(), *rt = facts_new(),
					  *ubuntu = facts_new();

	(void)state;
	assert_ok(resolve("Linux version 6.1.0-56-cloud-amd64" DEBIAN
			  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
			  "6.1.192-2", debian));
	check(debian, "file", "linux-source-6.1_6.1.192-2_all.deb");
	check(debian, "dsc", "linux_6.1.192-2.dsc");
	check(debian, "config_package", "linux-config-6.1");
	check(debian, "config_version", "6.1.192-2");
	check(debian, "config_file", "linux-config-6.1_6.1.192-2_amd64.deb");
	check(debian, "config_member", "config.amd64_none_cloud-amd64.xz");
	assert_ok(resolve("Linux version 6.1.0-56-rt-amd64" DEBIAN
			  "#1 SMP PREEMPT_RT Debian 6.1.192-2 (2026-11-16)",
			  NULL, rt));
	check(rt, "flavour", "rt-amd64");
	check(rt, "config_member", "config.amd64_*rt?amd64.xz");
	check(rt, "featureset", "rt");
	assert_ok(resolve("Linux version 4.15.0-74-generic" BUILDD "#84-Ubuntu SMP Thu", NULL, ubuntu));
	check(ubuntu, "file", "linux-source-4.15.0_4.15.0-74.84_all.deb");
	check(ubuntu, "config_file", "linux-modules-4.15.0-74-generic_4.15.0-74.84_amd64.deb");
	check(ubuntu, "config_member", "boot/config-4.15.0-74-generic");
}

static void a_source_in_no_binary_package_is_a_source_package(void **state)
{
	static const struct {
		const char *banner, *source, *version, *other;
	} cases[] = {
		{ "Linux version 5.15.0-1045-aws (buildd@lcy02-amd64-062) (gcc (Ubuntu 9.4.0-1ubuntu1~20.04.2) "
		  "9.4.0, GNU ld (GNU Binutils for Ubuntu) 2.34) #50~20.04.1-Ubuntu SMP Wed Sep 6 17:29:11 UTC 2023",
		  "linux-aws-5.15", "5.15.0-1045.50~20.04.1", "linux-aws" },
		{ "Linux version 6.8.0-149-lowlatency" BUILDD "#149.1-Ubuntu SMP PREEMPT_DYNAMIC Mon",
		  "linux-lowlatency", "6.8.0-149.149.1", "linux-lowlatency-hwe-6.8" },
		{ "Linux version 6.8.0-149-lowlatency" BUILDD "#149.1~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC Mon",
		  "linux-lowlatency-hwe-6.8", "6.8.0-149.149.1~22.04.1", "linux-hwe-6.8" },
		{ "Linux version 6.8.0-149-generic" BUILDD "#149~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC Mon",
		  "linux-hwe-6.8", "6.8.0-149.149~22.04.1", NULL },
		{ "Linux version 6.8.0-1073-azure" BUILDD "#82-Ubuntu SMP Mon", "linux-azure", "6.8.0-1073.82",
		  "linux-azure-6.8" },
		{ "Linux version 6.17.0-1022-azure" BUILDD "#22-Ubuntu SMP Mon", "linux-azure", "6.17.0-1022.22",
		  "linux-azure-6.17" },
		{ "Linux version 6.5.0-1025-gcp" BUILDD "#27~22.04.1-Ubuntu SMP Mon", "linux-gcp-6.5",
		  "6.5.0-1025.27~22.04.1", "linux-gcp" },
		{ "Linux version 4.15.0-1121-oracle" BUILDD "#132-Ubuntu SMP Mon", "linux-oracle", "4.15.0-1121.132",
		  "linux-oracle-4.15" },
		{ "Linux version 4.15.0-1142-kvm" BUILDD "#147-Ubuntu SMP Mon", "linux-kvm", "4.15.0-1142.147",
		  "linux-kvm-4.15" },
		{ "Linux version 4.15.0-1158-aws" BUILDD "#171~16.04.1-Ubuntu SMP Mon", "linux-aws-hwe",
		  "4.15.0-1158.171~16.04.1", "linux-aws-4.15" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(facts_freep) struct facts *source = facts_new();
		CLEANUP(free_ptr) char *dsc = xasprintf("%s_%s.dsc", cases[i].source, cases[i].version);

		assert_ok(resolve(cases[i].banner, NULL, source));
		check(source, "source", cases[i].source);
		check(source, "version", cases[i].version);
		check(source, "other_source", cases[i].other);
		check(source, "package", NULL);
		check(source, "dsc", dsc);
		check(source, "file", dsc);
		assert_non_null(facts_get(source, "config_package"));
	}
}

static void other_kernels_are_absent(void **state)
{
	static const char *const banners[] = {
		"",
		"Linux version 6.1.192 (me@home) (gcc 12) #3 SMP Mon Jan 1 00:00:00 UTC 2026",
		"Linux version 6.9.0-64.fc40.x86_64 (mockbuild@x) (gcc) #1 SMP PREEMPT_DYNAMIC Mon",
		/* whoever builds Debian's source himself has another configuration */
		"Linux version 6.1.0-56-amd64 (me@home) (gcc) #1 SMP Debian 6.1.192-2 (2026-11-16)",
		"Linux version 6.1.0-56-arm64" DEBIAN "#1 SMP Debian 6.1.192-2 (2026-11-16)",
		/* only a version gets into a file name or a command */
		"Linux version 6.1.0-56-amd64" DEBIAN "#1 SMP Debian 6.1.192-2/../../x (2026-11-16)",
		"Linux version 6.1.0-56-amd64" DEBIAN "#1 SMP Debian 6.1;touch${IFS}x-1 (2026-11-16)",
		"Linux version 6.1.0-56-amd64" DEBIAN "#1 SMP Debian --x (2026-11-16)",
		"Linux version 4.15.0-74-generic" BUILDD "#84/../x-Ubuntu SMP Thu",
		"Linux version 4.15.0-74-../generic" BUILDD "#84-Ubuntu SMP Thu",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(banners) / sizeof(banners[0]); i++) {
		CLEANUP(facts_freep) struct facts *source = facts_new();

		assert_err(resolve(banners[i], NULL, source), ERR_ABSENT, "CONFIG=PATH");
		assert_int_equal(facts_count(source), 0);
	}
}

static void contradictions_and_gaps_are_errors(void **state)
{
	CLEANUP(facts_freep) struct facts *source = facts_new();
	char longer[8192];

	(void)state;
	assert_err(resolve(NULL, "6.1.192-2", source), ERR_ABSENT, "no banner");
	assert_err(resolve("Linux version 6.1.0-56-amd64" DEBIAN "#1 SMP Debian 6.1.192-2 (2026-11-16)",
			   "6.1.190-1", source),
		   ERR_DATA, "6.1.190-1");
	memset(longer, '(', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "Linux version 4.15.0-74-generic (buildd@", 40);
	assert_err(resolve(longer, NULL, source), ERR_ABSENT, "no package");
	assert_err(resolve("Linux version \033[2J", NULL, source), ERR_ABSENT, "\\x1b[2J");
	assert_int_equal(facts_count(source), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_banner_names_its_source),
		cmocka_unit_test(files_are_named_as_the_archive_names_them),
		cmocka_unit_test(a_source_in_no_binary_package_is_a_source_package),
		cmocka_unit_test(other_kernels_are_absent),
		cmocka_unit_test(contradictions_and_gaps_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
