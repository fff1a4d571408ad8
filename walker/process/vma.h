/* vma: the areas of a process's address space, in the order of their addresses. */
#ifndef WALKER_PROCESS_VMA_H
#define WALKER_PROCESS_VMA_H

#include "walker/process/mm.h"

#define VMA_MAX (1u << 20)

struct vma {
	struct kaddr at;
	uint64_t start, end; /* [start, end) */
	uint64_t flags;	     /* VM_READ ... */
	uint64_t pgoff;	     /* pages into the file */
	struct kaddr file, ops, private_data, anon_name; /* or 0 */
};

struct vmas {
	struct vma *list; /* owned */
	size_t count, capacity;
};

#define VMAS_INIT { NULL, 0, 0 }

void vmas_deinit(struct vmas *v);

/* Reads all areas, from the maple tree or, before 6.1, the list. Notes in t->notes what
 * cannot be read. Errors: ERR_DATA: there is not even one; ERR_SYSTEM. */
struct err *vmas_read(struct target *t, const struct mm *mm, struct vmas *ret) MUST_CHECK;

/* Reads one vm_area_struct. Errors: ERR_DATA: unreadable, or none is there. */
struct err *vma_read(struct target *t, struct kaddr at, struct vma *ret) MUST_CHECK;

#endif
