/* condition: what an `#if` of the kernel's source says about options.
 *
 * Only what can be said with certainty: a conjunction of atoms, each about one
 * option, all of which hold where the condition does. It is exact when it holds
 * wherever they all do.
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

/* Always true. */
void condition_clear(struct condition *c);
void condition_and(struct condition *c, const struct condition *other);
/* One more atom. What does not fit makes c inexact. */
void condition_add(struct condition *c, enum atom_kind kind, bool negated, const char *name,
		   size_t size);

bool condition_has(const struct condition *c, const struct atom *a);

/* What holds where the expression behind #if does (yes), and where it does not (no).
 * text: one line, without comments and continuations. */
void condition_parse(const char *text, size_t size, struct condition *yes, struct condition *no);

/* Appends the text; condition_read() is its reader, up to the end of the line. */
void condition_format(const struct condition *c, struct buf *b);
void condition_read(const char *text, size_t size, struct condition *ret);

/* The conditionals around a place in a file. */
struct condition_stack {
	struct {
		struct condition here, rest; /* of this branch, and of all that may follow */
	} frames[CONDITION_DEPTH_MAX];
	size_t depth, lost; /* lost: deeper than the maximum */
};

enum condition_directive { DIRECTIVE_NONE, DIRECTIVE_IF, DIRECTIVE_ELSE, DIRECTIVE_ENDIF };

/* Takes a preprocessor line, from behind its `#`, into account; says what it was. */
enum condition_directive condition_directive(struct condition_stack *s, const char *text,
					     size_t size);
/* The conjunction of the outermost `depth` frames; it is exact only when these are all. */
void condition_of_frames(const struct condition_stack *s, size_t depth, struct condition *ret);
/* The conjunction of all frames. */
void condition_of_stack(const struct condition_stack *s, struct condition *ret);

#endif
