#include "recover/recovery.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "recover/parse/btf.h"
#include "recover/kernel/e820.h"
#include "recover/parse/modules.h"
#include "recover/no_kernel.h"
#include "recover/pci_hole.h"
#include "recover/report.h"

#define SURVEYS_MAX 3 /* of a machine that changes while it is read */

/* All but the memory. */
static void recovery_clear(struct recovery *r)
{
	struct memory *memory = r->memory;
	struct survey kept = r->survey;

	kernel_deinit(&r->kernel);
	candidates_deinit(&r->candidates);
	scan_deinit(&r->scan);
	facts_free(r->identity);
	facts_free(r->boot);
	buf_deinit(&r->ram_map);
	buf_deinit(&r->system_map);
	buf_deinit(&r->module_map);
	buf_deinit(&r->config_text);
	buf_deinit(&r->btf);
	buf_deinit(&r->vmcoreinfo);
	buf_deinit(&r->report);
	*r = (struct recovery){ .memory = memory, .survey = kept };
}

void recovery_deinit(struct recovery *r)
{
	recovery_clear(r);
	survey_deinit(&r->survey);
	memory_close(r->memory);
	*r = (struct recovery){ .memory = NULL };
}

static void say_time(const struct recovery_options *o, const char *what, double *since)
{
	double now = monotonic_seconds();

	if (o->verbose)
		fprintf(stderr, "recover: %s: %.3f s\n", what, now - *since);
	*since = now;
}

/* --- what there is ---------------------------------------------------------------- */

/* What the kernel is and where, once it is found. */
static struct err *settle_kernel(struct recovery *r, const struct candidate *chosen)
{
	struct err *e;

	report_candidates(&r->report, &r->candidates, chosen);
	buf_add_str(&r->report, "\nnotes:\n");
	e = kernel_settle_boot(&r->kernel, &r->candidates, r->boot, &r->report);
	if (!e)
		e = kernel_settle_identity(&r->kernel, r->identity);
	if (e)
		return err_in(e, "%s", memory_uri(r->memory));
	report_facts(&r->report, "kernel", r->identity);
	report_facts(&r->report, "boot", r->boot);
	for (size_t i = 0; r->kernel.note && i < r->kernel.note->count; i++)
		buf_addf(&r->vmcoreinfo, "%s=%s\n", r->kernel.note->lines[i].name,
			 r->kernel.note->lines[i].value);
	kallsyms_format_system_map(chosen->symbols, r->kernel.shift, &r->system_map);
	return NULL;
}

static struct err *find_kernel(struct recovery *r, const struct recovery_options *o)
{
	struct candidate *chosen;
	struct err *e = candidates_find(r->memory, &r->scan, &r->candidates);

	if (!e)
		e = candidates_choose(&r->candidates, &chosen);
	if (e)
		return no_kernel_in_scan(r->memory, &r->scan, e);
	if (o->verbose)
		fprintf(stderr, "recover: kallsyms: %.3f s\n", chosen->symbols_seconds);
	e = kernel_init(r->memory, chosen, &r->kernel);
	if (!e)
		e = settle_kernel(r, chosen);
	if (!e)
		report_banners(&r->report, &r->kernel, &r->scan.hits[SCAN_BANNER]);
	return e;
}

/* RAM that both the source and the kernel know of. */
static void set_ram_map(struct recovery *r, const struct ram_map *known, const char *name)
{
	const struct ram_map *held = memory_ram_map(r->memory);
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;

	ram_map_intersect(&both, held, known);
	buf_addf(&r->ram_map, "# of %s and the kernel's %s\n",
		 r->surveyed && !r->survey.known.given ? "the direct map" : "the source", name);
	ram_map_format(&both, &r->ram_map);
	buf_addf(&r->report, "\nRAM map: %s and %s, ",
		 r->surveyed && !r->survey.known.given ? "the direct map's" : "the source's", name);
	report_size(&r->report, ram_map_size(&both));
	buf_addf(&r->report, " in %zu range%s\n", both.count, both.count == 1 ? "" : "s");
	if (ram_map_size(&both) == ram_map_size(known))
		return;
	buf_add_str(&r->report, "  the source lacks ");
	report_size(&r->report, ram_map_size(known) - ram_map_size(&both));
	buf_addf(&r->report, " of the RAM that %s has\n", name);
}

/* *hole: the source should be read with this PCI hole instead; else left alone. */
static struct err *find_ram_map(struct recovery *r, uint64_t *hole)
{
	CLEANUP(ram_map_deinit) struct ram_map known = RAM_MAP_INIT;
	const char *name = "";
	struct err *e = e820_read(&r->kernel, &known, &name);

	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	if (!e) {
		pci_hole_of_map(r->memory, &known, hole);
		set_ram_map(r, &known, name);
		return NULL;
	}
	buf_add_str(&r->ram_map, "# of the source\n");
	ram_map_format(memory_ram_map(r->memory), &r->ram_map);
	buf_addf(&r->report, "\nRAM map: the source's alone: %s\n", err_text(e));
	err_discard(e);
	return NULL;
}

/* Bytes of a live machine that make no sense may have been spoilt on their way: read again, once. */
static struct err *read_btf(const struct kernel *k, size_t *offset, struct btf_blob *ret)
{
	bool live = memory_limits(k->memory)->live;
	struct kaddr start, stop;
	bool known = kernel_symbol(k, "__start_BTF", &start) &&
		     kernel_symbol(k, "__stop_BTF", &stop) && stop.v - start.v <= BTF_SIZE_MAX;
	struct err *e = NULL;

	for (int i = 0; i < 2; i++) {
		if (known)
			(void)kernel_bytes(k, start, (size_t)(stop.v - start.v));
		err_discard(e);
		e = btf_find(k->image, k->image_size, k->map.start, k->candidate->symbols, offset,
			     ret);
		if (!e || err_code(e) != ERR_DATA || !live || !known)
			break;
		kernel_pages_forget(k->pages, start, stop);
	}
	return e;
}

static struct err *find_btf(struct recovery *r)
{
	const struct kernel *k = &r->kernel;
	struct btf_blob blob;
	size_t offset;
	struct err *e = read_btf(k, &offset, &blob);

	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	if (e) {
		buf_addf(&r->report, "\nBTF: %s\n", err_text(e));
		err_discard(e);
		return NULL;
	}
	buf_add(&r->btf, k->image + offset, blob.size);
	buf_addf(&r->report, "\nBTF: %u types, ", blob.types);
	report_size(&r->report, blob.size);
	buf_addf(&r->report, ", at 0x%" PRIx64 "\n",
		 kernel_map_pa(&k->map, kaddr_add(k->map.start, offset)).v);
	return NULL;
}

static size_t count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->size; i++)
		n += b->data[i] == '\n';
	return n;
}

/* The symbols of loaded modules: megabytes that a live machine is spared. */
static struct err *find_modules(struct recovery *r)
{
	struct xlat x = kernel_map_xlat(r->memory, &r->kernel.map);
	struct kaddr head;
	size_t modules;
	struct err *e = NULL;

	if (r->surveyed && memory_limits(r->memory)->live)
		return NULL;
	if (landmarks_are_needed(r->kernel.candidate->symbols))
		e = kernel_find_modules(&r->kernel);
	if (e)
		return e;
	if (!kernel_symbol(&r->kernel, "modules", &head)) {
		buf_add_str(&r->report, "\nmodules: no symbol modules\n");
		return NULL;
	}
	e = modules_symbols(&x, head, &r->module_map, &modules);
	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	buf_addf(&r->report, "\nmodules: %zu, with %zu symbols\n", modules,
		 count_lines(&r->module_map));
	if (e)
		buf_addf(&r->report, "  %s\n", err_text(e));
	err_discard(e);
	return NULL;
}

static struct err *scan_all(struct recovery *r, const struct recovery_options *o)
{
	CLEANUP(free_ptr) char *what = xasprintf("recover %s", o->name ? o->name : "");
	struct progress bar;
	struct err *e;

	progress_init(&bar, what, ram_map_size(memory_ram_map(r->memory)));
	e = scan_memory(r->memory, 0, o->name ? &bar : NULL, &r->scan);
	progress_deinit(&bar);
	return e;
}

/* What is the same however the kernel was found. *hole: see find_ram_map(). */
static struct err *find_rest(struct recovery *r, uint64_t *hole)
{
	struct err *e = find_ram_map(r, hole);

	if (!e)
		e = find_btf(r);
	if (!e)
		e = find_modules(r);
	return e ? e : recovery_find_config(r);
}

/* Ends the report, and says in it and in `boot` where the PCI hole is that was found. */
static void finish(struct recovery *r, uint64_t hole)
{
	if (hole) {
		buf_addf(&r->report, "\nPCI hole: from 0x%" PRIx64 " to 4 GiB, not in the image\n",
			 hole);
		pci_hole_set_uri(r->boot, hole);
	}
	if (r->report.data[r->report.size - 1] != '\n')
		buf_add_char(&r->report, '\n');
	if (!r->surveyed)
		return;
	buf_add_str(&r->report, "\nread: ");
	report_size(&r->report, memory_counters(r->memory)->bytes);
	buf_addf(&r->report, ", %.2f %% of the RAM\n",
		 (double)memory_counters(r->memory)->bytes /
			 (double)ram_map_size(memory_ram_map(r->memory)) * 100);
}

static void begin(struct recovery *r)
{
	recovery_clear(r);
	r->identity = facts_new();
	r->boot = facts_new();
}

static struct err *search(struct recovery *r, const struct recovery_options *o, uint64_t *hole)
{
	double since = monotonic_seconds();
	struct err *e = scan_all(r, o);

	say_time(o, "scan", &since);
	if (e)
		return e;
	report_scan(&r->report, r->memory, &r->scan);
	e = find_kernel(r, o);
	say_time(o, "kernel", &since);
	if (!e)
		e = find_rest(r, hole);
	say_time(o, "config", &since);
	return e;
}

/* --- without a search --------------------------------------------------------------- */

static struct err *survey_once(struct recovery *r, const struct recovery_options *o, uint64_t *hole)
{
	double since = monotonic_seconds();
	struct candidate *chosen;
	struct err *e;

	r->surveyed = true;
	e = survey_candidates(&r->survey, &r->candidates);
	if (!e)
		e = candidates_choose(&r->candidates, &chosen);
	say_time(o, "kernel", &since);
	if (!e)
		e = kernel_init(r->memory, chosen, &r->kernel);
	if (!e)
		e = survey_ram(&r->survey, &r->kernel);
	if (!e)
		e = survey_witnesses(&r->survey, &r->kernel, &r->candidates, chosen);
	say_time(o, "RAM map", &since);
	if (e)
		return e;
	report_survey(&r->report, &r->survey);
	e = settle_kernel(r, chosen);
	if (!e)
		e = find_rest(r, hole);
	if (!e)
		e = survey_confirm(&r->survey, &r->kernel);
	if (r->kernel.pages->gone) {
		err_discard(e);
		e = TAKE(r->kernel.pages->gone);
	}
	say_time(o, "rest", &since);
	return e;
}

/* Reads that failed in a way that the next try may not. */
static uint64_t passing_failures(const struct memory *m)
{
	const struct memory_counters *c = memory_counters(m);

	return c->failed[MEMORY_TIMEOUT] + c->failed[MEMORY_PROTOCOL] + c->failed[MEMORY_POISONED];
}

/* ERR_SYSTEM instead of e when the source does not answer any more. */
static struct err *check_answers(struct memory *m, struct err *e)
{
	const struct ram_map *ram = memory_ram_map(m);
	uint64_t word;
	struct memory_read r = { ram->count ? ram->ranges[0].start : PADDR(0), sizeof(word), &word,
				 MEMORY_OK };
	struct err *gone = memory_read_vector(m, &r, 1);

	if (!gone && r.status == MEMORY_TIMEOUT)
		gone = err_new(ERR_SYSTEM, "%s: does not answer", memory_uri(m));
	if (!gone)
		return e;
	err_discard(e);
	return gone;
}

/* A machine that runs on may change in the middle of it, and packets are lost or spoilt. A file
 * says the same each time. */
static struct err *survey_again(struct recovery *r, const struct recovery_options *o,
				uint64_t *hole)
{
	struct err *e = NULL;

	for (int i = 0; i < SURVEYS_MAX; i++) {
		uint64_t failures = passing_failures(r->memory);

		err_discard(e);
		begin(r);
		survey_restart(&r->survey);
		e = survey_once(r, o, hole);
		if (!e)
			return NULL;
		if (!memory_limits(r->memory)->live)
			break;
		if (o->verbose)
			fprintf(stderr, "recover: survey %d: %s\n", i + 1, err_text(e));
		failures = passing_failures(r->memory) - failures;
		if (failures && err_code(e) != ERR_SYSTEM)
			e = check_answers(r->memory, e);
		if (err_code(e) == ERR_SYSTEM || (i && !failures && !r->survey.changed))
			break;
	}
	survey_restart(&r->survey);
	return err_code(e) == ERR_SYSTEM ? e : err_in(e, "%s", memory_uri(r->memory));
}

/* By a survey; where that finds nothing in a file, by a search. */
static struct err *survey_or_search(struct recovery *r, const struct recovery_options *o,
				    uint64_t *hole)
{
	CLEANUP(buf_deinit) struct buf why = BUF_INIT;
	struct err *e = survey_again(r, o, hole);

	if (!e || memory_limits(r->memory)->live || err_code(e) == ERR_SYSTEM)
		return e;
	buf_addf(&why, "\nThe survey failed, so all memory was searched: %s\n", err_text(e));
	err_discard(e);
	begin(r);
	e = search(r, o, hole);
	buf_add(&r->report, buf_str(&why), why.size);
	return e;
}

/* --- either ------------------------------------------------------------------------ */

/* A machine that is read while it runs is not searched, but for a file that is one's memory. */
static bool is_to_be_surveyed(const struct recovery *r, const struct recovery_options *o)
{
	size_t kind = strspn(o->uri, "abcdefghijklmnopqrstuvwxyz0123456789");
	bool file = o->uri[kind] != ':' || !strncmp(o->uri, "file:", 5);

	return o->how == RECOVERY_SURVEY ||
	       (o->how == RECOVERY_BY_SOURCE && memory_limits(r->memory)->live && !file);
}

/* hole: the PCI hole to read a raw image with, 0: as it is opened. *next: another one that the
 * kernel's own map of RAM calls for, or left alone. */
static struct err *run_with_hole(const struct recovery_options *o, struct recovery *r,
				 uint64_t hole, uint64_t *next)
{
	bool surveyed;
	struct err *e;

	e = memory_open(o->uri, &r->memory);
	if (e)
		return e;
	surveyed = is_to_be_surveyed(r, o);
	if (hole)
		e = memory_set_lowmem(r->memory, hole);
	else if (!surveyed || !memory_limits(r->memory)->live)
		e = pci_hole_guess(r->memory, &hole);
	if (e)
		return e;
	survey_init(r->memory, &r->survey);
	begin(r);
	e = surveyed ? survey_or_search(r, o, next) : search(r, o, next);
	if (!e)
		finish(r, hole);
	return e;
}

struct err *recovery_run(const struct recovery_options *o, struct recovery *ret)
{
	uint64_t hole = 0, ignored;
	struct err *e;

	*ret = (struct recovery){ .memory = NULL };
	e = run_with_hole(o, ret, 0, &hole);
	if (e || !hole)
		return e;
	recovery_deinit(ret);
	return run_with_hole(o, ret, hole, &ignored);
}
