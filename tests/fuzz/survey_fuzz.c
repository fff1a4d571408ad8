/* A survey of a machine of which some pages are hostile.
 *
 * Shape of the input: changes, one after the other: a byte that chooses the page (see pages[]), u16
 * offset in it, a byte of size, the bytes. Whatever the pages say, the survey must not read VGA memory
 * or ROMs; and after an error it must have forgotten what it took for RAM. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/view.h"
#include "memory/source.h"
#include "recover/kernel/data_landmarks.h"
#include "recover/survey/survey.h"
#include "tests/lib/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM_SIZE 0x3000000

static const uint64_t pages[] = {
	0x9c000,   0x99000,   0x9e000,	 0x1200000, 0x1201000, 0x1202000, 0x1203000, 0x1205000,
	0x1208000, 0x11f0000, 0x1100000, 0x900000,  0x901000,  0x902000,  0x904000,  0x905000,
};

#define PAGES (sizeof(pages) / sizeof(*pages))

struct fuzzed {
	uint8_t *bytes;
	uint8_t original[PAGES][PAGE_SIZE];
};

static struct err *fuzzed_read(struct memory *m, struct memory_read *reads, size_t n)
{
	const struct fuzzed *f = m->source;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = reads[i].at.v, end = at + reads[i].size;

		if (at < 0x100000 && end > 0xa0000)
			abort();
		if (end <= RAM_SIZE)
			memcpy(reads[i].to, f->bytes + at, reads[i].size);
		else
			reads[i].status = MEMORY_UR;
	}
	return NULL;
}

static void fuzzed_close(struct memory *m)
{
	(void)m;
}

static const struct memory_ops fuzzed_ops = {
	.scheme = "fuzzed", .close = fuzzed_close, .read = fuzzed_read,
};

/* Made once: it takes longer than all the rest. */
static struct fuzzed *machine(void)
{
	static struct fuzzed *f;
	struct memory *m;

	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	f->bytes = malloc(RAM_SIZE);
	m = machine_memory();
	err_discard(memory_read(m, PADDR(0), f->bytes, RAM_SIZE));
	memory_close(m);
	for (size_t i = 0; i < PAGES; i++)
		memcpy(f->original[i], f->bytes + pages[i], PAGE_SIZE);
	return f;
}

/* Makes the next change. Errors: ERR_DATA: there is none. */
static struct err *change(struct fuzzed *f, struct view *v)
{
	uint8_t page, length;
	const uint8_t *bytes;
	uint16_t offset;
	struct err *e = view_u8(v, &page);

	if (e)
		return e;
	e = view_u16(v, &offset);
	if (e)
		return e;
	e = view_u8(v, &length);
	if (e)
		return e;
	e = view_bytes(v, length, &bytes);
	if (e)
		return e;
	offset %= PAGE_SIZE;
	memcpy(f->bytes + pages[page % PAGES] + offset, bytes,
	       length < PAGE_SIZE - offset ? length : PAGE_SIZE - offset);
	return NULL;
}

static struct err *run_survey(struct memory *m, struct survey *s)
{
	CLEANUP(candidates_deinit) struct candidates all = { .count = 0 };
	CLEANUP(kernel_deinit) struct kernel k = { .image = NULL };
	struct candidate *chosen;
	struct err *e = survey_candidates(s, &all);

	if (e)
		return e;
	e = candidates_choose(&all, &chosen);
	if (e)
		return e;
	e = kernel_init(m, chosen, &k);
	if (e)
		return e;
	e = kernel_find_landmarks(&k);
	if (e)
		return e;
	e = survey_ram(s, &k);
	if (e)
		return e;
	e = survey_witnesses(s, &k, &all, chosen);
	return e ? e : survey_confirm(s, &k);
}

static void survey_all(struct memory *m)
{
	CLEANUP(survey_deinit) struct survey s;
	struct err *e;

	survey_init(m, &s);
	e = run_survey(m, &s);
	if (e)
		survey_restart(&s);
	if (e && ram_map_end(memory_ram_map(m)).v > 0xa0000)
		abort();
	err_discard(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed *f = machine();
	CLEANUP(memory_closep) struct memory *m = memory_new(&fuzzed_ops, "fuzzed:", f);
	CLEANUP(ram_map_deinit) struct ram_map low = RAM_MAP_INIT;
	struct view v = view_of(data, size, 0);
	struct err *e;

	m->limits.live = true;
	ram_map_add(&low, PADDR(0), PADDR(0xa0000));
	memory_set_ram_map(m, &low);
	while (!(e = change(f, &v)))
		;
	err_discard(e);
	survey_all(m);
	for (size_t i = 0; i < PAGES; i++)
		memcpy(f->bytes + pages[i], f->original[i], PAGE_SIZE);
	return 0;
}
