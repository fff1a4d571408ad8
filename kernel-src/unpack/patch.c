#include "kernel-src/unpack/patch.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "kernel-src/unpack/patch_set.h"

#define ORIGINS_MAX 32	   /* a file renamed from one that was renamed from ... */
#define SEARCH_MAX 10000   /* lines that a piece may have moved by */
#define WORK_MAX UINT64_C(400000000) /* lines compared */

struct patch_set *patch_set_new(void)
{
	return xcalloc(1, sizeof(struct patch_set));
}

static void free_patched(void *element)
{
	struct patched *f = element;

	buf_deinit(&f->base);
	free(f->steps);
}

void patch_set_free(struct patch_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->text_count; i++) {
		buf_deinit(&set->texts[i].text);
		free(set->texts[i].name);
	}
	table_deinit(&set->files, free_patched);
	free(set->texts);
	free(set->pieces);
	free(set);
}

void patch_set_partial(struct patch_set *set)
{
	set->partial = true;
}

static struct patched *find_file(const struct patch_set *set, const char *path)
{
	return table_find(&set->files, path, strlen(path));
}

struct line {
	const char *text;
	size_t size; /* with its newline, if it has one */
};

struct lines {
	struct line *lines;
	size_t count, capacity;
};

static void free_lines(struct lines *l)
{
	free(l->lines);
}

static struct lines split(const char *text, size_t size)
{
	struct lines l = { NULL, 0, 0 };

	for (const char *end = text + size; text < end;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline + 1 : end) - text);

		*vec_add(l.lines, l.count, l.capacity) = (struct line){ text, n };
		text += n;
	}
	return l;
}

/* The next line of a piece; false at its end. */
static bool piece_line(const struct piece *p, size_t *at, char *sign, struct line *ret)
{
	const char *text = p->body + *at, *newline;
	size_t left = p->size - *at, n;

	if (!left)
		return false;
	newline = memchr(text, '\n', left);
	n = newline ? (size_t)(newline - text) + 1 : left;
	*at += n;
	if (*text == '\n') {
		*sign = ' '; /* an empty line of context that lost its blank */
		*ret = (struct line){ text, 1 };
	} else {
		*sign = *text;
		*ret = (struct line){ text + 1, n - 1 };
	}
	if (*at < p->size && p->body[*at] == '\\') {
		newline = memchr(p->body + *at, '\n', p->size - *at);
		*at = newline ? (size_t)(newline - p->body) + 1 : p->size;
		ret->size -= ret->size > 0;
	}
	return true;
}

static bool piece_fits(struct patch_set *set, const struct piece *p, const struct lines *l, size_t pos)
{
	struct line line;
	size_t at = 0;
	char sign;

	if (pos > l->count || p->old_count > l->count - pos)
		return false;
	while (piece_line(p, &at, &sign, &line)) {
		if (sign == '+')
			continue;
		set->work++;
		if (pos == l->count || l->lines[pos].size != line.size || memcmp(l->lines[pos].text, line.text, line.size) != 0)
			return false;
		pos++;
	}
	return true;
}

/* Whether a piece fits only at the beginning of a file, or only at its end. A diff shows as much context on one side
 * of a change as on the other, unless the file begins or ends there: that, too, has to be so (as in patch). */
static bool is_anchored(const struct piece *p, bool *at_end)
{
	size_t before = 0, after = 0, at = 0;
	bool changed = false;
	struct line line;
	char sign;

	while (piece_line(p, &at, &sign, &line)) {
		changed |= sign != ' ';
		before += !changed;
		after = sign == ' ' ? after + changed : 0;
	}
	*at_end = after < before;
	return p->old_count && (*at_end || (before < after && p->old_start <= 1));
}

/* The place nearest to the expected one where the piece fits, not before line `from`. */
static struct err *find_piece(struct patch_set *set, const struct piece *p, const struct lines *l, size_t from,
			      size_t expected, size_t *ret)
{
	bool at_end, anchored = is_anchored(p, &at_end);

	if (anchored) {
		*ret = at_end && p->old_count <= l->count ? l->count - p->old_count : 0;
		if (*ret >= from && piece_fits(set, p, l, *ret))
			return NULL;
	}
	for (size_t d = 0; !anchored && d <= SEARCH_MAX && (d <= expected || expected + d <= l->count); d++) {
		if (set->work > WORK_MAX)
			return err_new(ERR_DATA, "too much to search for");
		if (expected + d >= from && piece_fits(set, p, l, expected + d)) {
			*ret = expected + d;
			return NULL;
		}
		if (d && d <= expected && expected - d >= from && piece_fits(set, p, l, expected - d)) {
			*ret = expected - d;
			return NULL;
		}
		if (!p->old_count)
			break; /* it has no lines to look for */
	}
	return err_new(ERR_DATA, "the piece for line %zu does not fit", p->old_start);
}

static void add_lines(struct buf *out, const struct lines *l, size_t from, size_t to)
{
	for (; from < to; from++)
		buf_add(out, l->lines[from].text, l->lines[from].size);
}

/* The lines of a piece that are there when it was applied. */
static void add_piece(struct buf *out, const struct piece *p)
{
	struct line line;
	size_t at = 0;
	char sign;

	while (piece_line(p, &at, &sign, &line))
		if (sign != '-')
			buf_add(out, line.text, line.size);
}

/* Where a piece should fit, from 0. moved: by how many lines the piece before it was off. */
static size_t expected_place(const struct piece *p, ssize_t moved)
{
	size_t place = p->old_count ? p->old_start - (p->old_start > 0) : p->old_start;

	return moved < 0 && (size_t)-moved > place ? 0 : place + (size_t)moved;
}

static struct err *apply_pieces(struct patch_set *set, const struct step *step, struct buf *text, bool *exists)
{
	CLEANUP(free_lines) struct lines l = split(buf_str(text), text->size);
	CLEANUP(buf_deinit) struct buf out = BUF_INIT;
	const struct piece *p = &set->pieces[step->first];
	bool makes = !p->old_start && !p->old_count, empties = false;
	size_t done = 0;
	ssize_t moved = 0;

	if (!*exists && !makes)
		return err_new(ERR_DATA, "changes a file that is not there");
	if (*exists && makes && text->size)
		return err_new(ERR_DATA, "makes a file that is there already");
	for (size_t i = 0; i < step->count; i++, p++) {
		size_t expected = expected_place(p, moved), pos = 0;
		struct err *e = find_piece(set, p, &l, done, expected, &pos);

		if (e)
			return e;
		moved += (ssize_t)pos - (ssize_t)expected;
		add_lines(&out, &l, done, pos);
		add_piece(&out, p);
		done = pos + p->old_count;
		empties = !p->new_start && !p->new_count;
	}
	add_lines(&out, &l, done, l.count);
	*exists = out.size || !empties;
	buf_deinit(text);
	*text = out;
	out = (struct buf)BUF_INIT;
	return NULL;
}

static struct err *make_content(struct patch_set *set, const struct patched *f, size_t before, int depth,
				struct buf *text, bool *exists);

static struct err *take_from(struct patch_set *set, const struct step *step, int depth, struct buf *text, bool *exists)
{
	const struct patched *source = step->source;
	struct err *e;

	if (depth == ORIGINS_MAX)
		return err_new(ERR_DATA, "renamed more than %d times", ORIGINS_MAX);
	buf_clear(text);
	*exists = source->in_tree;
	buf_add(text, buf_str(&source->base), source->base.size);
	e = make_content(set, source, step->order, depth + 1, text, exists);
	if (e)
		return e;
	if (!*exists)
		return err_new(ERR_DATA, "%s: takes a file that is not there: %s", step->patch, source->path.name);
	return NULL;
}

/* Makes text, the file as it was, what its steps make of it, as far as they come before step `before` of the
 * set. */
static struct err *make_content(struct patch_set *set, const struct patched *f, size_t before, int depth,
				struct buf *text, bool *exists)
{
	size_t i = f->count;

	/* Steps before the last one that makes or removes the file as a whole do not matter. Of a part of a tree, what is
	 * removed has to fit as well. */
	while (i > 0 && (f->steps[i - 1].order >= before ||
			 (f->steps[i - 1].kind != STEP_FROM && (set->partial || f->steps[i - 1].kind != STEP_DELETE))))
		i--;
	for (i -= i > 0; i < f->count && f->steps[i].order < before; i++) {
		const struct step *step = &f->steps[i];
		struct err *e = NULL;

		switch (step->kind) {
		case STEP_PIECES:
			e = err_in(apply_pieces(set, step, text, exists), "%s: %s", step->patch, f->path.name);
			break;
		case STEP_CREATE:
			*exists = true;
			break;
		case STEP_DELETE:
			if (set->partial && step->emptied && text->size)
				return err_new(ERR_DATA, "%s: %s: removes a file that holds more", step->patch, f->path.name);
			*exists = false;
			buf_clear(text);
			break;
		case STEP_FROM:
			e = take_from(set, step, depth, text, exists);
			break;
		}
		if (e)
			return e;
	}
	return NULL;
}

const char *patch_set_path(const struct patch_set *set, size_t i)
{
	const struct patched *f = i < set->files.count ? set->files.list[i] : NULL;

	return f ? f->path.name : NULL;
}

bool patch_set_touches(const struct patch_set *set, const char *path)
{
	return find_file(set, path) != NULL;
}

bool patch_set_is_source(const struct patch_set *set, const char *path)
{
	const struct patched *f = find_file(set, path);

	return f && f->is_source;
}

struct err *patch_set_apply(struct patch_set *set, const char *path, struct buf *text, bool *exists,
			    bool *executable)
{
	struct patched *f = find_file(set, path);

	*exists = true;
	if (!f)
		return NULL;
	if (f->in_tree)
		return err_new(ERR_DATA, "%s: comes twice", path);
	f->in_tree = true;
	if (f->is_source)
		buf_add(&f->base, buf_str(text), text->size);
	if (f->says_executable)
		*executable = f->executable;
	return make_content(set, f, SIZE_MAX, 0, text, exists);
}

/* Whether the patches make a file that is not there, rather than change or remove it. */
static bool is_new(const struct patch_set *set, const struct patched *f)
{
	const struct step *first = f->steps;

	switch (first->kind) {
	case STEP_PIECES:
		return !set->pieces[first->first].old_start && !set->pieces[first->first].old_count;
	case STEP_FROM:
		return first->source->in_tree;
	case STEP_CREATE:
		return true;
	case STEP_DELETE:
		break;
	}
	return false;
}

struct err *patch_set_rest(struct patch_set *set, bool (*wants)(const char *path),
			   struct err *(*take)(void *arg, const char *path, bool executable, struct buf *text),
			   void *arg)
{
	for (size_t i = 0; i < set->files.count; i++) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		struct patched *f = set->files.list[i];
		bool exists = false;
		struct err *e;

		if (f->in_tree || !f->count || !wants(f->path.name) || (set->partial && !is_new(set, f)))
			continue;
		e = make_content(set, f, SIZE_MAX, 0, &text, &exists);
		if (e)
			return e;
		e = exists ? take(arg, f->path.name, f->executable, &text) : NULL;
		if (e)
			return e;
	}
	return NULL;
}

struct err *patch_set_new_file(struct patch_set *set, const char *path, struct buf *text)
{
	const struct patched *f = find_file(set, path);
	bool exists = false;
	struct err *e = f ? make_content(set, f, SIZE_MAX, 0, text, &exists) : NULL;

	if (e)
		return e;
	return exists ? NULL : err_new(ERR_ABSENT, "no patch makes %s", path);
}
