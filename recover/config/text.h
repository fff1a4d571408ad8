/* config_text: a kernel's .config, put together from the pages of memory that hold its text.
 *
 * Whoever installed the kernel or made its initramfs has read /boot/config-RELEASE, so its text
 * lies in the page cache: pages of 4 KiB in any physical order, each cut in the middle of a line,
 * the last one filled up with zeros. Beside them lie pages of other kernels' configs, freed pages,
 * second copies, and pages that only look alike.
 */
#ifndef RECOVER_CONFIG_TEXT_H
#define RECOVER_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "memory/memory.h"
#include "x86/xlat.h"

/* Physical addresses of pages that look like config text, in any order; false ones do no harm. */
struct config_pages {
	const struct paddr *at;
	size_t count;
};

/* What is known of the running kernel. 0 and NULL: not known. Strings are the caller's. */
struct config_text_hints {
	uint64_t vmemmap_base;		/* value of the variable, not its address */
	uint32_t page_struct_size;	/* VMCOREINFO SIZE(page); 0: 64 */
	uint32_t page_mapping_offset;	/* VMCOREINFO OFFSET(page.mapping); 0: 24 */
	uint32_t page_compound_head_offset; /* VMCOREINFO OFFSET(page.compound_head); 0: 8 */
	const char *release;		/* "6.1.0-56-amd64"; needed */
	const char *banner;		/* "Linux version ..."; names the package's version */
	const char *reference;		/* text of a packaged config, where there is one by now */
};

/* Whether a page is config text from its first whole line to its last: for the scan that looks
 * for candidates. page: 4096 bytes. True for the text's last page too, which ends in zeros, when
 * it holds at least two whole lines. */
bool config_text_page(const void *page);

/* Recovers the text of the running kernel's config.
 *
 * The pages of one file are known by their struct page (one mapping, ordered by index), and pages
 * of that file that the scan did not offer are found through its page cache. Which kernel a file
 * belongs to is told by its name (config-RELEASE, from its dentry) and by its header line; both
 * must agree where both are there. Without struct page only what hangs together by itself is
 * taken: from a header that fits, page after physical page, or in the order of the reference.
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
