/* kdump_layout: where things lie in a compressed kdump, and which pages it has lost.
 *
 * We check a dump that is cut off before libkdumpfile (0.5.1) sees it: libkdumpfile reads what is
 * missing as zeros, takes a missing bitmap to mean that pages are not RAM, and crashes on a file
 * that ends in its header.
 *
 * Shape: struct disk_dump_header in the first block of 4096 bytes (signature; at 0x1ac block_size,
 * 0x1b0 sub_hdr_size, 0x1b4 bitmap_blocks, all u32); sub_hdr_size blocks; bitmap_blocks blocks with
 * two bitmaps, of the pages that are RAM and of those in the dump; then for each page in the dump a
 * descriptor of 24 bytes: s64 offset and u32 size of its data, u32 flags, u64.
 * Source: makedumpfile diskdump_mod.h, IMPLEMENTATION.
 */
#ifndef MEMORY_KDUMP_LAYOUT_H
#define MEMORY_KDUMP_LAYOUT_H

#include <stdint.h>

#include "base/err.h"
#include "memory/ram_map.h"

struct kdump_layout {
	uint64_t size;		   /* of the file */
	uint64_t held, held_size;  /* the bitmap of pages in the dump: offset, bytes */
	uint64_t descriptors;	   /* offset */
};

/* path: for messages.
 * Errors: ERR_DATA (not a kdump, cut off before its descriptors); ERR_SYSTEM. */
struct err *kdump_layout_read(int fd, const char *path, struct kdump_layout *ret) MUST_CHECK;

/* Adds to ret the pages in the dump whose data is not all in the file. Data lies in the order of
 * the pages, so we first look at the last pages, and only if one of those is missing at all of
 * them. */
struct err *kdump_layout_missing(int fd, const char *path, const struct kdump_layout *l,
				 struct ram_map *ret) MUST_CHECK;

#endif
