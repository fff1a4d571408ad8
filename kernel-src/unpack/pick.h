/* pick: what becomes of each member of the archive that holds a kernel tree.
 *
 * A member is shown to a visitor, or skipped, or written to the tree if a probe needs it, changed as the
 * source package's overlay says.
 */
#ifndef KERNEL_SRC_UNPACK_PICK_H
#define KERNEL_SRC_UNPACK_PICK_H

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>

#include "kernel-src/unpack/overlay.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/visitor.h"

/* All zero but one of visitor and tree. */
struct pick {
	const struct visitor *visitor;
	struct tree *tree;
	struct overlay *overlay; /* of a source package, or NULL */
	char top[256];		 /* folder around the tree in the archive, "" when there is none */
	bool top_known, found;	 /* found: there was a file of a tree */
	uint64_t written;	 /* bytes */
};

/* Takes the archive's current member. Errors: ERR_DATA (hostile or too large), ERR_SYSTEM. */
struct err *pick_member(struct pick *p, struct archive *a, struct archive_entry *entry) MUST_CHECK;

/* Behind the last member: takes the files and links that only the overlay has. Errors: as above. */
struct err *pick_rest(struct pick *p) MUST_CHECK;

#endif
