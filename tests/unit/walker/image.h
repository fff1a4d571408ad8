/* image: a machine of 1 MiB that a test fills by hand.
 *
 * Physical address 0 is va(0) in the direct map. The kernel's image lies at
 * IMAGE_AT; objects are carved off from OBJECTS_AT on with image_alloc().
 */
#ifndef TESTS_UNIT_WALKER_IMAGE_H
#define TESTS_UNIT_WALKER_IMAGE_H

#include <stdlib.h>
#include <string.h>

#include "memory/source.h"
#include "symbols.h"
#include "tests/lib/unit.h"
#include "walker/read/target.h"
#include "walker/read/wave.c"

#define IMAGE_SIZE (1u << 20)
#define IMAGE_AT 0x10000u
#define OBJECTS_AT 0x40000u
#define DIRECT_MAP UINT64_C(0xffff888000000000)

struct image {
	uint8_t *ram; /* the source of t.memory */
	uint64_t free;
	struct target t;
};

static struct err *image_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		memcpy(reads[i].to, (uint8_t *)m->source + reads[i].at.v, reads[i].size);
		reads[i].status = MEMORY_OK;
	}
	return NULL;
}

static void image_close(struct memory *m)
{
	free(m->source);
}

static const struct memory_ops image_ops = { .scheme = "test", .close = image_close,
					     .read = image_read };

static inline void image_init(struct image *im)
{
	struct kread *k = &im->t.kernel;

	*im = (struct image){ .ram = calloc(1, IMAGE_SIZE), .free = OBJECTS_AT, .t = TARGET_INIT };
	im->t.memory = memory_new(&image_ops, "test:", im->ram);
	ram_map_add(&im->t.memory->ram_map, PADDR(0), PADDR(IMAGE_SIZE));
	k->memory = im->t.memory;
	k->phys_base = IMAGE_AT - (SYM__text - KREAD_IMAGE_MAP);
	k->image = KADDR(SYM__text);
	k->image_end = KADDR(SYM__end);
	k->page_offset_base = DIRECT_MAP;
	k->vmemmap_base = DIRECT_MAP + (IMAGE_SIZE >> 1);
	k->direct_size = IMAGE_SIZE;
	k->tables = (struct xlat){ im->t.memory, PADDR(0x1000), 4, 0 };
}

static inline void image_deinit(struct image *im)
{
	notes_deinit(&im->t.notes);
	buf_deinit(&im->t.banner);
	memory_close(im->t.wave);
	memory_close(im->t.memory);
}

/* Where an address of the direct map or of the image lies in the host. */
static inline uint8_t *image_at(struct image *im, uint64_t va)
{
	uint64_t pa = va >= KREAD_IMAGE_MAP ? va - SYM__text + IMAGE_AT : va - DIRECT_MAP;

	assert_true(pa < IMAGE_SIZE);
	return im->ram + pa;
}

static inline void image_put64(struct image *im, uint64_t va, uint64_t value)
{
	memcpy(image_at(im, va), &value, 8);
}

static inline void image_put32(struct image *im, uint64_t va, uint32_t value)
{
	memcpy(image_at(im, va), &value, 4);
}

static inline void image_put_text(struct image *im, uint64_t va, const char *text)
{
	memcpy(image_at(im, va), text, strlen(text) + 1);
}

/* Zeroed memory for an object, aligned to 256 bytes; its address in the direct map. */
static inline uint64_t image_alloc(struct image *im, uint64_t size)
{
	uint64_t at = im->free;

	im->free = (at + size + 255) & ~UINT64_C(255);
	assert_true(im->free <= IMAGE_SIZE);
	return DIRECT_MAP + at;
}

static inline uint64_t image_alloc_page(struct image *im)
{
	im->free = (im->free + 4095) & ~UINT64_C(4095);
	return image_alloc(im, 4096);
}

/* Maps a fresh page at va in the tables of root (direct-map addresses); returns it. */
static inline uint64_t image_map(struct image *im, uint64_t root, uint64_t va)
{
	uint64_t table = root, page;

	for (int shift = 39; shift > 12; shift -= 9) {
		uint64_t entry = table + (va >> shift & 511) * 8, next;

		memcpy(&next, image_at(im, entry), 8);
		if (!next) {
			next = (image_alloc_page(im) - DIRECT_MAP) | 7;
			image_put64(im, entry, next);
		}
		table = DIRECT_MAP + (next & ~UINT64_C(0xfff));
	}
	page = image_alloc_page(im);
	image_put64(im, table + (va >> 12 & 511) * 8, (page - DIRECT_MAP) | 7);
	return page;
}

#endif
