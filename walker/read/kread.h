/* kread: the kernel's address space, read from physical memory.
 *
 * For an address in the direct map or in the kernel's image the physical address is
 * a subtraction. All others (vmalloc, modules, per-CPU areas) go through the kernel's
 * page tables, with a small cache of translations.
 */
#ifndef WALKER_READ_KREAD_H
#define WALKER_READ_KREAD_H

#include "base/buf.h"
#include "x86/xlat.h"

#define KREAD_IMAGE_MAP UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */
#define KREAD_TLB_SIZE 16

struct kread_page {
	uint64_t va; /* of its start */
	struct paddr at;
	uint64_t size; /* 0: empty slot */
};

struct kread {
	struct memory *memory; /* borrowed */
	struct xlat tables;    /* the kernel's own */
	uint64_t phys_base;    /* image: physical = virtual - KREAD_IMAGE_MAP + phys_base */
	uint64_t shift;	       /* virtual = link-time + shift */
	struct kaddr image, image_end;
	uint64_t page_offset_base, vmemmap_base;
	uint64_t direct_size; /* bytes of the direct map from page_offset_base on */
	struct kread_page tlb[KREAD_TLB_SIZE];
};

/* Where something lies now that was linked at `link`. */
static inline struct kaddr kread_symbol(const struct kread *k, uint64_t link)
{
	return KADDR(link + k->shift);
}

/* A pointer to an object that kmalloc made: kernel half, aligned to 8. */
static inline bool kaddr_is_object(struct kaddr a)
{
	return kaddr_is_kernel(a) && !(a.v & 7);
}

/* Where the byte at `at` lies. *run: how many bytes from there on are neighbours in
 * physical memory, too. Errors: ERR_DATA (no address of the kernel, not mapped). */
struct err *kread_paddr(struct kread *k, struct kaddr at, struct paddr *ret, uint64_t *run) MUST_CHECK;

/* Errors: ERR_DATA naming the address; ERR_SYSTEM when the source is gone. */
struct err *kread(struct kread *k, struct kaddr at, void *to, size_t size) MUST_CHECK;
struct err *kread_u32(struct kread *k, struct kaddr at, uint32_t *ret) MUST_CHECK;
struct err *kread_u64(struct kread *k, struct kaddr at, uint64_t *ret) MUST_CHECK;
struct err *kread_pointer(struct kread *k, struct kaddr at, struct kaddr *ret) MUST_CHECK;

/* Appends the NUL-terminated text at `at`, at most max bytes of it. */
struct err *kread_text(struct kread *k, struct kaddr at, size_t max, struct buf *b) MUST_CHECK;

#endif
