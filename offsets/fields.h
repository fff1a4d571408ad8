/* fields: fields.def, the one list of the structures, members and constants
 * that the walker is compiled with.
 *
 * Shape: lines of text; `#` starts a comment. A line that starts in the first
 * column is one of
 *
 *	include <linux/sched.h>		header of probe.c; `include?`: only where it exists
 *	struct task_struct		also `union` and `enum`; with `?` it may be missing
 *	const PF_KTHREAD		integer constant expression; `const?`: may be missing
 *
 * and an indented line is a member of the structure (enumerator of the enum)
 * above it:
 *
 *	pid				must exist wherever its structure does
 *	mm_mt?				may be missing
 *	__state|state as state		alternatives: the first that exists, under one name
 *	f_path.dentry			path into nested structures: named f_path_dentry
 *	pids[0].pid as thread_pid	through an element of an array: needs a name
 *
 * `const?` asks the preprocessor, so it is for macros; an enumerator that may be
 * missing belongs under its `enum`, whose members the compiler lists.
 */
#ifndef OFFSETS_FIELDS_H
#define OFFSETS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FIELDS_FILE_MAX (1u << 20)
#define FIELDS_PATHS_MAX 8 /* alternatives of a member */

enum fields_kind { FIELDS_STRUCT, FIELDS_UNION, FIELDS_ENUM };

struct fields_include {
	char *header; /* with its delimiters: "<linux/sched.h>" */
	bool optional;
};

struct fields_member {
	char *name; /* in offsets.h: "f_path_dentry" */
	char *paths[FIELDS_PATHS_MAX];
	size_t path_count; /* >= 1 */
	bool optional;
	unsigned int line;
};

struct fields_type {
	enum fields_kind kind;
	char *tag;
	bool optional;
	unsigned int line;
	struct fields_member *members;
	size_t member_count;
};

struct fields_const {
	char *name;
	bool optional;
	unsigned int line;
};

struct fields {
	char *file; /* for messages */
	struct fields_include *includes;
	size_t include_count;
	struct fields_type *types;
	size_t type_count;
	struct fields_const *consts;
	size_t const_count;
};

/* file: its name, for messages. *ret is owned by the caller.
 * Errors: ERR_USAGE naming file and line: not of the shape above, the same
 * thing twice, or two members that would share one name in offsets.h. */
struct err *fields_parse(const char *file, const char *text, size_t size,
			 struct fields **ret) MUST_CHECK;
/* Errors: also ERR_SYSTEM; ERR_DATA when the file is larger than FIELDS_FILE_MAX. */
struct err *fields_read(const char *path, struct fields **ret) MUST_CHECK;
void fields_free(struct fields *f);
static inline void fields_freep(struct fields **f)
{
	fields_free(*f);
}

/* "struct", "union" or "enum". */
const char *fields_keyword(enum fields_kind kind);

/* One step of a path: a member's name, or [index]. */
struct fields_step {
	const char *name; /* NULL for an index; not NUL-terminated */
	size_t name_size;
	uint64_t index;
};

/* The step at *path, which moves behind it; false at the end. The path is one
 * that fields_parse() has accepted. */
bool fields_step(const char **path, struct fields_step *ret);

#endif
