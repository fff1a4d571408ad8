/* kconfig: the options a kernel tree has, their types, and which depend on which.
 *
 * Not an interpreter: what a configuration comes to is left to the tree's own Kconfig
 * program. This says what a value in a .config may look like before that program reads it, and
 * hands out what kernel-src/kconfig/imply reasons with.
 *
 * Shape: Kconfig files as in the kernel's Documentation/kbuild/kconfig-language.rst,
 * starting at TREE/Kconfig, SRCARCH=x86.
 */
#ifndef KERNEL_SRC_KCONFIG_KCONFIG_H
#define KERNEL_SRC_KCONFIG_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/table.h"
#include "kernel-src/kconfig/expr.h"

/* Bits, because an option may be defined several times. */
enum kconfig_type {
	KCONFIG_BOOL = 1,
	KCONFIG_TRISTATE = 2,
	KCONFIG_INT = 4,
	KCONFIG_HEX = 8,
	KCONFIG_STRING = 16,
};

/* What an option's definitions say of it; only what bool and tristate options need. */
struct kconfig_property {
	enum kconfig_property_kind { KCONFIG_PROMPT, KCONFIG_DEFAULT, KCONFIG_SELECTED, KCONFIG_IMPLIED } kind;
	uint32_t by;			  /* SELECTED, IMPLIED: the option that does it */
	const struct expr *value;	  /* DEFAULT */
	const struct expr *condition; /* with the dependencies of the place it stands in */
};

struct kconfig_option {
	struct table_key key; /* the name */
	uint32_t index;
	unsigned int types;
	bool defined; /* not only mentioned */
	bool prompt;
	bool modules;		    /* the one that makes m possible */
	uint32_t choice;	    /* which choice it is a part of; 0: none */
	const struct expr *depends; /* any of its definitions */
	struct kconfig_property *properties;
	size_t count;
};

/* Of these options exactly one is y, where depends is. */
struct kconfig_choice {
	const struct expr *depends;
	bool optional;
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

/* All options that are mentioned, by index; owned by k. */
size_t kconfig_mentioned(const struct kconfig *k);
const struct kconfig_option *kconfig_option(const struct kconfig *k, size_t index);
const struct kconfig_option *kconfig_find(const struct kconfig *k, const char *name, size_t size);
/* index: 1 and on, to NULL. */
const struct kconfig_choice *kconfig_choice(const struct kconfig *k, size_t index);

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
