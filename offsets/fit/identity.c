#include "offsets/fit/identity.h"

void fit_cred(struct fit *f, const struct fit_object *t)
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
	if (fit_is_kernel_thread(t))
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

void fit_pid(struct fit *f, const struct fit_object *t)
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
