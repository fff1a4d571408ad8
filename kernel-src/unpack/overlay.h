/* overlay: what a distribution's source package makes of the archive of upstream's tree.
 *
 * Format 1.0: one patch, .diff.gz, which holds debian/ too. A patch in that format cannot say that a
 * file is removed, executable or a link. Ubuntu's kernels say that in a script, reconstruct, in the
 * folder that debian/debian.env names. We read its lines and never run them:
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
#include "base/table.h"
#include "kernel-src/unpack/dsc.h"
#include "kernel-src/unpack/patch.h"

/* What reconstruct says of a file. */
enum overlay_action {
	OVERLAY_SAYS_NOTHING,
	OVERLAY_MAKES_EXECUTABLE,
	OVERLAY_MAKES_PLAIN, /* not executable */
	OVERLAY_REMOVES,
	OVERLAY_LINKS,
};

struct overlay {
	struct patch_set *patches;
	struct table actions; /* by path */
	struct overlay_link {
		char *path, *target;
	} *links;
	size_t link_count, link_capacity;
	size_t line_count; /* of reconstruct */
};

/* Reads the files of the package that lie in FOLDER and are known to be whole (dsc_check()). The caller
 * gives *ret to overlay_deinit(), also after an error. Errors: ERR_DATA (damaged, hostile, too large),
 * ERR_SYSTEM. */
struct err *overlay_read(const struct dsc *d, const char *folder, struct overlay *ret) MUST_CHECK;
void overlay_deinit(struct overlay *o);

/* What the first line of reconstruct about this path says; a link's line is not among them. */
enum overlay_action overlay_says(const struct overlay *o, const char *path);

#endif
