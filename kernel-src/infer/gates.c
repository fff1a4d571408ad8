#include "kernel-src/infer/gates.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "kernel-src/infer/makefile.h"

#define FILE_MAX (1u << 20)
#define FILES_MAX 20000
#define DEPTH_MAX 24
#define COMPOSITES_MAX 4 /* lists in lists */

struct gate {
	struct table_key key; /* of a file: its path; of a module: its name */
	struct buf lines;     /* conditions, any of which is enough */
};

struct gates {
	struct table paths, modules;
	const char *tree; /* while it is read */
	size_t files;	  /* makefiles read so far */
	int depth;	  /* of folders */
};

/* One folder on its way: what its makefiles have, and which lists we are inside of. */
struct folder {
	const char *path; /* "" or "kernel/" */
	struct makefile *makefile;
	bool *visited; /* for each of its entries; owned */
};

static void folder_deinit(struct folder *f)
{
	makefile_free(f->makefile);
	free(f->visited);
}

static void add_gate(struct table *t, const char *path, const struct condition *c)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
	struct gate *slot = table_get(t, path, strlen(path), sizeof(*slot));

	condition_format(c, &line);
	buf_add_char(&line, '\n');
	/* each once; and a file with very many gates says nothing anyway */
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

	lines = gates ? xstrdup(gates) : NULL; /* add_gate() may move them */
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

/* --- folders --------------------------------------------------------------------------- */

static struct err *read_folder(struct gates *g, const char *folder, const struct condition *around);

/* Where c says that the option is y, m is enough. */
static void make_either(struct condition *c, const char *option)
{
	for (size_t i = 0; option && i < c->count; i++)
		if (c->atoms[i].kind == ATOM_Y && !c->atoms[i].negated && !strcmp(c->atoms[i].name, option))
			c->atoms[i].kind = ATOM_ON;
}

/* An object of obj-$(CONFIG_X) is a module where X is m. kbuild descends into the folders on the
 * way if their options are y or m. */
static void add_module(struct gates *g, const struct makefile_entry *entry, const struct condition *around)
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

static struct err *follow(struct gates *g, struct folder *f, const char *list, size_t size,
			  const struct condition *around, int depth);

/* Follows one word of a list. own: all conditions that it stands under. */
static struct err *follow_entry(struct gates *g, struct folder *f, size_t index,
				const struct condition *own, int depth)
{
	const struct makefile_entry *entry = &f->makefile->entries[index];
	size_t n = strlen(entry->word), stem = n - 2;
	CLEANUP(free_ptr) char *path = NULL;
	struct err *e;

	if (entry->word[n - 1] == '/') {
		path = xasprintf("%s%s", f->path, entry->word);
		return read_folder(g, path, own);
	}
	if (!depth && !strcmp(entry->list, "obj"))
		add_module(g, entry, own);
	if (depth < COMPOSITES_MAX && makefile_has_list(f->makefile, entry->word, stem)) {
		f->visited[index] = true;
		e = follow(g, f, entry->word, stem, own, depth + 1);
		f->visited[index] = false;
		return e;
	}
	if (!entry->list_only) {
		path = xasprintf("%s%.*s.c", f->path, (int)stem, entry->word);
		add_gate(&g->paths, path, own);
	}
	return NULL;
}

/* Follows every word of a list; around: the condition of the list itself; depth: of composites. */
static struct err *follow(struct gates *g, struct folder *f, const char *list, size_t size,
			  const struct condition *around, int depth)
{
	CLEANUP(free_ptr) struct condition *own = xmalloc(sizeof(*own));
	bool either = makefile_links_modules(f->makefile, list, size);

	for (size_t i = 0; i < f->makefile->count; i++) {
		const struct makefile_entry *entry = &f->makefile->entries[i];
		struct err *e;

		if (strlen(entry->list) != size || memcmp(entry->list, list, size) || f->visited[i])
			continue;
		condition_read(entry->condition, strlen(entry->condition), own);
		if (either)
			make_either(own, entry->option);
		condition_and(own, around);
		e = follow_entry(g, f, i, own, depth);
		if (e)
			return e;
	}
	return NULL;
}

/* Reads a makefile, if it exists: then sets *found. */
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
	if (e)
		return e;
	makefile_read(m, buf_str(&text));
	*found = true;
	return NULL;
}

/* A folder's Kbuild, or else its Makefile. The top has both, and arch/x86/Makefile adds to its lists. */
static struct err *add_files(struct gates *g, struct makefile *m, const char *folder)
{
	CLEANUP(free_ptr) char *kbuild = xasprintf("%sKbuild", folder);
	CLEANUP(free_ptr) char *plain = xasprintf("%sMakefile", folder);
	bool top = !*folder, found = false;
	struct err *e = add_file(g, m, kbuild, &found);

	if (e)
		return e;
	if (top || !found) {
		e = add_file(g, m, plain, &found);
		if (e)
			return e;
	}
	if (!top)
		return NULL;
	e = add_file(g, m, "arch/x86/Makefile", &found);
	if (e)
		return e;
	return found ? NULL : err_new(ERR_ABSENT, "%s: no Makefile in it", g->tree);
}

static struct err *read_folder(struct gates *g, const char *folder, const struct condition *around)
{
	/* The first two are every folder's. The others stand in the top Makefile, as core-y,
	 * drivers-y, ... */
	static const char *const lists[] = { "obj", "lib", "core", "drivers", "net", "init", "libs",
					     "virt" };
	CLEANUP(folder_deinit) struct folder f = { .path = folder };
	size_t count = *folder ? 2 : sizeof(lists) / sizeof(lists[0]);
	struct err *e = NULL;

	if (g->depth > DEPTH_MAX)
		return err_new(ERR_DATA, "%s: folders too deep", folder);
	f.makefile = makefile_new(!*folder);
	e = add_files(g, f.makefile, folder);
	if (e)
		return e;
	f.visited = xcalloc(f.makefile->count, sizeof(*f.visited));
	g->depth++;
	for (size_t i = 0; !e && i < count; i++)
		e = follow(g, &f, lists[i], strlen(lists[i]), around, 0);
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
	if (e)
		return e;
	*ret = TAKE(g);
	return NULL;
}
