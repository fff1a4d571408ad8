#include "kernel-src/patch.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "kernel-src/tree.h"

#define TEXT_MAX ((size_t)1 << 30)
#define PIECES_MAX 4000000u
#define STEPS_MAX 1000000u
#define ORIGINS_MAX 32	   /* a file renamed from one renamed from ... */
#define SEARCH_MAX 10000   /* lines that a piece may have moved */
#define WORK_MAX UINT64_C(400000000) /* lines compared */

struct piece {
	const char *body; /* in a text of the set */
	size_t size;
	size_t old_start, old_count, new_start, new_count;
};

enum step_kind { STEP_PIECES, STEP_CREATE, STEP_DELETE, STEP_FROM };

/* What one patch does to one file. */
struct step {
	enum step_kind kind;
	size_t order;  /* among all steps of the set */
	size_t source; /* STEP_FROM: a file */
	size_t first, count; /* STEP_PIECES: of set->pieces */
	const char *patch;
};

struct patched {
	char *path;
	struct step *steps;
	size_t count;
	bool is_source, known, done;
	int executable; /* -1: no patch says it */
	struct buf base; /* is_source: the file as it was */
};

struct patch_set {
	struct text {
		char *name;
		struct buf text;
	} *texts;
	size_t text_count, size;
	struct piece *pieces;
	size_t piece_count, piece_room;
	struct patched *files;
	size_t count, room, steps;
	size_t *table, table_size; /* open hashing: index + 1 */
	uint64_t work;
};

struct patch_set *patch_set_new(void)
{
	return xcalloc(1, sizeof(struct patch_set));
}

void patch_set_free(struct patch_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->text_count; i++) {
		buf_deinit(&set->texts[i].text);
		free(set->texts[i].name);
	}
	for (size_t i = 0; i < set->count; i++) {
		buf_deinit(&set->files[i].base);
		free(set->files[i].steps);
		free(set->files[i].path);
	}
	free(set->texts);
	free(set->pieces);
	free(set->files);
	free(set->table);
	free(set);
}

/* --- files by path ---------------------------------------------------------- */

static size_t hash_of(const char *path)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32);
}

static size_t *slot_of(const struct patch_set *set, const char *path)
{
	size_t i = hash_of(path) & (set->table_size - 1);

	while (set->table[i] && strcmp(set->files[set->table[i] - 1].path, path) != 0)
		i = (i + 1) & (set->table_size - 1);
	return &set->table[i];
}

static struct patched *find_file(const struct patch_set *set, const char *path)
{
	size_t index = set->table_size ? *slot_of(set, path) : 0;

	return index ? &set->files[index - 1] : NULL;
}

static void grow_table(struct patch_set *set)
{
	free(set->table);
	set->table_size = set->table_size ? 2 * set->table_size : 1024;
	set->table = xcalloc(set->table_size, sizeof(*set->table));
	for (size_t i = 0; i < set->count; i++)
		*slot_of(set, set->files[i].path) = i + 1;
}

static size_t add_file(struct patch_set *set, const char *path)
{
	size_t *slot;

	if (2 * set->count >= set->table_size)
		grow_table(set);
	slot = slot_of(set, path);
	if (*slot)
		return *slot - 1;
	if (set->count == set->room) {
		set->room = set->room ? 2 * set->room : 256;
		set->files = xrealloc(set->files, set->room, sizeof(*set->files));
	}
	set->files[set->count] = (struct patched){ .path = xstrdup(path), .executable = -1 };
	*slot = ++set->count;
	return set->count - 1;
}

static struct err *add_step(struct patch_set *set, size_t file, struct step step)
{
	struct patched *f = &set->files[file];

	if (set->steps == STEPS_MAX)
		return err_new(ERR_DATA, "changes more than %u files", STEPS_MAX);
	step.order = set->steps++;
	step.patch = set->texts[set->text_count - 1].name;
	f->steps = xrealloc(f->steps, f->count + 1, sizeof(*f->steps));
	f->steps[f->count++] = step;
	return NULL;
}

/* --- reading ---------------------------------------------------------------- */

/* What the lines in front of a file's pieces say. */
struct section {
	const char *git, *old, *new, *from, *to; /* lines, not ended */
	bool created, deleted, copied, binary;
	int executable;
	size_t first, count;
};

struct reader {
	struct patch_set *set;
	const char *at, *end;
	size_t line;
	struct section section;
};

/* The next line without its end; *size excludes the newline. */
static bool next_line(struct reader *r, const char **line, size_t *size)
{
	const char *end;

	if (r->at == r->end)
		return false;
	end = memchr(r->at, '\n', (size_t)(r->end - r->at));
	*line = r->at;
	*size = (size_t)((end ? end : r->end) - r->at);
	r->at = end ? end + 1 : r->end;
	r->line++;
	return true;
}

static bool begins(const char *line, size_t size, const char *words)
{
	size_t n = strlen(words);

	return size >= n && !memcmp(line, words, n);
}

/* The path that a line names from its byte skip on, without `strip` folders; "" for /dev/null and
 * for quoted names, whose files are not looked at. */
static struct err *path_of(const char *line, size_t skip, int strip, char *path)
{
	char name[TREE_PATH_MAX];
	size_t n = strcspn(line + skip, "\t\r\n");
	const char *at = name;

	*path = '\0';
	if (n >= sizeof(name))
		return err_new(ERR_DATA, "a name too long");
	memcpy(name, line + skip, n);
	name[n] = '\0';
	while (n && name[n - 1] == ' ')
		name[--n] = '\0';
	if (!strcmp(name, "/dev/null") || *name == '"')
		return NULL;
	while (strip--) {
		at = strchr(at, '/');
		if (!at)
			return err_new(ERR_DATA, "a name without a folder");
		at += strspn(at, "/");
	}
	return tree_clean_name(at, path);
}

/* "diff --git a/X b/X": where no other line names X. */
static struct err *git_path(const char *line, char *path)
{
	size_t n = strcspn(line, "\r\n");
	CLEANUP(free_ptr) char *half = NULL;

	*path = '\0';
	if (n < 11 + 5 || (n - 11) % 2 == 0)
		return NULL;
	half = xstrndup(line + 11, (n - 11) / 2);
	return path_of(half, 0, 1, path);
}

static struct err *section_path(const struct section *s, char *path)
{
	struct err *e = NULL;

	*path = '\0';
	if (s->to)
		return path_of(s->to, 0, 0, path);
	if (s->new)
		e = path_of(s->new, 4, 1, path);
	if (!e && !*path && s->old)
		e = path_of(s->old, 4, 1, path);
	if (!e && !*path && !s->new && s->git)
		e = git_path(s->git, path);
	return e;
}

static struct err *take_origin(struct reader *r, const char *path)
{
	struct section *s = &r->section;
	char from[TREE_PATH_MAX];
	size_t source, file;
	struct err *e = path_of(s->from, 0, 0, from);

	if (e || !*from || !strcmp(from, path))
		return e;
	source = add_file(r->set, from);
	file = add_file(r->set, path);
	r->set->files[source].is_source = true;
	e = add_step(r->set, file, (struct step){ .kind = STEP_FROM, .source = source });
	if (!e && !s->copied)
		e = add_step(r->set, source, (struct step){ .kind = STEP_DELETE });
	return e;
}

/* Takes what was read of a file into the set. */
static struct err *end_section(struct reader *r)
{
	struct section s = r->section;
	char path[TREE_PATH_MAX];
	struct err *e = section_path(&s, path);
	size_t file;

	if (!e && *path && !s.binary && (s.count || s.created || s.deleted || s.executable >= 0 || s.from)) {
		if (s.from)
			e = take_origin(r, path);
		file = add_file(r->set, path);
		if (!e && s.count)
			e = add_step(r->set, file, (struct step){ .kind = STEP_PIECES, .first = s.first, .count = s.count });
		else if (!e && s.created)
			e = add_step(r->set, file, (struct step){ .kind = STEP_CREATE });
		if (!e && s.deleted)
			e = add_step(r->set, file, (struct step){ .kind = STEP_DELETE });
		if (s.executable >= 0)
			r->set->files[file].executable = s.executable;
	}
	r->section = (struct section){ .executable = -1 };
	return e;
}

/* "12,5" or "12"; what follows. */
static const char *read_range(const char *at, const char *end, size_t *start, size_t *count)
{
	size_t *number = start;

	*start = 0;
	*count = 1;
	for (; at < end; at++) {
		if (*at == ',' && number == start) {
			*count = 0;
			number = count;
		} else if (*at >= '0' && *at <= '9' && *number < SIZE_MAX / 32) {
			*number = *number * 10 + (size_t)(*at - '0');
		} else {
			break;
		}
	}
	return at;
}

/* The lines of a piece, of which line is the head. */
static struct err *read_piece(struct reader *r, const char *line, size_t size)
{
	struct patch_set *set = r->set;
	struct piece p = { 0 };
	const char *end = line + size, *at = read_range(line + 4, end, &p.old_start, &p.old_count);
	size_t old, new;

	if (end - at < 3 || at[0] != ' ' || at[1] != '+')
		return err_new(ERR_DATA, "line %zu: not the head of a piece", r->line);
	at = read_range(at + 2, end, &p.new_start, &p.new_count);
	if (end - at < 3 || memcmp(at, " @@", 3) != 0)
		return err_new(ERR_DATA, "line %zu: not the head of a piece", r->line);
	p.body = r->at;
	for (old = p.old_count, new = p.new_count; old || new;) {
		if (!next_line(r, &line, &size))
			return err_new(ERR_DATA, "cut short in a piece");
		if (!size || *line == ' ') {
			old -= old > 0;
			new -= new > 0;
		} else if (*line == '-' && old) {
			old--;
		} else if (*line == '+' && new) {
			new--;
		} else if (*line != '\\') {
			return err_new(ERR_DATA, "line %zu: a piece has other lines than its head says", r->line);
		}
	}
	if (r->at < r->end && *r->at == '\\')
		next_line(r, &line, &size);
	p.size = (size_t)(r->at - p.body);
	if (set->piece_count == PIECES_MAX)
		return err_new(ERR_DATA, "more than %u pieces", PIECES_MAX);
	if (set->piece_count == set->piece_room) {
		set->piece_room = set->piece_room ? 2 * set->piece_room : 1024;
		set->pieces = xrealloc(set->pieces, set->piece_room, sizeof(*set->pieces));
	}
	if (!r->section.count++)
		r->section.first = set->piece_count;
	set->pieces[set->piece_count++] = p;
	return NULL;
}

/* A line of git's head of a file. */
static void read_git_line(struct section *s, const char *line, size_t size)
{
	if (begins(line, size, "rename from ") || begins(line, size, "copy from ")) {
		s->copied = *line == 'c';
		s->from = strstr(line, "from ") + 5;
	} else if (begins(line, size, "rename to ") || begins(line, size, "copy to ")) {
		s->to = strstr(line, "to ") + 3;
	} else if (begins(line, size, "new file mode ")) {
		s->created = true;
		s->executable = size > 17 && line[17] == '7';
	} else if (begins(line, size, "new mode ")) {
		s->executable = size > 12 && line[12] == '7';
	} else if (begins(line, size, "deleted file mode ")) {
		s->deleted = true;
	} else if (begins(line, size, "GIT binary patch") || begins(line, size, "Binary files ")) {
		s->binary = true;
	}
}

static struct err *read_line(struct reader *r, const char *line, size_t size)
{
	struct section *s = &r->section;
	struct err *e = NULL;

	if (begins(line, size, "diff --git ")) {
		e = end_section(r);
		s->git = line;
	} else if (begins(line, size, "--- ") && begins(r->at, (size_t)(r->end - r->at), "+++ ")) {
		if (s->count || s->new || (s->git && s->binary))
			e = end_section(r);
		s->old = line;
		next_line(r, &s->new, &size);
	} else if (s->new && begins(line, size, "@@ -")) {
		e = read_piece(r, line, size);
	} else if (s->git && !s->count) {
		read_git_line(s, line, size);
	}
	return e;
}

struct err *patch_set_add(struct patch_set *set, const char *name, struct buf *text)
{
	struct reader r = { .set = set, .section.executable = -1 };
	const char *line;
	size_t size;
	struct err *e = NULL;

	set->texts = xrealloc(set->texts, set->text_count + 1, sizeof(*set->texts));
	set->texts[set->text_count++] = (struct text){ xstrdup(name), *text };
	*text = (struct buf)BUF_INIT;
	text = &set->texts[set->text_count - 1].text;
	set->size += text->size;
	if (set->size > TEXT_MAX)
		return err_new(ERR_DATA, "patches of more than %zu bytes", TEXT_MAX);
	r.at = buf_str(text);
	r.end = r.at + text->size;
	while (!e && next_line(&r, &line, &size))
		e = read_line(&r, line, size);
	if (!e)
		e = end_section(&r);
	return err_in(e, "%s", name);
}

/* --- applying --------------------------------------------------------------- */

struct line {
	const char *text;
	size_t size; /* with its newline, if it has one */
};

struct lines {
	struct line *lines;
	size_t count;
};

static void free_lines(struct lines *l)
{
	free(l->lines);
}

static struct lines split(const char *text, size_t size)
{
	struct lines l = { NULL, 0 };
	size_t room = 0;

	for (const char *end = text + size; text < end;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline + 1 : end) - text);

		if (l.count == room) {
			room = room ? 2 * room : 256;
			l.lines = xrealloc(l.lines, room, sizeof(*l.lines));
		}
		l.lines[l.count++] = (struct line){ text, n };
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
		*sign = ' '; /* a context line of which the blank was lost */
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

/* Where the piece fits, next to where it should, not before line `from`. */
static struct err *find_piece(struct patch_set *set, const struct piece *p, const struct lines *l, size_t from,
			      size_t expected, size_t *ret)
{
	for (size_t d = 0; d <= SEARCH_MAX && (d <= expected || expected + d <= l->count); d++) {
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
			break; /* nothing to look for */
	}
	return err_new(ERR_DATA, "the piece for line %zu does not fit", p->old_start);
}

static void add_lines(struct buf *out, const struct lines *l, size_t from, size_t to)
{
	for (; from < to; from++)
		buf_add(out, l->lines[from].text, l->lines[from].size);
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
		size_t wanted = p->old_count ? p->old_start - (p->old_start > 0) : p->old_start, at = 0, pos = 0;
		struct line line;
		struct err *e;
		char sign;

		wanted = moved < 0 && (size_t)-moved > wanted ? 0 : wanted + (size_t)moved;
		e = find_piece(set, p, &l, done, wanted, &pos);
		if (e)
			return e;
		moved += (ssize_t)pos - (ssize_t)wanted;
		add_lines(&out, &l, done, pos);
		while (piece_line(p, &at, &sign, &line))
			if (sign != '-')
				buf_add(&out, line.text, line.size);
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
	const struct patched *source = &set->files[step->source];
	struct err *e;

	if (depth == ORIGINS_MAX)
		return err_new(ERR_DATA, "renamed more than %d times", ORIGINS_MAX);
	buf_clear(text);
	*exists = source->known;
	buf_add(text, buf_str(&source->base), source->base.size);
	e = make_content(set, source, step->order, depth + 1, text, exists);
	if (!e && !*exists)
		return err_new(ERR_DATA, "%s: takes a file that is not there: %s", step->patch, source->path);
	return e;
}

/* What the steps before one of the set make of a file, of which text is the beginning. */
static struct err *make_content(struct patch_set *set, const struct patched *f, size_t before, int depth,
				struct buf *text, bool *exists)
{
	size_t i = f->count;

	/* Nothing in front of the last step that makes or removes it as a whole matters. */
	while (i > 0 && (f->steps[i - 1].order >= before ||
			 (f->steps[i - 1].kind != STEP_FROM && f->steps[i - 1].kind != STEP_DELETE)))
		i--;
	for (i -= i > 0; i < f->count && f->steps[i].order < before; i++) {
		const struct step *step = &f->steps[i];
		struct err *e = NULL;

		switch (step->kind) {
		case STEP_PIECES:
			e = err_in(apply_pieces(set, step, text, exists), "%s: %s", step->patch, f->path);
			break;
		case STEP_CREATE:
			*exists = true;
			break;
		case STEP_DELETE:
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
	if (f->known)
		return err_new(ERR_DATA, "%s: comes twice", path);
	f->known = f->done = true;
	if (f->is_source)
		buf_add(&f->base, buf_str(text), text->size);
	if (f->executable >= 0)
		*executable = f->executable > 0;
	return make_content(set, f, SIZE_MAX, 0, text, exists);
}

struct err *patch_set_rest(struct patch_set *set, bool (*wants)(const char *path),
			   struct err *(*take)(void *arg, const char *path, bool executable, struct buf *text),
			   void *arg)
{
	for (size_t i = 0; i < set->count; i++) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		struct patched *f = &set->files[i];
		bool exists = false;
		struct err *e;

		if (f->done || !f->count || !wants(f->path))
			continue;
		e = make_content(set, f, SIZE_MAX, 0, &text, &exists);
		if (!e && exists)
			e = take(arg, f->path, f->executable > 0, &text);
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

	if (!e && !exists)
		return err_new(ERR_ABSENT, "no patch makes %s", path);
	return e;
}
