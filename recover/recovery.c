#include "recover/recovery.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "recover/kernel/data_landmarks.h"
#include "recover/no_kernel.h"
#include "recover/pci_hole.h"
#include "recover/recovery_contents.h"
#include "recover/report.h"

#define SURVEYS_MAX 3 /* of a machine that changes while we read it */

/* Forgets everything but the memory and the survey. */
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

static void begin(struct recovery *r)
{
	recovery_clear(r);
	r->identity = facts_new();
	r->boot = facts_new();
}

/* --- the kernel ------------------------------------------------------------------------ */

static struct err *open_kernel(struct recovery *r, const struct candidate *chosen)
{
	struct err *e = kernel_init(r->memory, chosen, &r->kernel);

	return e ? e : kernel_find_landmarks(&r->kernel);
}

static struct err *settle_facts(struct recovery *r)
{
	struct err *e = kernel_settle_boot(&r->kernel, &r->candidates, r->boot, &r->report);

	return e ? e : kernel_settle_identity(&r->kernel, r->identity);
}

/* Finds out which kernel it is and where it lies. */
static struct err *settle_kernel(struct recovery *r, const struct candidate *chosen)
{
	struct err *e;

	report_candidates(&r->report, &r->candidates, chosen);
	buf_add_str(&r->report, "\nnotes:\n");
	e = settle_facts(r);
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

/* --- by a search ----------------------------------------------------------------------- */

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
	e = open_kernel(r, chosen);
	if (e)
		return e;
	e = settle_kernel(r, chosen);
	if (e)
		return e;
	report_banners(&r->report, &r->kernel, &r->scan.hits[SCAN_BANNER]);
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
		e = recovery_find_contents(r, hole);
	say_time(o, "config", &since);
	return e;
}

/* --- by a survey ----------------------------------------------------------------------- */

/* Finds the kernel and the RAM, and what the kernel's own data says of it. */
static struct err *survey_kernel(struct recovery *r, const struct recovery_options *o,
				 struct candidate **chosen)
{
	double since = monotonic_seconds();
	struct err *e = survey_candidates(&r->survey, &r->candidates);

	if (!e)
		e = candidates_choose(&r->candidates, chosen);
	say_time(o, "kernel", &since);
	if (e)
		return e;
	e = open_kernel(r, *chosen);
	if (!e)
		e = survey_ram(&r->survey, &r->kernel);
	if (!e)
		e = survey_witnesses(&r->survey, &r->kernel, &r->candidates, *chosen);
	say_time(o, "RAM map", &since);
	return e;
}

static struct err *survey_rest(struct recovery *r, const struct candidate *chosen, uint64_t *hole)
{
	struct err *e = settle_kernel(r, chosen);

	if (e)
		return e;
	e = recovery_find_contents(r, hole);
	return e ? e : survey_confirm(&r->survey, &r->kernel);
}

static struct err *survey_once(struct recovery *r, const struct recovery_options *o, uint64_t *hole)
{
	struct candidate *chosen;
	double since;
	struct err *e;

	r->surveyed = true;
	e = survey_kernel(r, o, &chosen);
	if (e)
		return e;
	since = monotonic_seconds();
	report_survey(&r->report, &r->survey);
	e = survey_rest(r, chosen, hole);
	if (r->kernel.pages->gone) {
		err_discard(e);
		e = TAKE(r->kernel.pages->gone);
	}
	say_time(o, "rest", &since);
	return e;
}

/* How many reads failed that may succeed the next time. */
static uint64_t passing_failures(const struct memory *m)
{
	const struct memory_counters *c = memory_counters(m);

	return c->failed[MEMORY_TIMEOUT] + c->failed[MEMORY_PROTOCOL] + c->failed[MEMORY_POISONED];
}

/* Returns e, or ERR_SYSTEM if the source does not answer any more. */
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

/* A live machine may change in the middle of a survey, and packets get lost or damaged, so we try again.
 * A file says the same each time. */
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
		if (failures && !err_is_fatal(e))
			e = check_answers(r->memory, e);
		if (err_is_fatal(e) || (i && !failures && !r->survey.changed))
			break;
	}
	survey_restart(&r->survey);
	return err_is_fatal(e) ? e : err_in(e, "%s", memory_uri(r->memory));
}

/* Surveys, and searches a file in which the survey found nothing. */
static struct err *survey_or_search(struct recovery *r, const struct recovery_options *o,
				    uint64_t *hole)
{
	CLEANUP(buf_deinit) struct buf why = BUF_INIT;
	struct err *e = survey_again(r, o, hole);

	if (!e || memory_limits(r->memory)->live || err_is_fatal(e))
		return e;
	buf_addf(&why, "\nThe survey failed, so all memory was searched: %s\n", err_text(e));
	err_discard(e);
	begin(r);
	e = search(r, o, hole);
	buf_add(&r->report, buf_str(&why), why.size);
	return e;
}

/* --- by either ------------------------------------------------------------------------ */

/* Ends the report. hole: the PCI hole that we found, for the report and for `boot`; 0: none. */
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

/* Whether to survey the source. We do not search a live machine, except in a file that is its memory. */
static bool is_to_be_surveyed(const struct recovery *r, const struct recovery_options *o)
{
	size_t kind = strspn(o->uri, "abcdefghijklmnopqrstuvwxyz0123456789");
	bool file = o->uri[kind] != ':' || !strncmp(o->uri, "file:", 5);

	return o->how == RECOVERY_SURVEY ||
	       (o->how == RECOVERY_BY_SOURCE && memory_limits(r->memory)->live && !file);
}

/* hole: the PCI hole with which to read a raw image; 0: read it as it is opened. *next: another hole that
 * the kernel's own map of RAM calls for; unchanged if there is none. */
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
