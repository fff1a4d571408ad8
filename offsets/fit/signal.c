#include "offsets/fit/signal.h"

#define PID_LIMIT (1 << 22)

static void check_limits(struct fit *f, const struct fit_object *s, bool first)
{
	uint64_t at = fit_at(s, "rlim"), limit[32];

	if (fit_length(f, "signal_struct", "rlim") != sizeof(limit) ||
	    !live_read(f->live, at, limit, sizeof(limit)))
		return;
	for (size_t i = 0; i < 16; i++)
		fit_check(f, "signal_struct.rlim: no limit above its maximum",
			  limit[2 * i] <= limit[2 * i + 1], s->at);
	/* asm-generic/resource.h: no limit of CPU, FSIZE and AS, 8 MiB of STACK, 1024 of NOFILE */
	if (first)
		fit_check(f, "init_signals.rlim: INIT_RLIMITS",
			  limit[0] == UINT64_MAX && limit[1] == UINT64_MAX && limit[2] == UINT64_MAX &&
				  limit[6] == 8 << 20 && limit[14] == 1024 && limit[18] == UINT64_MAX,
			  s->at);
}

/* The threads of a process: how many, and the list of them. */
static void check_threads(struct fit *f, const struct fit_object *s, const struct fit_object *t)
{
	uint64_t list = fit_at(s, "thread_head"), first;
	uint32_t threads = (uint32_t)fit_get(s, "nr_threads");
	/* nobody counts init_task */
	uint32_t running = fit_get(t, "pid") ? (uint32_t)fit_get(s, "live") : threads;

	fit_check(f, "signal_struct.nr_threads, live: from 1 to 2^22",
		  threads - 1 < PID_LIMIT && running - 1 < PID_LIMIT && running <= threads, s->at);
	/* a tracer may hold on to threads that ended, of a process from later on */
	if (f->from_boot)
		fit_check(f, "signal_struct.nr_threads, live: equal", running == threads, s->at);
	fit_check(f, "signal_struct.thread_head: holds the task",
		  fit_list_ok(f, list) &&
			  (threads != 1 ||
			   (live_u64(f->live, list, &first) && first == fit_at(t, "thread_node"))), s->at);
}

void fit_signal(struct fit *f, const struct fit_object *t)
{
	CLEANUP(fit_object_deinit) struct fit_object s = { .bytes = NULL };
	uint64_t leader;
	int16_t adjust;

	if (fit_has_ended(t) ||
	    !fit_read(f, "signal_struct", "task_struct.signal: can be read", fit_get(t, "signal"), &s))
		return;
	check_threads(f, &s, t);
	adjust = (int16_t)fit_get(&s, "oom_score_adj");
	fit_check(f, "signal_struct.oom_score_adj: from -1000 to 1000", adjust >= -1000 && adjust <= 1000,
		  s.at);
	if (fit_object_has(&s, "cred_guard_mutex_wait_list"))
		fit_check(f, "signal_struct.cred_guard_mutex: a lock that nobody waits for",
			  fit_list_ok(f, fit_at(&s, "cred_guard_mutex_wait_list")), s.at);
	if (fit_get(t, "pid") && fit_object_has(&s, "pids") && fit_have(f, "pid_type", "PIDTYPE_TGID"))
		fit_check(f, "signal_struct.pids[PIDTYPE_TGID]: the leader's",
			  live_u64(f->live, fit_at(&s, "pids") + 8, &leader) &&
				  leader == fit_get(t, "thread_pid"), s.at);
	fit_check(f, "signal_struct.tty: 0, or a pointer",
		  !fit_get(&s, "tty") || fit_is_pointer(fit_get(&s, "tty")), s.at);
	/* the signal that stopped a process stands there, too */
	fit_check(f, "signal_struct.group_exit_code: 0, or small",
		  (uint32_t)fit_get(&s, "group_exit_code") < (f->from_boot ? 1 : 0x10000), s.at);
	fit_check_function(f, "signal_struct.stats: where there is taskstats_exit()",
			   fit_object_has(&s, "stats"), "taskstats_exit");
	fit_check(f, "signal_struct.utime, cutime: less than 30 years",
		  !((fit_get(&s, "utime") | fit_get(&s, "stime") | fit_get(&s, "cutime") |
		     fit_get(&s, "cstime")) >> 60), s.at);
	check_limits(f, &s, !fit_get(t, "pid"));
}
