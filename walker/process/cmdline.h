/* cmdline: a process's arguments, as /proc/PID/cmdline has them. */
#ifndef WALKER_PROCESS_CMDLINE_H
#define WALKER_PROCESS_CMDLINE_H

#include "walker/process/mm.h"

#define CMDLINE_MAX (8u << 20) /* above what execve() accepts */

/* Puts the bytes, NUL after each argument, into b, which is cleared first. *cut:
 * some of them are not in memory (swapped out, never touched, or the process
 * has unmapped them), and b ends before those.
 *
 * Shape: [arg_start, arg_end). Where its last byte is not NUL the process has
 * called setproctitle() and it is one string up to its NUL, which may run on
 * into the environment. Source: get_mm_cmdline() in fs/proc/base.c, since 4.18
 * with at most a page of title; before that proc_pid_cmdline_read(). */
struct err *cmdline_read(const struct mm *mm, struct buf *b, bool *cut) MUST_CHECK;

/* The next argument in [at, size): its length up to its NUL or the end. */
size_t cmdline_next(const struct buf *b, size_t at);

#endif
