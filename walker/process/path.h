/* path: the name of an open file, as d_path() in fs/d_path.c makes it.
 *
 * It leads from the file's dentry up through the parents, and at the root of each mount on
 * from the mount point, to the root of the process (chroot, container) or of its mounts.
 * Pseudo files (memfd, shared anonymous memory) name themselves.
 */
#ifndef WALKER_PROCESS_PATH_H
#define WALKER_PROCESS_PATH_H

#include "walker/task/task.h"

#define PATH_BYTES_MAX (16u << 10)

struct path {
	struct kaddr mnt, dentry; /* struct vfsmount, struct dentry */
};

/* The root that a task sees. */
struct err *path_of_root(struct target *t, const struct task *task, struct path *ret) MUST_CHECK;

/* Appends the path of a struct file, relative to root: raw bytes, which the caller escapes. */
struct err *path_of_file(struct target *t, struct kaddr file, const struct path *root,
			 struct buf *b) MUST_CHECK;

#endif
