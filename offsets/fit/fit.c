#include "offsets/fit/fit.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"

#define EXCEPTION_AMONG 4 /* of so many objects, one may be just changing */
#define CHUNK 256 /* bytes of a structure that are read or not */
#define PF_EXITING 0x4	  /* linux/sched.h */
#define PF_KTHREAD 0x200000

bool fit_is_violated(const struct fit_invariant *i)
{
	bool exception = i->failed == 1 && i->checked >= EXCEPTION_AMONG;

	if (i->by_process)
		return i->failed && i->failed == i->checked;
	return !exception && i->failed * 10 > i->checked;
}

size_t fit_violations(const struct fit *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += fit_is_violated(&f->invariants[i]);
	return n;
}

void fit_format(const struct fit *f, bool all, struct buf *b)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct fit_invariant *v = &f->invariants[i];

		if (!all && !fit_is_violated(v))
			continue;
		buf_addf(b, "%s\t%zu of %zu", v->name, v->checked - v->failed, v->checked);
		if (v->failed)
			buf_addf(b, "\tnot at 0x%" PRIx64, v->first);
		if (v->by_process)
			buf_addf(b, "\ta process's own doing");
		buf_add_char(b, '\n');
	}
}

/* Compares addresses of names first: most invariants are asked for in one place alone. */
static struct fit_invariant *invariant_of(struct fit *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->invariants[i].name == name)
			return &f->invariants[i];
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->invariants[i].name, name))
			return &f->invariants[i];
	if (f->count == FIT_INVARIANTS_MAX)
		return NULL;
	f->invariants[f->count] = (struct fit_invariant){ .name = name };
	return &f->invariants[f->count++];
}

static bool check(struct fit *f, const char *name, bool by_process, bool ok, uint64_t at)
{
	struct fit_invariant *i = invariant_of(f, name);

	if (!i)
		return ok;
	i->by_process = by_process;
	i->checked++;
	if (!ok && !i->failed++)
		i->first = at;
	return ok;
}

bool fit_check(struct fit *f, const char *name, bool ok, uint64_t at)
{
	return check(f, name, false, ok, at);
}

bool fit_check_process(struct fit *f, const char *name, bool ok, uint64_t at)
{
	return check(f, name, true, ok, at);
}

bool fit_have_type(const struct fit *f, const char *tag, size_t *type)
{
	for (size_t i = 0; i < f->layout->fields->type_count; i++) {
		if (!strcmp(f->layout->fields->types[i].tag, tag)) {
			*type = i;
			return f->layout->types[i].have;
		}
	}
	return false;
}

static const struct layout_member *member_of(const struct fit *f, size_t type, const char *member)
{
	const struct fields_type *t = &f->layout->fields->types[type];

	for (size_t i = 0; i < t->member_count; i++)
		if (!strcmp(t->members[i].name, member))
			return f->layout->types[type].members[i].have ?
				       &f->layout->types[type].members[i] : NULL;
	return NULL;
}

static const struct layout_member *find(const struct fit *f, const char *tag, const char *member)
{
	size_t type;

	return fit_have_type(f, tag, &type) ? member_of(f, type, member) : NULL;
}

bool fit_have(const struct fit *f, const char *tag, const char *member)
{
	return find(f, tag, member);
}

uint64_t fit_offset(const struct fit *f, const char *tag, const char *member)
{
	const struct layout_member *m = find(f, tag, member);

	return m ? m->offset : 0;
}

uint64_t fit_length(const struct fit *f, const char *tag, const char *member)
{
	const struct layout_member *m = find(f, tag, member);

	return m ? m->length : 0;
}

bool fit_const(const struct fit *f, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < f->layout->fields->const_count; i++) {
		if (!strcmp(f->layout->fields->consts[i].name, name) && f->layout->consts[i].have) {
			*ret = f->layout->consts[i].bits;
			return true;
		}
	}
	return false;
}

/* Bytes from the start of a structure to the end of its last listed member. */
static size_t extent_of(const struct layout_type *t, size_t member_count)
{
	uint64_t end = 0;

	for (size_t i = 0; i < member_count; i++) {
		const struct layout_member *m = &t->members[i];
		uint64_t behind = m->is_bits ? (m->offset + m->length + 7) / 8 : m->offset + m->length;

		if (m->have && behind > end)
			end = behind;
	}
	return end > 1 << 20 ? 1 << 20 : (size_t)end;
}

/* Reads the parts of a structure in which there are listed members. */
static bool read_members(struct fit *f, size_t type, uint64_t at, uint8_t *bytes, size_t size)
{
	const struct layout_type *t = &f->layout->types[type];
	CLEANUP(free_ptr) bool *wanted = xcalloc(size / CHUNK + 2, sizeof(*wanted));
	bool ok = true;

	for (size_t i = 0; i < f->layout->fields->types[type].member_count; i++) {
		const struct layout_member *m = &t->members[i];
		uint64_t start = m->is_bits ? m->offset / 8 : m->offset;
		uint64_t end = m->is_bits ? (m->offset + m->length + 7) / 8 : m->offset + m->length;

		for (uint64_t c = start / CHUNK; m->have && c * CHUNK < end && c * CHUNK < size; c++)
			wanted[c] = true;
	}
	for (size_t first = 0, last; first * CHUNK < size; first = last + 1) {
		size_t end;

		for (last = first; wanted[last]; last++)
			;
		end = last * CHUNK < size ? last * CHUNK : size;
		if (last > first)
			ok &= live_read(f->live, at + first * CHUNK, bytes + first * CHUNK, end - first * CHUNK);
	}
	return ok;
}

bool fit_read(struct fit *f, const char *tag, const char *unreadable, uint64_t at,
	      struct fit_object *ret)
{
	size_t type, size;
	uint8_t *bytes;

	if (!fit_have_type(f, tag, &type))
		return false;
	if (!fit_check(f, unreadable, fit_is_pointer(at), at))
		return false;
	size = extent_of(&f->layout->types[type], f->layout->fields->types[type].member_count);
	bytes = xcalloc(1, size + 8);
	if (!fit_check(f, unreadable, read_members(f, type, at, bytes, size), at)) {
		free(bytes);
		return false;
	}
	*ret = (struct fit_object){ f, type, at, bytes };
	return true;
}

bool fit_object_has(const struct fit_object *o, const char *member)
{
	return member_of(o->fit, o->type, member);
}

uint64_t fit_get(const struct fit_object *o, const char *member)
{
	const struct layout_member *m = member_of(o->fit, o->type, member);
	const uint8_t *p;

	if (!m || m->is_bits || m->offset > 1 << 20)
		return 0;
	p = o->bytes + m->offset;
	return m->length == 1 ? *p : m->length == 2 ? load_u16(p) : m->length == 4 ? load_u32(p) :
							 m->length < 8	? 0 : load_u64(p);
}

uint64_t fit_at(const struct fit_object *o, const char *member)
{
	const struct layout_member *m = member_of(o->fit, o->type, member);

	return m ? o->at + m->offset : 0;
}

bool fit_is_pointer(uint64_t value)
{
	return live_is_kernel(value) && !(value & 7) && value < UINT64_C(0xfffffffffffff000);
}

bool fit_list_ok(struct fit *f, uint64_t head)
{
	uint64_t next, prev, back, forth;
	uint64_t prev_at = fit_offset(f, "list_head", "prev");

	if (!live_u64(f->live, head, &next) || !live_u64(f->live, head + prev_at, &prev) ||
	    !fit_is_pointer(next) || !fit_is_pointer(prev))
		return false;
	return (live_u64(f->live, next + prev_at, &back) && back == head) ||
	       (live_u64(f->live, prev, &forth) && forth == head);
}

void fit_check_symbol(struct fit *f, const char *name, uint64_t value, const char *symbol, uint64_t at)
{
	uint64_t expected = live_symbol(f->live, symbol);

	if (expected)
		fit_check(f, name, value == expected, at);
}

bool fit_has_ended(const struct fit_object *task)
{
	return fit_get(task, "exit_state") || fit_get(task, "flags") & PF_EXITING;
}

bool fit_is_kernel_thread(const struct fit_object *task)
{
	return fit_get(task, "flags") & PF_KTHREAD;
}

bool fit_is_new(struct fit *f, uint64_t at)
{
	return at && f->seen.count < FIT_SEEN_MAX && map_add(&f->seen, at, 0);
}

void fit_check_function(struct fit *f, const char *name, bool have, const char *function)
{
	uint64_t at = live_symbol(f->live, function);

	/* optimization at link time may have made a function part of another */
	if (f->live->symbols.size && (at || !f->live->link_time_optimized))
		fit_check(f, name, have == (at != 0), at);
}
