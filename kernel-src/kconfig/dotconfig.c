#include "kernel-src/kconfig/dotconfig.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"

#define DOTCONFIG_MAX (16u << 20)

static const char not_set[] = " is not set";

static size_t name_size(const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && ((text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= 'a' && text[n] <= 'z') ||
			    (text[n] >= '0' && text[n] <= '9') || text[n] == '_'))
		n++;
	return n;
}

/* 1 when the line [text, text + size) sets an option, 0 when it says nothing, -1 else. */
static int parse_line(const char *text, size_t size, struct dotconfig_line *line)
{
	size_t start, n;

	if (size >= 9 && !memcmp(text, "# CONFIG_", 9)) {
		start = 9;
		n = name_size(text + start, size - start);
		if (!n || size - start - n != strlen(not_set) ||
		    memcmp(text + start + n, not_set, strlen(not_set)) != 0)
			return 0;
		*line = (struct dotconfig_line){ text + start, n, "n", 1 };
		return 1;
	}
	if (!size || *text == '#')
		return 0;
	start = 7;
	n = size > start && !memcmp(text, "CONFIG_", start) ? name_size(text + start, size - start)
							    : 0;
	if (!n || size == start + n || text[start + n] != '=') {
		*line = (struct dotconfig_line){ text, size, "", 0 };
		return -1;
	}
	*line = (struct dotconfig_line){ text + start, n, text + start + n + 1,
					 size - start - n - 1 };
	return 1;
}

int dotconfig_next(const char **text, const char *end, struct dotconfig_line *line)
{
	while (*text < end) {
		const char *start = *text, *stop = memchr(start, '\n', (size_t)(end - start));
		size_t size = (size_t)((stop ? stop : end) - start);
		int kind;

		*text = stop ? stop + 1 : end;
		if (size && start[size - 1] == '\r')
			size--;
		kind = parse_line(start, size, line);
		if (kind)
			return kind;
	}
	return 0;
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
	int kind;

	if (e)
		return e;
	while ((kind = dotconfig_next(&at, end, &line)) != 0) {
		if (kind < 0)
			continue;
		if (c->count == c->capacity) {
			c->capacity = c->capacity ? 2 * c->capacity : 4096;
			c->pairs = xrealloc(c->pairs, c->capacity, sizeof(*c->pairs));
		}
		c->pairs[c->count] = (struct pair){ xstrndup(line.name, line.name_size),
						    xstrndup(line.value, line.value_size), c->count };
		c->count++;
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
	size_t low = 0, high = c->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, c->pairs[middle].name);

		if (!order)
			return c->pairs[middle].value;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

void dotconfig_format(struct buf *b, const char *name, const char *value)
{
	if (!strcmp(value, "n"))
		buf_addf(b, "# CONFIG_%s is not set\n", name);
	else
		buf_addf(b, "CONFIG_%s=%s\n", name, value);
}
