/* known: what is known of each option, and what says so. */
#ifndef KERNEL_SRC_INFER_KNOWN_H
#define KERNEL_SRC_INFER_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"
#include "kernel-src/infer/condition.h"

enum infer_state {
	INFER_UNKNOWN,
	INFER_Y,     /* built into the image */
	INFER_ON,    /* y, or m */
	INFER_M,
	INFER_NOT_Y, /* not built in: n, or m */
	INFER_N,
};

struct infer_option {
	const char *name; /* behind CONFIG_ */
	enum infer_state state;
	/* how many names speak for =y, for =y or =m, against =y, against both; and one on each side */
	size_t for_global, for_static, for_on, against, against_on;
	size_t absent_global, absent_static; /* how many names under it are not there */
	bool for_long; /* one of for_static is a function with a long name, such as nobody gives twice */
	char *witness_for, *witness_against;
	char *conflict; /* what else infer_set() was told, and by whom; NULL: nothing else */
	bool given;   /* infer_set() said it, not names */
	bool implied; /* Kconfig's rules say it, with what else is known */
};

struct known {
	struct table table;
};

void known_deinit(struct known *k);
/* The option of this name; a new one, of which nothing is known, when there is none. */
struct infer_option *known_get(struct known *k, const char *name);
/* NULL: none. */
const struct infer_option *known_find(const struct known *k, const char *name);
size_t known_count(const struct known *k);
/* In the order in which they were first met. */
struct infer_option *known_at(const struct known *k, size_t index);

/* The values that a state allows, a sum of VALUE_N, VALUE_M, VALUE_Y; and the state that allows
 * these: INFER_UNKNOWN when none allows just these. */
unsigned int known_values(enum infer_state state);
enum infer_state known_state(unsigned int values);

/* Says that an option is in this state, because of why. What was said before stays: the two
 * together may leave fewer values, or contradict each other, which becomes the option's conflict. */
void known_set(struct infer_option *o, enum infer_state state, const char *why);
/* Says that an option is in this state because it follows by Kconfig's rules from another one. */
void known_imply(struct infer_option *o, enum infer_state state, const char *from);

enum infer_truth { INFER_FALSE, INFER_TRUE, INFER_OPEN };

/* Whether all atoms of a condition hold, by what is known so far. INFER_OPEN: all but one are known
 * to hold, *open. INFER_FALSE: one of them is known not to hold, or several are open. */
enum infer_truth known_condition(const struct known *k, const struct condition *c,
				 const struct atom **open);

#endif
