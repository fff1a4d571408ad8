#include "walker/process/path.h"

#include <inttypes.h>
#include <string.h>

#include "symbols.h"
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

/* A path that grows from its end to its beginning. */
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

/* From dentry up to root. Where the chain ends elsewhere (another namespace, a
 * file system taken away), what there is up to there, as the kernel has it. */
static struct err *prepend_path(struct target *t, struct path at, const struct path *root,
				struct reverse *r)
{
	struct kaddr mount = KADDR(at.mnt.v - OFF_mount_mnt);

	for (unsigned int i = 0; i < STEPS_MAX; i++) {
		struct kaddr mnt_root, parent;
		struct dentry_span d;
		struct mount_span m;
		struct err *e;

		if (at.dentry.v == root->dentry.v && mount.v + OFF_mount_mnt == root->mnt.v)
			return NULL;
		e = span_read(&t->kernel, mount, mount, &m);
		if (e)
			return err_in(e, "mount");
		mnt_root = KADDR(load_u64(SPAN_AT(mount, &m, mnt) + OFF_vfsmount_mnt_root));
		if (at.dentry.v == mnt_root.v) {
			parent = KADDR(SPAN_GET(mount, &m, mnt_parent));
			if (parent.v == mount.v)
				return NULL;
			at.dentry = KADDR(SPAN_GET(mount, &m, mnt_mountpoint));
			mount = parent;
			continue;
		}
		e = span_read(&t->kernel, at.dentry, dentry, &d);
		if (e)
			return err_in(e, "dentry");
		parent = KADDR(SPAN_GET(dentry, &d, d_parent));
		if (parent.v == at.dentry.v) {
			r->start = sizeof(r->bytes); /* above the mount's root: "/" is shown */
			return NULL;
		}
		e = prepend_name(t, &d, r);
		if (e)
			return e;
		at.dentry = parent;
	}
	return err_new(ERR_DATA, "a path without end");
}

/* The name of a file system's type, for those whose files name themselves. */
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

/* Pseudo files: d_dname() of the file systems that have one. */
static struct err *add_own_name(struct target *t, const struct dentry_span *d, struct buf *b)
{
	CLEANUP(buf_deinit) struct buf type = BUF_INIT;
	struct reverse r;
	const char *name;
	uint64_t inode = 0;
	struct err *e = read_type(t, KADDR(SPAN_GET(dentry, d, d_sb)), &type);

	r.start = sizeof(r.bytes);
	if (!e)
		e = prepend_name(t, d, &r);
	if (!e)
		e = kread_u64(&t->kernel, KADDR(SPAN_GET(dentry, d, d_inode) + OFF_inode_i_ino),
			      &inode);
	if (e)
		return e;
	name = r.bytes + r.start;
	if (!strcmp(buf_str(&type), "sockfs") || !strcmp(buf_str(&type), "pipefs")) {
		buf_addf(b, "%s:[%" PRIu64 "]", *buf_str(&type) == 's' ? "socket" : "pipe", inode);
		return NULL;
	}
	if (!strcmp(buf_str(&type), "anon_inodefs")) {
		buf_add_str(b, "anon_inode:");
		buf_add(b, name + 1, sizeof(r.bytes) - r.start - 1);
		return NULL;
	}
	buf_add(b, name, sizeof(r.bytes) - r.start);
	buf_add_str(b, " (deleted)"); /* simple_dname() */
	return NULL;
}

/* Whether the dentry's operations make its name. */
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

/* A name without a file: unhashed, and no root of a file system. */
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

	r.start = sizeof(r.bytes);
	if (!e)
		e = has_own_name(t, &d, &own);
	if (!e)
		e = kread_pointer(&t->kernel, kaddr_add(at.mnt, OFF_vfsmount_mnt_root), &mnt_root);
	if (e)
		return e;
	if (own && (SPAN_GET(dentry, &d, d_parent) != at.dentry.v || mnt_root.v != at.dentry.v))
		return add_own_name(t, &d, b);
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
