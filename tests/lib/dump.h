/* dump: writes images of memory in the formats that memory/ reads.
 *
 * A fill function says what an image holds, so that a test knows every byte: dump_pattern() gives
 * every address bytes of its own, with pages of zeros in between.
 */
#ifndef TESTS_LIB_DUMP_H
#define TESTS_LIB_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "memory/memory.h"
#include "tests/lib/scratch.h"

typedef void dump_fill(void *arg, struct paddr at, void *to, size_t size);

void dump_pattern(void *arg, struct paddr at, void *to, size_t size);

struct dump {
	FILE *out;
	const struct ram_map *map;
	dump_fill *fill;
	void *arg;
	const char *vmcoreinfo; /* dump_elf(): text of a note, or NULL */
	uint64_t block_max;	/* dump_avml(): bytes of memory in a block, 0: no limit */
};

/* Raw, with sparse holes. */
void dump_raw(const struct dump *d);
/* Raw, the ranges one after another without the holes. */
void dump_concatenated(const struct dump *d);
void dump_lime(const struct dump *d);
/* An ELF core with a PT_LOAD for each range. */
void dump_elf(const struct dump *d);
/* AVML version 2, compressed. */
void dump_avml(const struct dump *d);

/* Call this after it: an image that ends in zeros gets its size. */
void dump_end(const struct dump *d);
/* A compressed kdump (zlib), without the pages of which dump_kdump_filters() is true. */
void dump_kdump(const struct dump *d);
bool dump_kdump_filters(struct paddr at);
/* The same, flattened as makedumpfile -F does, with the last pieces first. */
void dump_kdump_flattened(const struct dump *d);

/* Writes DIR/NAME with one of these from dump_pattern(), for the ranges of map_text (as of
 * ram_map_parse()). Returns the path, owned by the caller. */
char *dump_file(const struct scratch *dir, const char *name, const char *map_text,
		void (*write)(const struct dump *d));

/* Reads all of map in pieces of several sizes. NULL: all of it is dump_pattern(); else where it is
 * not, which the caller owns. */
char *dump_mismatch(struct memory *m, const struct ram_map *map);

/* Fails the test if there is a mismatch. */
#define assert_pattern(m, map) \
	do { \
		CLEANUP(free_ptr) char *wrong_ = dump_mismatch((m), (map)); \
		if (wrong_) \
			fail_msg("%s", wrong_); \
	} while (0)

/* The checksum of the snappy framing format, written a second time, so that ours is not checked
 * with itself. */
uint32_t dump_crc32c_masked(const void *data, size_t size);

#endif
