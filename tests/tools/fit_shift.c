/* fit_shift FIELDS PROBE.O TARGET: does `offsets fit` notice when a kernel was configured otherwise, for every place where
 * something could be added to or taken out of a structure?
 *
 * It moves, from each listed member on, all members of its structure by 8 bytes forward and backward, and by 64; and each
 * member of 4 bytes or less alone, by 4. It prints a line for each layout that the memory takes for its own,
 * "type.member<TAB>by how much", and then the sum.
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "offsets/constants.h"
#include "offsets/dwarf.h"
#include "offsets/fit/run.h"

struct sum {
	size_t tried, noticed, by_process;
};

static bool is_listed(const struct layout_member *m)
{
	return m->have && !m->is_bits;
}

/* Moves the members of a type from offset `from` on up to `to`. False: one would lie before the start. */
static bool move(const struct layout *l, size_t type, uint64_t from, uint64_t to, int64_t by)
{
	struct layout_member *members = l->types[type].members;
	size_t n = l->fields->types[type].member_count;

	for (size_t i = 0; i < n; i++)
		if (is_listed(&members[i]) && members[i].offset >= from && members[i].offset < to && by < 0 &&
		    members[i].offset < (uint64_t)-by)
			return false;
	for (size_t i = 0; i < n; i++)
		if (is_listed(&members[i]) && members[i].offset >= from && members[i].offset < to)
			members[i].offset += (uint64_t)by;
	return true;
}

static size_t violations(const struct layout *l, struct live *live, size_t *strong)
{
	CLEANUP(free_ptr) struct fit *f = xcalloc(1, sizeof(*f));
	struct err *e = fit_run(l, live, f);
	size_t n = 0;

	*strong = 0;
	if (e) {
		err_discard(e);
		*strong = 1;
		return 1;
	}
	for (size_t i = 0; i < f->count; i++) {
		n += fit_is_violated(&f->invariants[i]);
		*strong += fit_is_violated(&f->invariants[i]) && !f->invariants[i].by_process;
	}
	return n;
}

static void try(const struct layout *l, struct live *live, size_t type, const struct fields_member *member, const char *what,
		int64_t by, struct sum *sum)
{
	size_t strong, all = violations(l, live, &strong);

	sum->tried++;
	sum->noticed += all > 0;
	sum->by_process += all > 0 && !strong;
	if (!strong)
		printf("%s.%s\t%s %+d\t%s\n", l->fields->types[type].tag, member->name, what, (int)by,
		       all ? "only by what a process can do" : "not noticed");
}

/* The layout with [from, to) of a type moved; it is as it was afterwards. */
static void try_move(const struct layout *l, struct live *live, size_t type, size_t member, uint64_t to, int64_t by,
		     struct sum *sum)
{
	struct layout_member *members = l->types[type].members;
	size_t n = l->fields->types[type].member_count;
	CLEANUP(free_ptr) struct layout_member *before = xcalloc(n, sizeof(*before));

	memcpy(before, members, n * sizeof(*before));
	if (move(l, type, members[member].offset, to, by))
		try(l, live, type, &l->fields->types[type].members[member], to == UINT64_MAX ? "from here" : "alone", by, sum);
	memcpy(members, before, n * sizeof(*before));
}

static void try_type(const struct layout *l, struct live *live, size_t type, struct sum *sum)
{
	struct layout_member *members = l->types[type].members;

	for (size_t i = 0; i < l->fields->types[type].member_count; i++) {
		bool first = is_listed(&members[i]);

		for (size_t k = 0; k < i; k++) /* f_path and f_path.mnt lie at one place */
			first &= !is_listed(&members[k]) || members[k].offset != members[i].offset;
		if (!first)
			continue;
		try_move(l, live, type, i, UINT64_MAX, 8, sum);
		try_move(l, live, type, i, UINT64_MAX, -8, sum);
		try_move(l, live, type, i, UINT64_MAX, 64, sum);
		if (members[i].length <= 4) {
			try_move(l, live, type, i, members[i].offset + 1, 4, sum);
			try_move(l, live, type, i, members[i].offset + 1, -4, sum);
		}
	}
}

static struct err *read_layout(const char *probe, const struct fields *fields, struct layout **ret)
{
	CLEANUP(constants_freep) struct constants *c = NULL;
	struct err *e = dwarf_layout(probe, fields, ret, NULL);

	if (e)
		return e;
	e = constants_read(probe, &c);
	if (e)
		return e;
	for (size_t i = 0; i < fields->const_count; i++) {
		e = constants_value(c, fields->consts[i].name, &(*ret)->consts[i]);
		if (e)
			return e;
	}
	return NULL;
}

static struct err *run(char **argv)
{
	CLEANUP(fields_freep) struct fields *fields = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(live_deinit) struct live live = { .memory = NULL };
	struct sum sum = { 0 };
	size_t strong;
	struct err *e = fields_read(argv[1], &fields);

	if (e)
		return e;
	e = read_layout(argv[2], fields, &l);
	if (e)
		return e;
	e = live_open(argv[3], &live);
	if (e)
		return e;
	if (violations(l, &live, &strong))
		return err_new(ERR_DATA, "%s: the layout does not fit as it is", argv[3]);
	for (size_t type = 0; type < fields->type_count; type++)
		if (l->types[type].have && fields->types[type].kind != FIELDS_ENUM)
			try_type(l, &live, type, &sum);
	printf("%zu layouts with members moved: the memory notices %zu, %zu of them only by what a process can do\n",
	       sum.tried, sum.noticed, sum.by_process);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return err_report(err_new(ERR_USAGE, "usage: fit_shift FIELDS PROBE.O TARGET"), "fit_shift");
	return err_report(run(argv), "fit_shift");
}
