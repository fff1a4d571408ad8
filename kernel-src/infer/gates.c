#include "kernel-src/infer/gates.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"

#define FILE_MAX (1u << 20)
#define FILES_MAX 20000
#define DEPTH_MAX 24
#define WORDS_MAX 200000

struct gate {
	struct table_key key; /* the path */
	struct buf lines;
};

struct gates {
	struct table paths, modules;
	const char *tree;
	size_t files;
	int depth;
};

/* A word of a list in a makefile: LIST-COND += word */
struct entry {
	char *list, *word;
	char *condition; /* text */
	char *option; /* of LIST-$(CONFIG_option), else NULL */
	bool list_only; /* it stands for a list, not for an object: $(word-y) */
	bool modules;   /* $(word-m) */
	bool visited;
};

struct makefile {
	const char *folder; /* "" or "kernel/" */
	struct entry *entries;
	size_t count, capacity;
	struct condition_stack stack;
	bool recipe; /* what begins with a tab is one's line */
	bool top; /* the top's conditionals that are not about options hold either way */
};

static void makefile_free(struct makefile **m)
{
	for (size_t i = 0; *m && i < (*m)->count; i++) {
		free((*m)->entries[i].list);
		free((*m)->entries[i].word);
		free((*m)->entries[i].condition);
		free((*m)->entries[i].option);
	}
	if (*m)
		free((*m)->entries);
	free(*m);
}

static void add_gate(struct table *t, const char *path, const struct condition *c)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
	struct gate *slot = table_get(t, path, strlen(path), sizeof(*slot));

	condition_format(c, &line);
	buf_add_char(&line, '\n');
	/* once is enough, and a file with many gates says nothing anyway */
	if (slot->lines.size < 4096 && (!slot->lines.size || !strstr(slot->lines.data, buf_str(&line))))
		buf_add(&slot->lines, line.data, line.size);
}

static void gate_deinit(void *element)
{
	buf_deinit(&((struct gate *)element)->lines);
}

void gates_free(struct gates *g)
{
	if (!g)
		return;
	table_deinit(&g->paths, gate_deinit);
	table_deinit(&g->modules, gate_deinit);
	free(g);
}

const char *gates_of(const struct gates *g, const char *path, size_t size)
{
	const struct gate *gate = table_find(&g->paths, path, size);

	return gate ? buf_str(&gate->lines) : NULL;
}

const char *gates_module(const struct gates *g, const char *name, size_t size)
{
	const struct gate *gate = table_find(&g->modules, name, size);

	return gate ? buf_str(&gate->lines) : NULL;
}

void gates_include(struct gates *g, const char *includer, size_t size, const char *name,
		   size_t name_size, const struct condition *c)
{
	CLEANUP(free_ptr) char *lines = NULL, *path = NULL;
	const char *gates = gates_of(g, includer, size);
	const char *slash = memrchr(includer, '/', size);
	struct condition whole;

	lines = gates ? xstrdup(gates) : NULL; /* more may be added to it */
	while (name_size > 3 && !memcmp(name, "../", 3) && slash) {
		slash = memrchr(includer, '/', (size_t)(slash - includer));
		name += 3;
		name_size -= 3;
	}
	path = xasprintf("%.*s%.*s", slash ? (int)(slash + 1 - includer) : 0, includer,
			 (int)name_size, name);
	for (const char *at = lines; at && *at; at = strchr(at, '\n') + 1) {
		condition_read(at, strcspn(at, "\n"), &whole);
		condition_and(&whole, c);
		add_gate(&g->paths, path, &whole);
	}
}

/* --- lines ---------------------------------------------------------------------------- */

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Puts in what is known of make's variables. */
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

/* `$(CONFIG_X)`, or one of the forms that say "y or m": its name. */
static bool option_of(const char *text, const char **name, size_t *size, enum atom_kind *kind)
{
	static const char *const forms[] = { "$(CONFIG_", "${CONFIG_", "$(subst m,y,$(CONFIG_",
					     "$(patsubst m,y,$(CONFIG_" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!starts(text, forms[i]))
			continue;
		*name = text + strlen(forms[i]);
		*size = 0;
		while (isalnum((unsigned char)(*name)[*size]) || (*name)[*size] == '_')
			++*size;
		*kind = i >= 2 || starts(*name + *size, ":m=y") ? ATOM_ON : ATOM_Y;
		return *size > 0;
	}
	return false;
}

/* The condition behind `ifeq`, `ifdef`, ... ; text: what follows the keyword. */
static void parse_conditional(const struct makefile *m, const char *keyword, const char *text,
			      struct condition *yes, struct condition *no)
{
	const char *name = "", *rest;
	size_t size = 0;
	enum atom_kind kind = ATOM_Y;
	bool negated = starts(keyword, "ifn"), known = false;
	const char *value = "";

	condition_clear(yes);
	condition_clear(no);
	text += strspn(text, " \t(");
	if (starts(keyword, "ifdef") || starts(keyword, "ifndef")) {
		if (starts(text, "CONFIG_")) {
			name = text + 7;
			while (isalnum((unsigned char)name[size]) || name[size] == '_')
				size++;
			kind = ATOM_ON;
			known = size && !name[size + strspn(name + size, " \t")];
		}
	} else if (option_of(text, &name, &size, &kind)) {
		rest = strchr(name, ',');
		value = rest ? rest + 1 + strspn(rest + 1, " \t") : "?";
		if (starts(value, "y"))
			known = true;
		else if (starts(value, ")") || !*value) {
			known = true;
			kind = ATOM_ON;
			negated = !negated;
		} else if (starts(value, "m")) {
			known = true;
			kind = ATOM_M;
		}
	}
	if (!known) {
		yes->exact = no->exact = m->top;
		return;
	}
	condition_add(yes, kind, negated, name, size);
	condition_add(no, kind, !negated, name, size);
}

static void push(struct makefile *m, const char *keyword, const char *text)
{
	struct condition yes, no;

	if (m->stack.depth == CONDITION_DEPTH_MAX) {
		m->stack.lost++;
		return;
	}
	parse_conditional(m, keyword, text, &yes, &no);
	m->stack.frames[m->stack.depth].here = yes;
	m->stack.frames[m->stack.depth++].rest = no;
}

static bool take_conditional(struct makefile *m, const char *line)
{
	struct condition yes, no;

	line += strspn(line, " \t");
	if (starts(line, "ifeq") || starts(line, "ifneq") || starts(line, "ifdef") ||
	    starts(line, "ifndef")) {
		push(m, line, line + strcspn(line, " \t("));
		return true;
	}
	if (starts(line, "endif")) {
		if (m->stack.lost)
			m->stack.lost--;
		else if (m->stack.depth)
			m->stack.depth--;
		return true;
	}
	if (!starts(line, "else"))
		return false;
	if (m->stack.depth && !m->stack.lost) {
		size_t top = m->stack.depth - 1;

		m->stack.frames[top].here = m->stack.frames[top].rest;
		line += 4;
		line += strspn(line, " \t");
		if (starts(line, "if")) {
			parse_conditional(m, line, line + strcspn(line, " \t("), &yes, &no);
			condition_and(&m->stack.frames[top].here, &yes);
			condition_and(&m->stack.frames[top].rest, &no);
		}
	}
	return true;
}

/* `a.o`, `b/` */
static bool is_word(const char *word, size_t n)
{
	return n > 2 && n < 200 && !memchr(word, '$', n) && !memchr(word, ',', n) &&
	       !memchr(word, ')', n) && !memmem(word, n, "..", 2) &&
	       (word[n - 1] == '/' || !memcmp(word + n - 2, ".o", 2));
}

/* name.o for $(name-y), $(name-m); NULL: it is another word. */
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

/* option: the last of c's, by which the list is chosen; size 0: none. */
static void add_words(struct makefile *m, const char *list, size_t size, const struct condition *c,
		      const char *option, size_t option_size, const char *words)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	condition_format(c, &text);
	while (*words) {
		bool modules;
		char *named;
		size_t n;

		words += strspn(words, " \t");
		n = strcspn(words, " \t");
		named = list_of(words, n, &modules);
		if (m->count < WORDS_MAX && (named || is_word(words, n))) {
			if (m->count == m->capacity) {
				m->capacity = m->capacity ? 2 * m->capacity : 64;
				m->entries = xrealloc(m->entries, m->capacity, sizeof(*m->entries));
			}
			m->entries[m->count++] = (struct entry){
				xstrndup(list, size), named ? named : xstrndup(words, n),
				xstrdup(buf_str(&text)), option_size ? xstrndup(option, option_size) : NULL,
				named != NULL, modules, false
			};
		} else {
			free(named);
		}
		words += n;
	}
}

/* `obj-$(CONFIG_X) += a.o b/` */
static void take_assignment(struct makefile *m, const char *line)
{
	const char *equals = strchr(line, '='), *end = equals, *suffix = NULL, *name = "";
	CLEANUP(free_ptr) char *left = NULL;
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	enum atom_kind kind;
	size_t size = 0;

	if (!equals)
		return;
	while (end > line && strchr(" \t+:?", end[-1]))
		end--;
	line += strspn(line, " \t");
	if (end <= line)
		return;
	left = xstrndup(line, (size_t)(end - line));
	if (strpbrk(left, " \t") && !strstr(left, "subst "))
		return;
	suffix = strstr(left, "-$");
	if (!suffix)
		suffix = strrchr(left, '-');
	if (!suffix || suffix == left)
		return;
	condition_of_stack(&m->stack, c);
	if (option_of(suffix + 1, &name, &size, &kind))
		condition_add(c, kind, false, name, size);
	else if (!strcmp(suffix, "-m"))
		return; /* never in the image */
	else if (strcmp(suffix, "-y") != 0 && strcmp(suffix, "-objs") != 0)
		return;
	add_words(m, left, (size_t)(suffix - left), c, name, size, equals + 1);
}

/* `target: what it needs`; lines with a tab behind it are its recipe. */
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

static void read_makefile(struct makefile *m, const char *text)
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
		if (line.size) {
			while (line.size && isspace((unsigned char)line.data[line.size - 1]))
				line.data[--line.size] = '\0';
			replace(&line, "$(SRCARCH)", "x86");
			replace(&line, "$(BITS)", "64");
			replace(&line, "$(obj)/", "");
			take_line(m, line.data);
		}
		buf_clear(&line);
	}
}

/* --- folders --------------------------------------------------------------------------- */

static struct err *read_folder(struct gates *g, const char *folder, const struct condition *around);

static bool is_composite(const struct makefile *m, const char *stem, size_t size)
{
	for (size_t i = 0; i < m->count; i++)
		if (strlen(m->entries[i].list) == size && !memcmp(m->entries[i].list, stem, size))
			return true;
	return false;
}

/* $(list-y) and $(list-m) are linked alike: what is said by an option that is m is there, too. */
static bool is_either(const struct makefile *m, const char *list, size_t size)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->entries[i].modules && strlen(m->entries[i].word) == size + 2 &&
		    !memcmp(m->entries[i].word, list, size))
			return true;
	return false;
}

static void make_either(struct condition *c, const char *option)
{
	for (size_t i = 0; option && i < c->count; i++)
		if (c->atoms[i].kind == ATOM_Y && !c->atoms[i].negated && !strcmp(c->atoms[i].name, option))
			c->atoms[i].kind = ATOM_ON;
}

/* An object of obj-$(CONFIG_X): a module where X is m. The folders on the way are there if they are y or m. */
static void add_module(struct gates *g, const struct entry *entry, const struct condition *around)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	CLEANUP(free_ptr) char *name = xstrndup(entry->word, strlen(entry->word) - 2);

	if (!entry->option)
		return;
	for (char *at = name; *at; at++)
		*at = *at == '-' ? '_' : *at;
	condition_clear(c);
	condition_add(c, ATOM_M, false, entry->option, strlen(entry->option));
	for (size_t i = 0; i < around->count; i++) {
		const struct atom *a = &around->atoms[i];

		if (!a->negated && a->kind != ATOM_NEVER && strcmp(a->name, entry->option) != 0)
			condition_add(c, ATOM_ON, false, a->name, strlen(a->name));
	}
	add_gate(&g->modules, name, c);
}

/* Follows every word of a list; around: the condition of the list itself. */
static struct err *follow(struct gates *g, struct makefile *m, const char *list, size_t size,
			  const struct condition *around, int depth)
{
	CLEANUP(free_ptr) struct condition *own = xmalloc(sizeof(*own));
	bool either = is_either(m, list, size);

	for (size_t i = 0; i < m->count; i++) {
		struct entry *entry = &m->entries[i];
		size_t n = strlen(entry->word);
		struct err *e = NULL;

		if (strlen(entry->list) != size || memcmp(entry->list, list, size) || entry->visited)
			continue;
		condition_read(entry->condition, strlen(entry->condition), own);
		if (either)
			make_either(own, entry->option);
		condition_and(own, around);
		if (!depth && entry->word[n - 1] != '/' && !strcmp(entry->list, "obj"))
			add_module(g, entry, own);
		if (entry->word[n - 1] == '/') {
			CLEANUP(free_ptr) char *path = xasprintf("%s%s", m->folder, entry->word);

			e = read_folder(g, path, own);
		} else if (depth < 4 && is_composite(m, entry->word, n - 2)) {
			entry->visited = true;
			e = follow(g, m, entry->word, n - 2, own, depth + 1);
			entry->visited = false;
		} else if (!entry->list_only) {
			CLEANUP(free_ptr) char *path =
				xasprintf("%s%.*s.c", m->folder, (int)n - 2, entry->word);

			add_gate(&g->paths, path, own);
		}
		if (e)
			return e;
	}
	return NULL;
}

static struct err *add_file(struct gates *g, struct makefile *m, const char *path, bool *found)
{
	CLEANUP(free_ptr) char *full = xasprintf("%s/%s", g->tree, path);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e;

	if (!file_exists(full))
		return NULL;
	if (++g->files > FILES_MAX)
		return err_new(ERR_DATA, "%s: more than %d makefiles to read", g->tree, FILES_MAX);
	e = file_read(full, FILE_MAX, &text);
	if (!e)
		read_makefile(m, buf_str(&text));
	*found = true;
	m->stack.depth = m->stack.lost = 0;
	return e;
}

static struct err *read_folder(struct gates *g, const char *folder, const struct condition *around)
{
	static const char *const lists[] = { "obj", "lib", "core", "drivers", "net", "init", "libs",
					     "virt" };
	CLEANUP(makefile_free) struct makefile *m = NULL;
	CLEANUP(free_ptr) char *kbuild = xasprintf("%sKbuild", folder);
	CLEANUP(free_ptr) char *plain = xasprintf("%sMakefile", folder);
	bool top = !*folder, found = false;
	struct err *e;

	if (g->depth > DEPTH_MAX)
		return err_new(ERR_DATA, "%s: folders too deep", folder);
	m = xcalloc(1, sizeof(*m));
	m->folder = folder;
	m->top = top;
	e = add_file(g, m, kbuild, &found);
	if (!e && (top || !found))
		e = add_file(g, m, plain, &found);
	if (!e && top)
		e = add_file(g, m, "arch/x86/Makefile", &found);
	if (!e && top && !found)
		return err_new(ERR_ABSENT, "%s: no Makefile in it", g->tree);
	g->depth++;
	for (size_t i = 0; !e && i < (top ? sizeof(lists) / sizeof(lists[0]) : 2); i++)
		e = follow(g, m, lists[i], strlen(lists[i]), around, 0);
	g->depth--;
	return e;
}

struct err *gates_read(const char *tree, struct gates **ret)
{
	CLEANUP(gates_freep) struct gates *g = xcalloc(1, sizeof(*g));
	struct condition always;
	struct err *e;

	g->tree = tree;
	condition_clear(&always);
	e = read_folder(g, "", &always);
	g->tree = NULL;
	if (!e)
		*ret = TAKE(g);
	return e;
}
