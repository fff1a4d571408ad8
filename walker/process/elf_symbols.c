#include "walker/process/elf_symbols.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "walker/process/program.h"

#define HEADERS_MAX 65536
#define TABLE_MAX (64u << 20) /* bytes of a symbol or string table */

struct symbol_table {
	uint64_t symbols, symbols_size, strings, strings_size; /* offsets in the file */
};

/* .symtab, which has all names, or else .dynsym; NULL: neither. */
static const Elf64_Shdr *choose_table(const Elf64_Shdr *sections, unsigned int count)
{
	const Elf64_Shdr *table = NULL;

	for (unsigned int i = 0; i < count; i++)
		if (sections[i].sh_type == SHT_SYMTAB ||
		    (sections[i].sh_type == SHT_DYNSYM && !table))
			table = &sections[i];
	return table;
}

static struct err *find_table(const struct program *prog, struct symbol_table *ret)
{
	CLEANUP(free_ptr) Elf64_Shdr *sections = NULL;
	const Elf64_Shdr *table;
	unsigned int count = prog->header.e_shnum;
	struct err *e;

	if (!count || count > HEADERS_MAX)
		return err_new(ERR_ABSENT, "its file has no section headers");
	sections = xcalloc(count, sizeof(*sections));
	e = program_read(prog, prog->header.e_shoff, sections, count * sizeof(*sections));
	if (e)
		return err_in(e, "section headers");
	table = choose_table(sections, count);
	if (!table)
		return err_new(ERR_ABSENT, "its file has no symbol table");
	if (table->sh_link >= count || table->sh_size > TABLE_MAX ||
	    sections[table->sh_link].sh_size > TABLE_MAX)
		return err_new(ERR_DATA, "its file's symbol table is nonsense");
	*ret = (struct symbol_table){ table->sh_offset, table->sh_size,
				      sections[table->sh_link].sh_offset,
				      sections[table->sh_link].sh_size };
	return NULL;
}

/* Reads all names of a table. A page of them that is not in memory stays zeros; *missing:
 * how many bytes are in such pages. */
static struct err *read_names(const struct program *prog, const struct symbol_table *table,
			      char *names, uint64_t *missing)
{
	*missing = 0;
	for (uint64_t at = 0, size; at < table->strings_size; at += size) {
		uint64_t left = PAGE_SIZE - (table->strings + at) % PAGE_SIZE;
		struct err *e;

		size = left < table->strings_size - at ? left : table->strings_size - at;
		e = program_read(prog, table->strings + at, names + at, (size_t)size);
		if (err_is_fatal(e))
			return e;
		*missing += e ? size : 0;
		err_discard(e);
	}
	return NULL;
}

struct search {
	const char *name;
	size_t name_size; /* with its NUL */
	const char *names; /* of the table */
	uint64_t names_size;
	Elf64_Sym best;
	unsigned int found; /* of the best's binding */
};

static bool is_local(const Elf64_Sym *s)
{
	return ELF64_ST_BIND(s->st_info) == STB_LOCAL;
}

/* A global symbol hides local ones. The same symbol may stand there twice. */
static void search_add(struct search *s, const Elf64_Sym *symbol)
{
	if (s->found && is_local(&s->best) == is_local(symbol)) {
		s->found += s->best.st_value != symbol->st_value;
	} else if (!s->found || is_local(&s->best)) {
		s->best = *symbol;
		s->found = 1;
	}
}

static bool is_wanted(const struct search *s, const Elf64_Sym *symbol)
{
	return symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) <= STT_TLS &&
	       symbol->st_name < s->names_size &&
	       s->name_size <= s->names_size - symbol->st_name &&
	       !memcmp(s->names + symbol->st_name, s->name, s->name_size);
}

static struct err *search_symbols(const struct program *prog, const struct symbol_table *table,
				  struct search *s)
{
	enum { PIECE = 1024 };
	CLEANUP(free_ptr) Elf64_Sym *symbols = xcalloc(PIECE, sizeof(*symbols));
	uint64_t count = table->symbols_size / sizeof(*symbols);

	for (uint64_t first = 0; first < count; first += PIECE) {
		size_t n = count - first < PIECE ? (size_t)(count - first) : PIECE;
		struct err *e = program_read(prog, table->symbols + first * sizeof(*symbols),
					     symbols, n * sizeof(*symbols));

		if (e)
			return err_in(e, "symbol table");
		for (size_t i = 0; i < n; i++)
			if (is_wanted(s, &symbols[i]))
				search_add(s, &symbols[i]);
	}
	return NULL;
}

static struct err *search_table(const struct program *prog, const struct symbol_table *table,
				struct search *s)
{
	CLEANUP(free_ptr) char *names = xcalloc(1, (size_t)table->strings_size);
	uint64_t missing;
	struct err *e = read_names(prog, table, names, &missing);

	if (e)
		return e;
	s->names = names;
	s->names_size = table->strings_size;
	e = search_symbols(prog, table, s);
	s->names = NULL;
	if (e || s->found)
		return e;
	if (missing)
		return err_new(ERR_ABSENT, "no symbol \"%s\", but %" PRIu64 " of the %" PRIu64
					   " bytes of its program's names are not in memory",
			       s->name, missing, table->strings_size);
	return err_new(ERR_ABSENT, "its program has no symbol \"%s\"", s->name);
}

static struct err *find_in_program(const struct program *prog, const char *name,
				   struct elf_symbol *ret)
{
	struct search s = { .name = name, .name_size = strlen(name) + 1 };
	struct symbol_table table = { 0 };
	struct err *e = find_table(prog, &table);

	if (e)
		return e;
	e = search_table(prog, &table, &s);
	if (e)
		return e;
	if (s.found > 1)
		return err_new(ERR_DATA, "its program has %u symbols \"%s\"", s.found, name);
	if (ELF64_ST_TYPE(s.best.st_info) == STT_TLS)
		return err_new(ERR_DATA, "\"%s\" is thread-local", name);
	ret->address = s.best.st_value + (s.best.st_shndx == SHN_ABS ? 0 : prog->bias);
	ret->size = s.best.st_size;
	return NULL;
}

struct err *elf_symbol_find(struct target *t, const struct process *p, const char *name,
			    struct elf_symbol *ret)
{
	struct program prog;
	struct err *e = program_open(t, p, &prog);

	if (!e)
		e = find_in_program(&prog, name, ret);
	return err_in(e, "pid %" PRIu32, p->task.pid);
}
