/* info: which kernel this is, where it lies, and how it is. */
#include <inttypes.h>

#include "offsets.h"
#include "symbols.h"
#include "walker/cmd/command.h"
#include "walker/task/collect.h"

enum {
	RELEASE,
	BANNER,
	BUILD_ID,
	MEMORY,
	MEMORY_BYTES,
	FOUND_BY,
	PHYS_BASE,
	KERNEL_SHIFT,
	LEVELS,
	PAGE_TABLE_ROOT,
	PAGE_OFFSET_BASE,
	VMEMMAP_BASE,
	UPTIME,
	PANIC,
	TAINT,
	PROCESSES,
	THREADS,
	KERNEL_THREADS,
	COLUMNS
};

static const struct column columns[COLUMNS] = {
	[RELEASE] = COLUMN("release", TEXT),
	[BANNER] = COLUMN("banner", TEXT),
	[BUILD_ID] = COLUMN("build_id", TEXT),
	[MEMORY] = COLUMN("memory", TEXT),
	[MEMORY_BYTES] = COLUMN("memory_bytes", U64),
	[FOUND_BY] = COLUMN("found_by", TEXT),
	[PHYS_BASE] = COLUMN("phys_base", TEXT), /* -0x... if it is negative */
	[KERNEL_SHIFT] = COLUMN("kernel_shift", HEX),
	[LEVELS] = COLUMN("levels", U64),
	[PAGE_TABLE_ROOT] = COLUMN("page_table_root", HEX),
	[PAGE_OFFSET_BASE] = COLUMN("page_offset_base", HEX),
	[VMEMMAP_BASE] = COLUMN("vmemmap_base", HEX),
	[UPTIME] = COLUMN("uptime", CENTISECONDS),
	[PANIC] = COLUMN("panic", TEXT),
	[TAINT] = COLUMN("taint", TEXT),
	[PROCESSES] = COLUMN("processes", U64),
	[THREADS] = COLUMN("threads", U64),
	[KERNEL_THREADS] = COLUMN("kernel_threads", U64),
};

/* Seconds since boot, by the tick. Shape: jiffies start at -300 s, as unsigned
 * 32 bits (INITIAL_JIFFIES of linux/jiffies.h). */
static struct err *put_uptime(struct target *t, struct rows *rows)
{
#if HAVE_SYM_jiffies_64
	const struct kaddr at = kread_symbol(&t->kernel, SYM_jiffies_64);
#elif HAVE_SYM_jiffies
	const struct kaddr at = kread_symbol(&t->kernel, SYM_jiffies);
#endif
#if HAVE_SYM_jiffies_64 || HAVE_SYM_jiffies
	uint64_t ticks = 0, hundredths;
	struct err *e = kread_u64(&t->kernel, at, &ticks);

	if (e)
		return err_in(e, "jiffies");
	ticks -= (uint32_t)(-300 * CONST_HZ);
	hundredths = ticks / CONST_HZ * 100 + ticks % CONST_HZ * 100 / CONST_HZ;
	row_number(rows, UPTIME, hundredths);
	row_shownf(rows, UPTIME, "%" PRIu64 ".%02" PRIu64 " s", hundredths / 100, hundredths % 100);
#else
	(void)t;
	(void)rows;
#endif
	return NULL;
}

static struct err *put_health(struct target *t, struct rows *rows)
{
	struct err *e = NULL;
#if HAVE_SYM_panic_cpu
	uint32_t cpu = UINT32_MAX;

	e = kread_u32(&t->kernel, kread_symbol(&t->kernel, SYM_panic_cpu), &cpu);
	if (e)
		return err_in(e, "panic_cpu");
	if (cpu != UINT32_MAX)
		row_textf(rows, PANIC, "yes, on CPU %" PRIu32, cpu);
	else
		row_str(rows, PANIC, "no");
#endif
#if HAVE_SYM_tainted_mask
	uint64_t taint = 0;

	e = kread_u64(&t->kernel, kread_symbol(&t->kernel, SYM_tainted_mask), &taint);
	if (!e)
		row_textf(rows, TAINT, "0x%" PRIx64 "%s", taint,
			  taint & 1 << 7 ? " (it has oopsed)" : "");
#endif
	(void)t;
	(void)rows;
	return e;
}

static void put_kernel(const struct target *t, struct rows *rows)
{
	row_text(rows, RELEASE, KERNEL_RELEASE, sizeof(KERNEL_RELEASE) - 1);
	row_text(rows, BANNER, buf_str(&t->banner), t->banner.size);
	if (sizeof(KERNEL_BUILD_ID) > 1)
		row_text(rows, BUILD_ID, KERNEL_BUILD_ID, sizeof(KERNEL_BUILD_ID) - 1);
}

static void put_place(const struct target *t, struct rows *rows)
{
	const struct kread *k = &t->kernel;
	const char *sign = (int64_t)k->phys_base < 0 ? "-" : "";
	uint64_t phys_base = *sign ? -k->phys_base : k->phys_base;

	row_str(rows, MEMORY, memory_uri(t->memory));
	row_number(rows, MEMORY_BYTES, ram_map_size(memory_ram_map(t->memory)));
	row_textf(rows, FOUND_BY, "%s%s", t->found_by,
		  t->boot_stale ? " (`boot` is stale: it was rebooted since)" : "");
	row_textf(rows, PHYS_BASE, "%s0x%" PRIx64, sign, phys_base);
	row_number(rows, KERNEL_SHIFT, k->shift);
	row_number(rows, LEVELS, k->tables.levels);
	row_number(rows, PAGE_TABLE_ROOT, k->tables.root.v);
	row_number(rows, PAGE_OFFSET_BASE, k->page_offset_base);
	row_number(rows, VMEMMAP_BASE, k->vmemmap_base);
}

static struct err *put_tasks(struct target *t, struct rows *rows)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct err *e = task_set_collect(t, true, 0, &set);
	size_t processes = 0, kernel_threads = 0;

	if (e)
		return e;
	for (size_t i = 0; i < set.count; i++) {
		processes += set.tasks[i].pid == set.tasks[i].tgid;
		kernel_threads += set.tasks[i].kernel_thread;
	}
	row_number(rows, PROCESSES, processes);
	row_number(rows, THREADS, set.count);
	row_number(rows, KERNEL_THREADS, kernel_threads);
	return NULL;
}

static struct err *put_all(struct target *t, struct rows *rows)
{
	struct err *e;

	put_kernel(t, rows);
	put_place(t, rows);
	e = put_uptime(t, rows);
	if (e)
		return e;
	e = put_health(t, rows);
	return e ? e : put_tasks(t, rows);
}

static struct err *run(const struct call *c)
{
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	struct err *e = rows_init(&rows, c->out, ROWS_FIELDS, columns, COLUMNS, NULL), *printed;

	if (e)
		return e;
	e = put_all(c->t, &rows);
	/* even after an error we show what could be read */
	printed = row_end(&rows);
	if (!e)
		return printed;
	err_discard(printed);
	return e;
}

const struct command command_info = {
	.name = "info",
	.what = "show which kernel this is and where",
	.run = run,
};
