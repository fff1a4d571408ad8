/* kconfig: reads the Kconfig files of a kernel tree.
 *
 * This is no interpreter: the tree's own Kconfig program says what a configuration comes to. We need
 * to know which values an option in a .config may have before that program reads it, and hand out
 * the rules that kernel-src/kconfig/imply reasons with.
 *
 * Shape: Kconfig files as in the kernel's Documentation/kbuild/kconfig-language.rst,
 * starting at TREE/Kconfig, SRCARCH=x86.
 */
#ifndef KERNEL_SRC_KCONFIG_KCONFIG_H
#define KERNEL_SRC_KCONFIG_KCONFIG_H

#include "base/err.h"
#include "kernel-src/kconfig/option.h"

/* Reads TREE/Kconfig and what it sources within the tree.
 * Errors: ERR_ABSENT (no TREE/Kconfig), ERR_DATA (more than 20,000 files, or
 * sourced more than 32 deep), ERR_SYSTEM. *ret is owned by the caller. */
struct err *kconfig_read(const char *tree, struct kconfig **ret) MUST_CHECK;

/* The same for the text of one Kconfig file, for tests: adds what it defines to k, and sources nothing. */
struct err *kconfig_add_text(struct kconfig *k, const char *text, size_t size) MUST_CHECK;

#endif
