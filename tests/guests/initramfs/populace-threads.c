// SPDX-License-Identifier: GPL-2.0-or-later
/* The roles of populace that are about threads and name spaces. */
#define _GNU_SOURCE
#include "populace.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *sleeping_thread(void *name)
{
	if (name)
		prctl(PR_SET_NAME, name);
	sleep_for_ever();
}

/* The parent of what a thread forks is the whole process, although the kernel notes the thread. */
static void *forking_thread(void *name)
{
	prctl(PR_SET_NAME, name);
	if (fork_named("thread-child") > 0)
		pause();
	sleep_for_ever();
}

static void thread_start(void *(*run)(void *), const char *name)
{
	pthread_t thread;
	if (pthread_create(&thread, 0, run, (void *)name))
		die("pthread_create");
}

/* threads: the first one and seven more, three of them with names of their own. */
void role_threads(int argc, char **argv)
{
	(void)argc, (void)argv;
	thread_start(sleeping_thread, "worker/0");
	thread_start(sleeping_thread, "io \xc3\xbc\xc3\xb1");
	thread_start(forking_thread, "forker");
	for (int i = 0; i < 4; i++)
		thread_start(sleeping_thread, 0);
}

/* leaderless: the first thread has ended, the process lives on in another. */
void role_leaderless(int argc, char **argv)
{
	(void)argc, (void)argv;
	thread_start(sleeping_thread, "survivor");
	pthread_exit(0);
}

static void *executing_thread(void *program)
{
	execl(program, "thread-exec'd", "by a thread that was not the first", (char *)0);
	die("execl");
}

/* threadexec PROGRAM: the kernel gives the executing thread the first one's id and start time. */
void role_threadexec(int argc, char **argv)
{
	if (argc > 1)
		thread_start(executing_thread, argv[1]);
}

static void name_space_enter(int flags)
{
	if (unshare(flags))
		die("unshare");
	if ((flags & CLONE_NEWNS) && mount("none", "/", 0, MS_REC | MS_PRIVATE, 0))
		die("mount --make-rprivate");
}

/* nested: pid and mount name spaces in one another. init1 and init2 are process 1 of theirs; pod1 and pod2 are process 2. */
void role_nested(int argc, char **argv)
{
	(void)argc, (void)argv;
	name_space_enter(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS);
	if (fork_named("init1") > 0)
		return;
	sethostname("pod", 3);
	mount("proc", "/proc", "proc", 0, 0);
	if (fork_named("pod1") == 0)
		sleep_for_ever();
	name_space_enter(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC);
	if (fork_named("init2") > 0)
		return;
	fork_named("pod2");
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		die(path);
}

/* userns: user 0 to itself, user 100000 to the rest of the machine. */
void role_userns(int argc, char **argv)
{
	(void)argc, (void)argv;
	int ready[2], mapped[2];
	char byte = 0;
	if (pipe(ready) || pipe(mapped))
		die("pipe");
	pid_t child = fork_named("rootless");
	if (child == 0) {
		name_space_enter(CLONE_NEWUSER);
		if (write(ready[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1)
			die("pipe");
		if (setresgid(5, 5, 5) || setresuid(0, 0, 0))
			die("setresuid");
		sleep_for_ever();
	}
	char path[64];
	if (read(ready[0], &byte, 1) != 1)
		die("pipe");
	snprintf(path, sizeof path, "/proc/%d/uid_map", child);
	write_file(path, "0 100000 65536\n");
	snprintf(path, sizeof path, "/proc/%d/gid_map", child);
	write_file(path, "0 100000 65536\n");
	if (write(mapped[1], &byte, 1) != 1)
		die("pipe");
}
