/* image: a file that holds memory, and which part of it is which address.
 *
 * A format that stores memory as it is (raw, ELF, LiME) only fills in the table of extents.
 * Reading, sparse files and truncation are solved here for all of them.
 */
#ifndef MEMORY_IMAGE_H
#define MEMORY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory/source.h"
#include "memory/uri.h"

/* An image with more extents is refused. */
#define IMAGE_EXTENTS_MAX (1u << 20)

struct image_extent {
	struct paddr start, end; /* these addresses are RAM; */
	uint64_t offset;	 /* they begin here in the file, */
	uint64_t held;		 /* which has this many bytes of them */
};

struct image {
	struct uri uri;
	char *path;    /* uri.rest, for messages */
	int fd;
	uint64_t size; /* of the file */
	bool live;     /* somebody writes it while we read: the memory of a running machine */
	struct image_extent *extents; /* owned */
	size_t count, capacity;
};

/* An image that is not open yet, for "scheme:rest". The caller has to close *ret after an error
 * too.
 * Errors: ERR_USAGE. */
struct err *image_new(const char *scheme, const char *rest, struct image **ret) MUST_CHECK;
/* Opens the file.
 * Errors: ERR_SYSTEM; ERR_DATA (a directory, not a regular file, empty); ERR_USAGE. */
struct err *image_open(struct image *image) MUST_CHECK;
void image_close(struct image *image);

/* Reads all of [offset, offset + size) of the file.
 * Errors: ERR_DATA: the file ends before; ERR_SYSTEM. */
struct err *image_bytes(const struct image *image, uint64_t offset, void *to,
			size_t size) MUST_CHECK;

/* The addresses from `first` to `last`, inclusive, as a header at `at` in the file gives them.
 * Errors: ERR_DATA: there are no such addresses. */
struct err *image_range(const struct image *image, uint64_t at, uint64_t first, uint64_t last,
			struct ram_range *ret) MUST_CHECK;

/* Adds the extent [start, end), end > start, at this offset. The file holds `held` bytes of it, or
 * fewer where the file ends before. Errors: ERR_DATA: there are too many extents. */
struct err *image_add(struct image *image, struct paddr start, struct paddr end, uint64_t offset,
		      uint64_t held) MUST_CHECK;

/* Sorts the extents and makes them disjoint. Of two that overlap the one that starts lower keeps
 * the common addresses; of two that start at one address, the one with the lower offset does.
 * Returns the number of overlaps; *first, *second: the first two that overlapped, as they were. */
size_t image_arrange(struct image *image, struct image_extent *first, struct image_extent *second);
/* *ret becomes the map of all extents. */
void image_ram_map(const struct image *image, struct ram_map *ret);

/* The operations of source.h, for formats whose m->source is a struct image. */
enum memory_status image_read_one(const struct image *image, struct paddr at, void *to, size_t size);
struct err *image_read(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;
struct paddr image_next_data(struct memory *m, struct paddr from);
void image_memory_close(struct memory *m);

/* --- the formats --- */

/* file.c opens the image and calls the format that it recognises. The format finds a struct image
 * in m->source, and in m->ram_map what the operator says is RAM, or nothing. It fills in the image
 * and an empty RAM map, sets m->ops, and takes the options of the image's URI that it understands.
 * It may replace m->source by a structure of its own that holds the image. */
struct err *raw_open(struct memory *m) MUST_CHECK;
struct err *elf_open(struct memory *m) MUST_CHECK;
struct err *lime_open(struct memory *m) MUST_CHECK;
struct err *avml_open(struct memory *m) MUST_CHECK;
struct err *kdump_open(struct memory *m) MUST_CHECK;

#endif
