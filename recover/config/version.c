#include "recover/config/version.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of "6.1.192" at p, and how many numbers it has. */
static size_t version_span(const char *p, unsigned int *numbers)
{
	size_t n = 0;

	*numbers = 0;
	while (is_digit(p[n])) {
		while (is_digit(p[n]))
			n++;
		++*numbers;
		if (p[n] != '.' || !is_digit(p[n + 1]))
			break;
		n++;
	}
	return n;
}

/* Copies a package's version as KERNELVERSION has it: "6.12" becomes "6.12.0", "7.3~rc7" becomes
 * "7.3.0-rc7". */
static bool take_version(const char *p, char *ret, size_t size)
{
	unsigned int numbers;
	size_t n = version_span(p, &numbers), candidate = 0;
	const char *rest = p + n;
	int length;

	if (numbers < 2)
		return false;
	if (!strncmp(rest, "~rc", 3)) {
		candidate = 2;
		while (is_digit(rest[1 + candidate]))
			candidate++;
		if (candidate == 2)
			return false;
	}
	length = snprintf(ret, size, "%.*s%s%s%.*s", (int)n, p, numbers == 2 ? ".0" : "",
			  candidate ? "-" : "", (int)candidate, candidate ? rest + 1 : "");
	return length > 0 && (size_t)length < size;
}

bool config_banner_upstream(const char *banner, char *ret, size_t size)
{
	const char *build = strrchr(banner, '#'), *p;

	if (!build)
		return false;
	p = strstr(build, " Debian ");
	if (p)
		return take_version(p + strlen(" Debian "), ret, size);
	/* (Ubuntu 4.15.0-74.84-generic 4.15.18) */
	p = strstr(build, "(Ubuntu ");
	if (!p)
		return false;
	p = strchr(p + strlen("(Ubuntu "), ' ');
	return p && take_version(p + 1, ret, size);
}

/* Whether the release begins with this version: "6.1.192-custom" begins with "6.1.192", but not with
 * "6.1.19". */
static bool begins_with_version(const char *release, const char *version)
{
	size_t n = strlen(version);

	return !strncmp(release, version, n) && !is_digit(release[n]) && release[n] != '.';
}

/* Whether both begin with the same two numbers and a dot behind them. */
static bool same_series(const char *a, const char *b)
{
	size_t n = 0;

	for (unsigned int dots = 0; a[n] && a[n] == b[n]; n++)
		if (a[n] == '.' && ++dots == 2)
			return true;
	return false;
}

enum config_fit config_version_fit(const char *version, const char *release, const char *banner)
{
	char upstream[64];

	if (!strcmp(version, release))
		return CONFIG_FIT_YES;
	if (banner && config_banner_upstream(banner, upstream, sizeof(upstream)))
		return strcmp(version, upstream) ? CONFIG_FIT_NO : CONFIG_FIT_YES;
	if (begins_with_version(release, version))
		return CONFIG_FIT_YES;
	if (banner && strstr(banner, "-Ubuntu ") && !strchr(version, '-') &&
	    same_series(version, release))
		return CONFIG_FIT_MAYBE;
	return CONFIG_FIT_NO;
}

enum config_fit config_signature_fit(const char *signature, const char *release,
				     const char *banner)
{
	static const char prefix[] = "\"Ubuntu ";
	const char *p = signature + strlen(prefix), *abi = strrchr(release, '-');
	char whole[160];
	size_t stem, n;

	if (strncmp(signature, prefix, strlen(prefix)) != 0 || !abi)
		return CONFIG_FIT_MAYBE;
	/* The release 4.15.0-20-generic belongs to the package 4.15.0-20.21, flavour generic. */
	stem = (size_t)(abi - release);
	n = strcspn(p, " \"");
	if (n < stem + strlen(abi) + 2 || strncmp(p, release, stem) != 0 || p[stem] != '.' ||
	    strncmp(p + n - strlen(abi), abi, strlen(abi)) != 0)
		return CONFIG_FIT_NO;
	if (!banner || !strstr(banner, "(Ubuntu "))
		return CONFIG_FIT_YES;
	if ((size_t)snprintf(whole, sizeof(whole), "(Ubuntu %.*s ", (int)n, p) >= sizeof(whole))
		return CONFIG_FIT_NO;
	return strstr(banner, whole) ? CONFIG_FIT_YES : CONFIG_FIT_NO;
}

static bool option_is(const struct config_file *f, const char *name, const char *value)
{
	const struct config_option *o = config_file_find(f, name);

	return o && !o->contradicted && !strcmp(o->value, value);
}

enum config_fit config_build_fit(const struct config_file *f, const char *banner, const char **why)
{
	const char *build = strrchr(banner, '#');
	const struct config_option *cc = config_file_find(f, "CC_VERSION_TEXT");
	bool smp, rt;
	size_t n;

	if (!build)
		return CONFIG_FIT_MAYBE;
	smp = strstr(build, " SMP ");
	rt = strstr(build, " PREEMPT_RT ") || strstr(build, " PREEMPT RT ");
	if (option_is(f, "SMP", smp ? "n" : "y")) {
		*why = "CONFIG_SMP";
		return CONFIG_FIT_NO;
	}
	if (option_is(f, "PREEMPT_RT", rt ? "n" : "y")) {
		*why = "CONFIG_PREEMPT_RT";
		return CONFIG_FIT_NO;
	}
	if (strstr(build, " PREEMPT_DYNAMIC ") && option_is(f, "PREEMPT_DYNAMIC", "n")) {
		*why = "CONFIG_PREEMPT_DYNAMIC";
		return CONFIG_FIT_NO;
	}
	/* Before 5.8 the banner has the compiler in another form than CC_VERSION_TEXT. */
	n = cc ? strlen(cc->value) : 0;
	if (n > 2) {
		char text[CONFIG_LINE_MAX];

		snprintf(text, sizeof(text), "%.*s", (int)(n - 2), cc->value + 1);
		if (strstr(banner, text))
			return CONFIG_FIT_YES;
	}
	return CONFIG_FIT_MAYBE;
}
