/* config_candidate: one file of the page cache that may be the running kernel's config. */
#ifndef RECOVER_CONFIG_CANDIDATE_H
#define RECOVER_CONFIG_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "recover/config/file.h"
#include "recover/config/fragment.h"
#include "recover/config/hints.h"
#include "recover/parse/page_cache.h"

#define CONFIG_PAGES_MAX 512 /* of one file */

/* A page the scan offered, and the file it belongs to. */
struct config_placed {
	struct page_place place;
	struct paddr at;
};

struct config_candidate {
	struct page_cache_name name;	  /* of the file; hostile */
	char version[CONFIG_VERSION_MAX]; /* of its header; "" when not seen */
	struct buf text;		  /* whole lines and gaps; owned */
	struct config_file file;	  /* the same, parsed; owned */
	size_t pages, total;		  /* found in memory; of how many */
	size_t lines, gaps;
	bool total_known; /* the last page was seen */
	bool fits;	  /* it is the running kernel's */
	unsigned int rank; /* how much says so; higher is more */
	const char *why;  /* the reason for fits, or against it; a constant */
};

/* Collects the pages of one file and joins them. placed[]: the pages that the scan offered, of one
 * mapping, sorted by index; the file's tree in the page cache leads to the others. *ret is the
 * caller's to deinit, after an error too.
 * Errors: ERR_ABSENT when none of the offered pages is config text; ERR_SYSTEM. */
struct err *config_candidate_read(struct memory *m, struct page_cache *pc,
				  const struct config_placed *placed, size_t count,
				  struct config_candidate *ret) MUST_CHECK;
void config_candidate_deinit(struct config_candidate *c);

/* Judges whose config it is: sets fits, rank and why. reference: the packaged config, or NULL. */
void config_candidate_judge(struct config_candidate *c, const struct config_text_hints *hints,
			    const struct config_file *reference);

#endif
