/* patch: unified diffs, kept by the file they change and applied in memory.
 *
 * They are applied exactly, as `patch -F0` does: a piece may have moved, but all its lines have to be
 * there.
 *
 * Shape: "--- OLD", "+++ NEW", then pieces: "@@ -START,COUNT +START,COUNT @@" and that many lines with
 * ' ', '-' or '+' in front, "\ No newline" behind a last line. One folder is taken off the names.
 * Git's header lines (new file mode, deleted file mode, rename, copy) count as well. All other text around
 * the pieces is ignored, and binary changes are left out.
 */
#ifndef KERNEL_SRC_UNPACK_PATCH_H
#define KERNEL_SRC_UNPACK_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct patch_set;

struct patch_set *patch_set_new(void);
void patch_set_free(struct patch_set *set);
static inline void patch_set_freep(struct patch_set **set)
{
	patch_set_free(*set);
}

/* To be called before patch_set_add(): the tree is only a part of the one that the patches are for. What they
 * say of files that are not there is left out, and so are names that lead out of the tree. */
void patch_set_partial(struct patch_set *set);

/* Adds a patch, to be applied after those added before. name: for messages. text is taken over.
 * Errors: ERR_DATA: a piece cut short, a name that leads out of the tree; too much of it. */
struct err *patch_set_add(struct patch_set *set, const char *name, struct buf *text) MUST_CHECK;

/* Whether a patch changes this file. */
bool patch_set_touches(const struct patch_set *set, const char *path);
/* Whether a patch copies or renames this file. Then patch_set_apply() needs it even where the caller
 * does not. */
bool patch_set_is_source(const struct patch_set *set, const char *path);

/* The i-th of the files that the patches name; NULL: there are no more. */
const char *patch_set_path(const struct patch_set *set, size_t i);

/* Makes text, a file of the tree as it was, what the patches make of it. *exists: whether there is such a
 * file then. Sets *executable where a patch says so. To be called once a file.
 * Errors: ERR_DATA, naming patch and file: a piece does not fit. */
struct err *patch_set_apply(struct patch_set *set, const char *path, struct buf *text, bool *exists,
			    bool *executable) MUST_CHECK;

/* Applies the patches to the files that patch_set_apply() was not called for. Calls take() for each
 * that wants() accepts and that exists then.
 * Errors: as patch_set_apply(), also for a file that should have been there; those of take(). */
struct err *patch_set_rest(struct patch_set *set, bool (*wants)(const char *path),
			   struct err *(*take)(void *arg, const char *path, bool executable, struct buf *text),
			   void *arg) MUST_CHECK;

/* Adds to text a file that the patches make from nothing.
 * Errors: ERR_ABSENT: they make no such file; as patch_set_apply(). */
struct err *patch_set_new_file(struct patch_set *set, const char *path, struct buf *text) MUST_CHECK;

#endif
