#include "offsets/check_source.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "offsets/probe_source.h"

#define FINGERPRINT "fingerprint"

/* "((struct task_struct *)0)->comm" */
static char *member_expression(const struct fields_type *type, const char *tag, const char *path)
{
	return xasprintf("((%s %s *)0)->%s", fields_keyword(type->kind), tag, path);
}

static void format_number(struct buf *b, const char *what, const char *tag, const char *name,
			  const char *expression)
{
	CLEANUP(free_ptr) char *number = xasprintf("%s_%s_%s", what, tag, name);

	probe_source_number(b, number, expression);
}

/* A structure in which the bit-field alone is set, as bytes. */
static void format_bits(struct buf *b, const struct fields_type *type, const char *tag,
			const char *name, const char *path)
{
	const char *keyword = fields_keyword(type->kind);

	buf_addf(b, "const union { %s %s whole; unsigned char bytes[sizeof(%s %s)]; } " CONSTANTS_BITS
		 "%s_%s __attribute__((__used__)) = { .whole = { .%s = -1 } };\n",
		 keyword, tag, keyword, tag, type->tag, name, path);
}

static void format_present(struct buf *b, const struct fields_type *type, const char *tag,
			   const struct fields_member *field, const struct layout_member *m)
{
	const char *path = field->paths[m->choice];
	CLEANUP(free_ptr) char *member = member_expression(type, tag, path);
	CLEANUP(free_ptr) char *offset =
		xasprintf("__builtin_offsetof(%s %s, %s)", fields_keyword(type->kind), tag, path);
	CLEANUP(free_ptr) char *size = xasprintf("sizeof(%s)", member);
	CLEANUP(free_ptr) char *count = xasprintf("sizeof(%s) / sizeof((%s)[0])", member, member);

	if (m->is_bits) {
		format_bits(b, type, tag, field->name, path);
		return;
	}
	format_number(b, "OFF", type->tag, field->name, offset);
	if (m->is_array && !m->count)
		return; /* a flexible array: sizeof does not compile */
	format_number(b, "LEN", type->tag, field->name, size);
	if (m->is_array && m->length)
		format_number(b, "COUNT", type->tag, field->name, count);
}

/* A structure with that member, and with those of the structure that lacks it. If
 * the member were there after all, its name would be there twice. */
static void format_absent(struct buf *b, const struct fields_type *type, const char *tag,
			  const struct fields_member *field, size_t choice, size_t missing_at)
{
	const char *path = field->paths[choice], *rest = path + missing_at;
	struct fields_step step;
	CLEANUP(free_ptr) char *whole = xasprintf("%s_%s_%zu", type->tag, field->name, choice);

	if (!fields_step(&rest, &step) || !step.name)
		return; /* an element behind the end of an array has no name */
	if (missing_at) {
		CLEANUP(free_ptr) char *before = xstrndup(path, missing_at);
		CLEANUP(free_ptr) char *expression = member_expression(type, tag, before);

		buf_addf(b, "typedef __typeof__(%s) farwalk_absent_%s;\n", expression, whole);
	} else {
		buf_addf(b, "typedef %s %s farwalk_absent_%s;\n", fields_keyword(type->kind), tag, whole);
	}
	buf_addf(b, "struct farwalk_absence_%s { int %.*s; farwalk_absent_%s; };\n", whole,
		 (int)step.name_size, step.name, whole);
}

static void format_member(struct buf *b, const struct fields_type *type, const char *tag,
			  const struct fields_member *field, const struct layout_member *m)
{
	size_t absent = m->have ? m->choice : field->path_count;

	for (size_t i = 0; i < absent; i++)
		format_absent(b, type, tag, field, i, m->missing_at[i]);
	if (m->have)
		format_present(b, type, tag, field, m);
}

static void format_enumerator(struct buf *b, const struct fields_member *field,
			      const struct layout_member *m)
{
	size_t absent = m->have ? m->choice : field->path_count;

	for (size_t i = 0; i < absent; i++)
		buf_addf(b, "enum { %s };\n", field->paths[i]);
	if (m->have)
		format_number(b, "CONST", "", field->name, field->paths[m->choice]);
}

static void format_type(struct buf *b, const struct fields_type *type,
			const struct layout_type *layout)
{
	const char *keyword = fields_keyword(type->kind);
	const bool is_enum = type->kind == FIELDS_ENUM;
	CLEANUP(free_ptr) char *size = NULL;

	if (!layout->have) {
		buf_addf(b, is_enum ? "%s %s { farwalk_absent_%s };\n" :
			 "%s %s { int farwalk_absent_%s; };\n", keyword, type->tag, type->tag);
		return;
	}
	if (!is_enum) {
		size = xasprintf("sizeof(%s %s)", keyword, layout->tag);
		format_number(b, "SIZE", "", type->tag, size);
	}
	for (size_t i = 0; i < type->member_count; i++) {
		if (is_enum)
			format_enumerator(b, &type->members[i], &layout->members[i]);
		else
			format_member(b, type, layout->tag, &type->members[i], &layout->members[i]);
	}
}

/* FNV-1a with 64 bits. It tells texts apart that nobody made to look alike. */
static uint64_t fingerprint(const struct buf *b)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < b->size; i++)
		hash = (hash ^ (uint8_t)b->data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static void format_text(const struct layout *l, struct buf *b)
{
	for (size_t i = 0; i < l->fields->type_count; i++)
		format_type(b, &l->fields->types[i], &l->types[i]);
}

void check_source_format(const struct layout *l, struct buf *b)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	CLEANUP(free_ptr) char *number = NULL;

	format_text(l, &text);
	number = xasprintf("0x%llxULL", (unsigned long long)fingerprint(&text));
	buf_add(b, buf_str(&text), text.size);
	probe_source_number(b, FINGERPRINT, number);
}

/* --- the answer -------------------------------------------------------------------- */

static struct err *read_number(const struct constants *c, const char *what, const char *tag,
			       const char *name, uint64_t *ret)
{
	CLEANUP(free_ptr) char *number = xasprintf("%s_%s_%s", what, tag, name);

	return constants_u64(c, number, ret);
}

static struct err *read_member(const struct constants *c, const char *tag,
			       const struct fields_member *field, struct layout_member *m)
{
	CLEANUP(free_ptr) char *bits = xasprintf("%s_%s", tag, field->name);
	struct err *e;

	if (!m->have)
		return NULL;
	if (m->is_bits)
		return constants_bits(c, bits, &m->offset, &m->length);
	e = read_number(c, "OFF", tag, field->name, &m->offset);
	if (e || (m->is_array && !m->count)) /* a flexible array has neither */
		return e;
	e = read_number(c, "LEN", tag, field->name, &m->length);
	if (e || !m->is_array || !m->length)
		return e;
	return read_number(c, "COUNT", tag, field->name, &m->count);
}

static struct err *read_enumerator(const struct constants *c, const struct fields_member *field,
				   struct layout_member *m)
{
	CLEANUP(free_ptr) char *number = xasprintf("CONST__%s", field->name);
	struct err *e = m->have ? constants_value(c, number, &m->value) : NULL;

	if (e)
		return e;
	return m->have == m->value.have ? NULL : err_new(ERR_DATA, "the number %s is missing", number);
}

static struct err *read_type(const struct constants *c, const struct fields_type *field,
			     const struct layout_type *from, struct layout_type *to)
{
	to->have = from->have;
	to->derived = DERIVED_COMPILER;
	if (!from->have)
		return NULL;
	to->tag = xstrdup(from->tag);
	if (field->kind != FIELDS_ENUM) {
		struct err *e = read_number(c, "SIZE", "", field->tag, &to->size);

		if (e)
			return e;
	}
	for (size_t i = 0; i < field->member_count; i++) {
		struct layout_member *m = &to->members[i];
		struct err *e;

		*m = from->members[i];
		m->derived = DERIVED_COMPILER;
		e = field->kind == FIELDS_ENUM ? read_enumerator(c, &field->members[i], m) :
			read_member(c, field->tag, &field->members[i], m);
		if (e)
			return e;
	}
	return NULL;
}

struct err *check_source_layout(const struct layout *l, const struct constants *c,
				struct layout **ret)
{
	CLEANUP(layout_freep) struct layout *made = layout_new(l->fields);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	uint64_t number;
	struct err *e = constants_u64(c, FINGERPRINT, &number);

	if (e)
		return e;
	format_text(l, &text);
	if (number != fingerprint(&text))
		return err_new(ERR_DATA, "the check was made for another probe or another fields.def");
	for (size_t i = 0; i < l->fields->type_count; i++) {
		e = read_type(c, &l->fields->types[i], &l->types[i], &made->types[i]);
		if (e)
			return e;
	}
	*ret = TAKE(made);
	return NULL;
}
