/* vtop: how an address is translated, level by level. */
#include <inttypes.h>
#include <string.h>

#include "walker/cmd/command.h"
#include "walker/process/mm.h"
#include "walker/task/collect.h"

#define ENTRY_PRESENT 1
#define ENTRY_LARGE 7

enum { ADDRESS, LEVELS, ROOT, STEPS, STATE, PHYSICAL, VTOP_PAGE_SIZE, COLUMNS };

static const struct column columns[COLUMNS] = {
	[ADDRESS] = COLUMN("address", HEX),
	[LEVELS] = COLUMN("levels", U64),
	[ROOT] = COLUMN("root", HEX),
	[STEPS] = COLUMN("steps", ROWS),
	[STATE] = COLUMN("state", TEXT),
	[PHYSICAL] = COLUMN("physical", HEX),
	[VTOP_PAGE_SIZE] = COLUMN("page_size", U64),
};

enum { STEP_LEVEL, STEP_AT, STEP_ENTRY, STEP_FLAGS, STEP_COLUMNS };

static const struct column step_columns[STEP_COLUMNS] = {
	[STEP_LEVEL] = COLUMN("level", U64),
	[STEP_AT] = COLUMN("at", HEX),
	[STEP_ENTRY] = COLUMN("entry", HEX),
	[STEP_FLAGS] = COLUMN("flags", TEXTS),
};

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

/* In an entry that is not present the other bits mean something else. Bit 7 of a PTE
 * belongs to the page attribute table. */
static bool has_flag(const struct xlat_step *step, size_t i)
{
	if (!(step->entry & ENTRY_PRESENT) || !(step->entry >> flags[i].bit & 1))
		return false;
	return flags[i].bit != ENTRY_LARGE || step->level != 1;
}

static struct err *put_step(const struct xlat *x, const struct xlat_step *step,
			    struct rows *steps, struct rows *rows)
{
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;

	row_number(steps, STEP_LEVEL, step->level);
	row_number(steps, STEP_AT, step->at.v);
	row_number(steps, STEP_ENTRY, step->entry);
	row_list(steps, STEP_FLAGS);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!has_flag(step, i))
			continue;
		row_list_text(steps, STEP_FLAGS, flags[i].name, strlen(flags[i].name));
		buf_addf(&names, "%s%s", names.size ? " " : "", flags[i].name);
	}
	row_linef(rows, "  %s entry %3" PRIu64 " at 0x%09" PRIx64 " = 0x%016" PRIx64 "  %s",
		  level_name(x, step->level), (step->at.v & (PAGE_SIZE - 1)) / 8, step->at.v,
		  step->entry, names.size ? names.data : "not present");
	return row_end(steps);
}

static struct err *print(const struct xlat *x, uint64_t va, const struct xlat_result *r,
			 struct out *out)
{
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	CLEANUP(rows_deinit) struct rows steps = ROWS_INIT;
	struct err *e = rows_init(&rows, out, ROWS_LINES, columns, COLUMNS, NULL);

	if (e)
		return e;
	rows_init_inner(&steps, step_columns, STEP_COLUMNS);
	row_number(&rows, ADDRESS, va);
	row_number(&rows, LEVELS, x->levels);
	row_number(&rows, ROOT, x->root.v & PAGE_MASK);
	row_linef(&rows, "address 0x%016" PRIx64 ", %u-level page tables at 0x%" PRIx64, va,
		  x->levels, x->root.v & PAGE_MASK);
	for (unsigned int i = 0; i < r->step_count; i++) {
		e = put_step(x, &r->steps[i], &steps, &rows);
		if (e)
			return e;
	}
	row_rows(&rows, STEPS, &steps);
	row_str(&rows, STATE, xlat_kind_name(r->kind));
	if (r->kind == XLAT_MAPPED || r->kind == XLAT_PROT_NONE) {
		row_number(&rows, PHYSICAL, r->at.v);
		row_number(&rows, VTOP_PAGE_SIZE, r->page_size);
		row_linef(&rows, "physical 0x%" PRIx64 ", %s, in a page of %" PRIu64 " KiB", r->at.v,
			  xlat_kind_name(r->kind), r->page_size >> 10);
	}
	return row_end(&rows);
}

/* The page tables of a process. */
static struct err *choose_tables(struct target *t, const char *pid_text, struct xlat *ret)
{
	struct task task;
	struct mm mm;
	uint32_t pid = 0;
	struct err *e = parse_pid(pid_text, &pid);

	if (e)
		return e;
	e = task_of_pid(t, pid, &task);
	if (e)
		return e;
	e = mm_read(t, &task, &mm);
	if (e)
		return e;
	*ret = mm.tables;
	return NULL;
}

static struct err *run(const struct call *c)
{
	struct xlat tables = c->t->kernel.tables;
	struct xlat_result r = { .step_count = 0 };
	uint64_t va = 0;
	struct err *e = parse_number(c->args[c->count - 1], "an address", &va), *printed;

	if (e)
		return e;
	if (c->count == 2) {
		e = choose_tables(c->t, c->args[0], &tables);
		if (e)
			return e;
	}
	/* even after an error we show how far the walk came */
	e = xlat_walk(&tables, va, &r);
	printed = print(&tables, va, &r, c->out);
	if (e) {
		err_discard(printed);
		return e;
	}
	if (printed || r.kind == XLAT_MAPPED || r.kind == XLAT_PROT_NONE)
		return printed;
	return err_new(ERR_ABSENT, "0x%" PRIx64 ": %s", va, xlat_kind_name(r.kind));
}

const struct command command_vtop = {
	.name = "vtop",
	.what = "translate an address, level by level",
	.arguments = "[PID] ADDRESS",
	.min = 1,
	.max = 2,
	.run = run,
};
