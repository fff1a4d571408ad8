#include "kernel-src/infer/names.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/vec.h"

/* A line of a symbol table: "ffffffff81000000 T name". */
#define NAME_AT 19

void names_deinit(struct names *n)
{
	table_deinit(&n->symbols, NULL);
	free(n->definitions);
	free(n->files);
}

static struct names_symbol *symbol_of(struct names *n, const char *name, size_t size)
{
	return table_get(&n->symbols, name, size, sizeof(struct names_symbol));
}

/* The line's name without what compilers append ("name.cold", "name.isra.0"): *made says that they did. */
static size_t name_size(const char *name, size_t size, bool *made)
{
	const char *dot = memchr(name, '.', size);

	*made = dot != NULL;
	return dot ? (size_t)(dot - name) : size;
}

/* SYSCALL_DEFINE makes __x64_sys_open, and __do_sys_open, of sys_open, by which definitions.h knows it. */
static void add_system_call(struct names *n, const char *name, size_t size)
{
	static const char *const prefixes[] = { "__x64_", "__do_" };

	for (size_t i = 0; i < 2; i++) {
		size_t skip = strlen(prefixes[i]);

		if (size > skip + 4 && !memcmp(name, prefixes[i], skip) && !memcmp(name + skip, "sys_", 4))
			symbol_of(n, name + skip, size - skip)->global = true;
	}
}

static void add_symbol(struct names *n, char type, const char *name, size_t length)
{
	bool made;
	size_t size = name_size(name, length, &made);

	add_system_call(n, name, size);
	if (isupper((unsigned char)type) && !made)
		symbol_of(n, name, size)->global = true;
	else
		symbol_of(n, name, size)->local = true;
}

void names_add_symbols(struct names *n, const char *symbols)
{
	for (const char *line = symbols; *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n");

		if (length > NAME_AT && line[16] == ' ' && line[18] == ' ' && !strchr("wW", line[17]))
			add_symbol(n, line[17], line + NAME_AT, length - NAME_AT);
		line += length;
	}
}

/* "ffffffffc0a01000 t crc16\t[crc16]" */
void names_add_modules(struct names *n, const char *modules)
{
	for (const char *line = modules; *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n"), end = strcspn(line, "\t\n");

		if (end > NAME_AT && end < length && line[16] == ' ' && line[18] == ' ' &&
		    !strchr("wWU", line[17]) && !memchr(line + NAME_AT, '.', end - NAME_AT))
			symbol_of(n, line + NAME_AT, end - NAME_AT)->in_module = true;
		line += length;
	}
}

/* --- definitions --------------------------------------------------------------------------- */

/* "I membarrier.c MEMBARRIER", of build_utility.c: that file is compiled as a part of this one. */
static void add_include(struct gates *gates, const char *includer, size_t size, const char *line,
			size_t length)
{
	const char *blank = memchr(line, ' ', length);
	size_t name = blank ? (size_t)(blank - line) : length;
	struct condition c;

	condition_read(line + name, length - name, &c);
	gates_include(gates, includer, size, line, name, &c);
}

static void add_includes(const char *text, struct gates *gates)
{
	const char *file = NULL;
	size_t size = 0;

	for (const char *line = text; *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n");

		if (length > 2 && *line == 'F') {
			file = line + 2;
			size = length - 2;
		} else if (length > 2 && *line == 'I' && file) {
			add_include(gates, file, size, line + 2, length - 2);
		}
		line += length;
	}
}

static void add_definition(struct names *n, const char *line, size_t length)
{
	const char *name = line + 2, *blank = memchr(name, ' ', length - 2);
	size_t size = blank ? (size_t)(blank - name) : length - 2;
	struct names_definition *d = vec_add(n->definitions, n->count, n->capacity);

	d->symbol = symbol_of(n, name, size);
	d->file = (uint32_t)(n->file_count - 1);
	d->kind = *line;
	d->condition = name + size;
	d->condition_size = (uint32_t)(length - 2 - size);
	d->symbol->definitions++;
	d->symbol->global_definitions += names_is_global(d);
}

void names_add_definitions(struct names *n, const char *definitions, struct gates *gates)
{
	add_includes(definitions, gates); /* before gates are asked */
	for (const char *line = definitions; *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n");

		if (length > 2 && *line == 'F')
			*vec_add(n->files, n->file_count, n->file_capacity) = (struct names_file){
				line + 2, (uint32_t)(length - 2), gates_of(gates, line + 2, length - 2)
			};
		else if (length > 2 && line[1] == ' ' && strchr("TtWDd", *line) && n->file_count)
			add_definition(n, line, length);
		line += length;
	}
}

bool names_is_global(const struct names_definition *d)
{
	return isupper((unsigned char)d->kind);
}

bool names_is_usable(const struct names *n, const struct names_definition *d)
{
	if (d->kind == 'W' || !n->files[d->file].gates)
		return false;
	return names_is_global(d) ? d->symbol->global_definitions == 1 : d->symbol->definitions == 1;
}

bool names_is_present(const struct names_definition *d)
{
	return names_is_global(d) ? d->symbol->global : d->symbol->local;
}

/* A module's table does not tell which of its symbols are static. */
bool names_is_in_module(const struct names_definition *d)
{
	return d->symbol->in_module && d->symbol->definitions == 1;
}

/* --- conditions ------------------------------------------------------------------------------ */

bool names_next_condition(const char **gates, const struct names_definition *d, struct condition *ret)
{
	const char *end = strchr(*gates, '\n');
	struct condition own;

	if (!end)
		return false;
	condition_read(*gates, (size_t)(end - *gates), ret);
	condition_read(d->condition, d->condition_size, &own);
	condition_and(ret, &own);
	*gates = end + 1;
	return true;
}

void names_common_condition(const struct names *n, const struct names_definition *d, struct condition *ret)
{
	CLEANUP(free_ptr) struct condition *other = xmalloc(sizeof(*other));
	const char *gates = n->files[d->file].gates;

	if (!names_next_condition(&gates, d, ret))
		condition_clear(ret);
	while (names_next_condition(&gates, d, other)) {
		size_t kept = 0;

		for (size_t i = 0; i < ret->count; i++)
			if (condition_has(other, &ret->atoms[i]))
				ret->atoms[kept++] = ret->atoms[i];
		ret->count = kept;
		ret->exact = false;
	}
}

char *names_describe(const struct names *n, const struct names_definition *d)
{
	const struct names_file *f = &n->files[d->file];

	return xasprintf("%.*s in %.*s", (int)d->symbol->key.size, d->symbol->key.name,
			 (int)f->path_size, f->path);
}
