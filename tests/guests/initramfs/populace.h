/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The roles of populace.c, by theme. A role returns when there is nothing left to do but to sleep. */
#ifndef POPULACE_H
#define POPULACE_H

#include <sys/types.h>

_Noreturn void sleep_for_ever(void);
_Noreturn void die(const char *what);

/* fork(), and the child is called COMM. Ends the process on failure. */
pid_t fork_named(const char *comm);

/* populace-threads.c: threads and name spaces */
void role_threads(int argc, char **argv);
void role_leaderless(int argc, char **argv);
void role_threadexec(int argc, char **argv);
void role_nested(int argc, char **argv);
void role_userns(int argc, char **argv);

/* populace-memory.c: arguments and address spaces */
void role_retitle(int argc, char **argv);
void role_retitle_long(int argc, char **argv);
void role_retitle_moved(int argc, char **argv);
void role_longargs(int argc, char **argv);
void role_mappings(int argc, char **argv);
void role_hugepages(int argc, char **argv);

/* populace-files.c: open files and sockets */
void role_files(int argc, char **argv);
void role_sockets(int argc, char **argv);

#endif
