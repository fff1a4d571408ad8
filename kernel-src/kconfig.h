/* kconfig: the options a kernel tree has, and their types.
 *
 * Not an interpreter: which options depend on which, and their defaults, is left
 * to the tree's own Kconfig program. This only says what a value in a .config
 * may look like before that program reads it.
 *
 * Shape: Kconfig files as in the kernel's Documentation/kbuild/kconfig-language.rst,
 * starting at TREE/Kconfig, SRCARCH=x86.
 */
#ifndef KERNEL_SRC_KCONFIG_H
#define KERNEL_SRC_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Bits, because an option may be defined several times. */
enum kconfig_type {
	KCONFIG_BOOL = 1,
	KCONFIG_TRISTATE = 2,
	KCONFIG_INT = 4,
	KCONFIG_HEX = 8,
	KCONFIG_STRING = 16,
};

struct kconfig;

/* Reads TREE/Kconfig and what it sources within the tree.
 * Errors: ERR_ABSENT (no TREE/Kconfig), ERR_DATA (more than 20,000 files, or
 * sourced more than 32 deep), ERR_SYSTEM. *ret is owned by the caller. */
struct err *kconfig_read(const char *tree, struct kconfig **ret) MUST_CHECK;
void kconfig_free(struct kconfig *k);
static inline void kconfig_freep(struct kconfig **k)
{
	kconfig_free(*k);
}

/* The types of option NAME (without CONFIG_): 0 when the tree has no such
 * option, or never gives it a type. */
unsigned int kconfig_types(const struct kconfig *k, const char *name, size_t size);
/* Whether somebody may choose it, where it is visible: else it follows from others. */
bool kconfig_has_prompt(const struct kconfig *k, const char *name, size_t size);
size_t kconfig_count(const struct kconfig *k);

/* What kconfig_filter's report says of an option that is not in the tree. */
#define KCONFIG_UNKNOWN "no such option in this tree"

/* NULL when value (as it stands in a .config) is one of a type in types, else
 * what is wrong with it. A string is quoted and made of [A-Za-z0-9 _.,:/+@%=~^-]
 * alone: no text of a target reaches make, a shell or Kconfig but these. */
const char *kconfig_value_fault(unsigned int types, const char *value, size_t size);

/* The same for text of Kconfig files, for tests: adds what it defines to k. */
struct kconfig *kconfig_new(void);
struct err *kconfig_add_text(struct kconfig *k, const char *text, size_t size) MUST_CHECK;

#endif
