/* kconfig_option: the options a kernel tree has, their types, and which depend on which.
 *
 * kernel-src/kconfig/kconfig reads them from a tree.
 */
#ifndef KERNEL_SRC_KCONFIG_OPTION_H
#define KERNEL_SRC_KCONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "kernel-src/kconfig/expr.h"

/* Bits, because a tree may define an option several times. */
enum kconfig_type {
	KCONFIG_BOOL = 1,
	KCONFIG_TRISTATE = 2,
	KCONFIG_INT = 4,
	KCONFIG_HEX = 8,
	KCONFIG_STRING = 16,
};

/* One thing that an option's definitions say of it; only what bool and tristate options need. */
struct kconfig_property {
	enum kconfig_property_kind {
		KCONFIG_PROMPT,
		KCONFIG_DEFAULT,
		KCONFIG_SELECTED,
		KCONFIG_IMPLIED,
	} kind;
	uint32_t by;		      /* SELECTED, IMPLIED: the option that does it */
	const struct expr *value;     /* DEFAULT */
	const struct expr *condition; /* with the dependencies of the place it stands in */
};

struct kconfig_option {
	struct table_key key; /* the name */
	uint32_t index;
	unsigned int types; /* of enum kconfig_type; 0: no definition gives it a type */
	bool defined;	    /* not only mentioned */
	bool prompt;
	bool modules;		    /* the one that makes m possible */
	uint32_t choice;	    /* the choice that it is a part of; 0: none */
	const struct expr *depends; /* any of its definitions */
	struct kconfig_property *properties;
	size_t count, capacity;
};

/* Exactly one of these options is y, where depends is. */
struct kconfig_choice {
	const struct expr *depends;
	bool optional;
};

struct kconfig {
	struct table options;
	size_t defined; /* how many of them */
	struct kconfig_choice *choices; /* the first is none */
	size_t choice_count, choice_capacity;
	struct expr_pool pool; /* owns all expressions */
};

struct kconfig *kconfig_new(void);
void kconfig_free(struct kconfig *k);
static inline void kconfig_freep(struct kconfig **k)
{
	kconfig_free(*k);
}

/* The types of option NAME (without CONFIG_): 0 when the tree has no such option, or never gives it
 * a type. */
unsigned int kconfig_types(const struct kconfig *k, const char *name, size_t size);
/* Whether a user may choose its value where it is visible. If not, its value follows from others. */
bool kconfig_has_prompt(const struct kconfig *k, const char *name, size_t size);
/* How many options the tree defines. */
size_t kconfig_count(const struct kconfig *k);

/* All options that the tree mentions, by index; owned by k. */
size_t kconfig_mentioned(const struct kconfig *k);
const struct kconfig_option *kconfig_option(const struct kconfig *k, size_t index);
/* NULL: the tree does not mention it. */
const struct kconfig_option *kconfig_find(const struct kconfig *k, const char *name, size_t size);
/* The option of this name; a new one when the tree did not mention it before. */
struct kconfig_option *kconfig_option_get(struct kconfig *k, const char *name, size_t size);
/* index: from 1 on; NULL behind the last. */
const struct kconfig_choice *kconfig_choice(const struct kconfig *k, size_t index);

/* What kconfig_filter's report says of an option that is not in the tree. */
#define KCONFIG_UNKNOWN "no such option in this tree"

/* NULL when value (as it stands in a .config) is one of a type in types, else what is wrong with it.
 * A string is quoted and consists of [A-Za-z0-9 _.,:/+@%=~^-]: no other text of a target reaches
 * make, a shell or Kconfig. */
const char *kconfig_value_fault(unsigned int types, const char *value, size_t size);

/* Whether text has only characters of this alphabet. */
bool kconfig_only(const char *text, size_t size, const char *alphabet);

#endif
