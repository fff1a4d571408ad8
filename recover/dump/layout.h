/* layout: where in a dump's file each address of the RAM is, for each format.
 *
 * ELF: a core (memory/elf.c), with headers and notes in front. LiME: memory/lime.c. Raw: the offset in
 * the file is the address, and where there is no RAM the file has a hole.
 * An offset depends on the RAM map alone, and not on what could be read, so that a dump can be resumed.
 */
#ifndef RECOVER_DUMP_LAYOUT_H
#define RECOVER_DUMP_LAYOUT_H

#include <stdbool.h>

#include "memory/ram_map.h"

enum dump_format { DUMP_ELF, DUMP_LIME, DUMP_RAW, DUMP_FORMAT_COUNT };

#define LIME_HEADER_SIZE 32

struct dump_piece {
	struct ram_range ram;
	uint64_t offset; /* of its first byte */
};

struct dump_layout {
	enum dump_format format;
	struct dump_piece *pieces; /* one for each range of the RAM map; owned */
	size_t count;
	uint64_t size; /* of the file */
};

/* headers: how many bytes to leave free in front of everything, for ELF. */
void dump_layout_init(enum dump_format format, const struct ram_map *ram, uint64_t headers,
		      struct dump_layout *ret);
void dump_layout_deinit(struct dump_layout *l);

/* The offset of an address that is in the RAM map. */
uint64_t dump_layout_offset(const struct dump_layout *l, struct paddr at);

/* "elf", "lime", "raw" */
const char *dump_format_name(enum dump_format format);
bool dump_format_parse(const char *name, enum dump_format *ret);

/* The header in front of a range. */
void lime_header(struct ram_range range, uint8_t ret[LIME_HEADER_SIZE]);

#endif
