#include "offsets/layout.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

struct layout *layout_new(const struct fields *fields)
{
	struct layout *l = xcalloc(1, sizeof(*l));

	l->fields = fields;
	l->types = xcalloc(fields->type_count + 1, sizeof(*l->types));
	l->consts = xcalloc(fields->const_count + 1, sizeof(*l->consts));
	for (size_t i = 0; i < fields->type_count; i++)
		l->types[i].members = xcalloc(fields->types[i].member_count + 1,
					      sizeof(*l->types[i].members));
	return l;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->fields->type_count; i++) {
		free(l->types[i].members);
		free(l->types[i].tag);
	}
	free(l->types);
	free(l->consts);
	free(l);
}

char *layout_type_label(const struct layout *l, size_t type)
{
	const struct fields_type *t = &l->fields->types[type];

	return xasprintf("%s %s (%s:%u)", fields_keyword(t->kind), t->tag, l->fields->file, t->line);
}

char *layout_member_label(const struct layout *l, size_t type, size_t member)
{
	const struct fields_type *t = &l->fields->types[type];
	const struct fields_member *m = &t->members[member];

	return xasprintf("%s.%s (%s:%u)", t->tag, m->name, l->fields->file, m->line);
}

static struct err *check_member(const struct layout *l, size_t type, size_t member)
{
	const struct fields_type *t = &l->fields->types[type];
	const struct fields_member *m = &t->members[member];
	CLEANUP(buf_deinit) struct buf tried = BUF_INIT;

	if (l->types[type].members[member].have || m->optional)
		return NULL;
	for (size_t i = 0; i < m->path_count; i++)
		buf_addf(&tried, "%s%s", i ? ", nor " : "", m->paths[i]);
	return err_new(ERR_DATA, "%s %s has no %s %s (%s:%u)", fields_keyword(t->kind), t->tag,
		       t->kind == FIELDS_ENUM ? "enumerator" : "member", buf_str(&tried),
		       l->fields->file, m->line);
}

struct err *layout_check_mandatory(const struct layout *l)
{
	const struct fields *f = l->fields;

	for (size_t i = 0; i < f->type_count; i++) {
		if (!l->types[i].have && !f->types[i].optional)
			return err_new(ERR_DATA, "%s %s (%s:%u) is not defined by the kernel's headers",
				       fields_keyword(f->types[i].kind), f->types[i].tag, f->file,
				       f->types[i].line);
		for (size_t k = 0; l->types[i].have && k < f->types[i].member_count; k++) {
			struct err *e = check_member(l, i, k);

			if (e)
				return e;
		}
	}
	for (size_t i = 0; i < f->const_count; i++)
		if (!l->consts[i].have && !f->consts[i].optional)
			return err_new(ERR_DATA, "the constant %s (%s:%u) is not there",
				       f->consts[i].name, f->file, f->consts[i].line);
	return NULL;
}
