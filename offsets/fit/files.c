#include "offsets/fit/files.h"

#include "offsets/fit/entries.h"
#include "offsets/fit/mounts.h"

#define FILES_MAX 6 /* of one process */

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
		fit_path(f, dentry);
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
	fit_path(f, dentry);
	fit_mount(f, mnt, ns);
	if (ns)
		fit_mount_namespace(f, ns);
	if (fit_check(f, "fs_struct.pwd: of a mount and an entry",
		      live_u64(f->live, pwd + fit_offset(f, "path", "mnt"), &mnt) && fit_is_pointer(mnt) &&
			      live_u64(f->live, pwd + fit_offset(f, "path", "dentry"), &dentry) &&
			      fit_is_pointer(dentry), at))
		fit_path(f, dentry);
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
		fit_inode(f, inode, sb);
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
