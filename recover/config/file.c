#include "recover/config/file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/search.h"
#include "base/vec.h"

#define GAP "# gap:"

static bool has_prefix(const char *text, size_t size, const char *prefix)
{
	size_t n = strlen(prefix);

	return size >= n && !memcmp(text, prefix, n);
}

/* The first line of a text that farwalk wrote. */
static bool is_own_line(const char *line, size_t size)
{
	return size <= CONFIG_LINE_MAX && has_prefix(line, size, "# farwalk ") &&
	       config_line_printable(line, size);
}

static void add_problem(struct config_file *f, enum config_problem_kind kind, size_t line,
			const char *name, size_t name_size)
{
	f->problem_total++;
	if (f->problem_count == CONFIG_PROBLEMS_MAX)
		return;
	*vec_add(f->problems, f->problem_count, f->problem_capacity) = (struct config_problem){
		kind, line, name ? xstrndup(name, name_size) : NULL
	};
}

/* why: owned by f from here on. */
static void add_gap(struct config_file *f, char *why)
{
	*vec_add(f->gaps, f->gap_count, f->gap_capacity) = (struct config_gap){ f->count, why };
}

/* "# gap: WHY", which farwalk wrote where text is missing. */
static bool read_gap(struct config_file *f, const char *line, size_t size)
{
	size_t start = strlen(GAP);

	if (!has_prefix(line, size, GAP) || !config_line_printable(line + start, size - start))
		return false;
	while (start < size && line[start] == ' ')
		start++;
	add_gap(f, xstrndup(line + start, size - start));
	return true;
}

static void add_line(struct config_file *f, const char *line, size_t size, size_t number)
{
	struct config_line l = config_line_lex(line, size);
	const char *version;
	size_t version_size;

	switch (l.kind) {
	case CONFIG_LINE_BLANK:
		break;
	case CONFIG_LINE_COMMENT:
		if (!f->version && config_line_version(line, size, &version, &version_size))
			f->version = xstrndup(version, version_size);
		break;
	case CONFIG_LINE_SET:
	case CONFIG_LINE_NOT_SET:
		*vec_add(f->options, f->count, f->capacity) = (struct config_option){
			xstrndup(l.name, l.name_size), xstrndup(l.value, l.value_size), number, false
		};
		break;
	case CONFIG_LINE_UNSAFE:
		add_problem(f, CONFIG_PROBLEM_UNSAFE, number, l.name, l.name_size);
		add_gap(f, NULL);
		break;
	case CONFIG_LINE_BAD:
		if (number == 1 && is_own_line(line, size)) {
			f->first_line = xstrndup(line, size);
		} else if (!read_gap(f, line, size)) {
			add_problem(f, CONFIG_PROBLEM_BAD, number, NULL, 0);
			add_gap(f, NULL);
		}
		break;
	}
}

static int compare_names(const void *a, const void *b, void *arg)
{
	const struct config_option *options = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	int order = strcmp(options[i].name, options[j].name);

	return order ? order : (i > j) - (i < j);
}

static void sort_names(struct config_file *f)
{
	free(f->by_name);
	f->by_name = xmalloc(f->count * sizeof(*f->by_name));
	for (size_t i = 0; i < f->count; i++)
		f->by_name[i] = i;
	qsort_r(f->by_name, f->count, sizeof(*f->by_name), compare_names, f->options);
}

/* Marks the second and later options of one name by taking their name away. Returns how many. */
static size_t mark_repeated(struct config_file *f)
{
	struct config_option *first = NULL;
	size_t repeated = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct config_option *o = &f->options[f->by_name[i]];

		if (!first || strcmp(first->name, o->name) != 0) {
			first = o;
			continue;
		}
		repeated++;
		if (strcmp(first->value, o->value) != 0) {
			first->contradicted = true;
			add_problem(f, CONFIG_PROBLEM_CONTRADICTION, o->line, o->name,
				    strlen(o->name));
		}
		free(o->name);
		free(o->value);
		o->name = NULL;
	}
	return repeated;
}

/* Removes the options without a name; gaps keep their places between the others. */
static void drop_marked(struct config_file *f)
{
	size_t kept = 0, gap = 0;

	for (size_t i = 0; i < f->count; i++) {
		for (; gap < f->gap_count && f->gaps[gap].before == i; gap++)
			f->gaps[gap].before = kept;
		if (f->options[i].name)
			f->options[kept++] = f->options[i];
	}
	for (; gap < f->gap_count; gap++)
		f->gaps[gap].before = kept;
	f->count = kept;
}

struct err *config_file_parse(const void *text, size_t size, struct config_file *ret)
{
	const char *p = text, *end = p + size;

	*ret = (struct config_file){ 0 };
	if (size > CONFIG_FILE_MAX)
		return err_new(ERR_DATA, "config of %zu bytes, more than %u", size,
			       CONFIG_FILE_MAX);
	if (size && memchr(text, '\0', size))
		return err_new(ERR_DATA, "config has a NUL byte");
	for (size_t number = 1; p < end; number++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		if (!stop)
			return err_new(ERR_DATA, "line %zu: the last line is cut off", number);
		add_line(ret, p, (size_t)(stop - p), number);
		p = stop + 1;
	}
	sort_names(ret);
	if (mark_repeated(ret)) {
		drop_marked(ret);
		sort_names(ret);
	}
	return NULL;
}

struct err *config_file_read(const char *path, struct config_file *ret)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e;

	*ret = (struct config_file){ 0 };
	e = file_read(path, CONFIG_FILE_MAX, &text);
	if (e)
		return e;
	return err_in(config_file_parse(buf_str(&text), text.size, ret), "%s", path);
}

void config_file_deinit(struct config_file *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->options[i].name);
		free(f->options[i].value);
	}
	for (size_t i = 0; i < f->problem_count; i++)
		free(f->problems[i].name);
	for (size_t i = 0; i < f->gap_count; i++)
		free(f->gaps[i].why);
	free(f->options);
	free(f->problems);
	free(f->gaps);
	free(f->version);
	free(f->first_line);
	free(f->by_name);
	*f = (struct config_file){ 0 };
}

const struct config_option *config_file_find(const struct config_file *f, const char *name)
{
	size_t at = search_first(i, f->count, strcmp(f->options[f->by_name[i]].name, name) >= 0);
	const struct config_option *o = at < f->count ? &f->options[f->by_name[at]] : NULL;

	return o && !strcmp(o->name, name) ? o : NULL;
}

const char *config_file_conflict(const struct config_file *a, const struct config_file *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct config_option *o = config_file_find(b, a->options[i].name);

		if (o && strcmp(o->value, a->options[i].value) != 0)
			return o->name;
	}
	return NULL;
}

void config_option_format(const char *name, const char *value, struct buf *b)
{
	if (!strcmp(value, "n"))
		buf_addf(b, "# CONFIG_%s is not set\n", name);
	else
		buf_addf(b, "CONFIG_%s=%s\n", name, value);
}
