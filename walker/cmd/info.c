/* info: which kernel this is, where it lies, and how it is. */
#include "walker/cmd/command.h"

#include <inttypes.h>

#include "base/escape.h"
#include "offsets.h"
#include "symbols.h"
#include "walker/task/collect.h"

/* A list of names and values, for people or as one JSON object. */
struct sheet {
	struct buf *b;
	bool json, started;
};

static void sheet_name(struct sheet *s, const char *name)
{
	if (s->json)
		buf_addf(s->b, "%c\"%s\":", s->started ? ',' : '{', name);
	else
		buf_addf(s->b, "%-17s ", name);
	s->started = true;
}

static void sheet_text(struct sheet *s, const char *name, const void *text, size_t size)
{
	sheet_name(s, name);
	if (s->json) {
		escape_json(s->b, text, size);
		return;
	}
	escape_text(s->b, text, size);
	buf_add_char(s->b, '\n');
}

/* text: made here, needs no escape. */
static void sheet_addf(struct sheet *s, const char *name, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void sheet_addf(struct sheet *s, const char *name, const char *fmt, ...)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	sheet_text(s, name, text.data, text.size);
}

static void sheet_number(struct sheet *s, const char *name, uint64_t number)
{
	sheet_name(s, name);
	buf_addf(s->b, s->json ? "%" PRIu64 : "%" PRIu64 "\n", number);
}

/* Seconds since boot, by the tick. Shape: jiffies start at -300 s, as unsigned
 * 32 bits (INITIAL_JIFFIES of linux/jiffies.h). */
static struct err *add_uptime(struct target *t, struct sheet *s)
{
#if HAVE_SYM_jiffies_64
	const struct kaddr at = kread_symbol(&t->kernel, SYM_jiffies_64);
#elif HAVE_SYM_jiffies
	const struct kaddr at = kread_symbol(&t->kernel, SYM_jiffies);
#endif
#if HAVE_SYM_jiffies_64 || HAVE_SYM_jiffies
	uint64_t ticks = 0;
	struct err *e = kread_u64(&t->kernel, at, &ticks);

	if (e)
		return err_in(e, "jiffies");
	ticks -= (uint32_t)(-300 * CONST_HZ);
	sheet_name(s, "uptime");
	buf_addf(s->b, "%" PRIu64 ".%02" PRIu64 "%s", ticks / CONST_HZ,
		 ticks % CONST_HZ * 100 / CONST_HZ, s->json ? "" : " s\n");
#else
	(void)t;
	(void)s;
#endif
	return NULL;
}

static struct err *add_health(struct target *t, struct sheet *s)
{
	struct err *e = NULL;
#if HAVE_SYM_panic_cpu
	uint32_t cpu = UINT32_MAX;

	e = kread_u32(&t->kernel, kread_symbol(&t->kernel, SYM_panic_cpu), &cpu);
	if (e)
		return err_in(e, "panic_cpu");
	if (cpu != UINT32_MAX)
		sheet_addf(s, "panic", "yes, on CPU %" PRIu32, cpu);
	else
		sheet_addf(s, "panic", "no");
#endif
#if HAVE_SYM_tainted_mask
	uint64_t taint = 0;

	e = kread_u64(&t->kernel, kread_symbol(&t->kernel, SYM_tainted_mask), &taint);
	if (!e)
		sheet_addf(s, "taint", "0x%" PRIx64 "%s", taint,
			   taint & 1 << 7 ? " (it has oopsed)" : "");
#endif
	(void)t;
	(void)s;
	return e;
}

static void add_place(struct target *t, struct sheet *s)
{
	const struct kread *k = &t->kernel;
	const char *sign = (int64_t)k->phys_base < 0 ? "-" : "";
	uint64_t phys_base = *sign ? -k->phys_base : k->phys_base;

	sheet_addf(s, "memory", "%s", memory_uri(t->memory));
	sheet_number(s, "memory_bytes", ram_map_size(memory_ram_map(t->memory)));
	sheet_addf(s, "found_by", "%s%s", t->found_by,
		   t->boot_stale ? " (`boot` is stale: it was rebooted since)" : "");
	sheet_addf(s, "phys_base", "%s0x%" PRIx64, sign, phys_base);
	sheet_addf(s, "kernel_shift", "0x%" PRIx64, k->shift);
	sheet_number(s, "levels", k->tables.levels);
	sheet_addf(s, "page_table_root", "0x%" PRIx64, k->tables.root.v);
	sheet_addf(s, "page_offset_base", "0x%" PRIx64, k->page_offset_base);
	sheet_addf(s, "vmemmap_base", "0x%" PRIx64, k->vmemmap_base);
}

static struct err *add_tasks(struct target *t, struct sheet *s)
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
	sheet_number(s, "processes", processes);
	sheet_number(s, "threads", set.count);
	sheet_number(s, "kernel_threads", kernel_threads);
	return NULL;
}

struct err *cmd_info(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out)
{
	struct sheet s = { &out->b, o->json, false };
	struct err *e;

	(void)args;
	(void)count;
	sheet_text(&s, "release", KERNEL_RELEASE, sizeof(KERNEL_RELEASE) - 1);
	sheet_text(&s, "banner", buf_str(&t->banner), t->banner.size);
	if (sizeof(KERNEL_BUILD_ID) > 1)
		sheet_text(&s, "build_id", KERNEL_BUILD_ID, sizeof(KERNEL_BUILD_ID) - 1);
	add_place(t, &s);
	e = add_uptime(t, &s);
	if (!e)
		e = add_health(t, &s);
	if (!e)
		e = add_tasks(t, &s);
	if (o->json)
		buf_add_str(&out->b, "}\n");
	return e;
}
