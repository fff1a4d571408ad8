#include "walker/process/elf_symbols.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "offsets.h"
#include "base/alloc.h"
#include "walker/process/page_cache.h"

#define HEADERS_MAX 65536
#define TABLE_MAX (64u << 20) /* bytes of a symbol or string table */

/* The program's file, and how it is mapped. */
struct program {
	struct target *t;
	const struct process *p;
	struct kaddr file;
	Elf64_Ehdr header;
	uint64_t bias;
};

struct symbol_table {
	uint64_t symbols, symbols_size, strings, strings_size; /* offsets in the file */
};

/* A page of the file through a mapping that nobody may have written to. */
static struct err *read_mapped(const struct program *prog, uint64_t offset, void *to, size_t size,
			       size_t *done)
{
	*done = 0;
	for (size_t i = 0; i < prog->p->vmas.count; i++) {
		const struct vma *area = &prog->p->vmas.list[i];
		uint64_t start = area->pgoff << PAGE_SHIFT, length = area->end - area->start;
		uint64_t within = offset - start;

		if (area->file.v != prog->file.v || within >= length ||
		    area->flags & CONST_VM_WRITE)
			continue;
		if (size > length - within)
			size = (size_t)(length - within);
		return mm_read_some(&prog->p->mm, UADDR(area->start + within), to, size, done);
	}
	return NULL;
}

/* Reads all of it. Errors: ERR_ABSENT: not in memory. */
static struct err *program_read(const struct program *prog, uint64_t offset, void *to, size_t size)
{
	while (size) {
		size_t done = 0;
		struct err *e = page_cache_read(prog->t, prog->file, offset, to, size, &done);

		if (!e && !done)
			e = read_mapped(prog, offset, to, size, &done);
		if (e)
			return e;
		if (!done)
			return err_new(ERR_ABSENT, "its file is not in memory from byte %" PRIu64,
				       offset);
		offset += done;
		to = (char *)to + done;
		size -= done;
	}
	return NULL;
}

static struct err *check_header(const Elf64_Ehdr *h)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB)
		return err_new(ERR_DATA, "is no 64-bit ELF file");
	if (h->e_phentsize != sizeof(Elf64_Phdr) || (h->e_shnum && h->e_shentsize != sizeof(Elf64_Shdr)))
		return err_new(ERR_DATA, "has headers of an unknown size");
	return NULL;
}

/* Which file: the one the kernel executed; or else the one that holds the code. */
static struct err *find_file(struct program *prog)
{
	for (size_t i = 0; i < prog->p->vmas.count && !prog->file.v; i++) {
		const struct vma *area = &prog->p->vmas.list[i];

		if (area->file.v && (!prog->p->mm.exe_file.v ||
				     area->file.v == prog->p->mm.exe_file.v))
			prog->file = area->file;
	}
	return prog->file.v ? NULL : err_new(ERR_ABSENT, "its program is not mapped");
}

/* By how much its segments were moved: any that is where the file says. */
static struct err *find_bias(struct program *prog)
{
	for (unsigned int i = 0; i < prog->header.e_phnum; i++) {
		Elf64_Phdr h;
		struct err *e = program_read(prog, prog->header.e_phoff + i * sizeof(h), &h,
					     sizeof(h));

		if (e)
			return err_in(e, "program headers");
		for (size_t k = 0; h.p_type == PT_LOAD && k < prog->p->vmas.count; k++) {
			const struct vma *area = &prog->p->vmas.list[k];

			if (area->file.v != prog->file.v ||
			    area->pgoff != h.p_offset >> PAGE_SHIFT)
				continue;
			prog->bias = area->start - (h.p_vaddr & PAGE_MASK);
			return NULL;
		}
	}
	return err_new(ERR_DATA, "none of its segments is mapped");
}

static struct err *program_open(struct target *t, const struct process *p, struct program *ret)
{
	struct program prog = { .t = t, .p = p };
	struct err *e = find_file(&prog);

	if (!e)
		e = program_read(&prog, 0, &prog.header, sizeof(prog.header));
	if (!e)
		e = check_header(&prog.header);
	if (!e)
		e = find_bias(&prog);
	if (!e)
		*ret = prog;
	return e;
}

/* .symtab, which has all names, or else .dynsym. */
static struct err *find_table(const struct program *prog, struct symbol_table *ret)
{
	CLEANUP(free_ptr) Elf64_Shdr *sections = NULL;
	const Elf64_Shdr *table = NULL;
	unsigned int count = prog->header.e_shnum;
	struct err *e;

	if (!count || count > HEADERS_MAX)
		return err_new(ERR_ABSENT, "its file has no section headers");
	sections = xcalloc(count, sizeof(*sections));
	e = program_read(prog, prog->header.e_shoff, sections, count * sizeof(*sections));
	if (e)
		return err_in(e, "section headers");
	for (unsigned int i = 0; i < count; i++) {
		if (sections[i].sh_type == SHT_SYMTAB ||
		    (sections[i].sh_type == SHT_DYNSYM && !table))
			table = &sections[i];
	}
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

/* All names of a table; a page of them that is not in memory is zeros. *missing:
 * bytes of those. */
static struct err *read_names(const struct program *prog, const struct symbol_table *table,
			      char *names, uint64_t *missing)
{
	*missing = 0;
	for (uint64_t at = 0, size; at < table->strings_size; at += size) {
		uint64_t left = PAGE_SIZE - (table->strings + at) % PAGE_SIZE;
		struct err *e;

		size = left < table->strings_size - at ? left : table->strings_size - at;
		e = program_read(prog, table->strings + at, names + at, (size_t)size);
		if (e && err_code(e) == ERR_SYSTEM)
			return e;
		*missing += e ? size : 0;
		err_discard(e);
	}
	return NULL;
}

struct search {
	const char *name;
	size_t name_size; /* with its NUL */
	char *names;	  /* of the table; owned */
	uint64_t names_size;
	Elf64_Sym best;
	unsigned int found; /* of the best's binding */
};

static bool is_local(const Elf64_Sym *s)
{
	return ELF64_ST_BIND(s->st_info) == STB_LOCAL;
}

/* A global symbol hides local ones; the same one may stand there twice. */
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
	uint64_t missing;
	struct err *e;

	s->names_size = table->strings_size;
	s->names = xcalloc(1, (size_t)s->names_size);
	e = read_names(prog, table, s->names, &missing);
	if (!e)
		e = search_symbols(prog, table, s);
	free(s->names);
	if (e || s->found)
		return e;
	if (missing)
		return err_new(ERR_ABSENT, "no symbol \"%s\", but %" PRIu64 " of the %" PRIu64
					   " bytes of its program's names are not in memory",
			       s->name, missing, s->names_size);
	return err_new(ERR_ABSENT, "its program has no symbol \"%s\"", s->name);
}

struct err *elf_symbol_find(struct target *t, const struct process *p, const char *name,
			    struct elf_symbol *ret)
{
	struct search s = { .name = name, .name_size = strlen(name) + 1 };
	struct symbol_table table = { 0 };
	struct program prog;
	struct err *e = program_open(t, p, &prog);

	if (!e)
		e = find_table(&prog, &table);
	if (!e)
		e = search_table(&prog, &table, &s);
	if (!e && s.found > 1)
		e = err_new(ERR_DATA, "its program has %u symbols \"%s\"", s.found, name);
	if (!e && ELF64_ST_TYPE(s.best.st_info) == STT_TLS)
		e = err_new(ERR_DATA, "\"%s\" is thread-local", name);
	if (e)
		return err_in(e, "pid %" PRIu32, p->task.pid);
	ret->address = s.best.st_value + (s.best.st_shndx == SHN_ABS ? 0 : prog.bias);
	ret->size = s.best.st_size;
	return NULL;
}
