// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * populace: every inhabitant of a test guest that is not a program of its own.
 *
 * One static program under many hard-linked names; the last component of the path that was executed chooses the role, and a name
 * that is no role just sleeps. Every role ends in waiting, for the process tables taken before and after a capture have to agree.
 */
#define _GNU_SOURCE
#include "populace.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn void sleep_for_ever(void)
{
	for (;;)
		pause();
}

_Noreturn void die(const char *what)
{
	fprintf(stderr, "populace: %s: %s\n", what, strerror(errno));
	exit(4);
}

pid_t fork_named(const char *comm)
{
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		prctl(PR_SET_NAME, comm);
	return child;
}

/* asuser RUID EUID RGID EGID PROGRAM [ARGV0 [ARG...]]: without any, the kernel gives it one empty argument. */
static void role_asuser(int argc, char **argv)
{
	if (argc < 6)
		die("asuser: not enough arguments");
	if (setresgid(atoi(argv[3]), atoi(argv[4]), atoi(argv[4])) || setresuid(atoi(argv[1]), atoi(argv[2]), atoi(argv[2])))
		die("asuser");
	execv(argv[5], argv + 6);
	die(argv[5]);
}

/* undertaker: a child that ended and is not waited for. */
static void role_undertaker(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (fork_named("unburied") == 0)
		_exit(7);
}

static void role_stopped(int argc, char **argv)
{
	(void)argc, (void)argv;
	raise(SIGSTOP);
}

/* tracer: its child is in a tracing stop. */
static void role_tracer(int argc, char **argv)
{
	(void)argc, (void)argv;
	pid_t child = fork_named("traced");
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		sleep_for_ever();
	}
	waitpid(child, 0, WUNTRACED);
}

/* vforker: waits, uninterruptibly, for a child that shares its memory and never calls exec. */
static void role_vforker(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (vfork() == 0)
		sleep_for_ever();
}

/* orphanage: the parent leaves, the child is adopted by process 1. */
static void role_orphanage(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (fork_named("orphan") > 0)
		_exit(0);
}

/* Control characters, a terminal escape, quotes, backslash, bytes that are not UTF-8, and a character cut off by the end. */
static void role_oddname(int argc, char **argv)
{
	(void)argc, (void)argv;
	prctl(PR_SET_NAME, "\x01\"\\\xff\xfe\n\x1b[31m\x7f\xc3\xa9\xe2");
}

/* crowd COUNT: that many children, which have short names and long ones. */
static void role_crowd(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	for (int i = 0; i < count; i++)
		if (fork_named(i % 4 ? "member" : "member-of-crowd") == 0)
			sleep_for_ever();
}

static const struct {
	const char *name;
	void (*run)(int argc, char **argv);
} roles[] = {
	{ "asuser", role_asuser },
	{ "undertaker", role_undertaker },
	{ "stopped", role_stopped },
	{ "tracer", role_tracer },
	{ "vforker", role_vforker },
	{ "orphanage", role_orphanage },
	{ "oddname", role_oddname },
	{ "threads", role_threads },
	{ "leaderless", role_leaderless },
	{ "threadexec", role_threadexec },
	{ "nested", role_nested },
	{ "userns", role_userns },
	{ "retitle", role_retitle },
	{ "retitle-long", role_retitle_long },
	{ "retitle-moved", role_retitle_moved },
	{ "longargs", role_longargs },
	{ "mappings", role_mappings },
	{ "hugepages", role_hugepages },
	{ "files", role_files },
	{ "sockets", role_sockets },
	{ "crowd", role_crowd },
};

int main(int argc, char **argv)
{
	const char *path = (const char *)getauxval(AT_EXECFN), *slash = path ? strrchr(path, '/') : 0;
	const char *name = slash ? slash + 1 : path;
	for (size_t i = 0; name && i < sizeof roles / sizeof roles[0]; i++)
		if (!strcmp(name, roles[i].name))
			roles[i].run(argc, argv);
	sleep_for_ever();
}
