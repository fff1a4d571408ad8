#include "recover/parse/banner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "recover/parse/pattern.h"

/* Groups: the whole line, release, compiler, and what follows the #. All of it is printable. */
#define TEXT "[\\x20-\\x7e]"
#define NO_BRACKETS "[\\x20-\\x27\\x2a-\\x7e]" /* TEXT but for ( and ) */
#define BANNER_REGEX \
	"\\A(Linux version ([\\x21-\\x7e]+) \\((?:" NO_BRACKETS "++|\\(" NO_BRACKETS \
	"*+\\))*+\\) \\((" TEXT "*)\\) #(" TEXT "+))\\z"

void banner_deinit(struct banner *b)
{
	free(b->text);
	free(b->release);
	free(b->compiler);
	free(b->package_version);
	*b = (struct banner){ 0 };
}

static char *group_copy(const struct pattern_match *match, unsigned int i)
{
	return xstrndup(match->group[i].text, match->group[i].size);
}

static struct err *match_text(const char *regex, const char *text, size_t size,
			      struct pattern_match *match, bool *ret)
{
	CLEANUP(pattern_freep) struct pattern *p = NULL;
	struct err *e = pattern_new(regex, &p);

	*ret = !e && pattern_find(p, text, size, 0, match);
	return e;
}

/* The package of "4.15.0-74-generic" and upload "84": 4.15.0-74.84. */
static struct err *ubuntu_version(const char *release, const char *upload, char **ret)
{
	struct pattern_match match;
	bool found;
	struct err *e = match_text("\\A(\\d[\\d.]*-\\d+)-[a-z]", release, strlen(release), &match,
				   &found);

	if (!e && found)
		*ret = xasprintf("%.*s.%s", (int)match.group[1].size, match.group[1].text, upload);
	return e;
}

/* What distributions write behind the #. Group 1 is the package's version. */
static const struct {
	const char *regex, *distribution;
	bool upload; /* group 1 is the upload number alone */
} forms[] = {
	{ " Debian (\\d[\\w.+~:-]*) \\(\\d{4}-\\d\\d-\\d\\d\\)\\z", "debian", false },
	{ "\\(Ubuntu (\\d[\\d.]*-\\d+\\.\\d[\\w.+~]*)-[a-z][\\w-]* [\\d.]+\\)\\z", "ubuntu", false },
	{ "\\A(\\d[\\w.+~]*)-Ubuntu\\b", "ubuntu", true },
};

static struct err *find_distribution(struct banner *b, const char *build, size_t size)
{
	b->distribution = "unknown";
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		CLEANUP(free_ptr) char *version = NULL;
		struct pattern_match match;
		bool found;
		struct err *e = match_text(forms[i].regex, build, size, &match, &found);

		if (e)
			return e;
		if (!found)
			continue;
		b->distribution = forms[i].distribution;
		version = group_copy(&match, 1);
		if (forms[i].upload)
			return ubuntu_version(b->release, version, &b->package_version);
		b->package_version = TAKE(version);
		return NULL;
	}
	return NULL;
}

struct err *banner_parse(const char *text, size_t size, struct banner *ret)
{
	CLEANUP(banner_deinit) struct banner b = { .text = NULL };
	struct pattern_match match;
	size_t length = strnlen(text, size < BANNER_MAX ? size : BANNER_MAX);
	const char *newline = memchr(text, '\n', length);
	struct err *e;
	bool found;

	length = newline ? (size_t)(newline - text) : length;
	if (length == BANNER_MAX)
		return err_new(ERR_DATA, "banner: no end within %u bytes", BANNER_MAX);
	e = match_text(BANNER_REGEX, text, length, &match, &found);
	if (e)
		return e;
	if (!found)
		return err_new(ERR_DATA, "banner: expected \"Linux version RELEASE (BUILDER) "
			       "(COMPILER) #NUMBER ...\"");
	b = (struct banner){ group_copy(&match, 1), group_copy(&match, 2), group_copy(&match, 3),
			     NULL, NULL };
	e = find_distribution(&b, match.group[4].text, match.group[4].size);
	if (e)
		return e;
	*ret = b;
	b = (struct banner){ .text = NULL };
	return NULL;
}
