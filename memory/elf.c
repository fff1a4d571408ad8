/* elf: an ELF core of a machine: QEMU's dump-guest-memory, /proc/vmcore of kdump, makedumpfile -E,
 * /proc/kcore.
 *
 * Shape: a PT_LOAD segment has p_filesz bytes at p_offset, which are the physical addresses from
 * p_paddr on; what p_memsz counts beyond them was left out. p_paddr -1: the segment has no physical
 * address (kcore's vmalloc area). With more than 65534 program headers e_phnum is PN_XNUM, and
 * sh_info of section header 0 is their number. PT_NOTE segments hold notes, of which we keep
 * VMCOREINFO. Segments may overlap: kdump lists the kernel's text twice. Then they are copies.
 * Source: System V ABI, chapter 5; kernel/kexec_file.c crash_prepare_elf64_headers(); QEMU
 * dump/dump.c.
 */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "base/view.h"
#include "memory/image.h"

#define NOTES_MAX 65536
#define VMCOREINFO_MAX 65536 /* bytes; the kernel's is a page */

struct elf_header {
	uint64_t program_headers; /* offset */
	uint64_t count;
};

/* Counted for the notes about the image. */
struct segments {
	uint64_t loads, unplaced, cut, at_zero;
	uint64_t first_cut;
	struct image_extent cut_extent;
};

static struct err *check_ident(const struct image *image, const Elf64_Ehdr *h)
{
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB)
		return err_new(ERR_DATA, "%s: ELF class %u, byte order %u: expected 64 bits, "
			       "little-endian", image->path, h->e_ident[EI_CLASS],
			       h->e_ident[EI_DATA]);
	if (h->e_type != ET_CORE)
		return err_new(ERR_DATA, "%s: is an ELF file of type %u, expected a core (%u)",
			       image->path, h->e_type, ET_CORE);
	if (h->e_machine != EM_X86_64)
		return err_new(ERR_DATA, "%s: is a core of ELF machine %u, expected x86-64 (%u)",
			       image->path, h->e_machine, EM_X86_64);
	if (h->e_phentsize != sizeof(Elf64_Phdr))
		return err_new(ERR_DATA, "%s: program headers of %u bytes, expected %zu",
			       image->path, h->e_phentsize, sizeof(Elf64_Phdr));
	return NULL;
}

static struct err *read_header(const struct image *image, struct elf_header *ret)
{
	Elf64_Ehdr h;
	Elf64_Shdr section;
	struct err *e = image_bytes(image, 0, &h, sizeof(h));

	if (e)
		return e;
	e = check_ident(image, &h);
	if (e)
		return e;
	*ret = (struct elf_header){ h.e_phoff, h.e_phnum };
	if (h.e_phnum == PN_XNUM) {
		e = image_bytes(image, h.e_shoff, &section, sizeof(section));
		if (e)
			return err_in(e, "number of program headers, in section header 0");
		ret->count = section.sh_info;
	}
	if (!ret->count)
		return err_new(ERR_DATA, "%s: has no program headers", image->path);
	if (ret->program_headers > image->size ||
	    ret->count > (image->size - ret->program_headers) / sizeof(Elf64_Phdr))
		return err_new(ERR_DATA, "%s: %" PRIu64 " program headers at 0x%" PRIx64
			       " are not all in its 0x%" PRIx64 " bytes: cut off", image->path,
			       ret->count, ret->program_headers, image->size);
	return NULL;
}

/* If the note whose name and text begin here is VMCOREINFO, and the first one, keeps its text. */
static struct err *keep_vmcoreinfo(struct memory *m, const Elf64_Nhdr *note, uint64_t name_at,
				   uint64_t text_at)
{
	static const char name[] = "VMCOREINFO";
	const struct image *image = m->source;
	char found[sizeof(name)] = "";
	struct err *e;

	if (note->n_namesz != sizeof(name) || note->n_descsz > VMCOREINFO_MAX ||
	    !note->n_descsz || m->vmcoreinfo.size)
		return NULL;
	e = image_bytes(image, name_at, found, sizeof(found));
	if (e || memcmp(found, name, sizeof(name)))
		return e;
	buf_reserve(&m->vmcoreinfo, note->n_descsz);
	e = image_bytes(image, text_at, m->vmcoreinfo.data, note->n_descsz);
	if (e)
		return e;
	m->vmcoreinfo.size = strnlen(m->vmcoreinfo.data, note->n_descsz);
	m->vmcoreinfo.data[m->vmcoreinfo.size] = '\0';
	return NULL;
}

/* The note at `at`, of notes that end at `end`; *next: where the following one starts. */
static struct err *read_note(struct memory *m, uint64_t at, uint64_t end, uint64_t *next)
{
	const struct image *image = m->source;
	uint64_t name_space, text_space;
	Elf64_Nhdr note;
	struct err *e = image_bytes(image, at, &note, sizeof(note));

	if (e)
		return e;
	at += sizeof(note);
	name_space = (uint64_t)(note.n_namesz + UINT64_C(3)) & ~UINT64_C(3);
	text_space = (uint64_t)(note.n_descsz + UINT64_C(3)) & ~UINT64_C(3);
	if (name_space > end - at || note.n_descsz > end - at - name_space)
		return err_new(ERR_DATA, "%s: a note of %u + %u bytes at 0x%" PRIx64
			       " ends after its segment", image->path, note.n_namesz,
			       note.n_descsz, at);
	*next = at + name_space + (text_space < end - at - name_space ? text_space :
								       end - at - name_space);
	return keep_vmcoreinfo(m, &note, at, at + name_space);
}

/* The memory is as good without its notes: if they cannot be read, we only say so. */
static void read_notes(struct memory *m, const Elf64_Phdr *p)
{
	const struct image *image = m->source;
	uint64_t at = p->p_offset, end;

	if (at > image->size)
		return;
	end = p->p_filesz < image->size - at ? at + p->p_filesz : image->size;
	for (unsigned int i = 0; i < NOTES_MAX && end - at >= sizeof(Elf64_Nhdr); i++) {
		struct err *e = read_note(m, at, end, &at);

		if (!e)
			continue;
		memory_note(m, "notes: %s", err_text(e));
		err_discard(e);
		return;
	}
}

static struct err *add_load(struct image *image, const Elf64_Phdr *p, uint64_t number,
			    struct segments *s)
{
	struct image_extent *x;
	struct err *e;

	if (!p->p_memsz)
		return NULL;
	if (p->p_paddr == UINT64_MAX) {
		s->unplaced++;
		return NULL;
	}
	if (p->p_filesz > p->p_memsz)
		return err_new(ERR_DATA, "%s: program header %" PRIu64 ": 0x%" PRIx64
			       " bytes in the file for 0x%" PRIx64 " of memory", image->path,
			       number, p->p_filesz, p->p_memsz);
	if (p->p_paddr >= PADDR_END || p->p_memsz > PADDR_END - p->p_paddr)
		return err_new(ERR_DATA, "%s: program header %" PRIu64 ": 0x%" PRIx64
			       " bytes at 0x%" PRIx64 ": x86-64 has no such addresses",
			       image->path, number, p->p_memsz, p->p_paddr);
	e = image_add(image, PADDR(p->p_paddr), PADDR(p->p_paddr + p->p_memsz), p->p_offset,
		      p->p_filesz);
	if (e)
		return e;
	x = &image->extents[image->count - 1];
	s->loads++;
	s->at_zero += !p->p_paddr;
	if (x->held < p->p_filesz && !s->cut++)
		s->cut_extent = *x;
	return NULL;
}

static struct err *read_segments(struct memory *m, const struct elf_header *h, struct segments *s)
{
	struct image *image = m->source;

	for (uint64_t i = 0; i < h->count; i++) {
		Elf64_Phdr p;
		struct err *e = image_bytes(image, h->program_headers + i * sizeof(p), &p,
					    sizeof(p));

		if (e)
			return e;
		if (p.p_type == PT_NOTE)
			read_notes(m, &p);
		if (p.p_type != PT_LOAD)
			continue;
		e = add_load(image, &p, i, s);
		if (e)
			return e;
	}
	if (!s->loads && s->unplaced)
		return err_new(ERR_DATA, "%s: none of its %" PRIu64 " segments has a physical "
			       "address (p_paddr is -1): it tells virtual memory only",
			       image->path, s->unplaced);
	if (!s->loads)
		return err_new(ERR_DATA, "%s: has no segment with memory", image->path);
	if (s->loads > 1 && s->at_zero == s->loads)
		return err_new(ERR_DATA, "%s: all %" PRIu64 " segments lie at physical address 0: "
			       "it is the core of a process, expected one of a machine",
			       image->path, s->loads);
	return NULL;
}

static void note_segments(struct memory *m, const struct segments *s, size_t overlaps,
			  const struct image_extent *first, const struct image_extent *second)
{
	if (s->unplaced)
		memory_note(m, "%" PRIu64 " segments without a physical address were passed over",
			    s->unplaced);
	if (s->cut)
		memory_note(m, "cut off: %" PRIu64 " segments are not all in the file, the first "
			    "is 0x%" PRIx64 "-0x%" PRIx64 " of which it has 0x%" PRIx64 " bytes",
			    s->cut, s->cut_extent.start.v, s->cut_extent.end.v, s->cut_extent.held);
	if (overlaps)
		memory_note(m, "%zu segments overlap others, the first 0x%" PRIx64 "-0x%" PRIx64
			    " and 0x%" PRIx64 "-0x%" PRIx64 "; the one that starts lower is used",
			    overlaps, first->start.v, first->end.v, second->start.v, second->end.v);
}

static const struct memory_ops elf_ops = {
	.scheme = "file",
	.close = image_memory_close,
	.read = image_read,
	.next_data = image_next_data,
	.why_absent = "the ELF core does not hold it: filtered out, or cut off",
};

struct err *elf_open(struct memory *m)
{
	struct image_extent first, second;
	struct segments s = { 0 };
	struct elf_header h = { 0 };
	size_t overlaps;
	struct err *e;

	m->ops = &elf_ops;
	e = read_header(m->source, &h);
	if (e)
		return e;
	e = read_segments(m, &h, &s);
	if (e)
		return e;
	overlaps = image_arrange(m->source, &first, &second);
	note_segments(m, &s, overlaps, &first, &second);
	if (!m->ram_map.count)
		image_ram_map(m->source, &m->ram_map);
	return NULL;
}
