/* fields: fields.def, the one list of the structures, members and constants
 * that the walker is compiled with.
 *
 * Shape: lines of text, as the head of fields.def describes them. `#` starts a
 * comment. A line that starts in the first column has a keyword, perhaps with `?`,
 * and a name. An indented line is a member of the structure (enumerator of the enum)
 * above it: one path or several with `|` between them, perhaps with `?`, and perhaps
 * `as` and a name.
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
	size_t member_count, member_capacity;
};

struct fields_const {
	char *name;
	bool optional;
	unsigned int line;
};

struct fields {
	char *file; /* for messages */
	struct fields_include *includes;
	size_t include_count, include_capacity;
	struct fields_type *types;
	size_t type_count, type_capacity;
	struct fields_const *consts;
	size_t const_count, const_capacity;
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

/* One step of a path: the name of a member, or [index]. */
struct fields_step {
	const char *name; /* NULL for an index; not NUL-terminated */
	size_t name_size;
	uint64_t index;
};

/* The step at *path, which moves behind it; false at the end. The path is one
 * that fields_parse() has accepted. */
bool fields_step(const char **path, struct fields_step *ret);

#endif
