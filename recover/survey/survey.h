/* survey: finds the kernel and the RAM of a machine without searching its memory.
 *
 * From the trampoline below 640 KiB down the kernel's own page tables to its image, from there to
 * its symbols, and by them to its map of RAM and its note. Reads a few MiB however much RAM there
 * is, and on a live machine nothing that is not known to be RAM (recover/survey/known_ram.h).
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
	bool changed; /* survey_confirm() found that */
};

/* *ret is to be given to survey_deinit(). */
void survey_init(struct memory *m, struct survey *ret);
void survey_deinit(struct survey *s);
/* As after survey_init(): nothing is known, and the memory has the RAM map that it came with. */
void survey_restart(struct survey *s);

/* The kernels that trampolines lead to, with symbols and banner. *ret is to be given to
 * candidates_deinit(), also after an error. Errors: ERR_SYSTEM. */
struct err *survey_candidates(struct survey *s, struct candidates *ret) MUST_CHECK;

/* The machine's RAM: what both the kernel's e820 table and its direct map have. Becomes the
 * memory's RAM map, unless that came with the source.
 * Errors: ERR_ABSENT: the kernel does not tell; ERR_DATA: what tells contradicts itself; ERR_SYSTEM. */
struct err *survey_ram(struct survey *s, struct kernel *k) MUST_CHECK;

/* Adds to the candidate what its own data says: notes, the first task. Errors: ERR_SYSTEM. */
struct err *survey_witnesses(struct survey *s, struct kernel *k, struct candidates *all,
			     struct candidate *c) MUST_CHECK;

/* Reads again what the decisions rest on. Errors: ERR_DATA: something of it changed, naming it;
 * ERR_SYSTEM. */
struct err *survey_confirm(struct survey *s, struct kernel *k) MUST_CHECK;

#endif
