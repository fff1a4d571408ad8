/* tree: a folder that an archive of unknown origin is written into.
 *
 * The folder is new and belongs to this process. Names are plain paths below it:
 * no "..", no leading '/', no control characters. Links come last, when every file
 * is there, so no file is ever written through a link; and no link may lead out of
 * the tree.
 */
#ifndef KERNEL_SRC_UNPACK_TREE_H
#define KERNEL_SRC_UNPACK_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define TREE_PATH_MAX 1024
#define TREE_DEPTH_MAX 24

struct tree;

/* Copies name to path (TREE_PATH_MAX bytes) without "./" and doubled or trailing
 * slashes; "" for the top itself.
 * Errors: ERR_DATA: empty, absolute, "..", too long, too deep, control characters. */
struct err *tree_clean_name(const char *name, char *path) MUST_CHECK;

/* Makes the folder PATH, which must not exist. *ret is owned by the caller.
 * Errors: ERR_SYSTEM. */
struct err *tree_create(const char *path, struct tree **ret) MUST_CHECK;

/* Opens the folder PATH, a tree that is there. *ret is owned by the caller.
 * Errors: ERR_SYSTEM. */
struct err *tree_open(const char *path, struct tree **ret) MUST_CHECK;

/* Opens a new file and makes the folders it is in. name, here and below: what
 * tree_clean_name() made. *fd is owned by the caller.
 * Errors: ERR_DATA (there is something of that name already), ERR_SYSTEM. */
struct err *tree_file(struct tree *t, const char *name, bool executable, int *fd) MUST_CHECK;

/* Adds the text of a file to b. Errors: ERR_ABSENT: there is no regular file of that name; ERR_DATA: it holds
 * more than max bytes, or lies behind a link; ERR_SYSTEM. */
struct err *tree_read(struct tree *t, const char *name, size_t max, struct buf *b, bool *executable) MUST_CHECK;
/* Makes a file hold what b holds; removes a file. Errors: as tree_file(). */
struct err *tree_replace(struct tree *t, const char *name, bool executable, const struct buf *b) MUST_CHECK;
struct err *tree_delete(struct tree *t, const char *name) MUST_CHECK;

/* A second name for a file that was written before. Errors: as tree_file(). */
struct err *tree_hard_link(struct tree *t, const char *name, const char *old) MUST_CHECK;

/* Remembers a symbolic link for tree_finish(). Errors: ERR_DATA: it leads out. */
struct err *tree_link(struct tree *t, const char *name, const char *target) MUST_CHECK;

/* Makes the links. Errors: ERR_DATA: one leads through another, or stands where a
 * file is; ERR_SYSTEM. */
struct err *tree_finish(struct tree *t) MUST_CHECK;

void tree_free(struct tree *t);
static inline void tree_freep(struct tree **t)
{
	tree_free(*t);
}

/* rm -rf, following no links; a PATH that is not there is no error. */
struct err *tree_remove(const char *path) MUST_CHECK;

#endif
