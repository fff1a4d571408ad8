/* Page tables of the target lead anywhere. The input is what is in 16 pages of memory: u16 number
 * of a word, u64 its value, one after another. Walks, lists and searches it; every answer must be
 * inside of what was asked for, and everything must end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "memory/source.h"
#include "x86/kernel_map.h"

#define PAGES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *words_open(const char *rest, struct memory *m)
{
	(void)rest;
	(void)m;
	return err_new(ERR_USAGE, "is made by hand");
}

static void words_close(struct memory *m)
{
	free(m->source);
}

static struct err *words_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (reads[i].at.v + reads[i].size > PAGES * PAGE_SIZE)
			abort();
		memcpy(reads[i].to, (uint8_t *)m->source + reads[i].at.v, reads[i].size);
		reads[i].status = MEMORY_OK;
	}
	return NULL;
}

static const struct memory_ops words = {
	.scheme = "words", .open = words_open, .close = words_close, .read = words_read,
};

struct range {
	uint64_t from, last;
};

static bool check_leaf(uint64_t va, struct paddr at, uint64_t size, void *arg)
{
	const struct range *range = arg;

	(void)at;
	if (!size || va < range->from || va + (size - 1) > range->last || va + (size - 1) < va)
		abort();
	return true;
}

static void check_walk(const struct xlat *x, uint64_t va)
{
	struct xlat_result r;
	uint8_t bytes[64];
	size_t done;
	struct err *e = xlat_walk(x, va, &r);

	if (r.step_count > x->levels)
		abort();
	if (!e && r.kind == XLAT_MAPPED && (r.at.v ^ va) & (r.page_size - 1))
		abort();
	err_discard(e);
	e = xlat_read_some(x, va, bytes, sizeof(bytes), &done);
	if (e || done > sizeof(bytes))
		abort();
}

static void try_all(struct memory *m)
{
	static const uint64_t addresses[] = { 0, 0x7ffffffff000, 0xffff888000000fe0,
					      0xffffffff81000000, 0xffffffffffffffe0 };
	struct kernel_maps maps;

	for (unsigned int levels = 4; levels <= 5; levels++) {
		struct xlat x = { m, PADDR(0x1000), levels, 0 };
		struct range all = { 0, UINT64_MAX }, some = { 0x201000, 0xffffffff81000fff };

		for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
			check_walk(&x, addresses[i]);
		err_discard(xlat_each(&x, 0, 0, 64, check_leaf, &all));
		err_discard(xlat_each(&x, some.from, some.last + 1, 64, check_leaf, &some));
	}
	err_discard(kernel_map_from_trampoline(m, &maps));
	err_discard(kernel_map_from_tables_near(m, PADDR(0x4000), &maps));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = xcalloc(PAGES, PAGE_SIZE);
	CLEANUP(memory_closep) struct memory *m = memory_new(&words, "words:", bytes);

	ram_map_add(&m->ram_map, PADDR(0), PADDR(PAGES * PAGE_SIZE));
	for (; size >= 10; data += 10, size -= 10)
		memcpy(bytes + load_u16(data) % (PAGES * 512) * 8, data + 2, 8);
	try_all(m);
	return 0;
}
