#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "tests/lib/dump.h"

#define SUB_BLOCKS 2 /* the sub-header, and VMCOREINFO */
#define FLAG_ZLIB 1

struct header {
	char signature[8];
	uint32_t version;
	char names[6][65];
	char pad[6];
	uint64_t time[2];
	uint32_t status, block_size, sub_blocks, bitmap_blocks, pages;
	uint32_t rest[5], cpus;
};

_Static_assert(offsetof(struct header, block_size) == 0x1ac, "as makedumpfile has it");

struct sub_header {
	uint64_t phys_base;
	uint32_t level, split;
	uint64_t split_start, split_end;
	uint64_t vmcoreinfo, vmcoreinfo_size;
	uint64_t notes, notes_size, others[4];
	uint64_t pages;
};

struct descriptor {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

bool dump_kdump_filters(struct paddr at)
{
	return (at.v >> PAGE_SHIFT) % 7 == 5;
}

static void put_at(const struct dump *d, uint64_t at, const void *bytes, size_t size)
{
	if (fseek(d->out, (long)at, SEEK_SET) || fwrite(bytes, 1, size, d->out) != size) {
		perror("dump_kdump");
		exit(4);
	}
}

static void put_headers(const struct dump *d, uint64_t pages, uint64_t bitmap)
{
	struct header h = { .version = 6, .block_size = PAGE_SIZE,
			    .sub_blocks = SUB_BLOCKS, .bitmap_blocks = (uint32_t)(2 * bitmap / PAGE_SIZE),
			    .pages = (uint32_t)pages, .cpus = 1, .names = { "Linux", "", "", "", "x86_64" } };
	uint32_t size = (uint32_t)strlen(d->vmcoreinfo);
	Elf64_Nhdr note = { .n_namesz = 11, .n_descsz = size };
	uint64_t text = 2 * PAGE_SIZE + sizeof(note) + 12;
	struct sub_header s = { .level = 1, .vmcoreinfo = text, .vmcoreinfo_size = size,
				.notes = 2 * PAGE_SIZE, .notes_size = text + (size + 3) / 4 * 4 - 2 * PAGE_SIZE,
				.pages = pages };

	memcpy(h.signature, "KDUMP   ", 8);
	put_at(d, 0, &h, sizeof(h));
	put_at(d, PAGE_SIZE, &s, sizeof(s));
	put_at(d, 2 * PAGE_SIZE, &note, sizeof(note));
	put_at(d, 2 * PAGE_SIZE + sizeof(note), "VMCOREINFO", 11);
	put_at(d, text, d->vmcoreinfo, size);
}

/* Compresses the page at `at` to the end of the file. */
static struct descriptor put_page(const struct dump *d, struct paddr at, uint64_t offset)
{
	uint8_t page[PAGE_SIZE], packed[2 * PAGE_SIZE];
	uLongf size = sizeof(packed);

	d->fill(d->arg, at, page, sizeof(page));
	compress2(packed, &size, page, sizeof(page), 1);
	if (size >= sizeof(page)) {
		put_at(d, offset, page, sizeof(page));
		return (struct descriptor){ offset, PAGE_SIZE, 0, 0 };
	}
	put_at(d, offset, packed, size);
	return (struct descriptor){ offset, (uint32_t)size, FLAG_ZLIB, 0 };
}

void dump_kdump(const struct dump *d)
{
	uint64_t pages = ram_map_end(d->map).v >> PAGE_SHIFT, count = 0, next = 0, at;
	uint64_t bitmap = ((pages + 7) / 8 + PAGE_SIZE - 1) & PAGE_MASK;
	uint8_t *ram = xcalloc(2, bitmap), *held = ram + bitmap;
	uint64_t descriptors = (1 + SUB_BLOCKS) * PAGE_SIZE + 2 * bitmap;

	put_headers(d, pages, bitmap);
	for (size_t i = 0; i < d->map->count; i++)
		for (at = d->map->ranges[i].start.v; at < d->map->ranges[i].end.v; at += PAGE_SIZE) {
			uint64_t page = at >> PAGE_SHIFT;

			ram[page / 8] |= (uint8_t)(1 << page % 8);
			if (dump_kdump_filters(PADDR(at)))
				continue;
			held[page / 8] |= (uint8_t)(1 << page % 8);
			count++;
		}
	put_at(d, (1 + SUB_BLOCKS) * PAGE_SIZE, ram, 2 * bitmap);
	at = descriptors + count * sizeof(struct descriptor);
	for (uint64_t page = 0; page < pages; page++) {
		struct descriptor x;

		if (!(held[page / 8] >> page % 8 & 1))
			continue;
		x = put_page(d, PADDR(page << PAGE_SHIFT), at);
		put_at(d, descriptors + next++ * sizeof(x), &x, sizeof(x));
		at += x.size;
	}
	fseek(d->out, 0, SEEK_END);
	free(ram);
}

static void put_piece(const struct dump *d, uint64_t offset, const char *bytes, uint64_t size)
{
	uint64_t head[2] = { htobe64(offset), htobe64(size) };

	fwrite(head, sizeof(head), 1, d->out);
	fwrite(bytes, 1, size, d->out);
}

void dump_kdump_flattened(const struct dump *d)
{
	static const char start[4096 - 16] = "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1";
	static const char name[16] = "makedumpfile";
	CLEANUP(close_file) FILE *whole = tmpfile();
	struct dump plain = *d;
	size_t size, at;
	char *bytes;

	plain.out = whole;
	dump_kdump(&plain);
	fseek(whole, 0, SEEK_END);
	size = (size_t)ftell(whole);
	bytes = xmalloc(size);
	rewind(whole);
	if (fread(bytes, 1, size, whole) != size)
		exit(4);
	fwrite(name, sizeof(name), 1, d->out);
	fwrite(start, sizeof(start), 1, d->out);
	for (at = size - size % 10000;; at -= 10000) {
		put_piece(d, at, bytes + at, size - at < 10000 ? size - at : 10000);
		if (!at)
			break;
	}
	put_piece(d, UINT64_MAX, "", 0);
	free(bytes);
}
