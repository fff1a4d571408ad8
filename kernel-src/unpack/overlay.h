/* overlay: what a distribution's source package makes of the archive of upstream's tree.
 *
 * Format 1.0: one patch, .diff.gz, which holds debian/ too. It cannot say that a file is removed,
 * executable or a link; Ubuntu's kernels say that in a script, reconstruct, in the folder that
 * debian/debian.env names. Its lines are read, not run:
 *	chmod +x 'scripts/x'
 *	rm -f 'include/y.h'
 *	ln -sf 'target' 'name'		(also behind "[ ! -L 'name' ] && ")
 * Format 3.0: .debian.tar.*, with the patches that debian/patches/series names, in its order.
 * Source: dpkg-source(1); Ubuntu's debian/scripts/misc/gen-auto-reconstruct.
 */
#ifndef KERNEL_SRC_UNPACK_OVERLAY_H
#define KERNEL_SRC_UNPACK_OVERLAY_H

#include <stdbool.h>

#include "base/err.h"
#include "kernel-src/unpack/dsc.h"
#include "kernel-src/unpack/patch.h"

struct overlay {
	struct patch_set *patches;
	struct overlay_line {
		char what; /* 'x' executable, '-' not, 'r' removed, 'l' a link */
		char *path, *target;
	} *lines;
	size_t count;
};

/* Reads the files of the package that lie in FOLDER and are known to be whole (dsc_check()). *ret is to be given
 * to overlay_deinit(), also after an error. Errors: ERR_DATA (damaged, hostile, too large), ERR_SYSTEM. */
struct err *overlay_read(const struct dsc *d, const char *folder, struct overlay *ret) MUST_CHECK;
void overlay_deinit(struct overlay *o);

/* What reconstruct says of a path: 'x', '-', 'r'; 0: nothing. */
char overlay_says(const struct overlay *o, const char *path);

#endif
