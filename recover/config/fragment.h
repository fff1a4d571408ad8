/* config_fragment: one page of a config's text, cut where the page is cut. */
#ifndef RECOVER_CONFIG_FRAGMENT_H
#define RECOVER_CONFIG_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

#define CONFIG_VERSION_MAX 65 /* with the NUL */

/* Points into the page it was read from. */
struct config_fragment {
	const char *text; /* up to the end of the page or of the file */
	size_t size;
	size_t head; /* bytes of the first line with its '\n'; it may have begun in the page before */
	size_t tail; /* where the line begins that goes on in the next page; size: there is none */
	bool last;   /* zeros follow: the file ends here */
	size_t lines, options; /* whole lines in between, and how many of them name an option */
};

/* Whether a page (PAGE_SIZE bytes) can be one of a config's text: its whole lines are config
 * lines, the cut ones are not too long, and behind the first NUL there are only NULs. */
bool config_fragment_read(const char *page, struct config_fragment *ret);

/* The version in the header line, of a page that begins a file; false: the page begins no file. */
bool config_fragment_version(const struct config_fragment *f, char ret[CONFIG_VERSION_MAX]);

#endif
