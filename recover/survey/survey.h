/* survey: finds the kernel and the RAM of a machine without searching its memory.
 *
 * A survey starts at the trampoline below 640 KiB, goes down the kernel's own page tables to its image,
 * reads the symbols there, and by them finds the kernel's map of RAM and its note. It reads a few MiB,
 * however much RAM there is. On a live machine it reads nothing but known RAM
 * (recover/survey/known_ram.h).
 *
 * A live machine changes while we read it. So survey_confirm() reads again what the decisions rest on.
 */
#ifndef RECOVER_SURVEY_SURVEY_H
#define RECOVER_SURVEY_SURVEY_H

#include "recover/survey/direct_map.h"
#include "recover/survey/image_tables.h"
#include "recover/kernel/kernel.h"

struct survey {
	struct known_ram known;
	struct trampolines trampolines;
	struct direct_map direct;
	struct ram_map e820; /* RAM as the kernel's own table has it */
	const char *e820_name;
	bool changed; /* survey_confirm() found that the machine changed */
};

/* The caller gives *ret to survey_deinit(). */
void survey_init(struct memory *m, struct survey *ret);
void survey_deinit(struct survey *s);
/* Forgets everything. The memory gets back the RAM map that it came with. */
void survey_restart(struct survey *s);

/* Finds the kernels that trampolines lead to, with symbols and banner. The caller gives *ret to
 * candidates_deinit(), also after an error. Errors: ERR_SYSTEM. */
struct err *survey_candidates(struct survey *s, struct candidates *ret) MUST_CHECK;

/* Finds the machine's RAM: what both the kernel's e820 table and its direct map have. It becomes the
 * memory's RAM map, unless the source came with one.
 * Errors: ERR_ABSENT: the kernel does not tell; ERR_DATA: what it tells contradicts itself; ERR_SYSTEM. */
struct err *survey_ram(struct survey *s, struct kernel *k) MUST_CHECK;

/* Adds to the candidate what its own data says of it: notes, and the first task. Errors: ERR_SYSTEM. */
struct err *survey_witnesses(struct survey *s, struct kernel *k, struct candidates *all,
			     struct candidate *c) MUST_CHECK;

/* Reads again what the decisions rest on: page tables, banner, variables, the table of RAM.
 * Errors: ERR_DATA: something changed, naming it; ERR_SYSTEM. */
struct err *survey_confirm(struct survey *s, struct kernel *k) MUST_CHECK;

#endif
