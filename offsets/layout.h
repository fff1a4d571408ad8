/* layout: what one derivation says about every entry of fields.def: the numbers
 * of its structures, members and constants, or that they are not there. Parallel
 * to struct fields: types[i].members[k] is fields->types[i].members[k].
 *
 * Each number is derived in up to three ways. A wrong offset would make the walker
 * read garbage, and each derivation can fail in a way of its own: debug information
 * may be read wrongly, a compiler may be given other options, and BTF may be that of
 * another kernel. So each checks the others.
 */
#ifndef OFFSETS_LAYOUT_H
#define OFFSETS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "offsets/fields.h"

/* How a number is derived. `derived` below is a mask of those that agree on it. */
enum layout_derivation {
	DERIVED_DWARF = 1,    /* debug information of probe.o */
	DERIVED_COMPILER = 2, /* numbers that the compiler computed itself */
	DERIVED_BTF = 4,      /* BTF in the target's own memory */
};

/* A constant or an enumerator, as two's complement. */
struct layout_value {
	bool have;
	bool negative;
	uint64_t bits;
	unsigned int derived;
};

struct layout_member {
	bool have;
	size_t choice; /* which of the alternatives it is */
	/* Where in paths[i] it goes no further, for the alternatives before
	 * `choice` (for all of them when there is none): they are not there. */
	size_t missing_at[FIELDS_PATHS_MAX];
	bool is_bits;
	uint64_t offset; /* from the structure's start: bytes, of a bit-field bits */
	uint64_t length; /* bytes, of a bit-field bits; 0 of a flexible array */
	bool is_array;
	uint64_t count; /* elements of the first dimension; 0 of a flexible array */
	/* Its path has an index into an array of several dimensions. BTF, where such an
	 * array is flat, says nothing about it. */
	bool not_in_btf;
	struct layout_value value; /* when the type is an enum, instead of the above */
	unsigned int derived;
};

struct layout_type {
	bool have;
	char *tag; /* in the source; differs from fields.def where that is a macro */
	uint64_t size;
	struct layout_member *members;
	unsigned int derived;
};

struct layout {
	const struct fields *fields; /* the caller's, outlives the layout */
	struct layout_type *types;
	struct layout_value *consts;
};

/* Nothing is there yet. */
struct layout *layout_new(const struct fields *fields);
void layout_free(struct layout *l);
static inline void layout_freep(struct layout **l)
{
	layout_free(*l);
}

/* Errors: ERR_DATA naming the type, member or constant, the alternatives tried
 * and the line of fields.def: not there, and not marked as optional. */
struct err *layout_check_mandatory(const struct layout *l) MUST_CHECK;

/* "task_struct.mm (fields.def:40)"; the caller frees it. */
char *layout_member_label(const struct layout *l, size_t type, size_t member);
char *layout_type_label(const struct layout *l, size_t type);

#endif
