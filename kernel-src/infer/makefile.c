#include "kernel-src/infer/makefile.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/vec.h"

#define WORDS_MAX 200000

struct makefile *makefile_new(bool lenient)
{
	struct makefile *m = xcalloc(1, sizeof(*m));

	m->lenient = lenient;
	return m;
}

void makefile_free(struct makefile *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++) {
		free(m->entries[i].list);
		free(m->entries[i].word);
		free(m->entries[i].condition);
		free(m->entries[i].option);
	}
	free(m->entries);
	free(m);
}

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Replaces one of make's variables by its value. */
static void replace(struct buf *b, const char *from, const char *to)
{
	CLEANUP(buf_deinit) struct buf old = BUF_INIT;
	const char *at, *hit;

	if (!b->size || !strstr(b->data, from))
		return;
	buf_add(&old, b->data, b->size);
	buf_clear(b);
	for (at = buf_str(&old); (hit = strstr(at, from)); at = hit + strlen(from)) {
		buf_add(b, at, (size_t)(hit - at));
		buf_add_str(b, to);
	}
	buf_add_str(b, at);
}

/* Letters, digits and underlines that text begins with. */
static size_t name_size(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return n;
}

/* The name of the option in `$(CONFIG_X)`, or in one of the forms that say "y or m"; kind says which. */
static bool option_of(const char *text, const char **name, size_t *size, enum atom_kind *kind)
{
	static const char *const forms[] = { "$(CONFIG_", "${CONFIG_", "$(subst m,y,$(CONFIG_",
					     "$(patsubst m,y,$(CONFIG_" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!starts(text, forms[i]))
			continue;
		*name = text + strlen(forms[i]);
		*size = name_size(*name);
		*kind = i >= 2 || starts(*name + *size, ":m=y") ? ATOM_ON : ATOM_Y;
		return *size > 0;
	}
	return false;
}

/* What a conditional asks of an option. */
struct test {
	const char *name;
	size_t size;
	enum atom_kind kind;
	bool negated;
};

/* `ifdef CONFIG_X` */
static bool read_ifdef(const char *text, struct test *t)
{
	if (!starts(text, "CONFIG_"))
		return false;
	t->name = text + strlen("CONFIG_");
	t->size = name_size(t->name);
	t->kind = ATOM_ON;
	return t->size && !t->name[t->size + strspn(t->name + t->size, " \t")];
}

/* `ifeq ($(CONFIG_X),y)`, with `m` or nothing instead of `y`. */
static bool read_ifeq(const char *text, struct test *t)
{
	const char *value;

	if (!option_of(text, &t->name, &t->size, &t->kind))
		return false;
	value = strchr(t->name, ',');
	if (!value)
		return false;
	value += 1 + strspn(value + 1, " \t");
	if (starts(value, "y"))
		return true;
	if (starts(value, ")") || !*value) {
		t->kind = ATOM_ON;
		t->negated = !t->negated;
		return true;
	}
	t->kind = ATOM_M;
	return starts(value, "m");
}

/* line: from `ifeq`, `ifneq`, `ifdef` or `ifndef` on. */
static void parse_conditional(const struct makefile *m, const char *line, struct condition *yes,
			      struct condition *no)
{
	struct test t = { .negated = starts(line, "ifn") };
	const char *text = line + strcspn(line, " \t(");
	bool is_def = starts(line, "ifdef") || starts(line, "ifndef");

	text += strspn(text, " \t(");
	condition_clear(yes);
	condition_clear(no);
	if (is_def ? read_ifdef(text, &t) : read_ifeq(text, &t)) {
		condition_add(yes, t.kind, t.negated, t.name, t.size);
		condition_add(no, t.kind, !t.negated, t.name, t.size);
	} else {
		yes->exact = no->exact = m->lenient;
	}
}

/* A line that begins, goes on with or ends a conditional; false: another line. */
static bool take_conditional(struct makefile *m, const char *line)
{
	struct condition yes, no;

	line += strspn(line, " \t");
	if (starts(line, "ifeq") || starts(line, "ifneq") || starts(line, "ifdef") ||
	    starts(line, "ifndef")) {
		parse_conditional(m, line, &yes, &no);
		condition_push(&m->stack, &yes, &no);
		return true;
	}
	if (starts(line, "endif")) {
		condition_pop(&m->stack);
		return true;
	}
	if (!starts(line, "else"))
		return false;
	line += strlen("else");
	line += strspn(line, " \t");
	if (starts(line, "if")) {
		parse_conditional(m, line, &yes, &no);
		condition_next(&m->stack, &yes, &no);
	} else {
		condition_next(&m->stack, NULL, NULL);
	}
	return true;
}

/* Whether a word is an object or a folder, `a.o` or `b/`, without a variable in it. */
static bool is_word(const char *word, size_t n)
{
	return n > 2 && n < 200 && !memchr(word, '$', n) && !memchr(word, ',', n) &&
	       !memchr(word, ')', n) && !memmem(word, n, "..", 2) &&
	       (word[n - 1] == '/' || !memcmp(word + n - 2, ".o", 2));
}

/* name.o for $(name-y), $(name-m) and $(name-objs); NULL: it is another word. *modules: it is $(name-m). */
static char *list_of(const char *word, size_t n, bool *modules)
{
	size_t tail = 0;

	*modules = n > 5 && !memcmp(word + n - 3, "-m)", 3);
	if (*modules || (n > 5 && !memcmp(word + n - 3, "-y)", 3)))
		tail = 3;
	else if (n > 8 && !memcmp(word + n - 6, "-objs)", 6))
		tail = 6;
	if (!tail || n > 200 || memcmp(word, "$(", 2) != 0 || memchr(word + 2, '$', n - 2) ||
	    memchr(word, ',', n))
		return NULL;
	return xasprintf("%.*s.o", (int)(n - tail - 2), word + 2);
}

/* Adds words to a list. c: the condition they stand under. option: the one that chooses the list;
 * size 0: none does. */
static void add_words(struct makefile *m, const char *list, size_t size, const struct condition *c,
		      const char *option, size_t option_size, const char *words)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	condition_format(c, &text);
	while (*words) {
		CLEANUP(free_ptr) char *named = NULL;
		bool modules;
		size_t n;

		words += strspn(words, " \t");
		n = strcspn(words, " \t");
		named = list_of(words, n, &modules);
		if (m->count < WORDS_MAX && (named || is_word(words, n))) {
			struct makefile_entry *entry = vec_add(m->entries, m->count, m->capacity);

			entry->list = xstrndup(list, size);
			entry->list_only = named != NULL;
			entry->word = named ? TAKE(named) : xstrndup(words, n);
			entry->condition = xstrdup(buf_str(&text));
			entry->option = option_size ? xstrndup(option, option_size) : NULL;
			entry->modules = modules;
		}
		words += n;
	}
}

/* What stands in front of `=`, `+=`, `:=`, `?=`, without blanks around it; NULL: nothing, or
 * several words. */
static char *left_side(const char *line, const char *equals)
{
	CLEANUP(free_ptr) char *left = NULL;
	const char *end = equals;

	while (end > line && strchr(" \t+:?", end[-1]))
		end--;
	line += strspn(line, " \t");
	if (end <= line)
		return NULL;
	left = xstrndup(line, (size_t)(end - line));
	return strpbrk(left, " \t") && !strstr(left, "subst ") ? NULL : TAKE(left);
}

/* `obj-$(CONFIG_X) += a.o b/`, `foo-y := a.o`, `foo-objs := a.o`. What is in a list -m is never in
 * the image. */
static void take_assignment(struct makefile *m, const char *line)
{
	CLEANUP(free_ptr) char *left = NULL;
	CLEANUP(free_ptr) struct condition *c = NULL;
	const char *equals = strchr(line, '='), *suffix, *name = "";
	enum atom_kind kind;
	size_t size = 0;

	if (!equals)
		return;
	left = left_side(line, equals);
	if (!left)
		return;
	suffix = strstr(left, "-$");
	if (!suffix)
		suffix = strrchr(left, '-');
	if (!suffix || suffix == left)
		return;
	c = xmalloc(sizeof(*c));
	condition_of_stack(&m->stack, c);
	if (option_of(suffix + 1, &name, &size, &kind))
		condition_add(c, kind, false, name, size);
	else if (strcmp(suffix, "-y") != 0 && strcmp(suffix, "-objs") != 0)
		return;
	add_words(m, left, (size_t)(suffix - left), c, name, size, equals + 1);
}

/* `target: prerequisites`; lines with a tab that follow are its recipe. */
static bool is_rule(const char *line)
{
	const char *colon = strchr(line, ':'), *equals = strchr(line, '=');

	return colon && colon[1] != '=' && (!equals || colon < equals);
}

static void take_line(struct makefile *m, const char *line)
{
	if (*line == '\t' && m->recipe)
		return;
	if (take_conditional(m, line))
		return;
	m->recipe = is_rule(line);
	if (!m->recipe)
		take_assignment(m, line);
}

/* A line whose continuations are joined and whose comment is gone. */
static void take_joined(struct makefile *m, struct buf *line)
{
	if (!line->size)
		return;
	while (line->size && isspace((unsigned char)line->data[line->size - 1]))
		line->data[--line->size] = '\0';
	replace(line, "$(SRCARCH)", "x86");
	replace(line, "$(BITS)", "64");
	replace(line, "$(obj)/", "");
	take_line(m, line->data);
}

void makefile_read(struct makefile *m, const char *text)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;

	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *comment = memchr(text, '#', n);
		size_t used = comment ? (size_t)(comment - text) : n;
		bool more = n && !comment && text[n - 1] == '\\';

		buf_add(&line, text, more ? n - 1 : used);
		text += n + (text[n] == '\n');
		if (more && *text) {
			buf_add_char(&line, ' ');
			continue;
		}
		take_joined(m, &line);
		buf_clear(&line);
	}
	m->stack.depth = m->stack.lost = 0;
}

bool makefile_has_list(const struct makefile *m, const char *name, size_t size)
{
	for (size_t i = 0; i < m->count; i++)
		if (strlen(m->entries[i].list) == size && !memcmp(m->entries[i].list, name, size))
			return true;
	return false;
}

bool makefile_links_modules(const struct makefile *m, const char *name, size_t size)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->entries[i].modules && strlen(m->entries[i].word) == size + 2 &&
		    !memcmp(m->entries[i].word, name, size))
			return true;
	return false;
}
