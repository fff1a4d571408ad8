#include "walker/process/program.h"

#include <inttypes.h>
#include <string.h>

#include "base/view.h"
#include "offsets.h"
#include "walker/process/page_cache.h"

/* --- its file ------------------------------------------------------------------- */

/* Reads some of the file through a mapping that nobody may have written to. */
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

struct err *program_read(const struct program *prog, uint64_t offset, void *to, size_t size)
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

/* Which file: the one that the kernel executed, or else the first that is mapped. */
static struct err *find_file(struct program *prog)
{
	for (size_t i = 0; i < prog->p->vmas.count; i++) {
		const struct vma *area = &prog->p->vmas.list[i];

		if (!area->file.v || (prog->p->mm.exe_file.v &&
				      area->file.v != prog->p->mm.exe_file.v))
			continue;
		prog->file = area->file;
		return NULL;
	}
	return err_new(ERR_ABSENT, "its program is not mapped");
}

static struct err *check_header(const Elf64_Ehdr *h)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB)
		return err_new(ERR_DATA, "is no 64-bit ELF file");
	if (h->e_phentsize != sizeof(Elf64_Phdr) ||
	    (h->e_shnum && h->e_shentsize != sizeof(Elf64_Shdr)))
		return err_new(ERR_DATA, "has headers of an unknown size");
	return NULL;
}

static struct err *read_segment(const struct program *prog, unsigned int i, Elf64_Phdr *ret)
{
	struct err *e = program_read(prog, prog->header.e_phoff + i * sizeof(*ret), ret,
				     sizeof(*ret));

	return err_in(e, "program headers");
}

/* --- its bias, by the auxiliary vector ------------------------------------------ */

/* Shape: pairs of a type and a value; AT_NULL ends them. */
static struct err *read_auxv(const struct program *prog, uint64_t type, uint64_t *ret)
{
	uint8_t auxv[LEN_mm_struct_saved_auxv];
	struct kaddr at = kaddr_add(prog->p->mm.at, OFF_mm_struct_saved_auxv);
	struct err *e = kread(&prog->t->kernel, at, auxv, sizeof(auxv));

	if (e)
		return e;
	for (size_t i = 0; i + 16 <= sizeof(auxv) && load_u64(auxv + i) != AT_NULL; i += 16) {
		if (load_u64(auxv + i) != type)
			continue;
		*ret = load_u64(auxv + i + 8);
		return NULL;
	}
	return err_new(ERR_ABSENT, "its auxiliary vector has no type %" PRIu64, type);
}

/* Where the program headers were linked to: into the segment that holds them. */
static struct err *linked_headers(const struct program *prog, uint64_t *ret)
{
	for (unsigned int i = 0; i < prog->header.e_phnum; i++) {
		Elf64_Phdr h;
		struct err *e = read_segment(prog, i, &h);

		if (e)
			return e;
		if (h.p_type != PT_LOAD || prog->header.e_phoff - h.p_offset >= h.p_filesz)
			continue;
		*ret = h.p_vaddr + (prog->header.e_phoff - h.p_offset);
		return NULL;
	}
	return err_new(ERR_ABSENT, "no segment holds its program headers");
}

static bool is_headers(const struct program *prog, uint64_t at)
{
	const struct vma *area = process_area(prog->p, at);

	return area && area->file.v == prog->file.v &&
	       (area->pgoff << PAGE_SHIFT) + (at - area->start) == prog->header.e_phoff;
}

static struct err *bias_by_auxv(const struct program *prog, uint64_t *ret)
{
	uint64_t headers = 0, linked = 0;
	struct err *e = read_auxv(prog, AT_PHDR, &headers);

	if (e)
		return e;
	if (!is_headers(prog, headers))
		return err_new(ERR_DATA, "AT_PHDR 0x%" PRIx64 ": its program headers are not there",
			       headers);
	e = linked_headers(prog, &linked);
	if (e)
		return e;
	*ret = headers - linked;
	return NULL;
}

/* --- or by its mappings --------------------------------------------------------- */

/* The lowest mapping of the file that begins where a segment does, or NULL. */
static const struct vma *mapping_of(const struct program *prog, const Elf64_Phdr *h)
{
	for (size_t i = 0; i < prog->p->vmas.count; i++) {
		const struct vma *area = &prog->p->vmas.list[i];

		if (area->file.v == prog->file.v && area->pgoff == h->p_offset >> PAGE_SHIFT)
			return area;
	}
	return NULL;
}

static struct err *bias_by_mappings(const struct program *prog, uint64_t *ret)
{
	for (unsigned int i = 0; i < prog->header.e_phnum; i++) {
		const struct vma *area;
		Elf64_Phdr h;
		struct err *e = read_segment(prog, i, &h);

		if (e)
			return e;
		area = h.p_type == PT_LOAD ? mapping_of(prog, &h) : NULL;
		if (!area)
			continue;
		*ret = area->start - (h.p_vaddr & PAGE_MASK);
		return NULL;
	}
	return err_new(ERR_DATA, "none of its segments is mapped");
}

static struct err *find_bias(struct program *prog)
{
	struct err *e = bias_by_auxv(prog, &prog->bias);

	if (!e || err_is_fatal(e))
		return e;
	err_discard(e);
	return bias_by_mappings(prog, &prog->bias);
}

struct err *program_open(struct target *t, const struct process *p, struct program *ret)
{
	struct program prog = { .t = t, .p = p };
	struct err *e = find_file(&prog);

	if (e)
		return e;
	e = program_read(&prog, 0, &prog.header, sizeof(prog.header));
	if (e)
		return e;
	e = check_header(&prog.header);
	if (e)
		return e;
	e = find_bias(&prog);
	if (e)
		return e;
	*ret = prog;
	return NULL;
}
