#include "offsets/fit/files.h"

#include <string.h>

#define FILES_MAX 6 /* of one process */
#define PATH_MAX_DEPTH 16
#define PAGES_MAX 4 /* of one file */

static void check_super_block(struct fit *f, uint64_t at)
{
	CLEANUP(fit_object_deinit) struct fit_object s = { .bytes = NULL };
	char type[64] = "", id[64];
	uint64_t name = 0, back = 0, root, size = fit_length(f, "super_block", "s_id");

	if (!fit_is_new(f, at) || !fit_read(f, "super_block", "super_block: can be read", at, &s))
		return;
	root = fit_get(&s, "s_root");
	fit_check(f, "super_block.s_list: a list", fit_list_ok(f, fit_at(&s, "s_list")), at);
	if (fit_object_has(&s, "s_inodes_wb"))
		fit_check(f, "super_block.s_inodes_wb: a list", fit_list_ok(f, fit_at(&s, "s_inodes_wb")), at);
	fit_check(f, "super_block.s_type: has a name",
		  live_u64(f->live, fit_get(&s, "s_type") + fit_offset(f, "file_system_type", "name"),
			   &name) && live_text(f->live, name, type, sizeof(type)), at);
	fit_check(f, "super_block.s_root: leads back",
		  !root || (live_u64(f->live, root + fit_offset(f, "dentry", "d_sb"), &back) && back == at),
		  at);
	fit_check(f, "super_block.s_id: a name",
		  size <= sizeof(id) && live_text(f->live, fit_at(&s, "s_id"), id, size), at);
	fit_check(f, "super_block.s_magic, s_dev: not 0", fit_get(&s, "s_magic") && fit_get(&s, "s_dev") &&
		  !(fit_get(&s, "s_magic") >> 32), at);
	fit_check(f, "super_block.s_fs_info: 0, or an address",
		  !fit_get(&s, "s_fs_info") || live_is_kernel(fit_get(&s, "s_fs_info")), at);
}

/* A file system in user space (FUSE) may say anything of its inodes, and a process may open a device file of
 * number 0 with O_PATH. */
static void check_inode_numbers(struct fit *f, const struct fit_object *i)
{
	uint64_t type = fit_get(i, "i_mode") >> 12, device = fit_get(i, "i_rdev");

	fit_check_process(f, "inode.i_ino: not 0", fit_get(i, "i_ino") != 0, i->at);
	fit_check_process(f, "inode.i_nlink: small", (uint32_t)fit_get(i, "i_nlink") < 1 << 24, i->at);
	if (type == 2 || type == 6)
		fit_check_process(f, "inode.i_rdev: of a device", device != 0, i->at);
	else
		fit_check(f, "inode.i_rdev: 0 but for devices", device == 0, i->at);
}

/* The first pages of a file: each lies in the slot of the tree that has its number. A pointer to a node is
 * tagged in bit 1 (xarray) or in bit 0 (radix tree). A slot that only continues a page of several slots is
 * tagged in bit 1. A single page needs no node. */
static void check_pages(struct fit *f, uint64_t mapping, uint64_t map_shift, bool several)
{
	uint64_t entry = 0, node, slots = fit_offset(f, "radix_tree_node", "slots");
	uint64_t index_at = fit_offset(f, "page", "index"), page, index;
	uint8_t shift = 0xff;

	if (!live_u64(f->live, mapping + fit_offset(f, "address_space", "i_pages") +
				       fit_offset(f, "radix_tree_root", "head"), &entry))
		return;
	fit_check(f, "address_space.i_pages: not empty where there are pages", entry, mapping);
	if (!several && !(entry & 3))
		return;
	do {
		uint8_t above = shift;

		node = entry & ~UINT64_C(3);
		if (!fit_check(f, "address_space.i_pages: a tree of nodes",
			       entry & 3 && fit_is_pointer(node) &&
				       live_read(f->live, node + fit_offset(f, "radix_tree_node", "shift"),
						 &shift, 1) &&
				       shift % map_shift == 0 && shift <= 60 && shift < above, mapping))
			return;
	} while (shift && live_u64(f->live, node + slots, &entry) && entry);
	for (uint64_t i = 0; i < PAGES_MAX && !shift; i++)
		if (live_u64(f->live, node + slots + 8 * i, &page) && page && !(page & 3))
			fit_check(f, "page.index: the number of its slot",
				  live_u64(f->live, page + index_at, &index) && index == i, page);
}

static void check_inode(struct fit *f, uint64_t at, uint64_t sb)
{
	CLEANUP(fit_object_deinit) struct fit_object i = { .bytes = NULL };
	uint64_t mode, type, mapping, host = 0, pages = 0, map_shift = 0;

	if (!fit_is_new(f, at) || !fit_read(f, "inode", "inode: can be read", at, &i))
		return;
	mode = fit_get(&i, "i_mode");
	type = mode >> 12;
	mapping = fit_get(&i, "i_mapping");
	fit_check(f, "inode.i_mode: a type of file", type == 0 || type == 1 || type == 2 || type == 4 ||
		  type == 6 || type == 8 || type == 10 || type == 12, at);
	fit_check(f, "inode.i_sb: as the entry's", fit_get(&i, "i_sb") == sb, at);
	fit_check(f, "inode.i_op, i_fop, i_mapping: pointers",
		  fit_is_pointer(fit_get(&i, "i_op")) && fit_is_pointer(fit_get(&i, "i_fop")) &&
			  fit_is_pointer(mapping), at);
	fit_check(f, "inode.i_size: not negative", !(fit_get(&i, "i_size") >> 63), at);
	check_inode_numbers(f, &i);
	if (type != 8 && type != 4)
		return;
	fit_check(f, "address_space.host: leads back",
		  live_u64(f->live, mapping + fit_offset(f, "address_space", "host"), &host) && host == at,
		  at);
	if (type == 8 && live_u64(f->live, mapping + fit_offset(f, "address_space", "nrpages"), &pages)) {
		fit_check(f, "address_space.nrpages: not more than there are",
			  pages <= f->live->ram_end >> 12, at);
		/* fallocate() may put more behind the end */
		fit_check_process(f, "address_space.nrpages: not more than the file has",
				  pages <= (fit_get(&i, "i_size") >> 12) + 512, at);
	}
	fit_const(f, "RADIX_TREE_MAP_SHIFT", &map_shift);
	if (type == 8 && pages && map_shift)
		check_pages(f, mapping, map_shift, pages > 1);
}

/* A name may have any byte in it but NUL, which ends it. */
static bool is_entry_name(struct fit *f, uint64_t text, uint64_t length)
{
	char name[256];

	return length < sizeof(name) && (!length || (live_read(f->live, text, name, length + 1) &&
						     strnlen(name, length + 1) == length));
}

/* One entry. *parent: the next one up, or this one itself at the root. *ok: whether to go there. */
static void check_dentry(struct fit *f, uint64_t at, uint64_t *parent, bool *ok)
{
	CLEANUP(fit_object_deinit) struct fit_object d = { .bytes = NULL };
	uint64_t text, length, inode, sb, operations;

	*ok = fit_is_new(f, at) && fit_read(f, "dentry", "dentry: can be read", at, &d);
	if (!*ok)
		return;
	*parent = fit_get(&d, "d_parent");
	text = fit_get(&d, "d_name_name");
	length = fit_get(&d, "d_name_len");
	inode = fit_get(&d, "d_inode");
	sb = fit_get(&d, "d_sb");
	operations = fit_get(&d, "d_op");
	fit_check(f, "dentry.d_parent: a pointer", fit_is_pointer(*parent), at);
	fit_check(f, "dentry.d_name: as long as it says", is_entry_name(f, text, length), at);
	fit_check(f, "dentry.d_iname: holds short names",
		  !length || length >= fit_length(f, "dentry", "d_iname") || text == fit_at(&d, "d_iname"), at);
	fit_check(f, "dentry.d_op: 0, or a pointer", !operations || fit_is_pointer(operations), at);
	fit_check(f, "dentry.d_flags: known bits", !(fit_get(&d, "d_flags") >> 32), at);
	fit_check(f, "dentry.d_hash.pprev: 0, or a pointer",
		  !fit_get(&d, "d_hash_pprev") || fit_is_pointer(fit_get(&d, "d_hash_pprev") & ~UINT64_C(7)),
		  at);
	if (!fit_check(f, "dentry.d_sb, d_inode: pointers", fit_is_pointer(sb) && fit_is_pointer(inode), at))
		return;
	check_inode(f, inode, sb);
	check_super_block(f, sb);
	*ok = fit_is_pointer(*parent);
}

/* From an entry up to the root of its file system. */
static void check_path(struct fit *f, uint64_t dentry)
{
	for (int depth = 0; depth < PATH_MAX_DEPTH; depth++) {
		uint64_t parent = dentry;
		bool ok = false;

		check_dentry(f, dentry, &parent, &ok);
		if (!ok || parent == dentry)
			return;
		dentry = parent;
	}
}

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

static void check_mount(struct fit *f, uint64_t vfsmount, uint64_t ns)
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
		check_mount(f, parent + fit_offset(f, "mount", "mnt"), 0);
}

static void check_mount_namespace(struct fit *f, uint64_t ns)
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

/* A mapping: its host is an inode that points back to it. */
static bool is_mapping(struct fit *f, uint64_t mapping)
{
	uint64_t host = 0, back = 0;

	return fit_is_pointer(mapping) &&
	       live_u64(f->live, mapping + fit_offset(f, "address_space", "host"), &host) &&
	       fit_is_pointer(host) && live_u64(f->live, host + fit_offset(f, "inode", "i_mapping"), &back) &&
	       back == mapping;
}

static void check_file(struct fit *f, uint64_t at)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t dentry, inode = 0, flags, mode, creds;

	if (!fit_is_new(f, at) || !fit_read(f, "file", "file: can be read", at, &o))
		return;
	dentry = fit_get(&o, "f_path_dentry");
	flags = fit_get(&o, "f_flags");
	mode = fit_get(&o, "f_mode");
	creds = fit_get(&o, "f_cred");
	fit_check(f, "file.f_mapping: of an inode with it", is_mapping(f, fit_get(&o, "f_mapping")), at);
	fit_check(f, "file.f_path, f_op, f_mapping, f_cred: pointers",
		  fit_is_pointer(fit_get(&o, "f_path_mnt")) && fit_is_pointer(dentry) &&
			  fit_is_pointer(fit_get(&o, "f_op")) && fit_is_pointer(fit_get(&o, "f_mapping")) &&
			  fit_is_pointer(creds), at);
	/* before 4.19 overlayfs opens the file of the layer below */
	fit_check_process(f, "file.f_inode: the entry's",
		  live_u64(f->live, dentry + fit_offset(f, "dentry", "d_inode"), &inode) &&
			  inode == fit_get(&o, "f_inode"), at);
	/* O_PATH opens neither to read nor to write */
	fit_check(f, "file.f_flags, f_mode: of one kind",
		  flags & 010000000 || (flags & 3) == 3 || ((flags & 3) + 1) == (mode & 3), at);
	/* any address in /proc/PID/mem; in other files perhaps far behind the end */
	fit_check_process(f, "file.f_pos: not negative", !(fit_get(&o, "f_pos") >> 62), at);
	if (fit_is_pointer(dentry))
		check_path(f, dentry);
	f->file_count++;
}

static void check_table(struct fit *f, uint64_t at)
{
	CLEANUP(fit_object_deinit) struct fit_object s = { .bytes = NULL }, t = { .bytes = NULL };
	uint64_t max, open = 0, files[64] = { 0 };
	bool right = true, all = true;

	if (!fit_is_new(f, at) || !fit_read(f, "files_struct", "task_struct.files: can be read", at, &s) ||
	    !fit_read(f, "fdtable", "files_struct.fdt: can be read", fit_get(&s, "fdt"), &t))
		return;
	fit_check(f, "files_struct.count: small and not 0", (uint32_t)fit_get(&s, "count") - 1 < 1 << 22, at);
	max = fit_get(&t, "max_fds");
	if (!fit_check(f, "fdtable.max_fds, open_fds, fd: a table",
		       max && max <= 1 << 26 && !(max & 63) && fit_is_pointer(fit_get(&t, "fd")) &&
			       live_u64(f->live, fit_get(&t, "open_fds"), &open) &&
			       live_read(f->live, fit_get(&t, "fd"), files, sizeof(files)), at))
		return;
	for (unsigned int i = 0; i < 64; i++) {
		right &= !files[i] || (fit_is_pointer(files[i]) && open >> i & 1);
		all &= files[i] || !(open >> i & 1);
	}
	fit_check(f, "fdtable.fd: nothing but what open_fds says", right, at);
	/* a file that is being opened is not there yet, and accept() may take long */
	fit_check_process(f, "fdtable.fd: all that open_fds says", all, at);
	for (unsigned int i = 0, count = 0; right && i < 64 && count < FILES_MAX; i++) {
		if (files[i])
			check_file(f, files[i]);
		count += files[i] != 0;
	}
}

static void check_root(struct fit *f, uint64_t at, uint64_t nsproxy)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t mnt = 0, dentry = 0, ns = 0, root, pwd;

	if (!fit_is_new(f, at) || !fit_read(f, "fs_struct", "task_struct.fs: can be read", at, &o))
		return;
	root = fit_at(&o, "root");
	pwd = fit_at(&o, "pwd");
	fit_check(f, "fs_struct.umask: of permissions", fit_get(&o, "umask") <= 0777, at);
	fit_check(f, "fs_struct.root: of a mount and an entry",
		  live_u64(f->live, root + fit_offset(f, "path", "mnt"), &mnt) && fit_is_pointer(mnt) &&
			  live_u64(f->live, root + fit_offset(f, "path", "dentry"), &dentry) &&
			  fit_is_pointer(dentry), at);
	if (!fit_is_pointer(mnt) || !fit_is_pointer(dentry))
		return;
	live_u64(f->live, nsproxy + fit_offset(f, "nsproxy", "mnt_ns"), &ns);
	check_path(f, dentry);
	check_mount(f, mnt, ns);
	if (ns)
		check_mount_namespace(f, ns);
	if (fit_check(f, "fs_struct.pwd: of a mount and an entry",
		      live_u64(f->live, pwd + fit_offset(f, "path", "mnt"), &mnt) && fit_is_pointer(mnt) &&
			      live_u64(f->live, pwd + fit_offset(f, "path", "dentry"), &dentry) &&
			      fit_is_pointer(dentry), at))
		check_path(f, dentry);
}

void fit_program(struct fit *f, uint64_t file)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t inode, sb = 0, mapping = 0, pages = 0;

	if (!fit_read(f, "file", "mm_struct.exe_file: can be read", file, &o))
		return;
	inode = fit_get(&o, "f_inode");
	if (!fit_check(f, "mm_struct.exe_file: a file with an inode and an f_op",
		       fit_is_pointer(inode) && fit_is_pointer(fit_get(&o, "f_op")), file))
		return;
	if (live_u64(f->live, inode + fit_offset(f, "inode", "i_mapping"), &mapping) &&
	    live_u64(f->live, mapping + fit_offset(f, "address_space", "nrpages"), &pages))
		fit_check_process(f, "address_space.nrpages: a program that runs has pages", pages > 0, mapping);
	if (live_u64(f->live, fit_get(&o, "f_path_dentry") + fit_offset(f, "dentry", "d_sb"), &sb))
		check_inode(f, inode, sb);
}

/* Static tables of functions whose content every kernel has in common. */
static void check_operations(struct fit *f)
{
	uint64_t pipes = live_symbol(f->live, "pipefs_dentry_operations"), value = 0;

	if (pipes && live_u64(f->live, pipes + fit_offset(f, "dentry_operations", "d_dname"), &value))
		fit_check_symbol(f, "pipefs_dentry_operations.d_dname", value, "pipefs_dname", pipes);
}

void fit_files(struct fit *f)
{
	size_t processes = 0;

	for (size_t i = 1; i < f->task_count; i++) {
		uint64_t files = 0, fs = 0, nsproxy = 0, task = f->tasks[i].at;

		f->from_boot = f->tasks[i].from_boot;
		if (!live_u64(f->live, task + fit_offset(f, "task_struct", "nsproxy"), &nsproxy) || !nsproxy)
			continue; /* a task that ended */
		processes++;
		if (live_u64(f->live, task + fit_offset(f, "task_struct", "files"), &files) && files)
			check_table(f, files);
		if (live_u64(f->live, task + fit_offset(f, "task_struct", "fs"), &fs) && fs)
			check_root(f, fs, nsproxy);
	}
	check_operations(f);
	fit_check(f, "fdtable: there is a file", f->file_count > 0, f->tasks[0].at);
	fit_check(f, "task_struct.nsproxy: there is a task that has not ended", processes > 0, f->tasks[0].at);
}
