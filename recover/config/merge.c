#include "recover/config/merge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/search.h"

#define NOT_THERE SIZE_MAX
#define LIKENESS_SLACK 20 /* options that may differ, however few the text has */

const char *config_origin_name(enum config_origin origin)
{
	static const char *const names[] = {
		[CONFIG_ORIGIN_IKCONFIG] = "ikconfig",
		[CONFIG_ORIGIN_TEXT] = "text",
		[CONFIG_ORIGIN_PACKAGE] = "package",
	};

	return names[origin];
}

void config_merge_deinit(struct config_merge *m)
{
	free(m->choices);
	free(m->left_out);
	free(m->lost);
	*m = (struct config_merge){ 0 };
}

/* An option of the package that goes before text option `before`. */
struct insertion {
	size_t before, package;
};

struct merger {
	const struct config_file *text, *package;
	struct insertion *insertions; /* sorted; owned */
	size_t count;
};

static void merger_deinit(struct merger *m)
{
	free(m->insertions);
}

static int compare_insertion(const void *a, const void *b)
{
	const struct insertion *x = a, *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return (x->package > y->package) - (x->package < y->package);
}

static size_t index_of(const struct config_file *f, const char *name)
{
	const struct config_option *o = config_file_find(f, name);

	return o ? (size_t)(o - f->options) : NOT_THERE;
}

/* The first gap whose `before` lies in [from, to], or NOT_THERE. */
static size_t gap_between(const struct config_file *text, size_t from, size_t to)
{
	size_t at = search_first(i, text->gap_count, text->gaps[i].before >= from);

	return at < text->gap_count && text->gaps[at].before <= to ? text->gaps[at].before : NOT_THERE;
}

/* Finds, for each option that only the package has, the gap of the text that it belongs into: a gap
 * between the nearest options before and behind it that both have. */
static void place_package(struct merger *m, struct config_merge *ret)
{
	const struct config_file *text = m->text, *package = m->package;
	CLEANUP(free_ptr) size_t *after = xcalloc(package->count + 1, sizeof(*after));
	size_t before = 0; /* options of the text up to the nearest common one in front */

	after[package->count] = text->count;
	for (size_t i = package->count; i--;) {
		size_t at = index_of(text, package->options[i].name);

		after[i] = at == NOT_THERE ? after[i + 1] : at;
	}
	m->insertions = xcalloc(package->count, sizeof(*m->insertions));
	ret->left_out = xcalloc(package->count, sizeof(*ret->left_out));
	for (size_t i = 0; i < package->count; i++) {
		size_t at = index_of(text, package->options[i].name), behind = after[i], gap;

		if (at != NOT_THERE) {
			before = at + 1;
			continue;
		}
		gap = before <= behind ? gap_between(text, before, behind) :
					 gap_between(text, behind, before);
		if (gap == NOT_THERE)
			ret->left_out[ret->left_out_count++] = package->options[i].name;
		else
			m->insertions[m->count++] = (struct insertion){ gap, i };
	}
	qsort(m->insertions, m->count, sizeof(*m->insertions), compare_insertion);
}

static void choose_package(struct config_merge *ret, const struct config_option *o,
			   const char *why)
{
	ret->choices[ret->count++] = (struct config_choice){
		o->name, o->value, CONFIG_ORIGIN_PACKAGE, o->line, NULL, why
	};
	ret->from_package++;
}

static void choose_text(struct config_merge *ret, const struct config_option *o,
			const struct config_option *other, enum config_origin origin)
{
	bool differs = other && strcmp(other->value, o->value) != 0;

	ret->choices[ret->count++] = (struct config_choice){
		o->name, o->value, origin, o->line, differs ? other->value : NULL, NULL
	};
	ret->from_text++;
	ret->differing += differs;
}

static void merge_both(const struct merger *m, enum config_origin origin, struct config_merge *ret)
{
	size_t inserted = 0;

	for (size_t i = 0; i <= m->text->count; i++) {
		const struct config_option *o, *other = NULL;

		while (inserted < m->count && m->insertions[inserted].before == i)
			choose_package(ret,
				       &m->package->options[m->insertions[inserted++].package],
				       "not in the text");
		if (i == m->text->count)
			break;
		o = &m->text->options[i];
		if (m->package)
			other = config_file_find(m->package, o->name);
		if (!o->contradicted)
			choose_text(ret, o, other, origin);
		else if (other)
			choose_package(ret, other, "the text contradicts itself");
	}
}

/* Finds options that the text names without a usable value and that the package does not have. */
static void find_lost(const struct config_file *text, const struct config_file *package,
		      struct config_merge *ret)
{
	ret->lost = xcalloc(text->problem_count, sizeof(*ret->lost));
	for (size_t i = 0; i < text->problem_count; i++) {
		const char *name = text->problems[i].name;
		const struct config_option *o = name ? config_file_find(text, name) : NULL;

		if (name && (!o || o->contradicted) &&
		    !(package && config_file_find(package, name)))
			ret->lost[ret->lost_count++] = name;
	}
}

/* Checks that the text is whole, where there is no package. */
static struct err *check_alone(const struct config_file *text)
{
	size_t gaps = 0;

	for (size_t i = 0; i < text->gap_count; i++)
		gaps += text->gaps[i].why != NULL;
	for (size_t i = 0; i < text->problem_count; i++)
		gaps += text->problems[i].kind == CONFIG_PROBLEM_BAD;
	if (gaps)
		return err_new(ERR_DATA,
			       "the text has %zu gaps, and there is no packaged config to fill"
			       " them from",
			       gaps);
	return NULL;
}

static struct err *check_package(const struct config_file *package)
{
	for (size_t i = 0; i < package->count; i++)
		if (package->options[i].contradicted)
			return err_new(ERR_DATA, "the packaged config contradicts itself: CONFIG_%s",
				       package->options[i].name);
	return NULL;
}

/* A package that differs in more than one option in twenty may not fill gaps. */
static struct err *check_likeness(const struct config_file *text, const struct config_file *package,
				  const struct config_merge *m)
{
	size_t unlike = m->differing + m->left_out_count;

	for (size_t i = 0; i < text->count; i++)
		unlike += !config_file_find(package, text->options[i].name);
	if (!m->from_package || unlike <= LIKENESS_SLACK || unlike <= m->from_text / 20)
		return NULL;
	return err_new(ERR_DATA,
		       "the packaged config is of another kernel or flavour: %zu of its options are"
		       " not what memory has, so it cannot fill the text's gaps",
		       unlike);
}

struct err *config_merge(const struct config_file *text, const struct config_file *package,
			 struct config_merge *ret)
{
	CLEANUP(merger_deinit) struct merger m = { .text = text, .package = package };
	enum config_origin origin = CONFIG_ORIGIN_TEXT;
	struct err *e;

	*ret = (struct config_merge){ 0 };
	e = package ? check_package(package) : check_alone(text);
	if (e)
		return e;
	ret->choices = xcalloc((text ? text->count : 0) + (package ? package->count : 0),
			       sizeof(*ret->choices));
	for (size_t i = 0; !text && i < package->count; i++)
		choose_package(ret, &package->options[i], "no text");
	if (!text)
		return NULL;
	if (text->first_line && strstr(text->first_line, "ikconfig"))
		origin = CONFIG_ORIGIN_IKCONFIG;
	if (package)
		place_package(&m, ret);
	merge_both(&m, origin, ret);
	find_lost(text, package, ret);
	return package ? check_likeness(text, package, ret) : NULL;
}

void config_merge_format(const struct config_merge *m, const char *version, struct buf *b)
{
	buf_add_str(b, "#\n# Automatically generated file; DO NOT EDIT.\n");
	if (version)
		buf_addf(b, "# Linux/x86 %s Kernel Configuration\n", version);
	buf_add_str(b, "#\n");
	for (size_t i = 0; i < m->count; i++)
		config_option_format(m->choices[i].name, m->choices[i].value, b);
}

void config_merge_format_origin(const struct config_merge *m, struct buf *b)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct config_choice *c = &m->choices[i];

		buf_addf(b, "CONFIG_%s\t%s\t%s\tline %zu", c->name, c->value,
			 config_origin_name(c->origin), c->line);
		if (c->other)
			buf_addf(b, "; package has %s", c->other);
		if (c->why)
			buf_addf(b, "; %s", c->why);
		buf_add_char(b, '\n');
	}
}

static void report_names(struct buf *b, const char *what, const char *const *names, size_t count)
{
	if (!count)
		return;
	buf_addf(b, "config: %s (%zu):\n", what, count);
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "\tCONFIG_%s\n", names[i]);
}

static void report_package(const struct config_merge *m, struct buf *b)
{
	if (!m->from_text || !m->from_package)
		return;
	buf_addf(b, "config: not known from memory, taken from the package (%zu):\n",
		 m->from_package);
	for (size_t i = 0; i < m->count; i++) {
		const struct config_choice *c = &m->choices[i];

		if (c->origin != CONFIG_ORIGIN_PACKAGE)
			continue;
		buf_addf(b, "\tCONFIG_%s=%s\n", c->name, c->value);
	}
}

static void report_differing(const struct config_merge *m, struct buf *b)
{
	if (!m->differing)
		return;
	buf_addf(b, "config: different in the package, the memory's value is kept (%zu):\n",
		 m->differing);
	for (size_t i = 0; i < m->count; i++)
		if (m->choices[i].other)
			buf_addf(b, "\tCONFIG_%s=%s, package has %s\n", m->choices[i].name,
				 m->choices[i].value, m->choices[i].other);
}

void config_merge_report(const struct config_merge *m, struct buf *b)
{
	buf_addf(b, "config: %zu options: %zu from memory, %zu from the package\n", m->count,
		 m->from_text, m->from_package);
	if (!m->from_text)
		buf_add_str(b, "config: nothing from memory: every value is the package's\n");
	report_package(m, b);
	report_differing(m, b);
	report_names(b, "only in the package, and the text is whole there: left out",
		     m->left_out, m->left_out_count);
	report_names(b, "named in memory with a value that is not safe or not sure: left out",
		     m->lost, m->lost_count);
}
