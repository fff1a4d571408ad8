#include "tests/lib/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tests/lib/kallsyms_image.h"
#include "tests/lib/text_memory.h"

#define FUNCTIONS 3000
#define PER_CPU 40
#define NO_EXECUTE (UINT64_C(1) << 63)
#define MAP_BASE UINT64_C(0xffffffff80000000)

const struct machine_kernel machine_running = {
	.pa = 0x1000000, .va = 0xffffffff9a200000, .low = 0x9c000, .pages = 0x900000, .number = "1",
};

const struct machine_kernel machine_running_4_15 = {
	.style = &machine_4_15, .pa = 0x1000000, .va = 0xffffffff9a200000, .low = 0x9c000,
	.pages = 0x900000, .number = "21",
};

#define STYLE_6_1 \
	.release = MACHINE_RELEASE, \
	.banner = "(a@b) (gcc (Debian 12.2.0-14) 12.2.0) #%s SMP Debian 6.1.192-2 (2026-11-16)", \
	.bases = true, \
	.page_offset = MACHINE_PAGE_OFFSET, \
	.vmalloc = 0xffffc90000000000, \
	.vmemmap = 0xffffea0000000000, \
	.note = "NUMBER(pgtable_l5_enabled)=0\\n", \
	.build_id = true

const struct machine_style machine_6_1 = {
	STYLE_6_1,
	.layout = 0,
};

const struct machine_style machine_functions_only = {
	STYLE_6_1,
	.layout = 6, /* with sequence numbers */
	.functions_only = true,
};

/* Source: arch/x86/kernel/machine_kexec_64.c and kernel/crash_core.c of 4.15. */
const struct machine_style machine_4_15 = {
	.release = "4.15.0-20-generic",
	.banner = "(buildd@lgw01-amd64-039) (gcc version 7.3.0 (Ubuntu 7.3.0-16ubuntu3)) "
		  "#%s-Ubuntu SMP Tue Apr 24 06:16:15 UTC 2018 (Ubuntu 4.15.0-20.21-generic "
		  "4.15.17)",
	.layout = 0, /* base-relative, per-CPU ones absolute, 64-bit markers */
	.page_offset = 0xffff880000000000,
	.vmalloc = 0xffffc90000000000,
	.vmemmap = 0xffffea0000000000,
	.note = "SYMBOL(init_uts_ns)=ffffffff9a209100\\nSYMBOL(node_online_map)=ffffffff9a209200\\n"
		"SYMBOL(vmap_area_list)=ffffffff9a209300\\nSYMBOL(mem_section)=ffffffff9a209400\\n"
		"LENGTH(mem_section)=2048\\nSIZE(mem_section)=16\\nOFFSET(mem_section.section_mem_map)=0"
		"\\nSIZE(page)=64\\nOFFSET(page.mapping)=8\\nOFFSET(page.compound_head)=32\\n"
		"SIZE(list_head)=16\\nLENGTH(node_data,MAX_NUMNODES)=1024\\nNUMBER(PG_lru)=5\\n"
		"SYMBOL(init_top_pgt)=ffffffff9a400000\\nNUMBER(KERNEL_IMAGE_SIZE)=1073741824\\n",
};

static const struct machine_style *style_of(const struct machine_kernel *k)
{
	return k->style ? k->style : &machine_6_1;
}

/* Names and places of the data, in order of address. */
static const struct {
	const char *name;
	uint64_t offset;
	char type;
} data[] = {
	{ "linux_banner", MACHINE_BANNER, 'D' },
	{ "init_top_pgt", MACHINE_TOP_TABLE, 'D' },
	{ "page_offset_base", MACHINE_VARIABLES, 'D' }, /* three that not every style has */
	{ "vmalloc_base", MACHINE_VARIABLES + 8, 'D' },
	{ "vmemmap_base", MACHINE_VARIABLES + 16, 'D' },
	{ "phys_base", MACHINE_VARIABLES + 24, 'D' },
	{ "pgdir_shift", MACHINE_VARIABLES + 32, 'D' },
	{ "sme_me_mask", MACHINE_VARIABLES + 40, 'D' },
	{ "vmcoreinfo_data", MACHINE_VARIABLES + 48, 'B' },
	{ "vmcoreinfo_note", MACHINE_VARIABLES + 56, 'B' },
	{ "e820_table", MACHINE_VARIABLES + 64, 'D' },
	{ "real_mode_header", MACHINE_VARIABLES + 72, 'D' },
	{ "boot_params", MACHINE_BOOT_PARAMS, 'D' },
	{ "init_task", MACHINE_TASK, 'D' },
	{ "__start_notes", 0x208000, 'R' },
	{ "__stop_notes", 0x208024, 'R' },
	{ "_end", MACHINE_IMAGE_SIZE, 'B' },
};

#define DATA_COUNT (sizeof(data) / sizeof(*data))

void machine_write(struct memory *m, uint64_t at, const void *bytes, size_t size)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t word;

		memcpy(&word, (const char *)bytes + i, 8);
		buf_addf(&b, "0x%lx: u64 0x%lx\n", at + i, word);
	}
	if (b.size)
		text_memory_put(m, b.data);
}

static void put_symbols(struct memory *m, const struct machine_kernel *k)
{
	const struct machine_style *style = style_of(k);
	size_t count = PER_CPU + 2 + FUNCTIONS + DATA_COUNT, n = 0;
	CLEANUP(free_ptr) struct image_symbol *s = xcalloc(count, sizeof(*s));
	struct kernel_image image;

	for (size_t i = 0; i < PER_CPU; i++)
		s[n++] = (struct image_symbol){ i * 64, 'A', xasprintf("per_cpu_%zu", i) };
	s[n++] = (struct image_symbol){ k->va, 'T', xstrdup("_stext") };
	s[n++] = (struct image_symbol){ k->va, 'T', xstrdup("_text") };
	for (size_t i = 0; i < FUNCTIONS; i++)
		s[n++] = (struct image_symbol){ k->va + 64 + 16 * i, 'T',
						xasprintf("function_number_%zu_does", i) };
	for (size_t i = 0; i < DATA_COUNT; i++)
		if (!style->functions_only &&
		    (style->bases || data[i].offset - MACHINE_VARIABLES > 16))
			s[n++] = (struct image_symbol){ k->va + data[i].offset, data[i].type,
							xstrdup(data[i].name) };
	image = kernel_image_build(&image_layouts[style->layout], k->va, MACHINE_IMAGE_SIZE,
				   MACHINE_SYMBOLS, s, n);
	machine_write(m, k->pa + image.tables, image.data.data + image.tables,
		      (image.end - image.tables + 7) & ~(size_t)7);
	kernel_image_deinit(&image);
	while (n)
		free((void *)(uintptr_t)s[--n].name);
}

static void put_tables(struct memory *m, const struct machine_kernel *k)
{
	uint64_t top = k->pa + MACHINE_TOP_TABLE, direct = k->pages + 0x4000;
	const struct machine_style *style = style_of(k);

	text_memory_putf(m, "0x%lx[511]: u64 0x%lx\n0x%lx[510]: u64 0x%lx\n", top,
			 (top + 0x1000) | 0x63, top + 0x1000, (top + 0x2000) | 0x63);
	/* level2_fixmap_pgt */
	text_memory_putf(m, "0x%lx[511]: u64 0x%lx\n", top + 0x1000, (k->pages + 0x8000) | 0x63);
	for (uint64_t i = 0; i < MACHINE_IMAGE_SIZE >> 21; i++)
		text_memory_putf(m, "0x%lx[%lu]: u64 0x%lx\n", top + 0x2000,
				 (k->va >> 21 & 511) + i,
				 (k->pa + (i << 21)) | (i ? 0x1e3 : 0x1e1) | NO_EXECUTE);
	/* the direct map, and vmemmap where it has the image's pages */
	text_memory_putf(m, "0x%lx[%lu]: u64 0x%lx\n0x%lx[0]: u64 0x%lx\n", top,
			 style->page_offset >> 39 & 511, direct | 0x63, direct, (direct + 0x1000) | 0x63);
	for (uint64_t i = 0; i < 24; i++)
		text_memory_putf(m, "0x%lx[%lu]: u64 0x%lx\n", direct + 0x1000, i, i << 21 | 0x1e3);
	text_memory_putf(m, "0x%lx[%lu]: u64 0x%lx\n0x%lx[0]: u64 0x%lx\n0x%lx[0]: u64 0xc001e3\n",
			 top, style->vmemmap >> 39 & 511, (direct + 0x2000) | 0x63, direct + 0x2000, (direct + 0x3000) | 0x63,
			 direct + 0x3000);
	if (!k->low)
		return;
	text_memory_putf(m, "0x%lx[511]: u64 0x%lx\n0x%lx[0]: u64 0x%lx\n", k->low,
			 (top + 0x1000) | 0x67, k->low, (k->pages + 0x9000) | 0x63);
	/* the header of the real-mode code: its text, its trampolines, the table */
	text_memory_putf(m, "0x%lx: u32 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", k->low - 0x3000,
			 k->low - 0x2000, k->low - 0x1000, k->low - 0x2000, k->low - 0x1f00,
			 k->low - 0x1e00, k->low);
}

static void put_banner(struct memory *m, const struct machine_kernel *k)
{
	const char *form = style_of(k)->banner, *number = strstr(form, "%s");

	text_memory_putf(m, "0x%lx: string \"Linux version %s %.*s%s%s\\n\"\n",
			 k->pa + MACHINE_BANNER, style_of(k)->release, (int)(number - form), form,
			 k->number, number + 2);
}

static void put_variables(struct memory *m, const struct machine_kernel *k)
{
	uint64_t low = k->real_mode ? k->real_mode : k->low - 0x3000;
	const struct machine_style *style = style_of(k);
	uint64_t pages = style->page_offset + k->pages;

	if (style->bases)
		text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx 0x%lx\n", k->pa + MACHINE_VARIABLES,
				 style->page_offset, style->vmalloc, style->vmemmap);
	text_memory_putf(m, "0x%lx: u64 0x%lx 39 0\n", k->pa + MACHINE_VARIABLES + 24,
			 k->pa - (k->va - MAP_BASE));
	text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx 0x%lx 0x%lx\n", k->pa + MACHINE_VARIABLES + 48,
			 pages, pages + 0x1000, pages + 0x2000, style->page_offset + low);
	/* init_mm's pgd */
	text_memory_putf(m, "0x%lx: u64 0x%lx\n", k->pa + MACHINE_VARIABLES + 0x200,
			 k->va + MACHINE_TOP_TABLE);
	text_memory_putf(m, "0x%lx: u16 0xaa55\n", k->pa + MACHINE_BOOT_PARAMS + 0x1fe);
	text_memory_putf(m, "0x%lx: string \"HdrS\"\n0x%lx: u64 0x1000000\n",
			 k->pa + MACHINE_BOOT_PARAMS + 0x202, k->pa + MACHINE_BOOT_PARAMS + 0x258);
	text_memory_putf(m, "0x%lx: u32 4 20 3\n0x%lx: string \"GNU\"\n"
			    "0x%lx: string \"build id number %s...\"\n",
			 k->pa + 0x208000, k->pa + 0x20800c, k->pa + 0x208010, k->number);
	put_banner(m, k);
}

static void put_task(struct memory *m, const struct machine_kernel *k)
{
	uint64_t va = k->va + MACHINE_TASK, pa = k->pa + MACHINE_TASK, child = k->pages + 0x3000;
	uint64_t child_va = style_of(k)->page_offset + child;

	text_memory_putf(m, "0x%lx: string \"swapper/0\"\n", k->pa + MACHINE_COMM);
	for (uint64_t at = 0x400; at < 0x440; at += 16)
		text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx\n", pa + at, va + at, va + at);
	/* real_parent and parent; group_leader */
	text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx\n0x%lx: u64 0x%lx\n", pa + 0x600, va, va,
			 pa + 0x640, va);
	text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx\n", pa + 0x500, child_va, child_va);
	text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx\n", child, va + 0x500, va + 0x500);
}

static void put_notes(struct memory *m, const struct machine_kernel *k)
{
	static const uint64_t offsets[] = { 0, 0x1018 };
	const struct machine_style *style = style_of(k);

	for (size_t i = 0; i < 2; i++) {
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		CLEANUP(free_ptr) char *id = xasprintf("build id number %s...", k->number);

		buf_addf(&b, "0x%lx: string \"OSRELEASE=%s\\n", k->pages + offsets[i],
			 style->release);
		if (style->build_id)
			buf_add_str(&b, "BUILD-ID=");
		for (const char *p = id; *p && style->build_id; p++)
			buf_addf(&b, "%02x", *p);
		buf_addf(&b, "%sPAGESIZE=4096\\nSYMBOL(_stext)=%lx\\nSYMBOL(swapper_pg_dir)=%lx"
			 "\\nNUMBER(phys_base)=%ld\\n%sKERNELOFFSET=%lx\\nNUMBER(sme_mask)=0\\n\"\n",
			 style->build_id ? "\\n" : "", k->va, k->va + MACHINE_TOP_TABLE,
			 (int64_t)(k->pa - (k->va - MAP_BASE)), style->note,
			 k->va - MACHINE_LINK_BASE);
		text_memory_put(m, b.data);
	}
}

void machine_put(struct memory *m, const struct machine_kernel *k)
{
	put_symbols(m, k);
	put_tables(m, k);
	put_variables(m, k);
	put_task(m, k);
	put_notes(m, k);
	/* RAM, what firmware has of it, RAM with the boot loader's data */
	text_memory_putf(m, "0x%lx: u32 4 0x1000 0 0x9e000 0 1  0xa0000 0 0x60000 0 2\n"
			    "0x%lx: u32 0x100000 0 0x2e00000 0 1  0x2f00000 0 0x100000 0 128\n",
			 k->pages + 0x2000, k->pages + 0x2000 + 44);
}

struct memory *machine_empty(void)
{
	return text_memory("ram 0x0-0x3000000\n");
}

struct memory *machine_memory(void)
{
	struct memory *m = machine_empty();

	machine_put(m, &machine_running);
	return m;
}

void machine_patch(struct memory *m, uint64_t at, const char *from, const char *to)
{
	size_t size = strlen(from);
	char there[64];

	for (uint64_t end = at + 8192; at < end; at++) {
		struct err *e = memory_read(m, PADDR(at), there, size);

		if (!e && !memcmp(there, from, size)) {
			text_memory_putf(m, "0x%lx: string \"%s\"\n", at, to);
			return;
		}
		err_discard(e);
	}
	fprintf(stderr, "machine: no \"%s\" there\n", from);
	abort();
}
