#include "offsets/fit/namespaces.h"

#include <string.h>

static bool text_is(struct fit *f, uint64_t at, const char *text)
{
	char found[128];

	return live_text(f->live, at, found, sizeof(found)) && !strcmp(found, text);
}

static void check_number(struct fit *f, const char *name, const struct fit_object *o, uint32_t number)
{
	fit_check(f, name, (uint32_t)fit_get(o, "ns_inum") == number, o->at);
}

static void check_pid_namespace(struct fit *f)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t at = live_symbol(f->live, "init_pid_ns"), reaper, head = 0;
	uint32_t pid = 0;

	if (!at || !fit_read(f, "pid_namespace", "init_pid_ns: can be read", at, &o))
		return;
	reaper = fit_get(&o, "child_reaper");
	fit_check(f, "init_pid_ns.child_reaper: process 1",
		  live_u32(f->live, reaper + fit_offset(f, "task_struct", "pid"), &pid) && pid == 1, at);
	fit_check(f, "init_pid_ns.level, parent: 0", !fit_get(&o, "level") && !fit_get(&o, "parent"), at);
	fit_check_symbol(f, "init_pid_ns.user_ns", fit_get(&o, "user_ns"), "init_user_ns", at);
	fit_check(f, "init_pid_ns.pid_allocated: as many as there are tasks",
		  f->task_count <= 1 ||
			  (fit_get(&o, "pid_allocated") & 0x7fffffff) + 8 >= f->task_count, at);
	/* struct idr begins with its tree */
	fit_check(f, "init_pid_ns.idr: has a tree of nodes",
		  live_u64(f->live, fit_at(&o, "idr") + fit_offset(f, "radix_tree_root", "head"), &head) &&
			  head & 3 && fit_is_pointer(head & ~UINT64_C(3)), at);
	check_number(f, "init_pid_ns.ns.inum", &o, 0xeffffffc);
}

static void check_user_namespace(struct fit *f)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t at = live_symbol(f->live, "init_user_ns");

	if (!at || !fit_read(f, "user_namespace", "init_user_ns: can be read", at, &o))
		return;
	fit_check(f, "init_user_ns.level, parent, owner: 0",
		  !fit_get(&o, "level") && !fit_get(&o, "parent") && !fit_get(&o, "owner"), at);
	check_number(f, "init_user_ns.ns.inum", &o, 0xeffffffd);
}

static void check_uts_namespace(struct fit *f)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t at = live_symbol(f->live, "init_uts_ns"), name;

	if (!at || !fit_read(f, "uts_namespace", "init_uts_ns: can be read", at, &o))
		return;
	name = fit_at(&o, "name");
	fit_check(f, "init_uts_ns.name.sysname: Linux",
		  text_is(f, name + fit_offset(f, "new_utsname", "sysname"), "Linux"), at);
	fit_check(f, "init_uts_ns.name.machine: x86_64",
		  text_is(f, name + fit_offset(f, "new_utsname", "machine"), "x86_64"), at);
	check_number(f, "init_uts_ns.ns.inum", &o, 0xeffffffe);
}

static void check_nsproxy(struct fit *f)
{
	static const struct {
		const char *member, *symbol, *name;
	} members[] = {
		{ "uts_ns", "init_uts_ns", "init_nsproxy.uts_ns" },
		{ "ipc_ns", "init_ipc_ns", "init_nsproxy.ipc_ns" },
		{ "pid_ns_for_children", "init_pid_ns", "init_nsproxy.pid_ns_for_children" },
		{ "net_ns", "init_net", "init_nsproxy.net_ns" },
		{ "time_ns", "init_time_ns", "init_nsproxy.time_ns" },
		{ "cgroup_ns", "init_cgroup_ns", "init_nsproxy.cgroup_ns" },
	};
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t at = live_symbol(f->live, "init_nsproxy");

	if (!at || !fit_read(f, "nsproxy", "init_nsproxy: can be read", at, &o))
		return;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (fit_object_has(&o, members[i].member))
			fit_check_symbol(f, members[i].name, fit_get(&o, members[i].member), members[i].symbol, at);
}

void fit_namespaces(struct fit *f)
{
	check_nsproxy(f);
	check_pid_namespace(f);
	check_user_namespace(f);
	check_uts_namespace(f);
}
