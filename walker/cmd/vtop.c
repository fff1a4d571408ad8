/* vtop: how an address is translated, level by level. */
#include "walker/cmd/command.h"

#include <inttypes.h>

#include "walker/process/mm.h"
#include "walker/task/collect.h"

#define ENTRY_PRESENT 1
#define ENTRY_LARGE 7

static const struct {
	unsigned int bit;
	const char *name;
} flags[] = {
	{ 0, "present" }, { 1, "write" },    { 2, "user" },   { 3, "write-through" },
	{ 4, "uncached" }, { 5, "accessed" }, { 6, "dirty" },  { 7, "large" },
	{ 8, "global" },  { 63, "no-execute" },
};

static const char *level_name(const struct xlat *x, unsigned int level)
{
	static const char *const names[] = { "?", "PTE", "PMD", "PUD", "P4D", "PGD" };

	return level == x->levels ? "PGD" : names[level < 6 ? level : 0];
}

static void add_flags(struct buf *b, const struct xlat_step *step, const char *before)
{
	bool first = true;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		/* of an entry that is not present the rest means something else; bit 7
		 * of a PTE is the page attribute table's */
		if (!(step->entry >> flags[i].bit & 1) || !(step->entry & ENTRY_PRESENT) ||
		    (flags[i].bit == ENTRY_LARGE && step->level == 1))
			continue;
		buf_addf(b, "%s%s", first ? "" : before, flags[i].name);
		first = false;
	}
}

static void add_text(struct buf *b, const struct xlat *x, uint64_t va, const struct xlat_result *r)
{
	buf_addf(b, "address 0x%016" PRIx64 ", %u-level page tables at 0x%" PRIx64 "\n", va,
		 x->levels, x->root.v & PAGE_MASK);
	for (unsigned int i = 0; i < r->step_count; i++) {
		const struct xlat_step *step = &r->steps[i];

		buf_addf(b, "  %s entry %3" PRIu64 " at 0x%09" PRIx64 " = 0x%016" PRIx64 "  ",
			 level_name(x, step->level), (step->at.v & (PAGE_SIZE - 1)) / 8, step->at.v,
			 step->entry);
		add_flags(b, step, " ");
		buf_add_str(b, step->entry & ENTRY_PRESENT ? "\n" : "not present\n");
	}
	if (r->kind == XLAT_MAPPED || r->kind == XLAT_PROT_NONE)
		buf_addf(b, "physical 0x%" PRIx64 ", %s, in a page of %" PRIu64 " KiB\n", r->at.v,
			 xlat_kind_name(r->kind), r->page_size >> 10);
}

static void add_json(struct buf *b, const struct xlat *x, uint64_t va, const struct xlat_result *r)
{
	buf_addf(b, "{\"address\":\"0x%" PRIx64 "\",\"levels\":%u,\"root\":\"0x%" PRIx64
		 "\",\"steps\":[", va, x->levels, x->root.v & PAGE_MASK);
	for (unsigned int i = 0; i < r->step_count; i++) {
		const struct xlat_step *step = &r->steps[i];

		buf_addf(b, "%s{\"level\":%u,\"at\":\"0x%" PRIx64 "\",\"entry\":\"0x%" PRIx64
			 "\",\"flags\":[", i ? "," : "", step->level, step->at.v, step->entry);
		if (step->entry & ENTRY_PRESENT) {
			buf_add_char(b, '"');
			add_flags(b, step, "\",\"");
			buf_add_char(b, '"');
		}
		buf_add_str(b, "]}");
	}
	buf_addf(b, "],\"state\":\"%s\"", xlat_kind_name(r->kind));
	if (r->kind == XLAT_MAPPED || r->kind == XLAT_PROT_NONE)
		buf_addf(b, ",\"physical\":\"0x%" PRIx64 "\",\"page_size\":%" PRIu64, r->at.v,
			 r->page_size);
	buf_add_str(b, "}\n");
}

/* The page tables of a process, or the kernel's. */
static struct err *choose_tables(struct target *t, const char *pid_text, struct xlat *ret)
{
	struct task task;
	struct mm mm;
	uint32_t pid = 0;
	struct err *e = parse_pid(pid_text, &pid);

	if (!e)
		e = task_of_pid(t, pid, &task);
	if (!e)
		e = mm_read(t, &task, &mm);
	if (!e)
		*ret = mm.tables;
	return e;
}

struct err *cmd_vtop(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out)
{
	struct xlat tables = t->kernel.tables;
	struct xlat_result r = { .step_count = 0 };
	uint64_t va = 0;
	struct err *e = parse_number(args[count - 1], "an address", &va);

	if (!e && count == 2)
		e = choose_tables(t, args[0], &tables);
	if (e)
		return e;
	e = xlat_walk(&tables, va, &r);
	(o->json ? add_json : add_text)(&out->b, &tables, va, &r);
	if (!e && r.kind != XLAT_MAPPED && r.kind != XLAT_PROT_NONE)
		e = err_new(ERR_ABSENT, "0x%" PRIx64 ": %s", va, xlat_kind_name(r.kind));
	return e;
}
