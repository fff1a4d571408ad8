#include "recover/dump/elf.h"

#include <elf.h>
#include <string.h>

#define HOLES_IN_FRONT 1024
#define NOTES_ROOM 8192 /* the kernel's VMCOREINFO is at most a page */
#define PRSTATUS_SIZE 336 /* x86-64: with 27 registers from 112 on */
#define XNUM_MIN 0xffff	  /* this many program headers do not fit into e_phnum */

static void pad(struct buf *b)
{
	while (b->size % 4)
		buf_add_char(b, '\0');
}

static void add_note(struct buf *b, const char *name, uint32_t type, const void *text, size_t size)
{
	uint32_t header[3] = { (uint32_t)strlen(name) + 1, (uint32_t)size, type };

	buf_add(b, header, sizeof(header));
	buf_add(b, name, header[0]);
	pad(b);
	buf_add(b, text, size);
	pad(b);
}

static void add_notes(const struct dump_elf *elf, struct buf *b)
{
	static const uint8_t no_registers[PRSTATUS_SIZE];

	add_note(b, "CORE", NT_PRSTATUS, no_registers, sizeof(no_registers));
	if (elf->vmcoreinfo)
		add_note(b, "VMCOREINFO", 0, elf->vmcoreinfo, elf->vmcoreinfo_size);
}

uint64_t dump_elf_room(const struct dump_elf *elf, size_t ranges)
{
	CLEANUP(buf_deinit) struct buf notes = BUF_INIT;

	add_notes(elf, &notes);
	return sizeof(Elf64_Ehdr) + (ranges + 2 + HOLES_IN_FRONT) * sizeof(Elf64_Phdr) +
	       (notes.size < NOTES_ROOM ? NOTES_ROOM : notes.size);
}

static Elf64_Phdr load(const struct dump_layout *layout, struct ram_range r, uint64_t va)
{
	return (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = dump_layout_offset(layout, r.start),
		.p_vaddr = va,
		.p_paddr = r.start.v,
		.p_filesz = r.end.v - r.start.v,
		.p_memsz = r.end.v - r.start.v,
		.p_align = 0, /* a range need not begin at a page */
	};
}

/* Whether the file holds all of the image. */
static bool holds_image(const struct dump_elf *elf, const struct ram_map *held)
{
	uint64_t size = elf->image_ram.end.v - elf->image_ram.start.v;

	return size && ram_map_contains(held, elf->image_ram.start, size);
}

static void add_program_headers(const struct dump_elf *elf, const struct dump_layout *layout,
				const struct ram_map *held, uint64_t notes_at, size_t notes_size,
				struct buf *b)
{
	Elf64_Phdr notes = { .p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = notes_size,
			     .p_memsz = notes_size, .p_align = 4 };
	Elf64_Phdr p;

	buf_add(b, &notes, sizeof(notes));
	if (holds_image(elf, held)) {
		p = load(layout, elf->image_ram, elf->image.v);
		buf_add(b, &p, sizeof(p));
	}
	for (size_t i = 0; i < held->count; i++) {
		struct ram_range r = held->ranges[i];

		p = load(layout, r, elf->page_offset_base ? elf->page_offset_base + r.start.v : 0);
		buf_add(b, &p, sizeof(p));
	}
}

static Elf64_Ehdr header(size_t count, uint64_t headers_at)
{
	Elf64_Ehdr h = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT, ELFOSABI_NONE },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = headers_at,
		.e_ehsize = sizeof(h),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = count < XNUM_MIN ? (Elf64_Half)count : PN_XNUM,
	};

	return h;
}

void dump_elf_headers(const struct dump_elf *elf, const struct dump_layout *layout,
		      const struct ram_map *held, struct buf *front, struct buf *end)
{
	CLEANUP(buf_deinit) struct buf notes = BUF_INIT;
	size_t count = held->count + (holds_image(elf, held) ? 2 : 1), table = count * sizeof(Elf64_Phdr);
	uint64_t room = layout->count ? layout->pieces[0].offset : UINT64_MAX;
	uint64_t end_at = (layout->size + 7) & ~UINT64_C(7);
	Elf64_Ehdr h;
	bool fits;

	add_notes(elf, &notes);
	fits = sizeof(h) + table + notes.size <= room && count < XNUM_MIN;
	h = header(count, fits ? sizeof(h) : end_at);
	if (!fits && count >= XNUM_MIN) {
		h.e_shoff = end_at + table;
		h.e_shentsize = sizeof(Elf64_Shdr);
		h.e_shnum = 1;
	}
	buf_add(front, &h, sizeof(h));
	if (fits) {
		add_program_headers(elf, layout, held, sizeof(h) + table, notes.size, front);
	} else {
		for (uint64_t i = layout->size; i < end_at; i++)
			buf_add_char(end, '\0');
		add_program_headers(elf, layout, held, sizeof(h), notes.size, end);
	}
	if (h.e_shnum) {
		Elf64_Shdr s = { .sh_info = (Elf64_Word)count };

		buf_add(end, &s, sizeof(s));
	}
	buf_add(front, notes.data, notes.size);
}
