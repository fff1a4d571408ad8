/* infer: which options a kernel was built with, by the names of its functions and variables.
 *
 * What a source file defines under options that hold in the image is in the image's symbol table,
 * and what it defines under others is not. Both say something: a global function that is there
 * proves the options around it; one that is not there, though everything else around it holds,
 * disproves the only one left. Only names that one file of the tree defines are asked. What Kconfig
 * lets follow from that is drawn in between (kernel-src/kconfig/imply).
 */
#ifndef KERNEL_SRC_INFER_INFER_H
#define KERNEL_SRC_INFER_INFER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel-src/infer/gates.h"
#include "kernel-src/kconfig/imply.h"

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
	/* names that speak for =y, for =y or =m, against =y, against both; and some of them */
	size_t for_global, for_static, for_on, against, against_on;
	size_t absent_global, absent_static; /* names under it that are not there */
	bool for_long; /* one of for_static is a function with a name that nobody gives twice */
	char *witness_for, *witness_against;
	char *conflict; /* what else infer_set() was told, and by whom; NULL: nothing else */
	bool given;   /* by infer_set(), not by names */
	bool implied; /* by the rules of Kconfig and what else is known */
};

struct infer;

/* definitions: text of definitions.h; system_map: of recover; gates learn which C files are
 * included by others. All outlive *ret.
 * Errors: ERR_DATA: no symbols, or no definitions. */
struct err *infer_new(const char *definitions, const char *system_map, struct gates *gates,
		      struct infer **ret) MUST_CHECK;
void infer_free(struct infer *i);
static inline void infer_freep(struct infer **i)
{
	infer_free(*i);
}

/* symbols of modules that are loaded (recover's modules.map): what a file defines under options is there, while the
 * options that link the file may be m. It outlives i. */
void infer_modules(struct infer *i, const char *symbols);
/* Something that is known from elsewhere, before infer_run(). What was said before stays where the two cannot both be. */
void infer_set(struct infer *i, const char *name, enum infer_state state, const char *why);
/* Whether an atom holds by what is known so far. 1: it does, 0: it does not, -1: not known */
int infer_holds(const struct infer *i, const struct atom *a);
/* Another kind of evidence that rests on what is known already: asked in each round of infer_run(), last, it may infer_set()
 * more, and returns whether it did. */
typedef bool infer_more(void *arg, struct infer *i);
void infer_ask(struct infer *i, infer_more *more, void *arg);
/* rules: of the tree's Kconfig, NULL: names alone. What names say comes first, then what follows from it,
 * then what the absence of names says of options that are still open. */
void infer_run(struct infer *i, struct imply *rules);

size_t infer_count(const struct infer *i);
/* In no order; owned by i. */
const struct infer_option *infer_at(const struct infer *i, size_t index);
const struct infer_option *infer_find(const struct infer *i, const char *name);

/* How many global functions should be there by what was inferred, and how many of them are not. */
void infer_doubts(const struct infer *i, size_t *expected, size_t *missing);

#endif
