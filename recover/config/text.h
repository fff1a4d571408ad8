/* config_text: a kernel's .config, put together from the pages of memory that hold its text.
 *
 * The package manager that installed the kernel, or the tool that made its initramfs, has read
 * /boot/config-RELEASE, so its text lies in the page cache: pages of 4 KiB in any physical order,
 * each cut in the middle of a line, the last one filled up with zeros. Beside them lie pages of
 * other kernels' configs, freed pages, second copies, and pages that only look alike.
 */
#ifndef RECOVER_CONFIG_TEXT_H
#define RECOVER_CONFIG_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "memory/memory.h"
#include "recover/config/hints.h"
#include "x86/xlat.h"

/* Physical addresses of pages that look like config text, in any order; false ones do no harm. */
struct config_pages {
	const struct paddr *at;
	size_t count;
};

/* Recovers the text of the running kernel's config.
 *
 * We tell the pages of one file by their struct page: they have one mapping, and index orders
 * them. The file's tree in the page cache leads to pages that the scan did not offer. A file's
 * name (config-RELEASE, from its dentry) and its header line say which kernel it belongs to; where
 * both are there, they must agree. Without struct page we take only what hangs together by itself
 * (stitch.h): from a header that fits, page after physical page, or in the order of the reference.
 *
 * kernel: the kernel's page tables, or NULL. text and report are added to, not cleared.
 * text: "# farwalk config text: N of M pages", then whole lines in order; where something is
 * missing, a line "# gap: WHY". report: lines for people, also when an error is returned.
 *
 * Errors: ERR_ABSENT when no page of the running kernel's config was found; ERR_DATA when files
 * that fit equally well contradict each other; ERR_SYSTEM when the source is gone. text is
 * unchanged then. */
struct err *config_text_recover(struct memory *m, const struct xlat *kernel,
				const struct config_text_hints *hints,
				const struct config_pages *pages, struct buf *text,
				struct buf *report) MUST_CHECK;

#endif
