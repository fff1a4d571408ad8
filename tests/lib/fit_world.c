#include "tests/lib/fit_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "memory/source.h"

#define STACK 16384
#define PAGE 4096

/* --- a layout ----------------------------------------------------------------------------- */

/* Members that are not of 8 bytes. */
static const struct {
	const char *name;
	uint64_t length;
} lengths[] = {
	{ "task_struct.comm", 16 },	    { "task_struct.tasks", 16 },      { "task_struct.children", 16 },
	{ "task_struct.sibling", 16 },	    { "task_struct.thread_group", 16 }, { "task_struct.thread_node", 16 },
	{ "task_struct.pending", 24 },	    { "task_struct.pid_links", 64 },  { "signal_struct.thread_head", 16 },
	{ "signal_struct.rlim", 256 },	    { "signal_struct.pids", 32 },     { "signal_struct.oom_score_adj", 2 },
	{ "signal_struct.cred_guard_mutex_wait_list", 16 },		      { "pid.tasks", 32 },
	{ "pid.numbers", 16 },		    { "pid_namespace.idr", 16 },      { "uts_namespace.name", 390 },
	{ "new_utsname.sysname", 65 },	    { "new_utsname.nodename", 65 },   { "new_utsname.release", 65 },
	{ "new_utsname.version", 65 },	    { "new_utsname.machine", 65 },    { "new_utsname.domainname", 65 },
	{ "mm_struct.mm_mt", 16 },	    { "mm_struct.rss_stat", 32 },     { "mm_struct.saved_auxv", 320 },
	{ "fs_struct.root", 16 },	    { "fs_struct.pwd", 16 },	      { "file.f_path", 16 },
	{ "dentry.d_name", 24 },	    { "dentry.d_iname", 40 },	      { "vfsmount.mnt_flags", 8 },
	{ "mount.mnt", 24 },		    { "mount.mnt_mounts", 16 },	      { "mount.mnt_child", 16 },
	{ "mount.mnt_list", 16 },	    { "mnt_namespace.list", 16 },     { "super_block.s_list", 16 },
	{ "super_block.s_id", 32 },	    { "super_block.s_inodes_wb", 16 }, { "address_space.i_pages", 16 },
	{ "radix_tree_node.slots", 512 },   { "radix_tree_node.shift", 1 },   { "maple_range_64.slot", 128 },
	{ "maple_range_64.pivot", 120 },    { "maple_arange_64.slot", 80 },
};

static uint64_t length_of(const char *tag, const char *member)
{
	CLEANUP(free_ptr) char *name = xasprintf("%s.%s", tag, member);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		if (!strcmp(lengths[i].name, name))
			return lengths[i].length;
	return 8;
}

/* "f_path_dentry" lies in "f_path", at 8. */
static bool is_inner(const char *tag, const char *member, const char **outer, uint64_t *offset)
{
	static const struct {
		const char *tag, *member, *outer;
		uint64_t offset;
	} inner[] = {
		{ "file", "f_path_mnt", "f_path", 0 },	   { "file", "f_path_dentry", "f_path", 8 },
		{ "dentry", "d_name_name", "d_name", 0 },  { "dentry", "d_name_len", "d_name", 8 },
	};

	for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++) {
		if (!strcmp(inner[i].tag, tag) && !strcmp(inner[i].member, member)) {
			*outer = inner[i].outer;
			*offset = inner[i].offset;
			return true;
		}
	}
	return false;
}

struct layout_member *world_member(struct fit_world *w, const char *tag, const char *member)
{
	for (size_t t = 0; t < w->fields->type_count; t++)
		for (size_t i = 0; i < w->fields->types[t].member_count; i++)
			if (!strcmp(w->fields->types[t].tag, tag) &&
			    !strcmp(w->fields->types[t].members[i].name, member))
				return &w->layout->types[t].members[i];
	fprintf(stderr, "fit_world: fields.def has no %s.%s\n", tag, member);
	abort();
}

/* One member behind the other, a word free between them: what is moved by 8 is to be noticed. */
static void lay_out(struct fit_world *w)
{
	for (size_t t = 0; t < w->fields->type_count; t++) {
		const struct fields_type *type = &w->fields->types[t];
		struct layout_type *l = &w->layout->types[t];
		bool spread = strcmp(type->tag, "list_head") && strcmp(type->tag, "path") &&
			      strcmp(type->tag, "vfsmount") && strcmp(type->tag, "new_utsname") &&
			      strcmp(type->tag, "qstr") && strncmp(type->tag, "maple_", 6) != 0;
		uint64_t at = 0;

		l->have = true;
		for (size_t i = 0; i < type->member_count; i++) {
			struct layout_member *m = &l->members[i];
			const char *outer;

			*m = (struct layout_member){ .have = true, .value = { .have = true, .bits = i } };
			m->length = length_of(type->tag, type->members[i].name);
			if (is_inner(type->tag, type->members[i].name, &outer, &m->offset)) {
				m->offset += world_member(w, type->tag, outer)->offset;
				continue;
			}
			m->offset = at;
			at += m->length + (m->length == 65 ? 0 : (8 - m->length % 8) % 8 + 8 * spread);
		}
		l->size = at;
	}
	for (size_t i = 0; i < w->fields->const_count; i++) {
		const char *name = w->fields->consts[i].name;

		w->layout->consts[i] = (struct layout_value){
			.have = true, .bits = !strcmp(name, "HZ") ? 250 : !strcmp(name, "THREAD_SIZE") ? STACK :
					      !strcmp(name, "RADIX_TREE_MAP_SHIFT") ? 6 : 1,
		};
	}
}

/* --- memory ------------------------------------------------------------------------------- */

void world_put(struct fit_world *w, uint64_t at, const void *bytes, size_t size)
{
	if (at - WORLD_BASE > WORLD_SIZE - size)
		abort();
	memcpy(w->bytes + (at - WORLD_BASE), bytes, size);
}

static void put(struct fit_world *w, uint64_t at, uint64_t value)
{
	world_put(w, at, &value, 8);
}

static uint64_t place(struct fit_world *w, const char *tag, uint64_t at, const char *member)
{
	return at + world_member(w, tag, member)->offset;
}

void world_set(struct fit_world *w, const char *tag, uint64_t at, const char *member, uint64_t value)
{
	uint64_t length = world_member(w, tag, member)->length;

	world_put(w, place(w, tag, at, member), &value, length < 8 ? length : 8);
}

uint64_t world_get(struct fit_world *w, const char *tag, uint64_t at, const char *member)
{
	uint64_t value;

	memcpy(&value, w->bytes + (place(w, tag, at, member) - WORLD_BASE), 8);
	return value;
}

static uint64_t room(struct fit_world *w, uint64_t size, uint64_t align)
{
	uint64_t at = (w->next + align - 1) & ~(align - 1);

	w->next = at + size;
	if (w->next > WORLD_BASE + WORLD_SIZE)
		abort();
	return at;
}

static uint64_t object(struct fit_world *w, const char *tag)
{
	for (size_t t = 0; t < w->fields->type_count; t++)
		if (!strcmp(w->fields->types[t].tag, tag))
			return room(w, w->layout->types[t].size + 64, 64);
	abort();
}

static void symbol(struct fit_world *w, const char *name, uint64_t at)
{
	buf_addf(&w->symbols, "%016llx D %s\n", (unsigned long long)at, name);
}

static uint64_t text(struct fit_world *w, const char *words)
{
	uint64_t at = room(w, strlen(words) + 1, 8);

	world_put(w, at, words, strlen(words) + 1);
	return at;
}

static void list_init(struct fit_world *w, uint64_t head)
{
	put(w, head, head);
	put(w, head + 8, head);
}

static void list_add_tail(struct fit_world *w, uint64_t entry, uint64_t head)
{
	uint64_t last;

	memcpy(&last, w->bytes + (head + 8 - WORLD_BASE), 8);
	put(w, entry, head);
	put(w, entry + 8, last);
	put(w, last, entry);
	put(w, head + 8, entry);
}

/* --- what all share ----------------------------------------------------------------------- */

struct shared {
	uint64_t cred, fs, files, nsproxy, sighand, pid_ns, user_ns, tables, kernel_fs;
};

static void make_file_system(struct fit_world *w)
{
	uint64_t sb = object(w, "super_block"), type = object(w, "file_system_type");
	uint64_t operations = room(w, 256, 64), page = object(w, "page");

	w->root = object(w, "dentry");
	w->inode = object(w, "inode");
	w->mapping = object(w, "address_space");
	w->node = object(w, "radix_tree_node");
	world_set(w, "file_system_type", type, "name", text(w, "ext4"));
	world_set(w, "super_block", sb, "s_type", type);
	world_set(w, "super_block", sb, "s_root", w->root);
	world_set(w, "super_block", sb, "s_magic", 0xef53);
	world_set(w, "super_block", sb, "s_dev", 0x800001);
	world_put(w, place(w, "super_block", sb, "s_id"), "sda1", 5);
	list_init(w, place(w, "super_block", sb, "s_list"));
	list_init(w, place(w, "super_block", sb, "s_inodes_wb"));
	world_set(w, "dentry", w->root, "d_parent", w->root);
	world_set(w, "dentry", w->root, "d_inode", w->inode);
	world_set(w, "dentry", w->root, "d_sb", sb);
	put(w, place(w, "dentry", w->root, "d_name_name"), place(w, "dentry", w->root, "d_iname"));
	put(w, place(w, "dentry", w->root, "d_name_len"), 1);
	world_put(w, place(w, "dentry", w->root, "d_iname"), "/", 2);
	world_set(w, "inode", w->inode, "i_mode", 0100755); /* a file, so that it has pages */
	world_set(w, "inode", w->inode, "i_sb", sb);
	world_set(w, "inode", w->inode, "i_op", operations);
	world_set(w, "inode", w->inode, "i_fop", operations);
	world_set(w, "inode", w->inode, "i_mapping", w->mapping);
	world_set(w, "inode", w->inode, "i_ino", 2);
	world_set(w, "inode", w->inode, "i_nlink", 1);
	world_set(w, "inode", w->inode, "i_size", 8192);
	world_set(w, "address_space", w->mapping, "host", w->inode);
	world_set(w, "address_space", w->mapping, "nrpages", 2);
	put(w, place(w, "address_space", w->mapping, "i_pages"), w->node | 2);
	put(w, place(w, "radix_tree_node", w->node, "slots"), page);
	world_set(w, "page", page, "index", 0);
}

static uint64_t make_file(struct fit_world *w, uint64_t cred)
{
	uint64_t at = object(w, "file");

	put(w, place(w, "file", at, "f_path_mnt"), place(w, "mount", w->mount, "mnt"));
	put(w, place(w, "file", at, "f_path_dentry"), w->root);
	world_set(w, "file", at, "f_inode", w->inode);
	world_set(w, "file", at, "f_mapping", w->mapping);
	world_set(w, "file", at, "f_op", world_get(w, "inode", w->inode, "i_fop"));
	world_set(w, "file", at, "f_mode", 1);
	world_set(w, "file", at, "f_cred", cred);
	return at;
}

static void make_mounts(struct fit_world *w)
{
	uint64_t at = object(w, "mount"), vfs = place(w, "mount", at, "mnt");
	uint64_t ns = object(w, "mnt_namespace");

	w->mount = at;
	w->mount_namespace = ns;
	put(w, place(w, "vfsmount", vfs, "mnt_root"), w->root);
	put(w, place(w, "vfsmount", vfs, "mnt_sb"), world_get(w, "dentry", w->root, "d_sb"));
	world_set(w, "mount", at, "mnt_parent", at);
	world_set(w, "mount", at, "mnt_mountpoint", w->root);
	world_set(w, "mount", at, "mnt_devname", text(w, "/dev/sda1"));
	world_set(w, "mount", at, "mnt_id", 7);
	world_set(w, "mount", at, "mnt_ns", ns);
	list_init(w, place(w, "mount", at, "mnt_mounts"));
	list_init(w, place(w, "mount", at, "mnt_child"));
	world_set(w, "mnt_namespace", ns, "root", at);
	world_set(w, "mnt_namespace", ns, "ns_inum", 0xf0000000);
	world_set(w, "mnt_namespace", ns, "nr_mounts", 1);
	world_set(w, "mnt_namespace", ns, "mounts", at);
	list_init(w, place(w, "mnt_namespace", ns, "list"));
}

static uint64_t make_fs(struct fit_world *w)
{
	uint64_t at = object(w, "fs_struct");

	world_set(w, "fs_struct", at, "umask", 022);
	put(w, place(w, "fs_struct", at, "root"), place(w, "mount", w->mount, "mnt"));
	put(w, place(w, "fs_struct", at, "root") + 8, w->root);
	put(w, place(w, "fs_struct", at, "pwd"), place(w, "mount", w->mount, "mnt"));
	put(w, place(w, "fs_struct", at, "pwd") + 8, w->root);
	return at;
}

/* file: 0: nothing is open. */
static uint64_t make_files(struct fit_world *w, uint64_t file)
{
	uint64_t at = object(w, "files_struct"), table = object(w, "fdtable"), fds = room(w, 512, 64), bits = room(w, 8, 8);

	world_set(w, "files_struct", at, "count", 1);
	world_set(w, "files_struct", at, "fdt", table);
	world_set(w, "fdtable", table, "max_fds", 64);
	world_set(w, "fdtable", table, "fd", fds);
	world_set(w, "fdtable", table, "open_fds", bits);
	put(w, fds, file);
	put(w, bits, file != 0);
	w->table = table;
	return at;
}

static void make_namespaces(struct fit_world *w, struct shared *s)
{
	static const char *const others[] = { "init_ipc_ns", "init_net", "init_time_ns", "init_cgroup_ns" };
	static const char *const members[] = { "ipc_ns", "net_ns", "time_ns", "cgroup_ns" };
	uint64_t uts = object(w, "uts_namespace"), name = place(w, "uts_namespace", uts, "name");

	s->nsproxy = object(w, "nsproxy");
	s->pid_ns = object(w, "pid_namespace");
	s->user_ns = object(w, "user_namespace");
	symbol(w, "init_nsproxy", s->nsproxy);
	symbol(w, "init_uts_ns", uts);
	symbol(w, "init_pid_ns", s->pid_ns);
	symbol(w, "init_user_ns", s->user_ns);
	world_put(w, place(w, "new_utsname", name, "sysname"), "Linux", 6);
	world_put(w, place(w, "new_utsname", name, "machine"), "x86_64", 7);
	world_set(w, "uts_namespace", uts, "ns_inum", 0xeffffffe);
	world_set(w, "user_namespace", s->user_ns, "ns_inum", 0xeffffffd);
	world_set(w, "pid_namespace", s->pid_ns, "ns_inum", 0xeffffffc);
	world_set(w, "pid_namespace", s->pid_ns, "user_ns", s->user_ns);
	world_set(w, "pid_namespace", s->pid_ns, "pid_allocated", 0x80000000 + 100);
	put(w, place(w, "pid_namespace", s->pid_ns, "idr"), w->node | 2);
	world_set(w, "nsproxy", s->nsproxy, "uts_ns", uts);
	world_set(w, "nsproxy", s->nsproxy, "pid_ns_for_children", s->pid_ns);
	world_set(w, "nsproxy", s->nsproxy, "mnt_ns", w->mount_namespace);
	for (size_t i = 0; i < 4; i++) {
		uint64_t at = room(w, 64, 64);

		symbol(w, others[i], at);
		world_set(w, "nsproxy", s->nsproxy, members[i], at);
	}
}

static uint64_t make_cred(struct fit_world *w, const struct shared *s, uint64_t uid, uint64_t groups)
{
	uint64_t at = object(w, "cred"), all = (UINT64_C(1) << 41) - 1;

	world_set(w, "cred", at, "uid", uid);
	world_set(w, "cred", at, "euid", uid);
	world_set(w, "cred", at, "cap_bset", all);
	world_set(w, "cred", at, "cap_effective", uid ? 0 : all);
	world_set(w, "cred", at, "cap_permitted", uid ? 0 : all);
	world_set(w, "cred", at, "user_ns", s->user_ns);
	world_set(w, "cred", at, "group_info", groups);
	return at;
}

/* --- tasks -------------------------------------------------------------------------------- */

static void make_area(struct fit_world *w, uint64_t mm, uint64_t slot, uint64_t start, uint64_t end, uint64_t file)
{
	uint64_t at = object(w, "vm_area_struct"), node = place(w, "maple_node", w->leaf, "mr64");

	w->area = at;
	world_set(w, "vm_area_struct", at, "vm_start", start);
	world_set(w, "vm_area_struct", at, "vm_end", end);
	world_set(w, "vm_area_struct", at, "vm_mm", mm);
	world_set(w, "vm_area_struct", at, "vm_flags", 0x75);
	world_set(w, "vm_area_struct", at, "vm_page_prot", 0x25);
	world_set(w, "vm_area_struct", at, "vm_file", file);
	put(w, place(w, "maple_range_64", node, "slot") + 8 * slot, at);
	put(w, place(w, "maple_range_64", node, "pivot") + 8 * slot, end - 1);
}

static uint64_t make_space(struct fit_world *w, const struct shared *s, uint64_t task, uint64_t file)
{
	static const struct {
		const char *member;
		uint64_t value;
	} numbers[] = {
		{ "mm_users", 1 },	   { "mm_count", 1 },	       { "map_count", 2 },
		{ "task_size", 0x7ffffffff000 }, { "mmap_base", 0x7ffff7fff000 }, { "total_vm", 100 },
		{ "exec_vm", 10 },	   { "stack_vm", 33 },	       { "data_vm", 20 },
		{ "start_code", 0x401000 }, { "end_code", 0x402000 },  { "start_data", 0x403000 },
		{ "end_data", 0x404000 },  { "start_brk", 0x405000 },  { "brk", 0x406000 },
		{ "start_stack", 0x7ffffffde000 }, { "arg_start", 0x7ffffffde100 }, { "arg_end", 0x7ffffffde110 },
		{ "env_start", 0x7ffffffde110 }, { "env_end", 0x7ffffffde200 }, { "flags", 0xcd },
	};
	uint64_t at = object(w, "mm_struct"), auxv[] = { 6, 4096, 0, 0 }, pages = 3;

	w->leaf = room(w, 1024, 256);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		world_set(w, "mm_struct", at, numbers[i].member, numbers[i].value);
	world_set(w, "mm_struct", at, "pgd", s->tables);
	world_set(w, "mm_struct", at, "owner", task);
	world_set(w, "mm_struct", at, "user_ns", s->user_ns);
	world_set(w, "mm_struct", at, "exe_file", file);
	world_put(w, place(w, "mm_struct", at, "saved_auxv"), auxv, sizeof(auxv));
	world_put(w, place(w, "mm_struct", at, "rss_stat"), &pages, 8);
	put(w, place(w, "mm_struct", at, "mm_mt") + world_member(w, "maple_tree", "ma_root")->offset, w->leaf | 1 << 3 | 2);
	put(w, w->leaf, at | 1); /* a parent */
	make_area(w, at, 1, 0x401000, 0x402000, file);
	make_area(w, at, 2, 0x403000, 0x406000, 0);
	return at;
}

static uint64_t make_signal(struct fit_world *w, uint64_t task, uint64_t pid)
{
	uint64_t at = object(w, "signal_struct"), limits[32];

	for (size_t i = 0; i < 32; i++)
		limits[i] = UINT64_MAX;
	limits[6] = 8 << 20;
	limits[14] = 1024;
	world_put(w, place(w, "signal_struct", at, "rlim"), limits, sizeof(limits));
	world_set(w, "signal_struct", at, "nr_threads", 1);
	world_set(w, "signal_struct", at, "live", 1);
	list_init(w, place(w, "signal_struct", at, "cred_guard_mutex_wait_list"));
	list_init(w, place(w, "signal_struct", at, "thread_head"));
	list_add_tail(w, place(w, "task_struct", task, "thread_node"), place(w, "signal_struct", at, "thread_head"));
	put(w, place(w, "signal_struct", at, "pids") + 8, pid);
	return at;
}

static uint64_t make_pid(struct fit_world *w, const struct shared *s, uint64_t task, uint64_t number)
{
	uint64_t at = object(w, "pid"), numbers = place(w, "pid", at, "numbers");

	world_set(w, "pid", at, "count", 1);
	put(w, place(w, "upid", numbers, "nr"), number);
	put(w, place(w, "upid", numbers, "ns"), s->pid_ns);
	put(w, place(w, "pid", at, "tasks"), place(w, "task_struct", task, "pid_links"));
	return at;
}

static void set_task(struct fit_world *w, uint64_t at, const char *member, uint64_t value)
{
	world_set(w, "task_struct", at, member, value);
}

/* The number is the task's place in the list; what its parts have as a symbol. */
static void make_task(struct fit_world *w, const struct shared *s, bool user)
{
	uint64_t at = object(w, "task_struct"), number = w->task_count, stack = room(w, STACK, PAGE), pid;
	uint64_t parent = number > 2 && user ? w->tasks[1] : number ? w->tasks[0] : at, file = 0;
	char name[16] = "";

	w->tasks[w->task_count++] = at;
	put(w, stack, 0x57AC6E9D);
	set_task(w, at, "stack", stack);
	set_task(w, at, "thread_sp", stack + STACK - 512);
	set_task(w, at, "flags", user ? 0 : 0x00200000);
	set_task(w, at, "prio", 120);
	set_task(w, at, "static_prio", 120);
	set_task(w, at, "normal_prio", 120);
	set_task(w, at, "nr_cpus_allowed", 4);
	set_task(w, at, "pid", number);
	set_task(w, at, "tgid", number);
	set_task(w, at, "real_parent", parent);
	set_task(w, at, "parent", parent);
	set_task(w, at, "group_leader", at);
	set_task(w, at, "loginuid", UINT32_MAX);
	set_task(w, at, "sessionid", UINT32_MAX);
	set_task(w, at, "exit_signal", 17);
	set_task(w, at, "nvcsw", number ? 10 : 0);
	set_task(w, at, "se_sum_exec_runtime", 1000000 * number);
	set_task(w, at, "start_time", 1000 * number);
	set_task(w, at, "start_boottime", 1000 * number);
	set_task(w, at, "nsproxy", s->nsproxy);
	set_task(w, at, "sighand", s->sighand);
	set_task(w, at, "cgroups", s->sighand);
	snprintf(name, sizeof(name), "%s", number ? user ? "daemon" : "kworker/0:0" : "swapper/0");
	world_put(w, place(w, "task_struct", at, "comm"), name, sizeof(name));
	list_init(w, place(w, "task_struct", at, "children"));
	list_init(w, place(w, "task_struct", at, "pending"));
	list_init(w, place(w, "task_struct", at, "thread_group"));
	if (number) {
		list_add_tail(w, place(w, "task_struct", at, "tasks"), place(w, "task_struct", w->tasks[0], "tasks"));
		list_add_tail(w, place(w, "task_struct", at, "sibling"), place(w, "task_struct", parent, "children"));
	} else {
		list_init(w, place(w, "task_struct", at, "tasks"));
		list_init(w, place(w, "task_struct", at, "sibling"));
	}
	pid = make_pid(w, s, at, number);
	set_task(w, at, "thread_pid", pid);
	set_task(w, at, "signal", make_signal(w, at, pid));
	set_task(w, at, "cred", s->cred);
	set_task(w, at, "real_cred", s->cred);
	set_task(w, at, "fs", s->kernel_fs);
	set_task(w, at, "files", s->files);
	if (!user)
		return;
	file = make_file(w, s->cred);
	put(w, stack + STACK - 168 + 136, 0x33);
	w->spaces[number] = make_space(w, s, at, file);
	w->files[number] = file;
	set_task(w, at, "mm", w->spaces[number]);
	set_task(w, at, "active_mm", w->spaces[number]);
	set_task(w, at, "min_flt", 50);
	set_task(w, at, "maj_flt", 2);
	set_task(w, at, "fs", make_fs(w));
	set_task(w, at, "files", make_files(w, file));
}

static void make_init_task(struct fit_world *w, const struct shared *s)
{
	static const char *const members[] = { "cred", "fs", "files", "signal", "sighand", "thread_pid", "cgroups" };
	static const char *const symbols[] = { "init_cred", "init_fs", "init_files", "init_signals", "init_sighand",
					       "init_struct_pid", "init_css_set" };

	make_task(w, s, false);
	symbol(w, "init_task", w->tasks[0]);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		symbol(w, symbols[i], world_get(w, "task_struct", w->tasks[0], members[i]));
	symbol(w, "init_groups", world_get(w, "cred", s->cred, "group_info"));
}

/* --- all ---------------------------------------------------------------------------------- */

static void fill(struct fit_world *w)
{
	struct shared s = { 0 };
	uint64_t jiffies = room(w, 8, 8), tick = room(w, 8, 8);

	make_file_system(w);
	make_mounts(w);
	make_namespaces(w, &s);
	s.sighand = room(w, 64, 64);
	s.tables = room(w, PAGE, PAGE);
	put(w, s.tables + 511 * 8, 0x1067);
	symbol(w, "init_top_pgt", s.tables);
	s.cred = make_cred(w, &s, 0, room(w, 64, 64));
	s.kernel_fs = make_fs(w);
	s.files = make_files(w, 0);
	make_init_task(w, &s);
	make_task(w, &s, true);
	for (size_t i = 0; i < WORLD_THREADS; i++)
		make_task(w, &s, false);
	for (size_t i = 0; i < WORLD_PROCESSES; i++)
		make_task(w, &s, true);
	world_set(w, "pid_namespace", s.pid_ns, "child_reaper", w->tasks[1]);
	put(w, jiffies, (uint32_t)(-300 * 250) + 100 * 250); /* 100 seconds */
	put(w, tick, 4000000);
	symbol(w, "jiffies_64", jiffies);
	symbol(w, "tick_nsec", tick);
	symbol(w, "taskstats_exit", WORLD_BASE);
	symbol(w, "anon_vma_name_alloc", WORLD_BASE);
}

struct fit_world *world_new(void)
{
	struct fit_world *w = xcalloc(1, sizeof(*w));
	struct err *e = fields_read("offsets/fields.def", &w->fields);

	if (e) {
		fprintf(stderr, "%s\n", err_text(e));
		abort();
	}
	w->layout = layout_new(w->fields);
	w->bytes = xcalloc(1, WORLD_SIZE);
	w->next = WORLD_BASE + 0x1000;
	lay_out(w);
	fill(w);
	return w;
}

void world_free(struct fit_world *w)
{
	if (!w)
		return;
	layout_free(w->layout);
	fields_free(w->fields);
	buf_deinit(&w->symbols);
	free(w->bytes);
	free(w);
}

static struct err *world_read(struct memory *m, struct memory_read *reads, size_t n)
{
	const struct fit_world *w = m->source;

	for (size_t i = 0; i < n; i++)
		memcpy(reads[i].to, w->bytes + reads[i].at.v, reads[i].size);
	return NULL;
}

static void world_close(struct memory *m)
{
	(void)m;
}

static const struct memory_ops world_ops = { .scheme = "world", .close = world_close, .read = world_read };

struct memory *world_memory(struct fit_world *w, uint32_t batch)
{
	struct memory *m = memory_new(&world_ops, "world:", w);

	ram_map_add(&m->ram_map, PADDR(0), PADDR(WORLD_SIZE));
	m->limits.batch = batch;
	m->limits.threads_may_read = true;
	return m;
}

void world_live(struct fit_world *w, struct memory *memory, struct live *ret)
{
	live_init(ret, memory);
	ret->page_offset_base = WORLD_BASE;
	ret->tables.levels = 4;
	buf_add(&ret->symbols, buf_str(&w->symbols), w->symbols.size);
}
