#include "tests/lib/dump.h"

#include <elf.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/view.h"

#define PIECE 65536

void dump_pattern(void *arg, struct paddr at, void *to, size_t size)
{
	uint8_t *p = to;

	(void)arg;
	for (size_t i = 0; i < size; i++) {
		uint64_t a = at.v + i, word = (a >> 3) * UINT64_C(0x9e3779b97f4a7c15);

		p[i] = (uint8_t)((a >> PAGE_SHIFT) % 5 == 3 ? 0 : word >> (a % 8 * 8));
	}
}

static void put(const struct dump *d, const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, d->out) != size) {
		perror("dump");
		exit(4);
	}
}

static void put_u64(const struct dump *d, uint64_t value)
{
	put(d, &value, sizeof(value));
}

static void put_range(const struct dump *d, struct paddr at, struct paddr end)
{
	uint8_t bytes[PIECE];

	while (at.v < end.v) {
		size_t size = end.v - at.v < PIECE ? (size_t)(end.v - at.v) : PIECE;

		d->fill(d->arg, at, bytes, size);
		if (bytes_are_zero(bytes, size) && !fseek(d->out, (long)size, SEEK_CUR))
			; /* a hole */
		else
			put(d, bytes, size);
		at.v += size;
	}
}

void dump_end(const struct dump *d)
{
	if (fflush(d->out) || ftruncate(fileno(d->out), ftell(d->out))) {
		perror("dump");
		exit(4);
	}
}

void dump_raw(const struct dump *d)
{
	for (size_t i = 0; i < d->map->count; i++) {
		fseek(d->out, (long)d->map->ranges[i].start.v, SEEK_SET);
		put_range(d, d->map->ranges[i].start, d->map->ranges[i].end);
	}
}

void dump_concatenated(const struct dump *d)
{
	for (size_t i = 0; i < d->map->count; i++)
		put_range(d, d->map->ranges[i].start, d->map->ranges[i].end);
}

static void put_lime_header(const struct dump *d, const char *magic, uint32_t version,
			    struct paddr start, struct paddr end)
{
	put(d, magic, 4);
	put(d, &version, sizeof(version));
	put_u64(d, start.v);
	put_u64(d, end.v - 1);
	put_u64(d, 0);
}

void dump_lime(const struct dump *d)
{
	for (size_t i = 0; i < d->map->count; i++) {
		put_lime_header(d, "EMiL", 1, d->map->ranges[i].start, d->map->ranges[i].end);
		put_range(d, d->map->ranges[i].start, d->map->ranges[i].end);
	}
}

void dump_elf(const struct dump *d)
{
	const char *vmcoreinfo = d->vmcoreinfo;
	size_t loads = d->map->count, notes = vmcoreinfo ? 1 : 0;
	Elf64_Ehdr h = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			 .e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			 .e_phoff = sizeof(h), .e_ehsize = sizeof(h),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = (uint16_t)(loads + notes) };
	Elf64_Nhdr note = { .n_namesz = 11, .n_descsz = vmcoreinfo ? (uint32_t)strlen(vmcoreinfo) : 0 };
	uint64_t note_size = sizeof(note) + 12 + (note.n_descsz + UINT64_C(3)) / 4 * 4;
	uint64_t at = sizeof(h) + (loads + notes) * sizeof(Elf64_Phdr);
	Elf64_Phdr p = { .p_type = PT_NOTE, .p_offset = at, .p_filesz = note_size };

	put(d, &h, sizeof(h));
	if (notes) {
		put(d, &p, sizeof(p));
		at += note_size;
	}
	for (size_t i = 0; i < loads; i++) {
		uint64_t size = d->map->ranges[i].end.v - d->map->ranges[i].start.v;

		p = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = at, .p_filesz = size,
				  .p_memsz = size, .p_paddr = d->map->ranges[i].start.v };
		put(d, &p, sizeof(p));
		at += size;
	}
	if (notes) {
		put(d, &note, sizeof(note));
		put(d, "VMCOREINFO\0", 12);
		put(d, vmcoreinfo, note.n_descsz);
		put(d, "\0\0", note_size - sizeof(note) - 12 - note.n_descsz);
	}
	dump_concatenated(d);
}

uint32_t dump_crc32c_masked(const void *data, size_t size)
{
	static uint32_t table[256];
	const uint8_t *p = data;
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < 256 && !table[1]; i++) {
		uint32_t x = 255 - i; /* table[1] last but one */

		for (int bit = 0; bit < 8; bit++)
			x = x >> 1 ^ (x & 1 ? 0x82f63b78u : 0);
		table[255 - i] = x;
	}
	for (size_t i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
	crc = ~crc;
	return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* Type, 24 bits of size, checksum, data. Returns the bytes written. */
static uint64_t put_chunk(const struct dump *d, const uint8_t *bytes, size_t size)
{
	static char packed[2 * PIECE];
	size_t packed_size = sizeof(packed);
	uint32_t crc = dump_crc32c_masked(bytes, size), head;
	bool stored;

	if (snappy_compress((const char *)bytes, size, packed, &packed_size) != SNAPPY_OK)
		exit(4);
	stored = packed_size >= size - size / 8;
	packed_size = stored ? size : packed_size;
	head = (uint32_t)(packed_size + 4) << 8 | (stored ? 1 : 0);
	put(d, &head, sizeof(head));
	put(d, &crc, sizeof(crc));
	put(d, stored ? (const char *)bytes : packed, packed_size);
	return 8 + packed_size;
}

static void put_avml_block(const struct dump *d, struct paddr at, struct paddr end)
{
	static const char stream[] = "\xff\x06\0\0sNaPpY";
	uint64_t packed = sizeof(stream) - 1;
	uint8_t bytes[PIECE];

	put_lime_header(d, "AVML", 2, at, end);
	put(d, stream, sizeof(stream) - 1);
	while (at.v < end.v) {
		size_t size = end.v - at.v < PIECE ? (size_t)(end.v - at.v) : PIECE;

		d->fill(d->arg, at, bytes, size);
		packed += put_chunk(d, bytes, size);
		at.v += size;
	}
	put_u64(d, packed);
}

void dump_avml(const struct dump *d)
{
	for (size_t i = 0; i < d->map->count; i++) {
		struct paddr at = d->map->ranges[i].start, end = d->map->ranges[i].end, stop;

		for (; at.v < end.v; at = stop) {
			stop = d->block_max && d->block_max < end.v - at.v ?
				       paddr_add(at, d->block_max) :
				       end;
			put_avml_block(d, at, stop);
		}
	}
}

char *dump_file(const struct scratch *dir, const char *name, const char *map_text,
		void (*write)(const struct dump *d))
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	char *path = scratch_path(dir, name);
	struct dump d = { .map = &map, .fill = dump_pattern, .block_max = 5 * PAGE_SIZE,
			  .vmcoreinfo = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n" };

	if (err_report(ram_map_parse("map", map_text, strlen(map_text), &map), "dump"))
		exit(4);
	d.out = fopen(path, "w");
	write(&d);
	dump_end(&d);
	fclose(d.out);
	return path;
}

static bool piece_matches(struct memory *m, struct paddr at, size_t size)
{
	static uint8_t found[PIECE], expected[PIECE];
	struct memory_read r = { at, (uint32_t)size, found, MEMORY_IO };
	struct err *e;

	memset(found, 0x5a, size);
	e = memory_read_vector(m, &r, 1);
	dump_pattern(NULL, at, expected, size);
	if (e || r.status != MEMORY_OK) {
		fprintf(stderr, "0x%llx: %s\n", (unsigned long long)at.v,
			e ? err_text(e) : memory_status_name(r.status));
		err_discard(e);
		return false;
	}
	return !memcmp(found, expected, size);
}

char *dump_mismatch(struct memory *m, const struct ram_map *map)
{
	static const size_t sizes[] = { 1, 8, 4096, 3, PIECE, 100, 5000 };
	size_t k = 0;

	for (size_t i = 0; i < map->count; i++) {
		struct paddr at = map->ranges[i].start, end = map->ranges[i].end;

		while (at.v < end.v) {
			size_t size = sizes[k++ % (sizeof(sizes) / sizeof(*sizes))];

			size = end.v - at.v < size ? (size_t)(end.v - at.v) : size;
			if (!piece_matches(m, at, size))
				return xasprintf("%zu bytes at 0x%llx", size,
						 (unsigned long long)at.v);
			at.v += size;
		}
	}
	return NULL;
}
