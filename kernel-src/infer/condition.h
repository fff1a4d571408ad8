/* condition: a conjunction of atoms, each about one option.
 *
 * It stands for what an `#if`, or a makefile, says about options, as far as that is certain: all atoms
 * hold where the condition does. It is exact when it also holds wherever all of them do.
 *
 * Shape of the text: atoms, each behind a blank: `X` (=y), `X+` (=y or =m), `X=m`,
 * with `!` for its contrary; `0`: never; a last ` ?` when it is not exact.
 */
#ifndef KERNEL_SRC_INFER_CONDITION_H
#define KERNEL_SRC_INFER_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define CONDITION_ATOMS_MAX 24
#define CONDITION_NAME_MAX 80
#define CONDITION_DEPTH_MAX 64

enum atom_kind { ATOM_Y, ATOM_ON, ATOM_M, ATOM_NEVER };

struct atom {
	enum atom_kind kind;
	bool negated;
	char name[CONDITION_NAME_MAX]; /* behind CONFIG_ */
};

struct condition {
	struct atom atoms[CONDITION_ATOMS_MAX];
	size_t count;
	bool exact;
};

/* Makes it always true. */
void condition_clear(struct condition *c);
void condition_and(struct condition *c, const struct condition *other);
/* Adds an atom, which is c && atom. An atom that does not fit makes c inexact. */
void condition_add(struct condition *c, enum atom_kind kind, bool negated, const char *name,
		   size_t size);

bool condition_has(const struct condition *c, const struct atom *a);
/* Whether it never holds. */
bool condition_is_never(const struct condition *c);

/* Appends the text. condition_read() reads it, up to the end of the line. */
void condition_format(const struct condition *c, struct buf *b);
void condition_read(const char *text, size_t size, struct condition *ret);

/* The conditionals around a place in a file. */
struct condition_stack {
	struct {
		struct condition here, rest; /* of this branch, and of all that may follow */
	} frames[CONDITION_DEPTH_MAX];
	size_t depth, lost; /* lost: how many more than the maximum are open */
};

/* A conditional begins. yes, no: what holds where its condition does, and where it does not. */
void condition_push(struct condition_stack *s, const struct condition *yes,
		    const struct condition *no);
/* Its next branch begins; yes, no: of the branch's own condition, NULL for a plain `else`. */
void condition_next(struct condition_stack *s, const struct condition *yes,
		    const struct condition *no);
/* It ends. */
void condition_pop(struct condition_stack *s);

/* The conjunction of the outermost `depth` frames; it is exact only when these are all. */
void condition_of_frames(const struct condition_stack *s, size_t depth, struct condition *ret);
/* The conjunction of all frames. */
void condition_of_stack(const struct condition_stack *s, struct condition *ret);

#endif
