/* Tasks, their signals, credentials and pids. */
#include <string.h>

#include "base/view.h"
#include "offsets/fit/fit.h"

/* How many are looked at: the first and the last of the list, the first children of process 1. */
#define FIRST 24
#define LAST 12
#define CHILDREN 12
#define PID_LIMIT (1 << 22)
#define STACK_END_MAGIC 0x57AC6E9D /* linux/magic.h */
#define PF_KTHREAD 0x00200000 /* linux/sched.h */
#define SIGNALS 64
#define SECOND UINT64_C(1000000000)

/* What init/init_task.c and those beside it set, and nobody changes. */
static void check_init_task(struct fit *f, const struct fit_object *t)
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
	fit_check(f, "init_task.flags has PF_KTHREAD", fit_get(t, "flags") & PF_KTHREAD, at);
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
	bool found = false, user = fit_get(t, "mm") && !(fit_get(t, "flags") & PF_KTHREAD);
	uint32_t magic = 0;

	if (!stack || fit_has_ended(t) || !fit_const(f, "THREAD_SIZE", &size)) /* a zombie's is gone */
		return;
	fit_check(f, "task_struct.stack: begins a page, and with its magic number",
		  !(stack & 4095) && live_u32(f->live, stack, &magic) && magic == STACK_END_MAGIC, t->at);
	if (!fit_object_has(t, "on_cpu") || !fit_get(t, "on_cpu"))
		fit_check(f, "task_struct.thread.sp: in the stack",
			  sp > stack && sp < stack + size && !(sp & 7), t->at);
	if (f->early && fit_get(t, "pid"))
		fit_check(f, "THREAD_SIZE: who sleeps has used little of the stack, from its end",
			  (fit_object_has(t, "on_cpu") && fit_get(t, "on_cpu")) || sp > stack + size / 2, t->at);
	/* pt_regs ends the stack, but for a few words since there is FRED: cs is its 18th of 21 words.
	 * A process may run code of segments of its own (LDT). */
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
	/* few are, but some kernel threads always: migration/0 */
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
	uint64_t exit_state = fit_get(t, "exit_state"), flags = fit_get(t, "flags");
	uint64_t mm = fit_get(t, "mm"), active = fit_get(t, "active_mm");
	int32_t exit_signal = (int32_t)fit_get(t, "exit_signal");
	bool kernel = flags & PF_KTHREAD;

	fit_check(f, "task_struct.state: known bits", !(fit_get(t, "state") >> 20), t->at);
	fit_check(f, "task_struct.exit_state: 0, EXIT_DEAD, EXIT_ZOMBIE",
		  exit_state == 0 || exit_state == 16 || exit_state == 32, t->at);
	/* clone() takes any number of 8 bits */
	fit_check(f, "task_struct.exit_signal: a signal",
		  exit_signal >= -1 && exit_signal <= (f->early ? SIGNALS : 255), t->at);
	fit_check(f, "task_struct.exit_code: of one that ended, or 0",
		  fit_get(t, "exit_code") < 0x10000, t->at);
	fit_check(f, "task_struct.mm: a process has one", fit_has_ended(t) || kernel || mm, t->at);
	/* others may work in the address space of a process: vhost */
	if (f->early)
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

/* cred: the first that every kernel has is known by heart. */
static void check_cred(struct fit *f, const struct fit_object *t)
{
	CLEANUP(fit_object_deinit) struct fit_object c = { .bytes = NULL };
	uint64_t full;

	fit_check(f, "task_struct.cred: a pointer", fit_is_pointer(fit_get(t, "cred")), t->at);
	if (!fit_read(f, "cred", "task_struct.real_cred: can be read", fit_get(t, "real_cred"), &c))
		return;
	full = fit_get(&c, "cap_bset");
	fit_check(f, "cred.cap_effective, cap_permitted: known capabilities",
		  !((fit_get(&c, "cap_effective") | fit_get(&c, "cap_permitted") | full |
		     fit_get(&c, "cap_inheritable") | fit_get(&c, "cap_ambient")) >> 48), c.at);
	fit_check(f, "cred.group_info, user_ns: pointers",
		  fit_is_pointer(fit_get(&c, "group_info")) && fit_is_pointer(fit_get(&c, "user_ns")), c.at);
	if (fit_get(t, "flags") & PF_KTHREAD)
		fit_check(f, "cred of a kernel thread: root with all capabilities",
			  !fit_get(&c, "uid") && !fit_get(&c, "euid") && !fit_get(&c, "gid") &&
				  !fit_get(&c, "fsgid") && !fit_get(&c, "securebits") &&
				  !fit_get(&c, "cap_inheritable") && !fit_get(&c, "cap_ambient") && full &&
				  fit_get(&c, "cap_effective") == full &&
				  fit_get(&c, "cap_permitted") == full, c.at);
	if (!fit_get(t, "pid")) {
		fit_check_symbol(f, "init_cred.user_ns", fit_get(&c, "user_ns"), "init_user_ns", c.at);
		fit_check_symbol(f, "init_cred.group_info", fit_get(&c, "group_info"), "init_groups", c.at);
	}
}

static void check_pid(struct fit *f, const struct fit_object *t)
{
	CLEANUP(fit_object_deinit) struct fit_object p = { .bytes = NULL };
	uint64_t numbers, pid = fit_get(t, "thread_pid"), first = 0, ns = 0;
	uint32_t nr = 0;

	if (fit_has_ended(t) || !fit_get(t, "pid") ||
	    !fit_read(f, "pid", "task_struct.thread_pid: can be read", pid, &p))
		return;
	numbers = fit_at(&p, "numbers");
	fit_check(f, "pid.count, level: small", fit_get(&p, "level") < 32 &&
		  (uint32_t)fit_get(&p, "count") - 1 < 1 << 24, p.at);
	fit_check(f, "pid.numbers[0].nr: the task's",
		  live_u32(f->live, numbers + fit_offset(f, "upid", "nr"), &nr) &&
			  nr == fit_get(t, "pid"), p.at);
	if (live_u64(f->live, numbers + fit_offset(f, "upid", "ns"), &ns))
		fit_check_symbol(f, "pid.numbers[0].ns", ns, "init_pid_ns", p.at);
	fit_check(f, "pid.tasks[0]: leads to the task",
		  live_u64(f->live, fit_at(&p, "tasks"), &first) && first > t->at &&
			  first < t->at + f->layout->types[t->type].size, p.at);
}

static void check_limits(struct fit *f, const struct fit_object *s, bool first)
{
	uint64_t at = fit_at(s, "rlim"), limit[32];

	if (fit_length(f, "signal_struct", "rlim") != sizeof(limit) ||
	    !live_read(f->live, at, limit, sizeof(limit)))
		return;
	for (size_t i = 0; i < 16; i++)
		fit_check(f, "signal_struct.rlim: no limit above its maximum",
			  limit[2 * i] <= limit[2 * i + 1], s->at);
	/* RLIMIT_CPU, FSIZE, DATA without, STACK 8 MiB, NOFILE 1024: INIT_RLIMITS */
	if (first)
		fit_check(f, "init_signals.rlim: INIT_RLIMITS",
			  limit[0] == UINT64_MAX && limit[1] == UINT64_MAX && limit[2] == UINT64_MAX &&
				  limit[6] == 8 << 20 && limit[14] == 1024 && limit[18] == UINT64_MAX,
			  s->at);
}

static void check_signal(struct fit *f, const struct fit_object *t)
{
	CLEANUP(fit_object_deinit) struct fit_object s = { .bytes = NULL };
	int16_t adjust;
	uint64_t head, node = fit_at(t, "thread_node"), pid, array;
	uint32_t threads, running;

	if (fit_has_ended(t) ||
	    !fit_read(f, "signal_struct", "task_struct.signal: can be read", fit_get(t, "signal"), &s))
		return;
	adjust = (int16_t)fit_get(&s, "oom_score_adj");
	threads = (uint32_t)fit_get(&s, "nr_threads");
	running = fit_get(t, "pid") ? (uint32_t)fit_get(&s, "live") : threads; /* nobody counts init_task */
	fit_check(f, "signal_struct.nr_threads, live: from 1 to 2^22",
		  threads - 1 < PID_LIMIT && running - 1 < PID_LIMIT && running <= threads, s.at);
	/* less where threads that ended are not let go: ptrace */
	if (f->early)
		fit_check(f, "signal_struct.nr_threads, live: equal", running == threads, s.at);
	fit_check(f, "signal_struct.thread_head: holds the task",
		  fit_list_ok(f, fit_at(&s, "thread_head")) &&
			  (threads != 1 || (live_u64(f->live, fit_at(&s, "thread_head"), &head) && head == node)),
		  s.at);
	fit_check(f, "signal_struct.oom_score_adj: from -1000 to 1000", adjust >= -1000 && adjust <= 1000,
		  s.at);
	if (fit_object_has(&s, "cred_guard_mutex_wait_list"))
		fit_check(f, "signal_struct.cred_guard_mutex: a lock that nobody waits for",
			  fit_list_ok(f, fit_at(&s, "cred_guard_mutex_wait_list")), s.at);
	if (fit_get(t, "pid") && fit_object_has(&s, "pids") && fit_have(f, "pid_type", "PIDTYPE_TGID")) {
		array = fit_at(&s, "pids");
		fit_check(f, "signal_struct.pids[PIDTYPE_TGID]: the leader's",
			  live_u64(f->live, array + 8, &pid) && pid == fit_get(t, "thread_pid"), s.at);
	}
	fit_check(f, "signal_struct.tty: 0, or a pointer",
		  !fit_get(&s, "tty") || fit_is_pointer(fit_get(&s, "tty")), s.at);
	/* what stopped a process stands there, too */
	fit_check(f, "signal_struct.group_exit_code: 0, or small",
		  (uint32_t)fit_get(&s, "group_exit_code") < (f->early ? 1 : 0x10000), s.at);
	fit_check_function(f, "signal_struct.stats: where there is taskstats_exit()",
			   fit_object_has(&s, "stats"), "taskstats_exit");
	fit_check(f, "signal_struct.utime, cutime: less than 30 years",
		  !((fit_get(&s, "utime") | fit_get(&s, "stime") | fit_get(&s, "cutime") |
		     fit_get(&s, "cstime")) >> 60), s.at);
	check_limits(f, &s, !fit_get(t, "pid"));
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

static void check_task(struct fit *f, const struct fit_object *t)
{
	fit_check(f, "task_struct.pid: below 2^22", fit_get(t, "pid") < PID_LIMIT, t->at);
	fit_check(f, "task_struct.tgid, group_leader: a leader's own",
		  fit_get(t, "tgid") == fit_get(t, "pid") && fit_get(t, "group_leader") == t->at, t->at);
	if (fit_get(t, "flags") & PF_KTHREAD)
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
	check_cred(f, t);
	check_pid(f, t);
	check_signal(f, t);
}

/* Those that tell time: the list of tasks is in the order of their start. */
struct times {
	uint64_t start, boot, executed;
};

/* Two that start at once on two processors may be in the other order; a machine's first do not. */
static void check_order(struct fit *f, const struct fit_object *t, struct times *last)
{
	uint64_t start = fit_get(t, "start_time"), boot = fit_get(t, "start_boottime");

	fit_check(f, "task_struct.start_time: in the order of the list", start >= last->start, t->at);
	fit_check(f, "task_struct.start_boottime: in the order of the list, not before start_time",
		  boot >= last->boot && boot >= start && !(boot >> 60), t->at);
	if (!f->early)
		return;
	last->start = start;
	last->boot = boot;
}

static void check_times(struct fit *f, const struct fit_object *t, struct times *last)
{
	uint64_t start = fit_get(t, "start_time"), executed = fit_get(t, "se_sum_exec_runtime");
	uint64_t switches = fit_get(t, "nvcsw") + fit_get(t, "nivcsw");
	uint64_t minor = fit_get(t, "min_flt"), major = fit_get(t, "maj_flt");

	check_order(f, t, last);
	last->executed += executed >> 10;
	if (f->now)
		fit_check(f, "task_struct.se.sum_exec_runtime: not more than there was time for",
			  executed <= f->now + f->now / 8 - (start < f->now ? start : f->now) + 60 * SECOND,
			  t->at);
	if (fit_has_ended(t))
		return;
	/* one that waits for its first turn may have to wait long */
	if (f->early)
		fit_check(f, "task_struct.nvcsw + nivcsw: the first have run", switches > 0, t->at);
	else
		fit_check_process(f, "task_struct.nvcsw + nivcsw: has run", switches > 0, t->at);
	if (!(fit_get(t, "flags") & PF_KTHREAD))
		fit_check_process(f, "task_struct.min_flt: a process has had faults, most of them minor",
				  minor > 0 && major <= minor, t->at);
}

static bool add_task(struct fit *f, uint64_t at)
{
	for (size_t i = 0; i < f->task_count; i++)
		if (f->tasks[i].at == at)
			return false;
	f->tasks[f->task_count++] = (struct fit_task){ at, false };
	return true;
}

/* Up to max objects of the list, forward or backward; link: where in them their list_head is. False:
 * it ends before its head was reached again. */
static bool collect(struct fit *f, const char *name, uint64_t head, uint64_t link, bool backward, size_t max)
{
	uint64_t prev = fit_offset(f, "list_head", "prev"), at = head, next, back;

	for (size_t i = 0; i < max; i++) {
		if (!fit_check(f, name,
			       live_u64(f->live, at + (backward ? prev : 0), &next) && fit_is_pointer(next) &&
				       live_u64(f->live, next + (backward ? 0 : prev), &back) && back == at,
			       at - link))
			return false;
		if (next == head)
			return true;
		add_task(f, next - link);
		at = next;
	}
	return true;
}

/* The first thread group leaders of the list, the last ones, and the first children of process 1. */
static void collect_tasks(struct fit *f, uint64_t init)
{
	uint64_t link = fit_offset(f, "task_struct", "tasks"), sibling = fit_offset(f, "task_struct", "sibling");
	const char *name = "task_struct.tasks: points to a neighbour that points back";
	size_t first;

	add_task(f, init);
	collect(f, name, init + link, link, false, FIRST);
	f->early_count = f->task_count;
	for (size_t i = 0; i < f->early_count; i++)
		f->tasks[i].early = true;
	if (f->task_count > 1)
		collect(f, "task_struct.children, sibling: of process 1",
			f->tasks[1].at + fit_offset(f, "task_struct", "children"), sibling, false, CHILDREN);
	first = f->task_count;
	collect(f, name, init + link, link, true, LAST);
	for (size_t i = first, k = f->task_count; i + 1 < k--; i++) { /* found from the last to the first */
		struct fit_task swap = f->tasks[i];

		f->tasks[i] = f->tasks[k];
		f->tasks[k] = swap;
	}
	fit_check(f, "task_struct.tasks: init_task, process 1 and others", f->task_count > 2, init);
}

/* Times are counted in ticks from five minutes before the counter overflows (linux/jiffies.h). */
static void check_tick(struct fit *f)
{
	uint64_t hz = 0, tick = 0, ticks = 0, at = live_symbol(f->live, "tick_nsec");
	uint64_t counter = live_symbol(f->live, "jiffies_64");

	if (!fit_const(f, "HZ", &hz) || !hz || hz > 1 << 16)
		return;
	if (at && live_u64(f->live, at, &tick) && tick)
		fit_check(f, "HZ: as tick_nsec says",
			  tick * hz > SECOND - SECOND / 50 && tick * hz < SECOND + SECOND / 50, at);
	if (counter && live_u64(f->live, counter, &ticks))
		f->now = (ticks - (uint32_t)(-300 * (int32_t)hz)) * (SECOND / hz);
	if (f->now >> 60)
		f->now = 0;
}

struct err *fit_tasks(struct fit *f)
{
	uint64_t init = live_symbol(f->live, "init_task");
	CLEANUP(fit_object_deinit) struct fit_object t = { .bytes = NULL };
	struct times times = { 0 };

	if (!init)
		return err_new(ERR_DATA, "the symbol init_task is not known: nothing can be checked");
	f->early = true;
	collect_tasks(f, init);
	if (!fit_read(f, "task_struct", "init_task: can be read", init, &t))
		return err_new(ERR_DATA, "init_task cannot be read");
	fit_check(f, "init_task.comm: swapper",
		  !memcmp(t.bytes + (fit_at(&t, "comm") - t.at), "swapper", 7), init);
	check_init_task(f, &t);
	check_stack(f, &t);
	check_cred(f, &t);
	check_signal(f, &t);
	check_priority(f, &t);
	check_tick(f);
	for (size_t i = 1; i < f->task_count; i++) {
		CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };

		if (!fit_read(f, "task_struct", "task_struct.tasks: leads to tasks that can be read",
			      f->tasks[i].at, &o))
			continue;
		f->early = f->tasks[i].early;
		check_task(f, &o);
		check_times(f, &o, &times);
	}
	if (f->task_count > 2)
		fit_check(f, "task_struct.se.sum_exec_runtime: some have run", times.executed > 0, init);
	return NULL;
}
