#include "offsets/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/vec.h"

#define WORDS_MAX 3
#define NAME_MAX_SIZE 200 /* bytes of an identifier; the compiler takes longer ones */
#define INDEX_DIGITS_MAX 6

struct line {
	char *words[WORDS_MAX];
	size_t count;
	bool indented;
	unsigned int number;
};

static const char *const keywords[] = {
	[FIELDS_STRUCT] = "struct",
	[FIELDS_UNION] = "union",
	[FIELDS_ENUM] = "enum",
};

const char *fields_keyword(enum fields_kind kind)
{
	return keywords[kind];
}

void fields_free(struct fields *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->include_count; i++)
		free(f->includes[i].header);
	for (size_t i = 0; i < f->type_count; i++) {
		struct fields_type *type = &f->types[i];

		for (size_t k = 0; k < type->member_count; k++) {
			for (size_t p = 0; p < type->members[k].path_count; p++)
				free(type->members[k].paths[p]);
			free(type->members[k].name);
		}
		free(type->members);
		free(type->tag);
	}
	for (size_t i = 0; i < f->const_count; i++)
		free(f->consts[i].name);
	free(f->includes);
	free(f->types);
	free(f->consts);
	free(f->file);
	free(f);
}

/* --- identifiers and paths -------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of the identifier at s, 0 when there is none. */
static size_t identifier_size(const char *s)
{
	size_t n = 0;

	if (!is_letter(*s))
		return 0;
	while (is_letter(s[n]) || is_digit(s[n]))
		n++;
	return n <= NAME_MAX_SIZE ? n : 0;
}

static bool is_identifier(const char *s)
{
	size_t n = identifier_size(s);

	return n && !s[n];
}

static size_t index_size(const char *s)
{
	size_t n = 1;

	while (is_digit(s[n]))
		n++;
	return n > 1 && n <= INDEX_DIGITS_MAX + 1 && s[n] == ']' ? n + 1 : 0;
}

/* name{[index]}{.name{[index]}} */
static bool is_path(const char *s)
{
	for (;;) {
		size_t n = identifier_size(s);

		if (!n)
			return false;
		for (s += n; *s == '['; s += n) {
			n = index_size(s);
			if (!n)
				return false;
		}
		if (!*s)
			return true;
		if (*s++ != '.')
			return false;
	}
}

bool fields_step(const char **path, struct fields_step *ret)
{
	const char *s = *path;

	if (*s == '.')
		s++;
	if (!*s)
		return false;
	if (*s == '[') {
		*ret = (struct fields_step){ .index = strtoull(s + 1, NULL, 10) };
		*path = strchr(s, ']') + 1;
	} else {
		*ret = (struct fields_step){ .name = s, .name_size = strcspn(s, ".[") };
		*path = s + ret->name_size;
	}
	return true;
}

/* --- lines ------------------------------------------------------------------- */

static struct err *complain(const struct fields *f, unsigned int line, const char *word,
			    const char *what)
{
	CLEANUP(buf_deinit) struct buf shown = BUF_INIT;
	size_t size = strlen(word);

	escape_text(&shown, word, size < NAME_MAX_SIZE ? size : NAME_MAX_SIZE);
	return err_new(ERR_USAGE, "%s:%u: '%s': %s", f->file, line, buf_str(&shown), what);
}

/* Takes a trailing '?' off the word. Returns whether there was one. */
static bool take_mark(char *word)
{
	size_t size = strlen(word);

	if (!size || word[size - 1] != '?')
		return false;
	word[size - 1] = '\0';
	return true;
}

static struct err *parse_include(struct fields *f, const struct line *line, bool optional)
{
	const char *header = line->words[1];
	size_t size = strlen(header);

	if (size < 3 || header[0] != '<' || header[size - 1] != '>' ||
	    strcspn(header + 1, "<>\"\\") != size - 2)
		return complain(f, line->number, header, "expected a header such as <linux/sched.h>");
	for (size_t i = 0; i < f->include_count; i++)
		if (!strcmp(f->includes[i].header, header))
			return complain(f, line->number, header, "is included twice");
	*vec_add(f->includes, f->include_count, f->include_capacity) =
		(struct fields_include){ xstrdup(header), optional };
	return NULL;
}

static struct err *parse_const(struct fields *f, const struct line *line, bool optional)
{
	const char *name = line->words[1];

	if (!is_identifier(name))
		return complain(f, line->number, name, "expected the name of a constant");
	*vec_add(f->consts, f->const_count, f->const_capacity) =
		(struct fields_const){ xstrdup(name), optional, line->number };
	return NULL;
}

static struct err *parse_type(struct fields *f, const struct line *line, enum fields_kind kind,
			      bool optional)
{
	const char *tag = line->words[1];

	if (!is_identifier(tag))
		return complain(f, line->number, tag, "expected the tag of a type");
	*vec_add(f->types, f->type_count, f->type_capacity) = (struct fields_type){
		.kind = kind, .tag = xstrdup(tag), .optional = optional, .line = line->number,
	};
	return NULL;
}

static struct err *parse_head(struct fields *f, struct line *line)
{
	char *word = line->words[0];
	bool optional = take_mark(word);

	if (line->count != 2)
		return complain(f, line->number, word, "expected a keyword and one name");
	if (!strcmp(word, "include"))
		return parse_include(f, line, optional);
	if (!strcmp(word, "const"))
		return parse_const(f, line, optional);
	for (enum fields_kind kind = FIELDS_STRUCT; kind <= FIELDS_ENUM; kind++)
		if (!strcmp(word, keywords[kind]))
			return parse_type(f, line, kind, optional);
	return complain(f, line->number, word,
			"expected include, struct, union, enum or const (members are indented)");
}

/* The name in offsets.h of a member that has no `as`: its path with underscores. */
static char *name_of_path(const char *path)
{
	char *name = xstrdup(path);

	for (char *p = name; *p; p++)
		if (*p == '.')
			*p = '_';
	return name;
}

/* Splits alternatives at '|' into the member, which then owns them. */
static struct err *parse_paths(const struct fields *f, const struct fields_type *type,
			       const struct line *line, struct fields_member *member)
{
	char *rest = line->words[0], *path;

	while ((path = strsep(&rest, "|"))) {
		if (type->kind == FIELDS_ENUM ? !is_identifier(path) : !is_path(path))
			return complain(f, line->number, path,
					type->kind == FIELDS_ENUM ? "expected an enumerator" :
					"expected a member such as comm, f_path.dentry or pids[0].pid");
		if (member->path_count == FIELDS_PATHS_MAX)
			return complain(f, line->number, path, "too many alternatives");
		for (size_t i = 0; i < member->path_count; i++)
			if (!strcmp(member->paths[i], path))
				return complain(f, line->number, path, "is an alternative to itself");
		member->paths[member->path_count++] = xstrdup(path);
	}
	return NULL;
}

static struct err *parse_member(struct fields *f, struct line *line)
{
	struct fields_type *type = f->type_count ? &f->types[f->type_count - 1] : NULL;
	struct fields_member *member;
	struct err *e;

	if (!type)
		return complain(f, line->number, line->words[0],
				"a member (it is indented) before the first struct");
	if (line->count != 1 && (line->count != 3 || strcmp(line->words[1], "as")))
		return complain(f, line->number, line->words[0], "expected MEMBER or MEMBER as NAME");
	member = vec_add(type->members, type->member_count, type->member_capacity);
	member->line = line->number;
	member->optional = take_mark(line->words[0]);
	e = parse_paths(f, type, line, member);
	if (e)
		return e;
	if (line->count == 1 && (member->path_count > 1 || strchr(member->paths[0], '[')))
		return complain(f, line->number, member->paths[0],
				"alternatives and array elements need a name: as NAME");
	member->name = line->count == 1 ? name_of_path(member->paths[0]) : xstrdup(line->words[2]);
	if (!is_identifier(member->name))
		return complain(f, line->number, member->name, "expected a name for offsets.h");
	return NULL;
}

static struct err *parse_line(struct fields *f, char *text, unsigned int number)
{
	struct line line = { .number = number, .indented = *text == ' ' || *text == '\t' };
	char *rest, *word;

	text[strcspn(text, "#")] = '\0';
	rest = text;
	while ((word = strsep(&rest, " \t\r"))) {
		if (!*word)
			continue;
		if (line.count == WORDS_MAX)
			return complain(f, number, word, "one word too many");
		line.words[line.count++] = word;
	}
	if (!line.count)
		return NULL;
	return line.indented ? parse_member(f, &line) : parse_head(f, &line);
}

/* --- no two entries may have one name in offsets.h ------------------------------ */

/* An entry's macro of offsets.h. */
struct claim {
	char *macro;
	unsigned int line;
};

struct claims {
	struct claim *list;
	size_t count, capacity;
};

static void claims_deinit(struct claims *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->list[i].macro);
	free(c->list);
}

static void claim(struct claims *c, char *macro, unsigned int line)
{
	*vec_add(c->list, c->count, c->capacity) = (struct claim){ macro, line };
}

static int claim_order(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->macro, y->macro);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static struct err *check_names(const struct fields *f)
{
	CLEANUP(claims_deinit) struct claims c = { NULL, 0, 0 };

	for (size_t i = 0; i < f->type_count; i++) {
		const struct fields_type *type = &f->types[i];
		bool is_enum = type->kind == FIELDS_ENUM;

		claim(&c, xasprintf(is_enum ? "HAVE_enum_%s" : "SIZE_%s", type->tag), type->line);
		if (!is_enum)
			claim(&c, xasprintf("HAVE_%s_%s", keywords[type->kind], type->tag), type->line);
		for (size_t k = 0; k < type->member_count; k++)
			claim(&c, xasprintf("HAVE_%s_%s", is_enum ? "CONST" : type->tag,
					    type->members[k].name), type->members[k].line);
	}
	for (size_t i = 0; i < f->const_count; i++)
		claim(&c, xasprintf("HAVE_CONST_%s", f->consts[i].name), f->consts[i].line);
	if (c.count)
		qsort(c.list, c.count, sizeof(*c.list), claim_order);
	for (size_t i = 1; i < c.count; i++)
		if (!strcmp(c.list[i - 1].macro, c.list[i].macro))
			return err_new(ERR_USAGE, "%s:%u: %s of offsets.h is made by line %u already",
				       f->file, c.list[i].line, c.list[i].macro, c.list[i - 1].line);
	return NULL;
}

struct err *fields_parse(const char *file, const char *text, size_t size, struct fields **ret)
{
	CLEANUP(fields_freep) struct fields *f = xcalloc(1, sizeof(*f));
	CLEANUP(free_ptr) char *copy = xstrndup(text ? text : "", size);
	unsigned int number = 1;
	char *rest = copy, *line;
	struct err *e;

	f->file = xstrdup(file);
	if (strlen(copy) != size)
		return err_new(ERR_USAGE, "%s: has a NUL byte, expected text", file);
	for (; (line = strsep(&rest, "\n")); number++) {
		e = parse_line(f, line, number);
		if (e)
			return e;
	}
	e = check_names(f);
	if (e)
		return e;
	*ret = TAKE(f);
	return NULL;
}

struct err *fields_read(const char *path, struct fields **ret)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e = file_read(path, FIELDS_FILE_MAX, &text);

	if (e)
		return e;
	return fields_parse(path, buf_str(&text), text.size, ret);
}
