#include "recover/dump/layout.h"

#include <string.h>

#include "base/alloc.h"
#include "base/search.h"

#define LIME_MAGIC UINT64_C(0x4C694D45)

static const char *const names[DUMP_FORMAT_COUNT] = {
	[DUMP_ELF] = "elf",
	[DUMP_LIME] = "lime",
	[DUMP_RAW] = "raw",
};

const char *dump_format_name(enum dump_format format)
{
	return names[format];
}

bool dump_format_parse(const char *name, enum dump_format *ret)
{
	for (enum dump_format f = 0; f < DUMP_FORMAT_COUNT; f++) {
		if (strcmp(names[f], name))
			continue;
		*ret = f;
		return true;
	}
	return false;
}

/* The offset of a range that begins at `start`. end: the end of what is in the file already. */
static uint64_t place(enum dump_format format, uint64_t end, struct paddr start)
{
	switch (format) {
	case DUMP_RAW:
		return start.v;
	case DUMP_LIME:
		return end + LIME_HEADER_SIZE;
	default: /* page by page, so that it can be mapped */
		return ((end + PAGE_SIZE - 1) & PAGE_MASK) + start.v % PAGE_SIZE;
	}
}

void dump_layout_init(enum dump_format format, const struct ram_map *ram, uint64_t headers,
		      struct dump_layout *ret)
{
	uint64_t end = format == DUMP_ELF ? headers : 0;

	*ret = (struct dump_layout){ .format = format, .count = ram->count };
	ret->pieces = xcalloc(ram->count, sizeof(*ret->pieces));
	for (size_t i = 0; i < ram->count; i++) {
		struct ram_range r = ram->ranges[i];

		ret->pieces[i] = (struct dump_piece){ r, place(format, end, r.start) };
		end = ret->pieces[i].offset + (r.end.v - r.start.v);
	}
	ret->size = end;
}

void dump_layout_deinit(struct dump_layout *l)
{
	free(l->pieces);
	*l = (struct dump_layout){ .count = 0 };
}

uint64_t dump_layout_offset(const struct dump_layout *l, struct paddr at)
{
	size_t behind = search_first(i, l->count, l->pieces[i].ram.start.v > at.v);
	const struct dump_piece *piece = &l->pieces[behind ? behind - 1 : 0];

	return piece->offset + (at.v - piece->ram.start.v);
}

void lime_header(struct ram_range range, uint8_t ret[LIME_HEADER_SIZE])
{
	uint64_t words[4] = { LIME_MAGIC | UINT64_C(1) << 32, range.start.v, range.end.v - 1, 0 };

	memcpy(ret, words, sizeof(words));
}
