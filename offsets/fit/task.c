#include "offsets/fit/task.h"

#include <string.h>

#include "offsets/fit/identity.h"
#include "offsets/fit/signal.h"

#define PID_LIMIT (1 << 22)
#define STACK_END_MAGIC 0x57AC6E9D /* linux/magic.h */
#define SIGNALS 64

/* What init/init_task.c and the files beside it set, and nobody changes. */
static void check_constants(struct fit *f, const struct fit_object *t)
{
	uint64_t at = t->at;

	fit_check(f, "init_task.mm is 0, active_mm is or a pointer",
		  !fit_get(t, "mm") &&
			  (!fit_get(t, "active_mm") || fit_is_pointer(fit_get(t, "active_mm"))), at);
	fit_check(f, "init_task.pid is 0", !fit_get(t, "pid") && !fit_get(t, "tgid"), at);
	fit_check(f, "init_task is its own parent",
		  fit_get(t, "real_parent") == at && fit_get(t, "parent") == at &&
			  fit_get(t, "group_leader") == at, at);
	fit_check(f, "init_task.static_prio is 120", fit_get(t, "static_prio") == 120, at);
	fit_check(f, "init_task.flags has PF_KTHREAD", fit_is_kernel_thread(t), at);
	fit_check_symbol(f, "init_task.real_cred", fit_get(t, "real_cred"), "init_cred", at);
	fit_check_symbol(f, "init_task.cred", fit_get(t, "cred"), "init_cred", at);
	fit_check_symbol(f, "init_task.fs", fit_get(t, "fs"), "init_fs", at);
	fit_check_symbol(f, "init_task.files", fit_get(t, "files"), "init_files", at);
	fit_check_symbol(f, "init_task.nsproxy", fit_get(t, "nsproxy"), "init_nsproxy", at);
	fit_check_symbol(f, "init_task.signal", fit_get(t, "signal"), "init_signals", at);
	fit_check_symbol(f, "init_task.sighand", fit_get(t, "sighand"), "init_sighand", at);
	fit_check_symbol(f, "init_task.thread_pid", fit_get(t, "thread_pid"), "init_struct_pid", at);
	if (fit_object_has(t, "cgroups"))
		fit_check_symbol(f, "init_task.cgroups", fit_get(t, "cgroups"), "init_css_set", at);
	fit_check(f, "init_task.start_boottime is 0",
		  !fit_get(t, "start_time") && !fit_get(t, "start_boottime"), at);
}

static void check_stack(struct fit *f, const struct fit_object *t)
{
	uint64_t stack = fit_get(t, "stack"), sp = fit_get(t, "thread_sp"), size = 0, cs;
	bool found = false, user = fit_get(t, "mm") && !fit_is_kernel_thread(t);
	uint32_t magic = 0;

	if (!stack || fit_has_ended(t) || !fit_const(f, "THREAD_SIZE", &size)) /* a zombie has given up its stack */
		return;
	fit_check(f, "task_struct.stack: begins a page, and with its magic number",
		  !(stack & 4095) && live_u32(f->live, stack, &magic) && magic == STACK_END_MAGIC, t->at);
	if (!fit_object_has(t, "on_cpu") || !fit_get(t, "on_cpu"))
		fit_check(f, "task_struct.thread.sp: in the stack",
			  sp > stack && sp < stack + size && !(sp & 7), t->at);
	if (f->from_boot && fit_get(t, "pid"))
		fit_check(f, "THREAD_SIZE: who sleeps has used little of the stack, from its end",
			  (fit_object_has(t, "on_cpu") && fit_get(t, "on_cpu")) || sp > stack + size / 2, t->at);
	/* pt_regs ends the stack; since FRED came, up to two words may follow it. cs is the 18th of its 21
	 * words. A process may run code in segments of its own (LDT). */
	for (uint64_t padding = 0; padding <= 16 && user; padding += 8)
		found |= live_u64(f->live, stack + size - padding - 168 + 136, &cs) &&
			 ((cs & 0xffff) == 0x33 || (cs & 0xffff) == 0x23);
	if (user)
		fit_check_process(f, "THREAD_SIZE: a user's registers end the stack", found, t->at);
}

static void check_priority(struct fit *f, const struct fit_object *t)
{
	int32_t prio = (int32_t)fit_get(t, "prio"), normal = (int32_t)fit_get(t, "normal_prio");
	uint64_t fixed = fit_get(t, "static_prio"), rt = fit_get(t, "rt_priority");
	uint64_t policy = fit_get(t, "policy");
	bool realtime = policy == 1 || policy == 2, deadline = policy == 6;

	fit_check(f, "task_struct.prio, static_prio: in their range",
		  prio >= -1 && prio < 140 && fixed >= 100 && fixed < 140, t->at);
	fit_check(f, "task_struct.normal_prio: by policy, rt_priority and static_prio",
		  policy < 8 && rt < 100 &&
			  normal == (deadline ? -1 : realtime ? 99 - (int32_t)rt : (int32_t)fixed),
		  t->at);
	/* few tasks are, but some kernel threads always: migration/0 */
	if (normal < 100)
		fit_check(f, "task_struct.policy: of real time where normal_prio is", realtime || deadline,
			  t->at);
	fit_check(f, "task_struct.nr_cpus_allowed: from 1 to 8192",
		  fit_get(t, "nr_cpus_allowed") >= 1 && fit_get(t, "nr_cpus_allowed") <= 8192, t->at);
	if (fit_object_has(t, "on_cpu"))
		fit_check(f, "task_struct.on_cpu: 0 or 1", fit_get(t, "on_cpu") <= 1, t->at);
	fit_check(f, "task_struct.cpu: a number of a CPU", fit_get(t, "cpu") < 8192, t->at);
}

static void check_state(struct fit *f, const struct fit_object *t)
{
	uint64_t exit_state = fit_get(t, "exit_state"), mm = fit_get(t, "mm"), active = fit_get(t, "active_mm");
	int32_t exit_signal = (int32_t)fit_get(t, "exit_signal");
	bool kernel = fit_is_kernel_thread(t);

	fit_check(f, "task_struct.state: known bits", !(fit_get(t, "state") >> 20), t->at);
	fit_check(f, "task_struct.exit_state: 0, EXIT_DEAD, EXIT_ZOMBIE",
		  exit_state == 0 || exit_state == 16 || exit_state == 32, t->at);
	/* clone() takes any number of 8 bits for a signal */
	fit_check(f, "task_struct.exit_signal: a signal",
		  exit_signal >= -1 && exit_signal <= (f->from_boot ? SIGNALS : 255), t->at);
	fit_check(f, "task_struct.exit_code: of one that ended, or 0",
		  fit_get(t, "exit_code") < 0x10000, t->at);
	fit_check(f, "task_struct.mm: a process has one", fit_has_ended(t) || kernel || mm, t->at);
	/* a later one may work in the address space of a process: vhost */
	if (f->from_boot)
		fit_check(f, "task_struct.mm: 0 for kernel threads", !kernel || !mm, t->at);
	fit_check(f, "task_struct.mm, active_mm: one, where there is an mm",
		  !mm || (fit_is_pointer(mm) && mm == active), t->at);
	fit_check(f, "task_struct.blocked: not all signals", fit_get(t, "blocked") != UINT64_MAX ||
		  kernel, t->at);
	fit_check(f, "task_struct.pending: a list", fit_list_ok(f, fit_at(t, "pending")), t->at);
	if (fit_object_has(t, "loginuid") && fit_object_has(t, "sessionid"))
		fit_check(f, "task_struct.loginuid, sessionid: -1 for kernel threads",
			  !kernel || ((uint32_t)fit_get(t, "loginuid") == UINT32_MAX &&
				      (uint32_t)fit_get(t, "sessionid") == UINT32_MAX), t->at);
	if (fit_object_has(t, "seccomp_mode"))
		fit_check(f, "task_struct.seccomp.mode: 0 to 3", fit_get(t, "seccomp_mode") < 4, t->at);
	if (fit_object_has(t, "cgroups"))
		fit_check(f, "task_struct.cgroups: a pointer", fit_is_pointer(fit_get(t, "cgroups")), t->at);
}

static void check_links(struct fit *f, const struct fit_object *t)
{
	uint64_t nsproxy = fit_get(t, "nsproxy"), value;
	bool ended = fit_has_ended(t);
	static const char *const pointers[] = { "fs", "files", "nsproxy", "signal", "sighand" };

	fit_check(f, "task_struct.children, sibling: lists",
		  fit_list_ok(f, fit_at(t, "children")) &&
			  (!fit_get(t, "pid") || fit_list_ok(f, fit_at(t, "sibling"))), t->at);
	if (fit_object_has(t, "thread_group"))
		fit_check(f, "task_struct.thread_group: a list",
			  ended || fit_list_ok(f, fit_at(t, "thread_group")), t->at);
	fit_check(f, "task_struct.thread_node: a list", ended || fit_list_ok(f, fit_at(t, "thread_node")),
		  t->at);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		fit_check(f, "task_struct.fs, files, nsproxy, signal, sighand: pointers",
			  ended || fit_is_pointer(fit_get(t, pointers[i])), t->at);
	fit_check(f, "task_struct.nsproxy: leads to namespaces",
		  ended || (live_u64(f->live, nsproxy + fit_offset(f, "nsproxy", "uts_ns"), &value) &&
			    fit_is_pointer(value)), t->at);
}

static bool is_name(const struct fit_object *t)
{
	const uint8_t *name = t->bytes + (fit_at(t, "comm") - t->at);
	size_t size = fit_length(t->fit, "task_struct", "comm"), n = strnlen((const char *)name, size);

	if (!n || n == size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

void fit_task(struct fit *f, const struct fit_object *t)
{
	fit_check(f, "task_struct.pid: below 2^22", fit_get(t, "pid") < PID_LIMIT, t->at);
	fit_check(f, "task_struct.tgid, group_leader: a leader's own",
		  fit_get(t, "tgid") == fit_get(t, "pid") && fit_get(t, "group_leader") == t->at, t->at);
	if (fit_is_kernel_thread(t))
		fit_check(f, "task_struct.comm: a name, of kernel threads", is_name(t), t->at);
	else
		fit_check_process(f, "task_struct.comm: a name", is_name(t), t->at);
	fit_check(f, "task_struct.real_parent, parent: tasks",
		  fit_is_pointer(fit_get(t, "real_parent")) && fit_is_pointer(fit_get(t, "parent")), t->at);
	fit_check(f, "task_struct.utime, stime, gtime: less than 30 years",
		  !((fit_get(t, "utime") | fit_get(t, "stime") | fit_get(t, "gtime")) >> 60), t->at);
	fit_check(f, "task_struct.nvcsw, nivcsw, min_flt, maj_flt: below 2^48",
		  !((fit_get(t, "nvcsw") | fit_get(t, "nivcsw") | fit_get(t, "min_flt") |
		     fit_get(t, "maj_flt")) >> 48), t->at);
	check_state(f, t);
	check_stack(f, t);
	check_priority(f, t);
	check_links(f, t);
	fit_cred(f, t);
	fit_pid(f, t);
	fit_signal(f, t);
}

void fit_init_task(struct fit *f, const struct fit_object *t)
{
	fit_check(f, "init_task.comm: swapper",
		  !memcmp(t->bytes + (fit_at(t, "comm") - t->at), "swapper", 7), t->at);
	check_constants(f, t);
	check_stack(f, t);
	fit_cred(f, t);
	fit_signal(f, t);
	check_priority(f, t);
}
