#include "kernel-src/kconfig/dotconfig.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/search.h"
#include "base/vec.h"

#define DOTCONFIG_MAX (16u << 20)

static const char prefix[] = "CONFIG_";
static const char comment[] = "# CONFIG_", not_set[] = " is not set";

static size_t name_size(const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && ((text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= 'a' && text[n] <= 'z') ||
			    (text[n] >= '0' && text[n] <= '9') || text[n] == '_'))
		n++;
	return n;
}

/* `# CONFIG_X is not set`; false: another comment. */
static bool parse_not_set(const char *text, size_t size, struct dotconfig_line *line)
{
	size_t start = strlen(comment), n;

	if (size < start || memcmp(text, comment, start) != 0)
		return false;
	n = name_size(text + start, size - start);
	if (!n || size - start - n != strlen(not_set) ||
	    memcmp(text + start + n, not_set, strlen(not_set)) != 0)
		return false;
	*line = (struct dotconfig_line){ text + start, n, "n", 1 };
	return true;
}

/* `CONFIG_X=value` */
static bool parse_set(const char *text, size_t size, struct dotconfig_line *line)
{
	size_t start = strlen(prefix), n;

	if (size <= start || memcmp(text, prefix, start) != 0)
		return false;
	n = name_size(text + start, size - start);
	if (!n || size == start + n || text[start + n] != '=')
		return false;
	*line = (struct dotconfig_line){ text + start, n, text + start + n + 1,
					 size - start - n - 1 };
	return true;
}

enum dotconfig_kind dotconfig_next(const char **text, const char *end, struct dotconfig_line *line)
{
	while (*text < end) {
		const char *start = *text, *stop = memchr(start, '\n', (size_t)(end - start));
		size_t size = (size_t)((stop ? stop : end) - start);

		*text = stop ? stop + 1 : end;
		if (size && start[size - 1] == '\r')
			size--;
		if (!size)
			continue;
		if (*start == '#') {
			if (parse_not_set(start, size, line))
				return DOTCONFIG_OPTION;
			continue;
		}
		if (parse_set(start, size, line))
			return DOTCONFIG_OPTION;
		*line = (struct dotconfig_line){ start, size, "", 0 };
		return DOTCONFIG_BAD;
	}
	return DOTCONFIG_END;
}

struct pair {
	char *name, *value;
	size_t order;
};

struct dotconfig {
	struct pair *pairs;
	size_t count, capacity;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

/* By name, the last line about each name alone. */
static void dotconfig_sort(struct dotconfig *c)
{
	size_t kept = 0;

	if (c->count)
		qsort(c->pairs, c->count, sizeof(*c->pairs), compare_pairs);
	for (size_t i = 0; i < c->count; i++) {
		if (i + 1 < c->count && !strcmp(c->pairs[i].name, c->pairs[i + 1].name)) {
			free(c->pairs[i].name);
			free(c->pairs[i].value);
		} else {
			c->pairs[kept++] = c->pairs[i];
		}
	}
	c->count = kept;
}

struct err *dotconfig_read(const char *path, struct dotconfig **ret)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	CLEANUP(dotconfig_freep) struct dotconfig *c = xcalloc(1, sizeof(*c));
	struct err *e = file_read(path, DOTCONFIG_MAX, &text);
	const char *at = buf_str(&text), *end = at + text.size;
	struct dotconfig_line line;
	enum dotconfig_kind kind;

	if (e)
		return e;
	while ((kind = dotconfig_next(&at, end, &line)) != DOTCONFIG_END) {
		size_t order = c->count;

		if (kind == DOTCONFIG_OPTION)
			*vec_add(c->pairs, c->count, c->capacity) = (struct pair){
				xstrndup(line.name, line.name_size),
				xstrndup(line.value, line.value_size), order
			};
	}
	dotconfig_sort(c);
	*ret = TAKE(c);
	return NULL;
}

void dotconfig_free(struct dotconfig *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->pairs[i].name);
		free(c->pairs[i].value);
	}
	free(c->pairs);
	free(c);
}

size_t dotconfig_count(const struct dotconfig *c)
{
	return c->count;
}

void dotconfig_at(const struct dotconfig *c, size_t i, const char **name, const char **value)
{
	*name = c->pairs[i].name;
	*value = c->pairs[i].value;
}

const char *dotconfig_get(const struct dotconfig *c, const char *name)
{
	size_t at = search_first(i, c->count, strcmp(c->pairs[i].name, name) >= 0);

	return at < c->count && !strcmp(c->pairs[at].name, name) ? c->pairs[at].value : NULL;
}
