/* shapes: the structures, unions and enums that the source defines, and which of their members the
 * kernel's BTF has. */
#ifndef KERNEL_SRC_INFER_SHAPES_H
#define KERNEL_SRC_INFER_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/table.h"

struct shape_member {
	struct table_key key;
	size_t times;		/* that the source names it in this shape */
	bool clear;		/* the source's line is understood */
	bool there;		/* BTF has it */
	const char *condition; /* text, up to the end of its line */
	size_t condition_size;
};

/* A structure, union or enum. */
struct shape {
	struct table_key key; /* "task_struct", "enum zone_type", "enum with FIRST_ENUMERATOR" */
	size_t definitions;   /* in the source */
	size_t listed;	      /* how many of these list members; in the others none depends on an option */
	struct table members;
	const char *condition; /* text, of the whole shape, where there is one definition */
	size_t condition_size;
	bool there; /* BTF has it */
};

struct shapes {
	struct table table; /* of struct shape */
	struct table lists; /* macros that may stand for several enumerators */
};

/* definitions: text of members.h, among others; outlives s. */
void shapes_read(struct shapes *s, const char *definitions);
/* Notes which shapes and members a kernel's BTF has.
 * Errors: ERR_DATA: no BTF, damaged, or nested without an end. */
struct err *shapes_mark(struct shapes *s, const void *btf, size_t size) MUST_CHECK;
void shapes_deinit(struct shapes *s);

size_t shapes_count(const struct shapes *s);
const struct shape *shapes_at(const struct shapes *s, size_t index);
const struct shape_member *shape_member_at(const struct shape *shape, size_t index);

/* Whether this is surely the definition that the kernel was built from: it is the only one, and BTF
 * has each member of it that depends on no option. */
bool shape_is_known(const struct shape *shape);
/* Whether the member depends on options, and the source says certainly on which. */
bool shape_member_is_conditional(const struct shape_member *m);
/* Whether such a member is not there. */
bool shapes_is_missing(const struct shapes *s, const struct shape_member *m);

#endif
