/* config_stitch: a config's text from pages of which nothing is known but their text and their
 * physical address.
 *
 * That two cut lines join to one proves nothing: "CONFIG_ARCH_HAS_CURREN" goes on in the page of
 * the same file that lies behind it in memory with "D_FTL=m" as well as with the page that belongs
 * there, and four pages out of ten fit like that. So only this is taken:
 *
 *	- a page whose header line names the running kernel;
 *	- what follows it page after physical page, up or down, where the names of the options,
 *	  the cut one too, stand one after another in the reference; their values may differ;
 *	- any other page, where names and values are the reference's.
 *
 * Everything else is left as a gap. Without a reference it is the first page, at most.
 */
#ifndef RECOVER_CONFIG_STITCH_H
#define RECOVER_CONFIG_STITCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "recover/config/file.h"
#include "recover/config/text.h"

struct config_stitch {
	struct buf text; /* owned */
	size_t pages, total, lines;
	bool total_known;
	const char *why; /* how it was found, or why not; a constant */
};

/* at[]: sorted, each once. reference: or NULL. *ret is the caller's to deinit, after an error
 * too; with no page found ret->pages is 0. Errors: ERR_SYSTEM. */
struct err *config_stitch_run(struct memory *m, const struct paddr *at, size_t count,
			      const struct config_text_hints *hints,
			      const struct config_file *reference,
			      struct config_stitch *ret) MUST_CHECK;
void config_stitch_deinit(struct config_stitch *s);

#endif
