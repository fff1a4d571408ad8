/* candidate: the places where the running kernel may lie, and what speaks for each.
 *
 * A machine's memory holds traces of more kernels than the one that runs: of the
 * one before a kexec, of the decompressor, of guests, of files in the page cache.
 * A candidate is known by its phys_base; each way to find one adds to it.
 */
#ifndef RECOVER_KERNEL_CANDIDATE_H
#define RECOVER_KERNEL_CANDIDATE_H

#include "base/buf.h"
#include "recover/parse/banner.h"
#include "recover/kallsyms/kallsyms.h"
#include "x86/kernel_map.h"
#include "recover/kernel/landmarks.h"
#include "recover/scan/scan.h"
#include "recover/parse/vmcoreinfo.h"

enum candidate_source {
	FOUND_TRAMPOLINE,    /* the trampoline's page table below 640 KiB */
	FOUND_VMCOREINFO,    /* NUMBER(phys_base) of a note */
	FOUND_SELF_POINTERS, /* list heads of the first task */
	FOUND_PAGE_TABLE,    /* a top-level table in the image, where the others say it is */
	FOUND_BANNER,	     /* linux_banner of its symbol table is a banner */
	FOUND_COUNT
};

struct candidate {
	uint64_t phys_base;
	bool found[FOUND_COUNT];
	struct buf places[FOUND_COUNT]; /* where, for people */
	struct kernel_map map;		/* if mapped */
	bool mapped;
	struct kernel_pages *pages;	/* of the image, as far as read; owned. NULL: not kept */
	bool constant; /* symbols are from pages that are mapped read-only, not from any */
	struct paddr comm; /* of the first task, with FOUND_SELF_POINTERS */
	struct kallsyms *symbols; /* NULL: none were found */
	struct landmarks landmarks; /* where these name functions only */
	double symbols_seconds;	  /* what finding them took */
	struct banner banner;	  /* with FOUND_BANNER */
	struct paddr real_mode;	  /* where it put its trampoline; 0: not known */
	bool replaced;		  /* another kernel's trampoline is there now: it does not run */
	struct buf trouble;	  /* why it is not more than it is */
};

#define CANDIDATES_MAX 16
#define NOTES_MAX 64

struct candidates {
	struct candidate list[CANDIDATES_MAX];
	size_t count;
	struct vmcoreinfo notes[NOTES_MAX];
	size_t note_count;
	struct kernel_maps trampolines;
	struct buf remarks; /* lines for people: what was passed over, and why */
};

/* Finds all candidates: the trampoline's, and those at the scan's hits. *ret is to
 * be given to candidates_deinit(), also after an error. Errors: ERR_SYSTEM. */
struct err *candidates_find(struct memory *m, const struct scan *scan,
			    struct candidates *ret) MUST_CHECK;
void candidates_deinit(struct candidates *c);

/* The one that runs: at least two ways lead to it, its banner one of them, and no other kernel has
 * taken the trampoline from it. Of several the one with a trampoline, else the one that most ways
 * lead to. *ret is owned by c. Errors: ERR_ABSENT: there is none, saying what was found of each; ERR_DATA:
 * two are equally good, or the best one lacks symbols or banner. */
struct err *candidates_choose(struct candidates *c, struct candidate **ret) MUST_CHECK;

/* Number of ways that lead to it; their names, "trampoline, banner". */
unsigned int candidate_weight(const struct candidate *c);
void candidate_sources(const struct candidate *c, struct buf *b);
const char *candidate_source_name(enum candidate_source source);

/* --- for a survey (recover/survey/survey.h), which finds one after the other ---------------- */

/* ERR_SYSTEM is passed on; anything else becomes a remark and no error. */
struct err *candidates_remark(struct candidates *c, struct err *e) MUST_CHECK;
/* The candidate that a trampoline's table leads to; NULL: there are too many. */
struct candidate *candidates_add_map(struct candidates *all, const struct kernel_map *map);
/* A note's text, and the comm of a first task, at these addresses. Errors: ERR_SYSTEM. */
struct err *candidates_add_note(struct memory *m, struct paddr at,
				struct candidates *all) MUST_CHECK;
struct err *candidates_add_comm(struct memory *m, struct paddr comm,
				struct candidates *all) MUST_CHECK;
/* The top-level table that its notes name. Errors: ERR_SYSTEM. */
struct err *candidate_find_table(struct memory *m, struct candidates *all,
				 struct candidate *c) MUST_CHECK;
/* Symbols and banner, from pages of its image that were read: its constant parts, if it has such
 * (recover/kernel/image_parts.h). What else is needed is read then.
 * That they are not there is its trouble, no error. Errors: ERR_SYSTEM. */
struct err *candidate_find_symbols(struct candidate *c, struct kernel_pages *pages) MUST_CHECK;
/* Run-time address of a symbol: of its table, or else of its landmarks. Errors: as
 * kallsyms_lookup(). */
struct err *candidate_symbol(const struct candidate *c, const char *name,
			     struct kaddr *ret) MUST_CHECK;
/* A kernel that runs still has its trampoline. One that another kernel was booted over, or that
 * runs as a guest inside this machine, has not: there is that of the other one. */
void candidate_check_trampoline(const struct candidates *all, struct candidate *c);

#endif
