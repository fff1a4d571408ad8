/* config_stitch: a config's text from pages of which we know only their text and their physical
 * address.
 *
 * Two cut lines that join to one prove nothing. "CONFIG_ARCH_HAS_CURREN" at the end of a page joins
 * with the page that belongs there, and as well with "D_FTL=m" at the start of another page of the
 * same file that happens to lie behind it; four pages out of ten join like that. So we take only
 *
 *	- a page whose header line names the running kernel;
 *	- what follows it page after physical page, up or down, where the names of the options,
 *	  the cut one too, stand one after another in the reference; their values may differ;
 *	- any other page whose names and values are the reference's.
 *
 * Everything else stays a gap. Without a reference we find the first page at most.
 */
#ifndef RECOVER_CONFIG_STITCH_H
#define RECOVER_CONFIG_STITCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "recover/config/file.h"
#include "recover/config/hints.h"

struct config_stitch {
	struct buf text; /* owned */
	size_t pages, total, lines;
	bool total_known;
	const char *why; /* how it was found, or why not; a constant */
};

/* at[]: sorted, each once. reference: the packaged config, or NULL. *ret is the caller's to deinit,
 * after an error too; ret->pages is 0 when no page was found. Errors: ERR_SYSTEM. */
struct err *config_stitch_run(struct memory *m, const struct paddr *at, size_t count,
			      const struct config_text_hints *hints,
			      const struct config_file *reference,
			      struct config_stitch *ret) MUST_CHECK;
void config_stitch_deinit(struct config_stitch *s);

#endif
