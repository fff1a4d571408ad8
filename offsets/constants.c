#include "offsets/constants.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/search.h"
#include "base/vec.h"
#include "base/view.h"

#define COUNT_MAX 100000

struct constant {
	char *symbol;
	uint8_t *bytes;
	size_t size;
};

struct constants {
	struct constant *list; /* sorted by symbol */
	size_t count, capacity;
};

static void end_elf(Elf **elf)
{
	elf_end(*elf);
}

void constants_free(struct constants *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->list[i].symbol);
		free(c->list[i].bytes);
	}
	free(c->list);
	free(c);
}

static struct err *damaged(const char *what)
{
	return err_new(ERR_DATA, "damaged object: %s: %s", what, elf_errmsg(-1));
}

/* A copy of [offset, offset + size) of a section. A section without bytes in the file (.bss) is all zeros. */
static struct err *copy_bytes(Elf *elf, size_t index, uint64_t offset, uint64_t size,
			      uint8_t **ret)
{
	Elf_Scn *section = elf_getscn(elf, index);
	GElf_Shdr header;
	Elf_Data *data;

	if (!section || !gelf_getshdr(section, &header))
		return damaged("no such section");
	if (offset > header.sh_size || size > header.sh_size - offset)
		return err_new(ERR_DATA, "damaged object: data behind the end of its section");
	*ret = NULL;
	if (header.sh_type != SHT_NOBITS) {
		data = elf_rawdata(section, NULL);
		if (!data || !data->d_buf || data->d_size < offset + size)
			return damaged("a section without its bytes");
		*ret = xmalloc(size + 1);
		memcpy(*ret, (const uint8_t *)data->d_buf + offset, size);
		return NULL;
	}
	if (size > FIELDS_FILE_MAX)
		return err_new(ERR_DATA, "damaged object: a number of %llu bytes",
			       (unsigned long long)size);
	*ret = xcalloc(size + 1, 1);
	return NULL;
}

static bool is_ours(const char *name)
{
	return !strncmp(name, CONSTANTS_NUMBER, strlen(CONSTANTS_NUMBER)) ||
	       !strncmp(name, CONSTANTS_BITS, strlen(CONSTANTS_BITS));
}

static struct err *read_symbol(struct constants *c, Elf *elf, const GElf_Sym *symbol,
			       const char *name)
{
	struct constant constant = { .size = symbol->st_size };
	struct err *e;

	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return err_new(ERR_DATA, "%s: is not in a section", name);
	if (c->count == COUNT_MAX)
		return err_new(ERR_DATA, "more than %d numbers", COUNT_MAX);
	e = copy_bytes(elf, symbol->st_shndx, symbol->st_value, symbol->st_size, &constant.bytes);
	if (e)
		return err_in(e, "%s", name);
	constant.symbol = xstrdup(name);
	*vec_add(c->list, c->count, c->capacity) = constant;
	return NULL;
}

static struct err *read_symbols(struct constants *c, Elf *elf, Elf_Scn *section,
				const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	if (!data || count > INT32_MAX)
		return damaged("the symbol table");
	for (size_t i = 1; i < count; i++) {
		GElf_Sym symbol;
		const char *name;
		struct err *e;

		if (!gelf_getsym(data, (int)i, &symbol))
			return damaged("the symbol table");
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name)
			return damaged("the names of symbols");
		if (!is_ours(name))
			continue;
		e = read_symbol(c, elf, &symbol, name);
		if (e)
			return e;
	}
	return NULL;
}

static int symbol_order(const void *a, const void *b)
{
	return strcmp(((const struct constant *)a)->symbol, ((const struct constant *)b)->symbol);
}

static struct err *read_object(struct constants *c, Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr ehdr;
	GElf_Shdr header;
	struct err *e;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr))
		return err_new(ERR_DATA, "no ELF object");
	if (ehdr.e_type != ET_REL || ehdr.e_machine != EM_X86_64 ||
	    ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		return err_new(ERR_DATA, "not a relocatable object for x86-64");
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			return damaged("the section table");
		if (header.sh_type != SHT_SYMTAB)
			continue;
		e = read_symbols(c, elf, section, &header);
		if (e)
			return e;
	}
	if (c->count)
		qsort(c->list, c->count, sizeof(*c->list), symbol_order);
	return NULL;
}

struct err *constants_read(const char *path, struct constants **ret)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP(constants_freep) struct constants *c = xcalloc(1, sizeof(*c));
	CLEANUP(end_elf) Elf *elf = NULL;
	struct err *e;

	if (fd < 0)
		return err_errno("%s", path);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return err_new(ERR_DATA, "%s: no ELF object: %s", path, elf_errmsg(-1));
	e = read_object(c, elf);
	if (e)
		return err_in(e, "%s", path);
	*ret = TAKE(c);
	return NULL;
}

static const struct constant *find(const struct constants *c, const char *prefix, const char *name)
{
	CLEANUP(free_ptr) char *symbol = xasprintf("%s%s", prefix, name);
	size_t at = search_first(i, c->count, strcmp(c->list[i].symbol, symbol) >= 0);

	return at < c->count && !strcmp(c->list[at].symbol, symbol) ? &c->list[at] : NULL;
}

struct err *constants_value(const struct constants *c, const char *name, struct layout_value *ret)
{
	const struct constant *constant = find(c, CONSTANTS_NUMBER, name);

	*ret = (struct layout_value){ .have = false };
	if (!constant)
		return NULL;
	if (constant->size != 16 || load_u64(constant->bytes + 8) > 1)
		return err_new(ERR_DATA, "the number %s is not of the shape of one", name);
	ret->have = true;
	ret->bits = load_u64(constant->bytes);
	ret->negative = load_u64(constant->bytes + 8);
	ret->derived = DERIVED_COMPILER;
	return NULL;
}

struct err *constants_u64(const struct constants *c, const char *name, uint64_t *ret)
{
	struct layout_value value;
	struct err *e = constants_value(c, name, &value);

	if (e)
		return e;
	if (!value.have || value.negative)
		return err_new(ERR_DATA, "the number %s is %s", name,
			       value.have ? "negative" : "missing");
	*ret = value.bits;
	return NULL;
}

struct err *constants_bits(const struct constants *c, const char *name, uint64_t *offset,
			   uint64_t *width)
{
	const struct constant *constant = find(c, CONSTANTS_BITS, name);
	uint64_t first = 0, last = 0, set = 0;

	for (uint64_t i = 0; constant && i < constant->size * 8; i++) {
		if (!(constant->bytes[i / 8] >> (i % 8) & 1))
			continue;
		first = set++ ? first : i;
		last = i;
	}
	if (!set || last - first + 1 != set)
		return err_new(ERR_DATA, "the bits of %s are %s", name,
			       !constant ? "missing" : set ? "apart from each other" : "all zero");
	*offset = first;
	*width = set;
	return NULL;
}
