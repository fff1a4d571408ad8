#include "recover/parse/modules.h"

#include <ctype.h>
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"

#define MODULES_MAX 4096
#define MODULE_WINDOW 8192u /* no struct module is larger */
#define MODULE_LIST 8u
#define MODULE_NAME 24u
#define MODULE_NAME_SIZE 56u
#define STATE_UNFORMED 3u
#define SYMBOLS_MAX (1u << 18)
#define STRINGS_MAX (16u << 20)
#define NAME_MAX_SIZE 1024u
#define TEXT_MAX ((size_t)256 << 20) /* bytes of symbols of all modules */
/* Where modules lie. Source: Documentation/arch/x86/x86_64/mm.rst */
#define AREA_START UINT64_C(0xffffffffa0000000)
#define AREA_END UINT64_C(0xffffffffff000000)

struct module {
	uint64_t at;
	uint8_t bytes[MODULE_WINDOW];
	size_t size; /* of bytes */
	char name[MODULE_NAME_SIZE + 1];
};

struct tables {
	uint64_t symbols, names, types; /* types: 0 when there are none */
	uint32_t count;
};

static bool is_in_area(uint64_t at)
{
	return at >= AREA_START && at < AREA_END;
}

/* --- where the tables of a module are -------------------------------------------------------- */

/* Whether the table of symbols at `at` begins with an empty one, as every ELF table does. */
static struct err *begins_empty(const struct xlat *x, uint64_t at, bool *ret)
{
	static const uint8_t empty[sizeof(Elf64_Sym)];
	uint8_t first[sizeof(Elf64_Sym)];
	size_t done;
	struct err *e = xlat_read_some(x, at, first, sizeof(first), &done);

	*ret = !e && done == sizeof(first) && !memcmp(first, empty, sizeof(first));
	return e;
}

/* Whether struct mod_kallsyms is at this offset of the module. */
static struct err *tables_at(const struct xlat *x, const struct module *m, size_t offset,
			     struct tables *ret, bool *found)
{
	const uint8_t *p = m->bytes + offset;

	*ret = (struct tables){ load_u64(p), load_u64(p + 16), load_u64(p + 24), load_u32(p + 8) };
	*found = false;
	if (!is_in_area(ret->symbols) || !is_in_area(ret->names) || !ret->count ||
	    ret->count > SYMBOLS_MAX || load_u32(p + 12))
		return NULL;
	if (!is_in_area(ret->types))
		ret->types = 0;
	return begins_empty(x, ret->symbols, found);
}

static struct err *find_tables(const struct xlat *x, const struct module *m, struct tables *ret)
{
	for (size_t i = MODULE_NAME; i + 8 <= m->size; i += 8) {
		uint64_t offset = load_u64(m->bytes + i) - m->at;
		bool found;
		struct err *e;

		if (offset % 8 || offset >= m->size || m->size - offset < 32)
			continue;
		e = tables_at(x, m, (size_t)offset, ret, &found);
		if (e || found)
			return e;
	}
	return err_new(ERR_DATA, "no table of symbols");
}

/* --- symbols ---------------------------------------------------------------------------------- */

static struct err *read_all(const struct xlat *x, uint64_t at, void *to, size_t size, const char *what)
{
	size_t done;
	struct err *e = xlat_read_some(x, at, to, size, &done);

	if (e)
		return e;
	if (done < size)
		return err_new(ERR_DATA, "%s: of %zu bytes at 0x%" PRIx64 " %zu can be read", what,
			       size, at, done);
	return NULL;
}

static char type_of(const Elf64_Sym *s, const uint8_t *types, size_t i)
{
	uint8_t type = types	      ? types[i] :
		       isalpha(s->st_info) ? s->st_info :
					      (uint8_t)s->st_size;

	return isalpha(type) ? (char)type : '?';
}

/* We pass over what is not a name, as the kernel passes over empty ones. */
static bool is_name(const char *name, size_t room)
{
	size_t n = strnlen(name, room < NAME_MAX_SIZE ? room : NAME_MAX_SIZE);

	if (!n || n == room || n == NAME_MAX_SIZE)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

static void add_symbols(const struct module *m, const Elf64_Sym *symbols, uint32_t count,
			const uint8_t *types, const char *names, size_t names_size, struct buf *b)
{
	for (uint32_t i = 1; i < count; i++) {
		const Elf64_Sym *s = &symbols[i];

		if (s->st_name < names_size && is_name(names + s->st_name, names_size - s->st_name))
			buf_addf(b, "%016jx %c %s\t[%s]\n", (uintmax_t)s->st_value,
				 type_of(s, types, i), names + s->st_name, m->name);
	}
}

/* Reads the strings from t->names up to the last one that a symbol refers to. */
static struct err *read_names(const struct xlat *x, const struct tables *t,
			      const Elf64_Sym *symbols, char **ret, size_t *size)
{
	CLEANUP(free_ptr) char *names = NULL;
	size_t last = 0;
	struct err *e;

	for (uint32_t i = 0; i < t->count; i++)
		last = symbols[i].st_name > last ? symbols[i].st_name : last;
	if (last >= STRINGS_MAX)
		return err_new(ERR_DATA, "names: more than %u bytes", STRINGS_MAX);
	names = xmalloc(last + NAME_MAX_SIZE);
	e = xlat_read_some(x, t->names, names, last + NAME_MAX_SIZE, size);
	if (e)
		return e;
	if (*size <= last)
		return err_new(ERR_DATA, "names: at 0x%" PRIx64 " %zu bytes can be read", t->names,
			       *size);
	*ret = TAKE(names);
	return NULL;
}

static struct err *read_symbols(const struct xlat *x, const struct module *m,
				const struct tables *t, struct buf *b)
{
	CLEANUP(free_ptr) Elf64_Sym *symbols = xcalloc(t->count, sizeof(*symbols));
	CLEANUP(free_ptr) uint8_t *types = t->types ? xmalloc(t->count) : NULL;
	CLEANUP(free_ptr) char *names = NULL;
	size_t names_size;
	struct err *e = read_all(x, t->symbols, symbols, t->count * sizeof(*symbols), "symbols");

	if (e)
		return e;
	if (types) {
		e = read_all(x, t->types, types, t->count, "types");
		if (e)
			return e;
	}
	e = read_names(x, t, symbols, &names, &names_size);
	if (e)
		return e;
	add_symbols(m, symbols, t->count, types, names, names_size, b);
	return NULL;
}

/* --- the list ----------------------------------------------------------------------------------- */

static bool is_module_name(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-')
			return false;
	return true;
}

static struct err *read_module(const struct xlat *x, uint64_t at, struct module *ret)
{
	struct err *e = xlat_read_some(x, at, ret->bytes, sizeof(ret->bytes), &ret->size);

	ret->at = at;
	if (e)
		return e;
	if (ret->size < MODULE_NAME + MODULE_NAME_SIZE)
		return err_new(ERR_DATA, "module at 0x%" PRIx64 ": not in memory", at);
	memcpy(ret->name, ret->bytes + MODULE_NAME, MODULE_NAME_SIZE);
	ret->name[MODULE_NAME_SIZE] = '\0';
	if (!*ret->name || !is_module_name(ret->name))
		return err_new(ERR_DATA, "module at 0x%" PRIx64 ": has no name", at);
	return NULL;
}

static struct err *add_module(const struct xlat *x, const struct module *m, struct buf *b)
{
	struct tables tables = { 0 };
	struct err *e;

	if (load_u32(m->bytes) == STATE_UNFORMED)
		return NULL;
	e = find_tables(x, m, &tables);
	if (!e)
		e = read_symbols(x, m, &tables, b);
	return err_in(e, "module %s", m->name);
}

/* The first of two errors. */
static struct err *keep_first(struct err *kept, struct err *e)
{
	if (kept)
		err_discard(e);
	return kept ? kept : e;
}

bool modules_are_at(struct kaddr at)
{
	return is_in_area(at.v) && at.v % 8 == 0;
}

bool modules_may_be(const struct xlat *x, struct kaddr list)
{
	CLEANUP(free_ptr) struct module *m = xmalloc(sizeof(*m));
	struct err *e = read_module(x, list.v - MODULE_LIST, m);

	err_discard(e);
	return !e && load_u32(m->bytes) <= STATE_UNFORMED;
}

/* Reads the module whose `list` is at `at` and checks that it points back to `before`. n: how many
 * modules come before it. */
static struct err *next_module(const struct xlat *x, uint64_t at, uint64_t before, size_t n,
			       struct module *ret)
{
	struct err *e;

	if (!is_in_area(at))
		return err_new(ERR_DATA, "0x%" PRIx64 " behind %zu of them is none", at, n);
	e = read_module(x, at - MODULE_LIST, ret);
	if (e)
		return e;
	if (load_u64(ret->bytes + MODULE_LIST + 8) != before)
		return err_new(ERR_DATA, "module %s: does not point back in the list", ret->name);
	return NULL;
}

/* *why: of the first module whose symbols cannot be read. Errors: those that end the list. */
static struct err *read_list(const struct xlat *x, uint64_t head, struct buf *b, size_t *modules,
			     struct err **why)
{
	CLEANUP(free_ptr) struct module *m = xmalloc(sizeof(*m));
	uint64_t before = head, at;
	struct err *e = xlat_read(x, head, &at, sizeof(at));

	if (e)
		return e;
	for (size_t n = 0; at != head; n++) {
		if (n == MODULES_MAX)
			return err_new(ERR_DATA, "more than %d", MODULES_MAX);
		if (b->size > TEXT_MAX)
			return err_new(ERR_DATA, "more than %zu bytes of symbols", TEXT_MAX);
		e = next_module(x, at, before, n, m);
		if (e)
			return e;
		e = add_module(x, m, b);
		if (err_is_fatal(e))
			return e;
		*modules += !e;
		*why = keep_first(*why, e);
		before = at;
		at = load_u64(m->bytes + MODULE_LIST);
	}
	return NULL;
}

struct err *modules_symbols(const struct xlat *x, struct kaddr head, struct buf *b, size_t *modules)
{
	struct err *why = NULL, *e;

	*modules = 0;
	e = read_list(x, head.v, b, modules, &why);
	return err_in(keep_first(e, why), "modules");
}
