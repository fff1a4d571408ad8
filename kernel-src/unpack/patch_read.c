#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "kernel-src/unpack/patch_set.h"
#include "kernel-src/unpack/tree.h"

#define TEXT_MAX ((size_t)1 << 30)
#define PIECES_MAX 4000000u
#define STEPS_MAX 1000000u

static struct patched *add_file(struct patch_set *set, const char *path)
{
	return table_get(&set->files, path, strlen(path), sizeof(struct patched));
}

static struct err *add_step(struct patch_set *set, struct patched *f, struct step step)
{
	if (set->steps == STEPS_MAX)
		return err_new(ERR_DATA, "changes more than %u files", STEPS_MAX);
	step.order = set->steps++;
	step.patch = set->texts[set->text_count - 1].name;
	*vec_add(f->steps, f->count, f->capacity) = step;
	return NULL;
}

/* What a patch says of one file so far. */
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

/* The path that a line names from its byte skip on, without `strip` folders. "" for /dev/null, and for
 * names in quotes, whose files are ignored. */
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

static bool names_nothing(const char *line)
{
	return strcspn(line + 4, "\t\r\n") == 9 && !memcmp(line + 4, "/dev/null", 9);
}

/* X of "diff --git a/X b/X", where no other line names it. */
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
	if (e || *path)
		return e;
	if (s->old)
		e = path_of(s->old, 4, 1, path);
	if (e || *path || s->new || !s->git)
		return e;
	return git_path(s->git, path);
}

static struct err *take_origin(struct reader *r, const char *path)
{
	struct section *s = &r->section;
	char from[TREE_PATH_MAX];
	struct patched *source;
	struct err *e = path_of(s->from, 0, 0, from);

	if (e || !*from || !strcmp(from, path))
		return e;
	source = add_file(r->set, from);
	source->is_source = true;
	e = add_step(r->set, add_file(r->set, path), (struct step){ .kind = STEP_FROM, .source = source });
	if (e || s->copied)
		return e;
	return add_step(r->set, source, (struct step){ .kind = STEP_DELETE });
}

/* Adds the steps of a section to a file, in the order they are applied in. */
static struct err *add_steps(struct reader *r, const struct section *s, const char *path)
{
	struct patched *file;
	struct err *e = s->from ? take_origin(r, path) : NULL;

	if (e)
		return e;
	file = add_file(r->set, path);
	if (s->executable >= 0) {
		file->says_executable = true;
		file->executable = s->executable;
	}
	if (s->count)
		e = add_step(r->set, file, (struct step){ .kind = STEP_PIECES, .first = s->first, .count = s->count });
	else if (s->created)
		e = add_step(r->set, file, (struct step){ .kind = STEP_CREATE });
	if (e || (!s->deleted && !(r->set->partial && s->new && names_nothing(s->new))))
		return e;
	return add_step(r->set, file, (struct step){ .kind = STEP_DELETE, .emptied = s->count });
}

/* Takes what was read of a file into the set, and begins anew. */
static struct err *end_section(struct reader *r)
{
	const struct section s = r->section;
	char path[TREE_PATH_MAX];
	struct err *e = section_path(&s, path);

	if (e && r->set->partial) {
		err_discard(e);
		*path = '\0';
	} else if (e) {
		return e;
	}
	if (*path && !s.binary && (s.count || s.created || s.deleted || s.executable >= 0 || s.from)) {
		e = add_steps(r, &s, path);
		if (e)
			return e;
	}
	r->section = (struct section){ .executable = -1 };
	return NULL;
}

/* Reads "12,5" or "12". Returns what follows. */
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

/* "@@ -START,COUNT +START,COUNT @@"; false: line is something else. */
static bool read_head(const char *line, size_t size, struct piece *ret)
{
	const char *end = line + size, *at = read_range(line + 4, end, &ret->old_start, &ret->old_count);

	if (end - at < 3 || at[0] != ' ' || at[1] != '+')
		return false;
	at = read_range(at + 2, end, &ret->new_start, &ret->new_count);
	return end - at >= 3 && !memcmp(at, " @@", 3);
}

/* The lines of a piece, of which line is the head. */
static struct err *read_piece(struct reader *r, const char *line, size_t size)
{
	struct patch_set *set = r->set;
	struct piece p = { 0 };
	size_t old, new;

	if (!read_head(line, size, &p))
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
	if (!r->section.count++)
		r->section.first = set->piece_count;
	*vec_add(set->pieces, set->piece_count, set->piece_capacity) = p;
	return NULL;
}

/* A line of the head that git puts in front of a file's pieces. */
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
	struct text *t = vec_add(set->texts, set->text_count, set->text_capacity);
	const char *line;
	size_t size;

	*t = (struct text){ xstrdup(name), *text };
	*text = (struct buf)BUF_INIT;
	set->size += t->text.size;
	if (set->size > TEXT_MAX)
		return err_new(ERR_DATA, "patches of more than %zu bytes", TEXT_MAX);
	r.at = buf_str(&t->text);
	r.end = r.at + t->text.size;
	while (next_line(&r, &line, &size)) {
		struct err *e = read_line(&r, line, size);

		if (e)
			return err_in(e, "%s", name);
	}
	return err_in(end_section(&r), "%s", name);
}
