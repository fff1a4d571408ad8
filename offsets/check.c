#include "offsets/check.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define SHOWN_MAX 5 /* disagreements named in one error */
#define SAME_TAG_MAX 64 /* types of one tag that BTF may have: a kernel has two or three */

static const char *derivation_name(enum layout_derivation by)
{
	return by == DERIVED_BTF ? "the target's BTF" : "the compiler";
}

/* What differs, as text. */
struct differences {
	enum layout_derivation by; /* of the other side */
	struct buf text;
	size_t count;
};

static void differences_deinit(struct differences *d)
{
	buf_deinit(&d->text);
}

static void differ(struct differences *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void differ(struct differences *d, const char *fmt, ...)
{
	va_list args;

	if (d->count++ >= SHOWN_MAX)
		return;
	buf_add_str(&d->text, d->text.size ? "; " : "");
	va_start(args, fmt);
	buf_vaddf(&d->text, fmt, args);
	va_end(args);
}

static struct err *differences_err(const struct differences *d)
{
	if (!d->count)
		return NULL;
	if (d->count > SHOWN_MAX)
		return err_new(ERR_DATA, "%s; and %zu more", buf_str(&d->text), d->count - SHOWN_MAX);
	return err_new(ERR_DATA, "%s", buf_str(&d->text));
}

static void compare_number(struct differences *d, const char *label, const char *what,
			   uint64_t mine, uint64_t other)
{
	if (mine != other)
		differ(d, "%s: %s is %" PRIu64 " by DWARF, %" PRIu64 " by %s", label, what, mine, other,
		       derivation_name(d->by));
}

static const char *presence(const struct fields_member *field, const struct layout_member *m)
{
	return m->have ? field->paths[m->choice] : "nothing";
}

static void compare_members(struct differences *d, const char *label,
			    const struct fields_member *field, const struct layout_member *mine,
			    const struct layout_member *other)
{
	if (mine->have != other->have || mine->choice != other->choice) {
		differ(d, "%s: is %s by DWARF, %s by %s", label, presence(field, mine),
		       presence(field, other), derivation_name(d->by));
		return;
	}
	if (!mine->have)
		return;
	if (mine->is_bits != other->is_bits || mine->is_array != other->is_array) {
		differ(d, "%s: DWARF and %s have members of different kinds", label, derivation_name(d->by));
		return;
	}
	compare_number(d, label, mine->is_bits ? "its bit" : "its offset", mine->offset, other->offset);
	compare_number(d, label, mine->is_bits ? "its width" : "its size", mine->length, other->length);
	/* BTF has several dimensions as one; with the same size that is the same array. */
	if (mine->is_array && (mine->count ? other->count % mine->count : other->count))
		compare_number(d, label, "its count", mine->count, other->count);
}

static void compare_values(struct differences *d, const char *label,
			   const struct layout_value *mine, const struct layout_value *other)
{
	if (mine->have != other->have)
		differ(d, "%s: is %s by DWARF, %s by %s", label, mine->have ? "there" : "missing",
		       other->have ? "there" : "missing", derivation_name(d->by));
	else if (mine->have && !layout_btf_agrees(other, mine))
		differ(d, "%s: is 0x%" PRIx64 " by DWARF, 0x%" PRIx64 " by %s", label, mine->bits,
		       other->bits, derivation_name(d->by));
}

static void compare_types(struct differences *d, const struct layout *l, size_t i,
			  const struct layout_type *other)
{
	const struct fields_type *field = &l->fields->types[i];
	const struct layout_type *mine = &l->types[i];
	CLEANUP(free_ptr) char *type_label = layout_type_label(l, i);

	if (mine->have != other->have) {
		differ(d, "%s: is %s by DWARF, %s by %s", type_label, mine->have ? "there" : "missing",
		       other->have ? "there" : "missing", derivation_name(d->by));
		return;
	}
	if (!mine->have)
		return;
	if (field->kind != FIELDS_ENUM)
		compare_number(d, type_label, "its size", mine->size, other->size);
	for (size_t k = 0; k < field->member_count; k++) {
		CLEANUP(free_ptr) char *label = layout_member_label(l, i, k);

		if (field->kind == FIELDS_ENUM)
			compare_values(d, label, &mine->members[k].value, &other->members[k].value);
		else if (d->by != DERIVED_BTF || !mine->members[k].not_in_btf)
			compare_members(d, label, &field->members[k], &mine->members[k],
					&other->members[k]);
	}
}

static void add_derivation(struct layout *l, size_t i, enum layout_derivation by)
{
	l->types[i].derived |= by;
	for (size_t k = 0; k < l->fields->types[i].member_count; k++)
		if (by != DERIVED_BTF || !l->types[i].members[k].not_in_btf)
			l->types[i].members[k].derived |= by;
}

struct err *check_compiled(struct layout *l, const struct layout *compiled)
{
	CLEANUP(differences_deinit) struct differences d = { DERIVED_COMPILER, BUF_INIT, 0 };

	for (size_t i = 0; i < l->fields->type_count; i++) {
		compare_types(&d, l, i, &compiled->types[i]);
		add_derivation(l, i, DERIVED_COMPILER);
	}
	return differences_err(&d);
}

/* --- BTF ----------------------------------------------------------------------------- */

static void free_members(struct layout_type *type)
{
	free(type->members);
}

/* Sets d to how type i differs from BTF's type id. */
static struct err *compare_candidate(const struct layout *l, size_t i, const struct layout_btf *btf,
				     uint32_t id, struct differences *d)
{
	const struct fields_type *field = &l->fields->types[i];
	CLEANUP(free_members) struct layout_type other = { .have = false };
	struct err *e;

	other.members = xcalloc(field->member_count + 1, sizeof(*other.members));
	e = layout_btf_type(btf, id, field, &other);
	if (e)
		return err_in(e, "%s", field->tag);
	compare_types(d, l, i, &other);
	return NULL;
}

/* Where BTF has several types of the tag and none agrees, the error is about the one that differs least. */
static struct err *check_type(struct layout *l, size_t i, const struct layout_btf *btf,
			      struct differences *all)
{
	const struct fields_type *field = &l->fields->types[i];
	const char *tag = l->types[i].tag ? l->types[i].tag : field->tag;
	CLEANUP(differences_deinit) struct differences best = { DERIVED_BTF, BUF_INIT, SIZE_MAX };
	uint32_t id = layout_btf_find(btf, field->kind, tag, 0);

	if (!id)
		return NULL;
	for (int n = 0; id && best.count; id = layout_btf_find(btf, field->kind, tag, id), n++) {
		CLEANUP(differences_deinit) struct differences d = { DERIVED_BTF, BUF_INIT, 0 };
		struct err *e = n < SAME_TAG_MAX ? compare_candidate(l, i, btf, id, &d) :
			err_new(ERR_DATA, "the target's BTF has more than %d types '%s'", SAME_TAG_MAX, tag);

		if (e)
			return e;
		if (d.count < best.count) {
			const struct differences other = best;

			best = d;
			d = other;
		}
	}
	if (!best.count)
		add_derivation(l, i, DERIVED_BTF);
	else if (all->count < SHOWN_MAX)
		buf_addf(&all->text, "%s%s", all->text.size ? "; " : "", buf_str(&best.text));
	all->count += best.count;
	return NULL;
}

static void check_const(struct layout *l, size_t i, const struct layout_btf *btf,
			struct differences *d)
{
	const struct fields_const *field = &l->fields->consts[i];
	struct layout_value *mine = &l->consts[i], other;

	if (!mine->have)
		return;
	layout_btf_enumerator(btf, field->name, mine, &other);
	if (!other.have)
		return;
	if (layout_btf_agrees(&other, mine))
		mine->derived |= DERIVED_BTF;
	else
		differ(d, "%s (%s:%u): is 0x%" PRIx64 " by the compiler, 0x%" PRIx64 " by %s",
		       field->name, l->fields->file, field->line, mine->bits, other.bits, derivation_name(d->by));
}

struct err *check_btf(struct layout *l, const struct layout_btf *btf)
{
	CLEANUP(differences_deinit) struct differences d = { DERIVED_BTF, BUF_INIT, 0 };

	for (size_t i = 0; i < l->fields->type_count; i++) {
		struct err *e = check_type(l, i, btf, &d);

		if (e)
			return e;
	}
	for (size_t i = 0; i < l->fields->const_count; i++)
		check_const(l, i, btf, &d);
	return differences_err(&d);
}
