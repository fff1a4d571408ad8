/* image: a file that holds memory, and which part of it is which address.
 *
 * Formats that keep memory as it is (raw, ELF, LiME) only fill the table of
 * extents; reading, holes and truncation are here once for all of them.
 */
#ifndef MEMORY_IMAGE_H
#define MEMORY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory/source.h"
#include "memory/uri.h"

/* The most extents that an image may have; more are refused. */
#define IMAGE_EXTENTS_MAX (1u << 20)

struct image_extent {
	struct paddr start, end; /* addresses [start, end) are RAM; */
	uint64_t offset;	 /* they lie in the file from here on, */
	uint64_t held;		 /* but only this many bytes of them */
};

struct image {
	struct uri uri;
	char *path;    /* uri.rest, for messages */
	int fd;
	uint64_t size; /* of the file */
	bool live;     /* it is written while we read: a running machine's memory */
	struct image_extent *extents;
	size_t count, capacity;
};

/* Opens the file that uri names (taken over, also on an error).
 * Errors: ERR_SYSTEM; ERR_DATA (a directory, no regular file, empty); ERR_USAGE.
 * *ret is to be closed on an error too. */
struct err *image_open(struct uri uri, struct image **ret) MUST_CHECK;
void image_close(struct image *image);

/* Reads all of [offset, offset + size) of the file.
 * Errors: ERR_DATA when the file ends before, ERR_SYSTEM. */
struct err *image_bytes(const struct image *image, uint64_t offset, void *to,
			size_t size) MUST_CHECK;

/* Adds the addresses [start, end) at this offset; how many bytes of it the file
 * holds is at most `held` and at most what there is. end > start.
 * Errors: ERR_DATA when there are too many. */
struct err *image_add(struct image *image, struct paddr start, struct paddr end, uint64_t offset,
		      uint64_t held) MUST_CHECK;

/* Sorts the extents and makes them disjoint: of two that overlap the one that
 * starts lower (that was added first, when both start there) keeps the addresses.
 * Returns the number of overlaps; *first, *second: of the first one, as they were. */
size_t image_arrange(struct image *image, struct image_extent *first, struct image_extent *second);
/* As RAM map; replaces what is in ret. */
void image_ram_map(const struct image *image, struct ram_map *ret);

/* Reading, for formats whose m->source is a struct image: operations of source.h. */
enum memory_status image_read_one(const struct image *image, struct paddr at, void *to, size_t size);
struct err *image_read(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;
struct paddr image_next_data(struct memory *m, struct paddr from);
void image_memory_close(struct memory *m);

/* --- the formats --- */

/* Each takes m->source, a struct image just opened, and m->ram_map, empty or what the
 * operator says is RAM; fills in the image and, where it is empty, the RAM map; and
 * sets m->ops. It takes the options of the image's URI that it understands.
 * A source of its own has the image in it. */
struct err *raw_open(struct memory *m) MUST_CHECK;
struct err *elf_open(struct memory *m) MUST_CHECK;
struct err *lime_open(struct memory *m) MUST_CHECK;
struct err *avml_open(struct memory *m) MUST_CHECK;
struct err *kdump_open(struct memory *m) MUST_CHECK;

#endif
