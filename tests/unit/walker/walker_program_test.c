/* Where a process's program has its variables, whatever the process has mapped, and says of itself. */
#include "tests/unit/walker/image.h"

#include <elf.h>

#include "walker/process/elf_symbols.c"
#include "walker/process/mm.c"
#include "walker/process/page_cache.c"
#include "walker/process/process.c"
#include "walker/process/program.c"
#include "walker/process/vma.c"
#include "walker/read/kread.c"
#include "walker/read/maple.c"
#include "walker/read/notes.c"
#include "walker/read/rehearse.c"
#include "walker/read/xarray.c"

#define FILE_PAGES 3
#define SECTIONS_AT 0x1000u /* in the file */
#define SYMBOLS_AT 0x1200u
#define NAMES_AT 0x1300u
#define DATA_AT 0x2000u

#define PIE UINT64_C(0x555555554000)
#define ELSEWHERE UINT64_C(0x100000)
#define VARIABLE UINT64_C(0x3010) /* as linked, in a file linked to 0 */

struct world {
	struct image im;
	struct process p;
	struct vma areas[8];
	uint64_t file, pages[FILE_PAGES]; /* direct-map addresses */
	uint64_t linked;		  /* where the first segment was linked to */
};

/* No test here asks for a task. */
struct err *task_of_pid(struct target *t, uint32_t pid, struct task *ret)
{
	(void)t;
	(void)ret;
	return err_new(ERR_ABSENT, "there is no process %" PRIu32, pid);
}

static uint8_t *file_at(struct world *w, uint64_t offset)
{
	return image_at(&w->im, w->pages[offset >> 12] + (offset & 4095));
}

/* A struct file whose pages are in the page cache. */
static void make_file(struct world *w)
{
	struct image *im = &w->im;
	uint64_t mapping = image_alloc(im, SIZE_address_space);
	uint64_t node = image_alloc(im, SIZE_radix_tree_node);

	w->file = image_alloc(im, SIZE_file);
	image_put64(im, w->file + OFF_file_f_mapping, mapping);
	image_put64(im, mapping + OFF_address_space_i_pages + OFF_radix_tree_root_head, node + 2);
	for (uint64_t i = 0; i < FILE_PAGES; i++) {
		uint64_t page;

		w->pages[i] = image_alloc_page(im);
		page = im->t.kernel.vmemmap_base + (w->pages[i] - DIRECT_MAP) / 4096 * SIZE_page;
		image_put64(im, page + OFF_page_index, i);
		image_put64(im, node + OFF_radix_tree_node_slots + 8 * i, page);
	}
}

static void fill_file(struct world *w)
{
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB },
		.e_type = w->linked ? ET_EXEC : ET_DYN, .e_phoff = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3, .e_shoff = SECTIONS_AT,
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3,
	};
	const Elf64_Phdr segments[] = {
		{ .p_type = PT_PHDR, .p_offset = 64, .p_vaddr = w->linked + 64, .p_filesz = 168 },
		{ .p_type = PT_LOAD, .p_vaddr = w->linked, .p_filesz = 0x2000 },
		{ .p_type = PT_LOAD, .p_offset = DATA_AT, .p_vaddr = w->linked + 0x3000,
		  .p_filesz = 0x100 },
	};
	const Elf64_Shdr sections[] = {
		{ .sh_type = SHT_NULL },
		{ .sh_type = SHT_SYMTAB, .sh_offset = SYMBOLS_AT, .sh_size = 2 * sizeof(Elf64_Sym),
		  .sh_link = 2 },
		{ .sh_type = SHT_STRTAB, .sh_offset = NAMES_AT, .sh_size = 10 },
	};
	const Elf64_Sym variable = { .st_name = 1, .st_shndx = 2, .st_value = w->linked + VARIABLE,
				     .st_size = 8, .st_info = STB_GLOBAL << 4 | STT_OBJECT };

	memcpy(file_at(w, 0), &header, sizeof(header));
	memcpy(file_at(w, 64), segments, sizeof(segments));
	memcpy(file_at(w, SECTIONS_AT), sections, sizeof(sections));
	memcpy(file_at(w, SYMBOLS_AT + sizeof(variable)), &variable, sizeof(variable));
	memcpy(file_at(w, NAMES_AT), "\0variable", 10);
}

/* Maps [offset, offset + size) of the file; areas come in the order of their addresses. */
static void map_file(struct world *w, uint64_t at, uint64_t offset, uint64_t size)
{
	w->areas[w->p.vmas.count++] = (struct vma){ .start = at, .end = at + size,
						    .pgoff = offset >> 12, .file = KADDR(w->file) };
}

/* As execve() maps it, and what it says of that. */
static void map_program(struct world *w, uint64_t bias)
{
	map_file(w, w->linked + bias, 0, 0x2000);
	map_file(w, w->linked + bias + 0x3000, DATA_AT, 0x1000);
}

static void put_auxv(struct world *w, unsigned int i, uint64_t type, uint64_t value)
{
	uint64_t at = w->p.mm.at.v + OFF_mm_struct_saved_auxv + 16 * i;

	image_put64(&w->im, at, type);
	image_put64(&w->im, at + 8, value);
}

static void setup(struct world *w, uint64_t linked)
{
	*w = (struct world){ .linked = linked };
	image_init(&w->im);
	make_file(w);
	fill_file(w);
	w->p.vmas.list = w->areas;
	w->p.mm.at = KADDR(image_alloc(&w->im, SIZE_mm_struct));
	w->p.mm.exe_file = KADDR(w->file);
	w->p.mm.tables = (struct xlat){ w->im.t.memory, PADDR(image_alloc_page(&w->im) - DIRECT_MAP),
					4, 0 };
	put_auxv(w, 0, AT_PAGESZ, 4096);
	put_auxv(w, 1, AT_PHDR, 0);
	put_auxv(w, 2, AT_PHNUM, 3);
}

static void check(struct world *w, uint64_t bias)
{
	struct elf_symbol symbol = { 0, 0 };

	assert_ok(elf_symbol_find(&w->im.t, &w->p, "variable", &symbol));
	assert_int_equal(symbol.address, w->linked + VARIABLE + bias);
	assert_int_equal(symbol.size, 8);
	image_deinit(&w->im);
}

static void a_program_that_was_moved(void **state)
{
	struct world w;

	(void)state;
	setup(&w, 0);
	map_program(&w, PIE);
	put_auxv(&w, 1, AT_PHDR, PIE + 64);
	check(&w, PIE);
}

static void a_program_that_was_not(void **state)
{
	struct world w;

	(void)state;
	setup(&w, 0x400000);
	map_program(&w, 0);
	put_auxv(&w, 1, AT_PHDR, 0x400040);
	check(&w, 0);
}

/* Of a program that was moved and of one that was not: the headers again, or the whole file. */
static void a_file_mapped_again_below(void **state)
{
	for (int linked = 0; linked < 2; linked++) {
		for (int whole = 0; whole < 2; whole++) {
			uint64_t bias = linked ? 0 : PIE;
			struct world w;

			(void)state;
			setup(&w, linked ? 0x400000 : 0);
			map_file(&w, ELSEWHERE, 0, whole ? 0x3000 : 0x1000);
			map_program(&w, bias);
			put_auxv(&w, 1, AT_PHDR, w.linked + bias + 64);
			check(&w, bias);
		}
	}
}

/* Its first segment has become two areas: a part of it was made writable. */
static void a_segment_in_two_areas(void **state)
{
	struct world w;

	(void)state;
	setup(&w, 0);
	map_file(&w, ELSEWHERE, 0x1000, 0x1000);
	map_file(&w, PIE, 0, 0x1000);
	map_file(&w, PIE + 0x1000, 0x1000, 0x1000);
	map_file(&w, PIE + 0x3000, DATA_AT, 0x1000);
	put_auxv(&w, 1, AT_PHDR, PIE + 64);
	check(&w, PIE);
}

/* The headers lie in a segment that is not the first, and not linked to where it is in the file. */
static void headers_in_another_segment(void **state)
{
	Elf64_Phdr first = { .p_type = PT_LOAD, .p_offset = 0x1000, .p_vaddr = 0, .p_filesz = 0x1000 };
	Elf64_Phdr second = { .p_type = PT_LOAD, .p_offset = 0, .p_vaddr = 0x7000, .p_filesz = 0x1000 };
	struct world w;

	(void)state;
	setup(&w, 0);
	memcpy(file_at(&w, 64), &first, sizeof(first));
	memcpy(file_at(&w, 64 + sizeof(first)), &second, sizeof(second));
	map_file(&w, ELSEWHERE, 0x1000, 0x1000);
	map_file(&w, PIE, 0x1000, 0x1000);
	map_file(&w, PIE + 0x7000, 0, 0x1000);
	put_auxv(&w, 1, AT_PHDR, PIE + 0x7000 + 64);
	check(&w, PIE);
}

/* A process can write any vector: where it does not lead to the program's headers, the mappings count. */
static void a_vector_that_is_not_true(void **state)
{
	const uint64_t lies[] = {
		0,			/* nowhere */
		0x7000,			/* not mapped */
		UINT64_MAX,
		PIE,			/* the file, but not its program headers */
		PIE + 0x1000 + 64,
		PIE + 0x3000 + 64,	/* another segment */
		PIE + 0x8000 + 64,	/* another file's */
		PIE + 0x9000 + 64,	/* no file's */
		DIRECT_MAP,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct world w;

		setup(&w, 0);
		map_program(&w, PIE);
		map_file(&w, PIE + 0x8000, 0, 0x1000);
		w.areas[2].file = KADDR(w.file + 256);
		map_file(&w, PIE + 0x9000, 0, 0x1000);
		w.areas[3].file = KADDR(0);
		put_auxv(&w, 1, AT_PHDR, lies[i]);
		check(&w, PIE);
	}
}

static void a_vector_without_the_headers(void **state)
{
	struct world w;

	(void)state;
	setup(&w, 0);
	map_program(&w, PIE);
	put_auxv(&w, 1, AT_NULL, 0); /* what follows the end does not count */
	put_auxv(&w, 2, AT_PHDR, PIE + 64);
	check(&w, PIE);

	setup(&w, 0);
	map_program(&w, PIE);
	for (unsigned int i = 0; i < LEN_mm_struct_saved_auxv / 16; i++)
		put_auxv(&w, i, AT_PAGESZ, 4096); /* without an end */
	check(&w, PIE);

	setup(&w, 0);
	map_program(&w, PIE);
	w.p.mm.at = KADDR(DIRECT_MAP + IMAGE_SIZE); /* not readable */
	check(&w, PIE);
}

static void headers_that_no_segment_holds(void **state)
{
	struct world w;

	(void)state;
	setup(&w, 0);
	map_program(&w, PIE);
	put_auxv(&w, 1, AT_PHDR, PIE + 64);
	for (unsigned int i = 0; i < 2; i++) {
		Elf64_Phdr h = { .p_type = PT_LOAD, .p_vaddr = 0, .p_filesz = 64 * i };

		memcpy(file_at(&w, 64 + i * sizeof(h)), &h, sizeof(h));
	}
	check(&w, PIE);
}

static void a_program_of_which_nothing_is_mapped(void **state)
{
	struct elf_symbol symbol;
	struct world w;

	(void)state;
	setup(&w, 0);
	assert_err(elf_symbol_find(&w.im.t, &w.p, "variable", &symbol), ERR_ABSENT, "is not mapped");
	map_file(&w, PIE, 0x5000, 0x1000);
	put_auxv(&w, 1, AT_PHDR, PIE + 64);
	assert_err(elf_symbol_find(&w.im.t, &w.p, "variable", &symbol), ERR_DATA,
		   "none of its segments is mapped");
	image_deinit(&w.im);
}

static void a_name_that_is_not_there(void **state)
{
	struct elf_symbol symbol;
	struct world w;

	(void)state;
	setup(&w, 0);
	map_program(&w, PIE);
	assert_err(elf_symbol_find(&w.im.t, &w.p, "varia", &symbol), ERR_ABSENT, "has no symbol");
	assert_err(elf_symbol_find(&w.im.t, &w.p, "variable2", &symbol), ERR_ABSENT, "has no symbol");
	memset(file_at(&w, 0), 0, 4);
	assert_err(elf_symbol_find(&w.im.t, &w.p, "variable", &symbol), ERR_DATA, "no 64-bit ELF");
	image_deinit(&w.im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_was_moved),
		cmocka_unit_test(a_program_that_was_not),
		cmocka_unit_test(a_file_mapped_again_below),
		cmocka_unit_test(a_segment_in_two_areas),
		cmocka_unit_test(headers_in_another_segment),
		cmocka_unit_test(a_vector_that_is_not_true),
		cmocka_unit_test(a_vector_without_the_headers),
		cmocka_unit_test(headers_that_no_segment_holds),
		cmocka_unit_test(a_program_of_which_nothing_is_mapped),
		cmocka_unit_test(a_name_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
