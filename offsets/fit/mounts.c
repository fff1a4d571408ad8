#include "offsets/fit/mounts.h"

#define MNT_NS_INTERNAL ((uint64_t)-22) /* fs/mount.h: ERR_PTR(-EINVAL) */

/* A mount namespace: its root is a mount that says it belongs to it. */
static bool is_mount_namespace(struct fit *f, uint64_t ns)
{
	uint64_t root = 0, back = 0;

	return fit_is_pointer(ns) && live_u64(f->live, ns + fit_offset(f, "mnt_namespace", "root"), &root) &&
	       live_u64(f->live, root + fit_offset(f, "mount", "mnt_ns"), &back) && back == ns;
}

static void check_mount_id(struct fit *f, uint32_t id, uint64_t at)
{
	bool own = true;

	for (size_t i = 0; i < f->mount_count; i++)
		own &= f->mount_ids[i] != id;
	fit_check(f, "mount.mnt_id: small, and that of no other", id < 1 << 28 && own, at);
	if (f->mount_count < FIT_TASKS_MAX)
		f->mount_ids[f->mount_count++] = id;
}

/* mounts is how many there are; since 6.8 it is the root of a tree of them, and nr_mounts the count. */
static void check_mount_count(struct fit *f, const struct fit_object *o)
{
	bool tree = fit_object_has(o, "nr_mounts");
	uint64_t count = tree ? fit_get(o, "nr_mounts") : fit_get(o, "mounts");

	fit_check(f, "mnt_namespace.mounts, nr_mounts: as many as can be", (uint32_t)count - 1 < 1 << 24, o->at);
	if (tree)
		fit_check(f, "mnt_namespace.mounts: a tree", fit_is_pointer(fit_get(o, "mounts")), o->at);
}

void fit_mount(struct fit *f, uint64_t vfsmount, uint64_t ns)
{
	CLEANUP(fit_object_deinit) struct fit_object m = { .bytes = NULL };
	uint64_t at = vfsmount - fit_offset(f, "mount", "mnt"), name, root = 0, sb = 0, root_sb = 0, parent;
	char text[256];

	if (!fit_is_new(f, at) || !fit_read(f, "mount", "mount: can be read", at, &m))
		return;
	parent = fit_get(&m, "mnt_parent");
	name = fit_get(&m, "mnt_devname");
	fit_check(f, "vfsmount.mnt_root, mnt_sb: of one file system",
		  live_u64(f->live, vfsmount + fit_offset(f, "vfsmount", "mnt_root"), &root) &&
			  live_u64(f->live, vfsmount + fit_offset(f, "vfsmount", "mnt_sb"), &sb) &&
			  live_u64(f->live, root + fit_offset(f, "dentry", "d_sb"), &root_sb) && sb == root_sb,
		  at);
	fit_check(f, "mount.mnt_parent, mnt_mountpoint: pointers",
		  fit_is_pointer(parent) && fit_is_pointer(fit_get(&m, "mnt_mountpoint")), at);
	fit_check(f, "mount.mnt_devname: 0, or a text", !name || live_read(f->live, name, text, 1), at);
	fit_check_process(f, "mount.mnt_devname: a name",
			  !name || live_text(f->live, name, text, sizeof(text)), at);
	check_mount_id(f, (uint32_t)fit_get(&m, "mnt_id"), at);
	fit_check(f, "mount.mnt_mounts, mnt_child: lists",
		  fit_list_ok(f, fit_at(&m, "mnt_mounts")) &&
			  (parent == at || fit_list_ok(f, fit_at(&m, "mnt_child"))), at);
	/* A process's root may be of another namespace, or of none: unmounted, or internal as the root of kernel
	 * threads is since 7.3. */
	fit_check_process(f, "mount.mnt_ns: the process's, another one, or of a root that is in none",
		  fit_get(&m, "mnt_ns") == ns || is_mount_namespace(f, fit_get(&m, "mnt_ns")) ||
			  (parent == at && (!fit_get(&m, "mnt_ns") || fit_get(&m, "mnt_ns") == MNT_NS_INTERNAL)),
		  at);
	if (fit_is_pointer(parent) && parent != at && f->mount_count < FIT_TASKS_MAX)
		fit_mount(f, parent + fit_offset(f, "mount", "mnt"), 0);
}

void fit_mount_namespace(struct fit *f, uint64_t ns)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };

	if (!fit_is_new(f, ns) || !fit_read(f, "mnt_namespace", "mnt_namespace: can be read", ns, &o))
		return;
	fit_check(f, "mnt_namespace.root: a mount of it", is_mount_namespace(f, ns), ns);
	/* the kernel gives numbers from 0xf0000000 on; the first namespace of each kind has one a little below */
	fit_check(f, "mnt_namespace.ns.inum: of namespaces", fit_get(&o, "ns_inum") >= 0xeffffff0, ns);
	check_mount_count(f, &o);
	if (fit_object_has(&o, "list"))
		fit_check(f, "mnt_namespace.list: a list", fit_list_ok(f, fit_at(&o, "list")), ns);
}
