/* kdump_layout: where things lie in a compressed kdump, and which pages it has lost.
 *
 * libkdumpfile (0.5.1) reads what is cut off as zeros, takes missing bitmaps for
 * pages that are no RAM, and crashes on less than a header. So this looks first.
 *
 * Shape: struct disk_dump_header in the first block of 4096 bytes (signature; at
 * 0x1ac block_size, 0x1b0 sub_hdr_size, 0x1b4 bitmap_blocks, all u32); sub_hdr_size
 * blocks; bitmap_blocks blocks, half of them which pages are RAM, half which are in
 * the dump; for each of those 24 bytes: s64 offset and u32 size of its data, u32
 * flags, u64. Source: makedumpfile diskdump_mod.h, IMPLEMENTATION.
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

/* path: for messages. Errors: ERR_DATA (no kdump, cut off before the descriptors), ERR_SYSTEM. */
struct err *kdump_layout_read(int fd, const char *path, struct kdump_layout *ret) MUST_CHECK;

/* Adds the pages to ret whose data should be in the file and are not all.
 * Only when the last pages are among them is all looked at: data lies in the order of pages. */
struct err *kdump_layout_missing(int fd, const char *path, const struct kdump_layout *l,
				 struct ram_map *ret) MUST_CHECK;

#endif
