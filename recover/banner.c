#include "recover/banner.h"

#include <string.h>

#include "base/buf.h"
#include "recover/pattern.h"

/* release, compiler, and what is behind the # */
#define BANNER_REGEX \
	"\\A(Linux version ([\\x21-\\x7e]+) \\((?:[^()]|\\([^()]*\\))*\\) \\(([\\x20-\\x7e]*)\\) #([\\x20-\\x7e]+))\\z"

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

static bool match_text(const char *regex, const char *text, struct pattern_match *match)
{
	CLEANUP(pattern_freep) struct pattern *p = pattern_new(regex);

	return pattern_find(p, text, strlen(text), 0, match);
}

/* The package of "4.15.0-74-generic" and upload "84": 4.15.0-74.84. */
static char *ubuntu_version(const char *release, const char *upload, size_t upload_size)
{
	struct pattern_match match;

	if (!match_text("\\A(\\d[\\d.]*-\\d+)-[a-z]", release, &match))
		return NULL;
	return xasprintf("%.*s.%.*s", (int)match.group[1].size, match.group[1].text,
			 (int)upload_size, upload);
}

/* build: what is behind the #. */
static void find_distribution(struct banner *b, const char *build)
{
	struct pattern_match match;

	b->distribution = "unknown";
	if (match_text(" Debian (\\d[\\w.+~:-]*) \\(\\d{4}-\\d\\d-\\d\\d\\)\\z", build, &match)) {
		b->distribution = "debian";
		b->package_version = group_copy(&match, 1);
	} else if (match_text("\\(Ubuntu (\\d[\\d.]*-\\d+\\.\\d[\\w.+~]*)-[a-z][\\w-]* [\\d.]+\\)\\z",
			      build, &match)) {
		b->distribution = "ubuntu";
		b->package_version = group_copy(&match, 1);
	} else if (match_text("\\A(\\d[\\w.+~]*)-Ubuntu\\b", build, &match)) {
		b->distribution = "ubuntu";
		b->package_version = ubuntu_version(b->release, match.group[1].text,
						    match.group[1].size);
	}
}

struct err *banner_parse(const char *text, size_t size, struct banner *ret)
{
	CLEANUP(pattern_freep) struct pattern *shape = pattern_new(BANNER_REGEX);
	CLEANUP(free_ptr) char *build = NULL;
	struct pattern_match match;
	size_t length = strnlen(text, size < BANNER_MAX ? size : BANNER_MAX);
	const char *newline = memchr(text, '\n', length);

	length = newline ? (size_t)(newline - text) : length;
	if (length == BANNER_MAX)
		return err_new(ERR_DATA, "banner: no end within %u bytes", BANNER_MAX);
	if (!pattern_find(shape, text, length, 0, &match))
		return err_new(ERR_DATA, "banner: expected \"Linux version RELEASE (BUILDER) "
			       "(COMPILER) #NUMBER ...\"");
	*ret = (struct banner){ group_copy(&match, 1), group_copy(&match, 2),
				group_copy(&match, 3), NULL, NULL };
	build = group_copy(&match, 4);
	find_distribution(ret, build);
	return NULL;
}
