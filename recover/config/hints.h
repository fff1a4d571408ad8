/* config_hints: what we know when we look for a configuration's text in memory: what the running
 * kernel has told so far, and what a page of such text looks like.
 */
#ifndef RECOVER_CONFIG_HINTS_H
#define RECOVER_CONFIG_HINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "recover/parse/page_cache.h"

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

/* How struct page is laid out, as far as the hints tell; x86's usual layout otherwise. */
struct page_layout config_text_layout(const struct config_text_hints *hints);

/* Whether a page is config text from its first whole line to its last: for the scan that looks
 * for candidates. page: 4096 bytes. True for the text's last page too, which ends in zeros, when
 * it holds at least two whole lines. */
bool config_text_page(const void *page);

#endif
