#include "recover/kernel/pages.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

enum page_state { UNREAD, READ, UNREADABLE };

/* Searches for text and tables touch all of an image, also the pages that nobody reads. In large
 * pages that is a few dozen page faults instead of some ten thousand. */
static void expect_large_pages(uint8_t *bytes, size_t size)
{
	uintptr_t start = ((uintptr_t)bytes + PAGE_SIZE - 1) & PAGE_MASK;
	uintptr_t end = ((uintptr_t)bytes + size) & PAGE_MASK;

	if (end > start) /* where the system has none, nothing changes */
		(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}

void kernel_pages_init(struct memory *m, const struct kernel_map *map, struct kernel_pages *ret)
{
	*ret = (struct kernel_pages){ .memory = m, .map = *map };
	ret->size = (size_t)(map->end.v - map->start.v);
	ret->bytes = xcalloc(ret->size, 1);
	expect_large_pages(ret->bytes, ret->size);
	ret->pages = xcalloc(ret->size / PAGE_SIZE + 1, 1);
}

void kernel_pages_deinit(struct kernel_pages *p)
{
	free(p->bytes);
	free(p->pages);
	err_discard(p->gone);
	*p = (struct kernel_pages){ .size = 0 };
}

static size_t page_of(const struct kernel_pages *p, const struct memory_read *r)
{
	return (size_t)((uint8_t *)r->to - p->bytes) / PAGE_SIZE;
}

static void set_state(struct kernel_pages *p, const struct memory_read *r)
{
	p->pages[page_of(p, r)] = r->status == MEMORY_OK ? READ : UNREADABLE;
	if (r->status == MEMORY_OK)
		return;
	memset(r->to, 0, PAGE_SIZE);
	p->unreadable++;
}

struct err *kernel_pages_read(struct kernel_pages *p, struct kaddr start, struct kaddr end)
{
	uint64_t base = p->map.start.v;
	size_t first = (size_t)(start.v - base) / PAGE_SIZE, last, n = 0;
	CLEANUP(free_ptr) struct memory_read *reads = NULL;
	struct err *e;

	if (start.v < base || start.v >= end.v || start.v - base >= p->size)
		return NULL;
	last = end.v - base < p->size ? (size_t)(end.v - base) : p->size;
	last = (last + PAGE_SIZE - 1) / PAGE_SIZE;
	reads = xcalloc(last - first, sizeof(*reads));
	for (size_t page = first; page < last; page++)
		if (p->pages[page] == UNREAD)
			reads[n++] = (struct memory_read){
				paddr_add(kernel_map_pa(&p->map, p->map.start),
					  page * PAGE_SIZE),
				PAGE_SIZE, p->bytes + page * PAGE_SIZE, MEMORY_OK,
			};
	e = memory_read_again(p->memory, reads, n);
	if (e)
		return err_in(e, "image at 0x%" PRIx64, kernel_map_pa(&p->map, p->map.start).v);
	for (size_t i = 0; i < n; i++)
		set_state(p, &reads[i]);
	return NULL;
}

void kernel_pages_forget(struct kernel_pages *p, struct kaddr start, struct kaddr end)
{
	for (uint64_t at = start.v & PAGE_MASK; at < end.v; at += PAGE_SIZE)
		if (at - p->map.start.v < p->size)
			p->pages[(at - p->map.start.v) / PAGE_SIZE] = UNREAD;
}

static bool is_read(const struct kernel_pages *p, size_t offset, size_t size)
{
	for (size_t page = offset / PAGE_SIZE; page * PAGE_SIZE < offset + size; page++)
		if (p->pages[page] != READ)
			return false;
	return true;
}

const uint8_t *kernel_pages_bytes(struct kernel_pages *p, struct kaddr at, size_t size)
{
	uint64_t offset = at.v - p->map.start.v;
	struct err *e;

	if (offset >= p->size || size > p->size - offset)
		return NULL;
	if (!is_read(p, (size_t)offset, size)) {
		e = kernel_pages_read(p, at, kaddr_add(at, size));
		if (e && !p->gone)
			p->gone = e;
		else
			err_discard(e);
		if (!is_read(p, (size_t)offset, size))
			return NULL;
	}
	return p->bytes + offset;
}
