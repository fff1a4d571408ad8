/* data_landmarks: data in the image of a kernel whose symbol table names functions only, found by its
 * shape.
 *
 * Each of these has a shape that nothing else in a kernel has by chance. But pages of the image that
 * the kernel freed may hold anything, and so may a page that a tenant of the machine fills on
 * purpose. So we look only at pages that the kernel still maps, and take a place only if it is the
 * one place that looks so.
 *
 *	init_task	"swapper/0" or "swapper" (comm) in front of which the structure points to itself
 *			three times: real_parent and parent side by side, and group_leader
 *	init_top_pgt	a top-level page table that maps the image and something of the direct map,
 *			and whose address stands in the image, as init_mm's pgd does
 *	the bases	three multiples of 1 GiB side by side, in order: page_offset_base, vmalloc_base
 *			and vmemmap_base (arch/x86/kernel/head64.c)
 *	boot_params	the boot loader's header: 0xaa55 and "HdrS" (Documentation/arch/x86/boot.rst)
 *	gate_vma	a vm_area_struct of the vsyscall page, which is at one address in every kernel
 *			(arch/x86/entry/vsyscall/vsyscall_64.c)
 */
#ifndef RECOVER_KERNEL_DATA_LANDMARKS_H
#define RECOVER_KERNEL_DATA_LANDMARKS_H

#include "recover/kernel/kernel.h"

/* Finds these landmarks, and _end, which the page tables tell. Does nothing for a kernel whose symbol
 * table names data. A landmark that is not clear is left out.
 * Errors: ERR_DATA: another source contradicts, both are named; ERR_SYSTEM. */
struct err *kernel_find_landmarks(struct kernel *k) MUST_CHECK;

#endif
