#define PCRE2_CODE_UNIT_WIDTH 8
#include "kernel-src/resolve.h"

#include <pcre2.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/escape.h"

#define BANNER_MAX 4096
#define MATCH_LIMIT 100000

#define HAND \
	"give SOURCE=PATH (the tree, a tarball of it, a package with it or a .dsc) and, where memory " \
	"does not hold it, CONFIG=PATH"

/* How a banner names its package. The named groups of the first pattern that fits fill
 * the templates below. A pattern must have the groups version and flavour, or a
 * version_rule must make the version. */
static const struct banner_rule {
	const char *distribution;
	const char *pattern;
} banner_rules[] = {
	{ "debian", "^Linux version (?<release>[0-9][\\w.+~-]*?-(?<flavour>(?:cloud-|rt-)?amd64)) "
		    "\\(debian-kernel@lists\\.debian\\.org\\) .* Debian "
		    "(?<version>(?<series>\\d+\\.\\d+)[\\w.+~]*-[\\w.+]+(?<suffix>~[\\w.+~]+)?) "
		    "\\(\\d{4}-\\d\\d-\\d\\d\\)" },

	/* CONFIG_VERSION_SIGNATURE, which Ubuntu prints behind its banner. */
	{ "ubuntu", "^Linux version (?<release>[0-9][\\w.-]*) .*\\(Ubuntu "
		    "(?<version>(?<plain>(?<base>(?<series>\\d+\\.\\d+)\\.\\d+)-\\d+\\.[\\d.]+)"
		    "(?<suffix>[~+][\\w.~+]+)?)-(?<flavour>[a-z][a-z0-9-]*) [\\d.]+\\)" },

	{ "ubuntu", "^Linux version (?<release>(?<base>(?<series>\\d+\\.\\d+)\\.\\d+)-(?<abi>\\d+)-"
		    "(?<flavour>[a-z][a-z0-9-]*)) \\(buildd@.* "
		    "#(?<upload>\\d[\\d.]*)(?<suffix>[~+][\\w.~+]+?)?-Ubuntu " },
};

/* How a version is made where the banner has only pieces of it. */
static const struct version_rule {
	const char *distribution;
	const char *version, *plain; /* plain: without what a backport adds */
} version_rules[] = {
	{ "ubuntu", "${base}-${abi}.${upload}${suffix}", "${base}-${abi}.${upload}" },
};

/* Which source package; which other ones may have had such a version (NULL: none); and which
 * binary package holds its source (NULL: none does). The pattern is for "FLAVOUR VERSION". The
 * first rule that fits decides. The same version often exists under another name, as the kernel
 * of a newer release. */
static const struct source_rule {
	const char *distribution, *pattern;
	const char *source, *other, *package;
} source_rules[] = {
	{ "debian", "~deb\\d+u", "linux-${series}", NULL, "linux-source-${series}" },
	{ "debian", "", "linux", NULL, "linux-source-${series}" },

	/* Ubuntu: lowlatency was a flavour of the release's kernel, and is now a source of its own. */
	{ "ubuntu", "^lowlatency (5\\.(1[5-9])|[6-9])[\\d.-]+$", "linux-lowlatency",
	  "linux-lowlatency-hwe-${series}", NULL },
	{ "ubuntu", "^lowlatency (5\\.(1[5-9])|[6-9]).*~", "linux-lowlatency-hwe-${series}",
	  "linux-hwe-${series}", NULL },
	/* The release's own kernel ... */
	{ "ubuntu", "^(generic|lowlatency) (4\\.(8|10|13|18)|5\\.(0|3))[\\d.-]+$", "linux",
	  "linux-hwe,linux-hwe-${series}", "linux-source-${base}" },
	{ "ubuntu", "^(generic|lowlatency) [\\d.-]+$", "linux", "linux-hwe-${series}", "linux-source-${base}" },
	/* ... a newer release's, built for this one; its package has had three names ... */
	{ "ubuntu", "^(generic|lowlatency) (4\\.(8|10|13|15|18)|5\\.(0|3))\\..*~", "linux-hwe",
	  "linux-hwe-${series},linux-hwe-edge", "linux-source-${base}" },
	{ "ubuntu", "^(generic|lowlatency) 5\\.(4|8|11|13|15)\\..*~", "linux-hwe-${series}", NULL,
	  "linux-hwe-${series}-source-${base}" },
	{ "ubuntu", "^(generic|lowlatency) (5\\.19|6\\.[25])\\..*~", "linux-hwe-${series}", NULL,
	  "linux-source-${base}" },
	{ "ubuntu", "^(generic|lowlatency) .*~", "linux-hwe-${series}", NULL, NULL },
	/* ... and those made for a cloud or a board. */
	{ "ubuntu", "^(ibm|gkeop) [\\d.-]+$", "linux-${flavour}", NULL, "linux-${flavour}-source-${base}" },
	{ "ubuntu", "^(ibm|gkeop) .*~", "linux-${flavour}-${series}", NULL,
	  "linux-${flavour}-${series}-source-${base}" },
	{ "ubuntu", "^aws 4\\.15.*~", "linux-aws-hwe", "linux-aws-4.15", NULL },
	{ "ubuntu", "~", "linux-${flavour}-${series}", "linux-${flavour}", NULL },
	{ "ubuntu", "", "linux-${flavour}", "linux-${flavour}-${series}", NULL },
};

/* Where the configuration is. member is a pattern, of which unpack takes the first member that fits. */
static const struct config_rule {
	const char *distribution, *pattern;
	const char *package, *member;
	const char *featureset; /* NULL: the package's source needs no patches */
} config_rules[] = {
	{ "debian", "^amd64 ", "linux-config-${series}", "config.amd64_none_amd64.xz", NULL },
	{ "debian", "^cloud-amd64 ", "linux-config-${series}", "config.amd64_none_cloud-amd64.xz",
	  NULL },
	/* config.amd64_rt_amd64.xz up to 6.12, where rt is a set of patches; later config.amd64_none_rt-amd64.xz */
	{ "debian", "^rt-amd64 ", "linux-config-${series}", "config.amd64_*rt?amd64.xz", "rt" },
	{ "ubuntu", " [34]\\.[0-9]\\.|^(?!aws)[a-z-]+ 4\\.1[0-3]\\.", "linux-image-${release}",
	  "boot/config-${release}", NULL },
	{ "ubuntu", "", "linux-modules-${release}", "boot/config-${release}", NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void free_code(pcre2_code **code)
{
	pcre2_code_free(*code);
}

static void free_match(pcre2_match_data **match)
{
	pcre2_match_data_free(*match);
}

static void free_context(pcre2_match_context **context)
{
	pcre2_match_context_free(*context);
}

/* Sets what the named groups of a match hold. */
static void take_groups(const pcre2_code *code, pcre2_match_data *match, struct facts *groups)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR names = NULL;

	pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &names);
	for (uint32_t i = 0; i < count; i++) {
		PCRE2_SPTR name = names + i * size + 2;
		PCRE2_UCHAR *text;
		PCRE2_SIZE length;

		if (pcre2_substring_get_byname(match, name, &text, &length) < 0)
			continue;
		facts_set(groups, (const char *)name, (const char *)text, NULL);
		pcre2_substring_free(text);
	}
}

/* Whether a pattern of the tables fits subject; sets groups, where given, to what its named groups hold. */
static bool fits(const char *pattern, const char *subject, struct facts *groups)
{
	int error;
	PCRE2_SIZE at;
	CLEANUP(free_code) pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
							    0, &error, &at, NULL);
	CLEANUP(free_context) pcre2_match_context *context = pcre2_match_context_create(NULL);
	CLEANUP(free_match) pcre2_match_data *match = NULL;

	if (!code || !context)
		return false;
	match = pcre2_match_data_create_from_pattern(code, NULL);
	pcre2_set_match_limit(context, MATCH_LIMIT);
	if (!match || pcre2_match(code, (PCRE2_SPTR)subject, strlen(subject), 0, 0, match, context) < 0)
		return false;
	if (groups)
		take_groups(code, match, groups);
	return true;
}

/* The template with each ${name} replaced. Owned by the caller. */
static char *fill(const char *template, const struct facts *groups)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	while (*template) {
		const char *end = strncmp(template, "${", 2) != 0 ? NULL : strchr(template, '}');

		if (end) {
			CLEANUP(free_ptr)
			char *name = xstrndup(template + 2, (size_t)(end - template) - 2);
			const char *value = facts_get(groups, name);

			buf_add_str(&b, value ? value : "");
			template = end + 1;
		} else {
			buf_add_char(&b, *template++);
		}
	}
	return xstrdup(buf_str(&b));
}

static void set_filled(struct facts *f, const char *key, const char *template,
		       const struct facts *groups, const char *evidence)
{
	CLEANUP(free_ptr) char *value = fill(template, groups);

	facts_set(f, key, value, evidence);
}

static void set_version(const char *distribution, struct facts *groups)
{
	for (size_t i = 0; i < COUNT(version_rules) && !facts_get(groups, "version"); i++) {
		if (strcmp(version_rules[i].distribution, distribution) != 0)
			continue;
		set_filled(groups, "version", version_rules[i].version, groups, NULL);
		set_filled(groups, "plain", version_rules[i].plain, groups, NULL);
	}
}

/* Reads the banner into groups. Returns the distribution, or NULL when no rule fits. */
static const char *read_banner(const char *banner, struct facts *groups)
{
	if (strlen(banner) > BANNER_MAX)
		return NULL;
	for (size_t i = 0; i < COUNT(banner_rules); i++) {
		if (!fits(banner_rules[i].pattern, banner, groups))
			continue;
		set_version(banner_rules[i].distribution, groups);
		return banner_rules[i].distribution;
	}
	return NULL;
}

static struct err *unknown_kernel(const char *banner)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	escape_text(&text, banner, strnlen(banner, 200));
	return err_new(ERR_ABSENT, "the banner names no package of Debian or Ubuntu: \"%s\"; " HAND,
		       buf_str(&text));
}

static void set_config(const char *distribution, const char *subject, const struct facts *groups,
		       struct facts *source)
{
	for (size_t i = 0; i < COUNT(config_rules); i++) {
		const struct config_rule *rule = &config_rules[i];
		CLEANUP(free_ptr) char *file = NULL;

		if (strcmp(rule->distribution, distribution) != 0 || !fits(rule->pattern, subject, NULL))
			continue;
		set_filled(source, "config_package", rule->package, groups, NULL);
		set_filled(source, "config_version", "${version}", groups, NULL);
		file = xasprintf("%s_%s_amd64.deb", facts_get(source, "config_package"),
				 facts_get(source, "config_version"));
		facts_set(source, "config_file", file, NULL);
		set_filled(source, "config_member", rule->member, groups, NULL);
		if (rule->featureset)
			facts_set(source, "featureset", rule->featureset, NULL);
		return;
	}
}

static void set_package(const char *distribution, const char *subject, const struct facts *groups,
			struct facts *source)
{
	const struct source_rule *rule = source_rules;
	CLEANUP(free_ptr) char *dsc = NULL, *file = NULL;

	while (strcmp(rule->distribution, distribution) != 0 || !fits(rule->pattern, subject, NULL))
		rule++;
	set_filled(source, "source", rule->source, groups, NULL);
	if (rule->other)
		set_filled(source, "other_source", rule->other, groups, NULL);
	dsc = xasprintf("%s_%s.dsc", facts_get(source, "source"), facts_get(source, "version"));
	facts_set(source, "dsc", dsc, NULL);
	if (rule->package) {
		set_filled(source, "package", rule->package, groups, NULL);
		file = xasprintf("%s_%s_all.deb", facts_get(source, "package"), facts_get(source, "version"));
	}
	facts_set(source, "file", file ? file : dsc, NULL);
}

struct err *resolve_source(const struct facts *kernel, struct facts *source)
{
	CLEANUP(facts_freep) struct facts *groups = facts_new();
	CLEANUP(free_ptr) char *subject = NULL;
	const char *banner, *known = facts_get(kernel, "package_version"), *distribution, *version;
	struct err *e = facts_str(kernel, "banner", &banner);

	if (e)
		return e;
	distribution = read_banner(banner, groups);
	if (!distribution)
		return unknown_kernel(banner);
	version = facts_get(groups, "version");
	if (known && strcmp(known, version) != 0)
		return err_new(ERR_DATA, "the banner says package version %s, package_version %s",
			       version, known);
	facts_set(source, "distribution", distribution, "banner");
	facts_set(source, "version", version, "banner");
	facts_set(source, "flavour", facts_get(groups, "flavour"), "banner");
	subject = xasprintf("%s %s", facts_get(groups, "flavour"), version);
	set_config(distribution, subject, groups, source);
	set_package(distribution, subject, groups, source);
	return NULL;
}
