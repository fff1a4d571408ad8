#include "walker/read/kread.h"

#include <inttypes.h>
#include <string.h>

#include "base/view.h"
#include "walker/read/wave.h"

static struct err *walk_tables(struct kread *k, uint64_t va, struct kread_page *page)
{
	struct xlat_result r;
	struct err *e = xlat_walk(&k->tables, va, &r);

	if (e)
		return e;
	if (r.kind != XLAT_MAPPED && r.kind != XLAT_PROT_NONE)
		return err_new(ERR_DATA, "kernel address 0x%" PRIx64 ": %s", va,
			       xlat_kind_name(r.kind));
	page->size = r.page_size;
	page->va = va & ~(r.page_size - 1);
	page->at = PADDR(r.at.v & ~(r.page_size - 1));
	return NULL;
}

struct err *kread_paddr(struct kread *k, struct kaddr at, struct paddr *ret, uint64_t *run)
{
	struct kread_page *page = &k->tlb[(at.v >> PAGE_SHIFT) % KREAD_TLB_SIZE];
	uint64_t offset = at.v - k->page_offset_base;
	struct err *e;

	if (!kaddr_is_kernel(at))
		return err_new(ERR_DATA, "0x%" PRIx64 ": expected an address of the kernel", at.v);
	if (offset < k->direct_size) {
		*ret = PADDR(offset);
		*run = k->direct_size - offset;
		return NULL;
	}
	if (at.v >= k->image.v && at.v < k->image_end.v) {
		*ret = PADDR(at.v - KREAD_IMAGE_MAP + k->phys_base);
		*run = k->image_end.v - at.v;
		return NULL;
	}
	if (at.v - page->va >= page->size) {
		page->size = 0;
		e = walk_tables(k, at.v, page);
		if (e)
			return e;
	}
	offset = at.v - page->va;
	*ret = paddr_add(page->at, offset);
	*run = page->size - offset;
	return NULL;
}

/* As memory_read(). A rehearsal fails thousands of times: there an error has no text. */
static struct err *read_memory(struct kread *k, struct paddr at, void *to, size_t size)
{
	struct memory_read r = { at, (uint32_t)size, to, MEMORY_OK };
	struct err *e;

	if (!wave_is_rehearsing(k->memory) || size > UINT32_MAX)
		return memory_read(k->memory, at, to, size);
	e = memory_read_vector(k->memory, &r, 1);
	if (e)
		return e;
	return r.status == MEMORY_OK ? NULL : err_pending();
}

struct err *kread(struct kread *k, struct kaddr at, void *to, size_t size)
{
	while (size) {
		struct paddr where;
		uint64_t run = 0;
		struct err *e = kread_paddr(k, at, &where, &run);
		size_t piece = size < run ? size : (size_t)run;

		if (e)
			return e;
		e = read_memory(k, where, to, piece);
		if (e)
			return err_in(e, "kernel address 0x%" PRIx64, at.v);
		at = kaddr_add(at, piece);
		to = (char *)to + piece;
		size -= piece;
	}
	return NULL;
}

struct err *kread_u32(struct kread *k, struct kaddr at, uint32_t *ret)
{
	uint8_t raw[4];
	struct err *e = kread(k, at, raw, sizeof(raw));

	if (e)
		return e;
	*ret = load_u32(raw);
	return NULL;
}

struct err *kread_u64(struct kread *k, struct kaddr at, uint64_t *ret)
{
	uint8_t raw[8];
	struct err *e = kread(k, at, raw, sizeof(raw));

	if (e)
		return e;
	*ret = load_u64(raw);
	return NULL;
}

struct err *kread_pointer(struct kread *k, struct kaddr at, struct kaddr *ret)
{
	return kread_u64(k, at, &ret->v);
}

struct err *kread_text(struct kread *k, struct kaddr at, size_t max, struct buf *b)
{
	while (max) {
		char piece[64];
		uint64_t left = PAGE_SIZE - at.v % PAGE_SIZE;
		size_t size = max < sizeof(piece) ? max : sizeof(piece);
		const char *end;
		struct err *e;

		if (left < size)
			size = (size_t)left;
		e = kread(k, at, piece, size);
		if (e)
			return e;
		end = memchr(piece, '\0', size);
		buf_add(b, piece, end ? (size_t)(end - piece) : size);
		if (end)
			return NULL;
		at = kaddr_add(at, size);
		max -= size;
	}
	return NULL;
}
