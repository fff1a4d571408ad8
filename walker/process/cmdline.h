/* cmdline: a process's arguments, as /proc/PID/cmdline has them. */
#ifndef WALKER_PROCESS_CMDLINE_H
#define WALKER_PROCESS_CMDLINE_H

#include "walker/process/mm.h"

#define CMDLINE_MAX (8u << 20) /* above what execve() accepts */

/* Puts the bytes, a NUL after each argument, into b, which is cleared first. *cut: some of
 * them are not in memory (swapped out, never touched, or unmapped by the process), and b
 * ends before those.
 *
 * Shape: [arg_start, arg_end). If its last byte is not NUL, the process has called
 * setproctitle(). Then it is one string up to its NUL, which may run on into the
 * environment. Source: get_mm_cmdline() in fs/proc/base.c, since 4.18 with at most a page
 * of title; before that proc_pid_cmdline_read(). */
struct err *cmdline_read(const struct mm *mm, struct buf *b, bool *cut) MUST_CHECK;

/* The length of the argument that begins at `at`, up to its NUL or the end of b. */
size_t cmdline_next(const struct buf *b, size_t at);

#endif
