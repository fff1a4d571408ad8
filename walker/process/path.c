#include "walker/process/path.h"

#include <inttypes.h>
#include <string.h>

#include "walker/read/span.h"

#define STEPS_MAX 8192
#define NAME_BYTES_MAX 4096

#define DENTRY_MEMBERS(X) \
	X(dentry, d_parent) \
	X(dentry, d_name_name) \
	X(dentry, d_name_len) \
	X(dentry, d_inode) \
	X(dentry, d_op) \
	X(dentry, d_sb) \
	X(dentry, d_hash_pprev)
SPAN(dentry, DENTRY_MEMBERS);

#define MOUNT_MEMBERS(X) \
	X(mount, mnt_parent) \
	X(mount, mnt_mountpoint) \
	X(mount, mnt)
SPAN(mount, MOUNT_MEMBERS);

/* A path that grows from its end to its beginning, as the parents of a dentry come. */
struct reverse {
	char bytes[PATH_BYTES_MAX];
	size_t start;
};

static bool prepend(struct reverse *r, const char *text, size_t size)
{
	if (size > r->start)
		return false;
	r->start -= size;
	memcpy(r->bytes + r->start, text, size);
	return true;
}

static struct err *read_path(struct target *t, struct kaddr at, struct path *ret)
{
	struct err *e = kread_pointer(&t->kernel, kaddr_add(at, OFF_path_mnt), &ret->mnt);

	return e ? e : kread_pointer(&t->kernel, kaddr_add(at, OFF_path_dentry), &ret->dentry);
}

struct err *path_of_root(struct target *t, const struct task *task, struct path *ret)
{
	struct err *e = kaddr_is_object(task->fs) ?
				read_path(t, kaddr_add(task->fs, OFF_fs_struct_root), ret) :
				err_new(ERR_DATA, "no fs_struct");

	return err_in(e, "pid %" PRIu32 ": root", task->pid);
}

static struct err *prepend_name(struct target *t, const struct dentry_span *d, struct reverse *r)
{
	uint64_t size = SPAN_GET(dentry, d, d_name_len);
	char name[NAME_BYTES_MAX];
	struct err *e;

	if (size > sizeof(name))
		return err_new(ERR_DATA, "a name of %" PRIu64 " bytes", size);
	e = kread(&t->kernel, KADDR(SPAN_GET(dentry, d, d_name_name)), name, (size_t)size);
	if (e)
		return err_in(e, "name");
	if (!prepend(r, name, (size_t)size) || !prepend(r, "/", 1))
		return err_new(ERR_DATA, "longer than %u bytes", PATH_BYTES_MAX);
	return NULL;
}

/* Where a walk from a dentry up to the root has come to. */
struct climb {
	struct kaddr dentry, mount; /* struct dentry, struct mount */
	bool done;
};

/* From the root of a mount to its mount point. A mount that is its own parent is the last:
 * of a namespace that is another one's, or of a file system that was taken away. */
static void leave_mount(const struct mount_span *m, struct climb *at)
{
	struct kaddr parent = KADDR(SPAN_GET(mount, m, mnt_parent));

	at->done = parent.v == at->mount.v;
	at->dentry = KADDR(SPAN_GET(mount, m, mnt_mountpoint));
	at->mount = parent;
}

static struct err *leave_dentry(struct target *t, struct climb *at, struct reverse *r)
{
	struct dentry_span d;
	struct kaddr parent;
	struct err *e = span_read(&t->kernel, at->dentry, dentry, &d);

	if (e)
		return err_in(e, "dentry");
	parent = KADDR(SPAN_GET(dentry, &d, d_parent));
	if (parent.v == at->dentry.v) {
		r->start = sizeof(r->bytes); /* it lies above the mount's root: "/" is shown */
		at->done = true;
		return NULL;
	}
	at->dentry = parent;
	return prepend_name(t, &d, r);
}

/* One step up. */
static struct err *climb_step(struct target *t, struct climb *at, struct reverse *r)
{
	struct mount_span m;
	struct err *e = span_read(&t->kernel, at->mount, mount, &m);

	if (e)
		return err_in(e, "mount");
	if (at->dentry.v != load_u64(SPAN_AT(mount, &m, mnt) + OFF_vfsmount_mnt_root))
		return leave_dentry(t, at, r);
	leave_mount(&m, at);
	return NULL;
}

/* From a dentry up to the root. Where the way up does not lead to the root, what there is
 * up to where it ends, as the kernel has it. */
static struct err *prepend_path(struct target *t, struct path from, const struct path *root,
				struct reverse *r)
{
	struct climb at = { from.dentry, KADDR(from.mnt.v - OFF_mount_mnt), false };

	for (unsigned int i = 0; i < STEPS_MAX; i++) {
		struct err *e;

		if (at.dentry.v == root->dentry.v && at.mount.v + OFF_mount_mnt == root->mnt.v)
			return NULL;
		e = climb_step(t, &at, r);
		if (e || at.done)
			return e;
	}
	return err_new(ERR_DATA, "a path without end");
}

/* Appends the name of the type of a file system. */
static struct err *read_type(struct target *t, struct kaddr sb, struct buf *b)
{
	struct kaddr type, name;
	struct err *e = kread_pointer(&t->kernel, kaddr_add(sb, OFF_super_block_s_type), &type);

	if (!e)
		e = kread_pointer(&t->kernel, kaddr_add(type, OFF_file_system_type_name), &name);
	if (!e)
		e = kread_text(&t->kernel, name, 32, b);
	return err_in(e, "file system");
}

/* The name that the d_dname() of a file system makes. name: the dentry's. */
static void add_made_name(const char *type, const char *name, size_t name_size, uint64_t inode,
			  struct buf *b)
{
	if (!strcmp(type, "sockfs")) {
		buf_addf(b, "socket:[%" PRIu64 "]", inode);
	} else if (!strcmp(type, "pipefs")) {
		buf_addf(b, "pipe:[%" PRIu64 "]", inode);
	} else if (!strcmp(type, "anon_inodefs")) {
		buf_add_str(b, "anon_inode:");
		buf_add(b, name + 1, name_size - 1);
	} else {
		buf_add(b, name, name_size);
		buf_add_str(b, " (deleted)"); /* simple_dname() */
	}
}

static struct err *add_own_name(struct target *t, const struct dentry_span *d, struct buf *b)
{
	CLEANUP(buf_deinit) struct buf type = BUF_INIT;
	struct reverse r;
	uint64_t inode = 0;
	struct err *e = read_type(t, KADDR(SPAN_GET(dentry, d, d_sb)), &type);

	if (e)
		return e;
	r.start = sizeof(r.bytes);
	e = prepend_name(t, d, &r);
	if (e)
		return e;
	e = kread_u64(&t->kernel, KADDR(SPAN_GET(dentry, d, d_inode) + OFF_inode_i_ino), &inode);
	if (e)
		return e;
	add_made_name(buf_str(&type), r.bytes + r.start, sizeof(r.bytes) - r.start, inode, b);
	return NULL;
}

/* Do the dentry's operations make its name? */
static struct err *has_own_name(struct target *t, const struct dentry_span *d, bool *ret)
{
	struct kaddr op = KADDR(SPAN_GET(dentry, d, d_op)), dname = KADDR(0);
	struct err *e = NULL;

	if (op.v)
		e = kread_pointer(&t->kernel, kaddr_add(op, OFF_dentry_operations_d_dname),
				  &dname);
	*ret = dname.v;
	return err_in(e, "dentry_operations");
}

/* Has its name been removed? Then it is not hashed, and not the root of a file system. */
static bool is_unlinked(const struct dentry_span *d, struct kaddr at)
{
	return !SPAN_GET(dentry, d, d_hash_pprev) && SPAN_GET(dentry, d, d_parent) != at.v;
}

static struct err *add_path(struct target *t, struct path at, const struct path *root,
			    struct buf *b)
{
	struct kaddr mnt_root = KADDR(0);
	struct dentry_span d;
	struct reverse r;
	bool own = false;
	struct err *e = span_read(&t->kernel, at.dentry, dentry, &d);

	if (e)
		return e;
	e = has_own_name(t, &d, &own);
	if (e)
		return e;
	e = kread_pointer(&t->kernel, kaddr_add(at.mnt, OFF_vfsmount_mnt_root), &mnt_root);
	if (e)
		return e;
	if (own && (SPAN_GET(dentry, &d, d_parent) != at.dentry.v || mnt_root.v != at.dentry.v))
		return add_own_name(t, &d, b);
	r.start = sizeof(r.bytes);
	e = prepend_path(t, at, root, &r);
	if (e)
		return e;
	if (r.start == sizeof(r.bytes))
		buf_add_char(b, '/');
	buf_add(b, r.bytes + r.start, sizeof(r.bytes) - r.start);
	if (is_unlinked(&d, at.dentry))
		buf_add_str(b, " (deleted)");
	return NULL;
}

struct err *path_of_file(struct target *t, struct kaddr file, const struct path *root,
			 struct buf *b)
{
	struct path at = { KADDR(0), KADDR(0) };
	struct err *e = read_path(t, kaddr_add(file, OFF_file_f_path), &at);

	if (!e)
		e = add_path(t, at, root, b);
	return err_in(e, "path of file 0x%" PRIx64, file.v);
}
