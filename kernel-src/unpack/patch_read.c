#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/escape.h"
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
	f->steps = xrealloc(f->steps, f->count + 1, sizeof(*f->steps));
	f->steps[f->count++] = step;
	return NULL;
}

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
	struct patched *source;
	struct err *e = path_of(s->from, 0, 0, from);

	if (e || !*from || !strcmp(from, path))
		return e;
	source = add_file(r->set, from);
	source->is_source = true;
	e = add_step(r->set, add_file(r->set, path), (struct step){ .kind = STEP_FROM, .source = source });
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
	struct patched *file;

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
		if (s.executable >= 0) {
			file->says_executable = true;
			file->executable = s.executable;
		}
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
