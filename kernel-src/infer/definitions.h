/* definitions: the functions and variables that a C file of the kernel defines, each
 * with the options it is compiled under.
 *
 * We look at tokens alone and run no preprocessor: we follow no include and expand no
 * macro. So we miss what macros define. Only system calls are known by their macro,
 * as sys_NAME.
 *
 * Shape of the text, for a file at a time:
 *	F kernel/fork.c
 *	T copy_creds KEYS		function; t: static; W: weak
 *	D max_threads			variable; d: static
 *	I membarrier.c MEMBARRIER	a C file that this one includes, by its name from this one's folder
 * with the atoms of condition.h behind the name.
 */
#ifndef KERNEL_SRC_INFER_DEFINITIONS_H
#define KERNEL_SRC_INFER_DEFINITIONS_H

#include "base/buf.h"
#include "kernel-src/infer/condition.h"

#define DEFINITIONS_FILE_MAX (8u << 20) /* of a C file */

/* Appends the lines of one C file. Never fails: leaves out what it does not understand. */
void definitions_scan(const char *path, const char *text, size_t size, struct buf *b);

#endif
