/* candidate: the places where the running kernel may lie, and what speaks for each.
 *
 * A machine's memory holds traces of more kernels than the one that runs: of the kernel before a
 * kexec, of the decompressor, of guests, of files in the page cache. Each trace alone can mislead. So
 * several independent ways lead to candidates, and only the candidate that two ways reach, its own
 * banner among them, is the kernel that runs. A candidate is known by its phys_base: what the
 * kernel adds to an address of its image, less 0xffffffff80000000, to get the place in RAM. Each
 * way that finds the same phys_base adds to the candidate.
 */
#ifndef RECOVER_KERNEL_CANDIDATE_H
#define RECOVER_KERNEL_CANDIDATE_H

#include "base/buf.h"
#include "recover/kallsyms/kallsyms.h"
#include "recover/kernel/landmarks.h"
#include "recover/parse/banner.h"
#include "recover/parse/vmcoreinfo.h"
#include "recover/scan/scan.h"
#include "x86/kernel_map.h"

enum candidate_source {
	FOUND_TRAMPOLINE,    /* the trampoline's page table below 640 KiB */
	FOUND_VMCOREINFO,    /* NUMBER(phys_base) of a note */
	FOUND_SELF_POINTERS, /* empty lists in the first task, whose heads point to themselves */
	FOUND_PAGE_TABLE,    /* a top-level table in the image, where the other ways say it is */
	FOUND_BANNER,	     /* linux_banner of its symbol table is a banner */
	FOUND_COUNT
};

struct candidate {
	uint64_t phys_base;
	bool found[FOUND_COUNT];
	struct buf places[FOUND_COUNT]; /* where, for people */
	struct kernel_map map;		/* if mapped */
	bool mapped;
	struct kernel_pages *pages; /* of the image, as far as read; owned. NULL: not kept */
	bool constant;	  /* the symbols are from pages that are mapped read-only, not from any page */
	struct paddr comm; /* of the first task, with FOUND_SELF_POINTERS */
	struct kallsyms *symbols;   /* NULL: none were found */
	struct landmarks landmarks; /* of the image, where the symbols name functions only */
	double symbols_seconds;	    /* what finding the symbols took */
	struct banner banner;	    /* with FOUND_BANNER */
	struct paddr real_mode; /* where it put its trampoline; 0: not known */
	bool replaced;	   /* another kernel's trampoline is there now: this kernel does not run */
	struct buf trouble; /* what is wrong with it */
};

#define CANDIDATES_MAX 16
#define NOTES_MAX 64

struct candidates {
	struct candidate list[CANDIDATES_MAX];
	size_t count;
	struct vmcoreinfo notes[NOTES_MAX];
	size_t note_count;
	struct kernel_maps trampolines;
	struct buf remarks; /* lines for people: what we passed over, and why */
};

/* Finds all candidates: the trampolines', and those at the scan's hits. The caller gives *ret to
 * candidates_deinit(), also after an error. Errors: ERR_SYSTEM. */
struct err *candidates_find(struct memory *m, const struct scan *scan,
			    struct candidates *ret) MUST_CHECK;
void candidates_deinit(struct candidates *c);

/* Chooses the kernel that runs: at least two ways lead to it, its banner is one of them, and no other
 * kernel has taken the trampoline from it. Among several it is the one with a trampoline, or else
 * the one to which most ways lead. c owns *ret.
 * Errors: ERR_ABSENT: there is none, saying what was found of each candidate; ERR_DATA: two are
 * equally good, or the best one lacks symbols or banner. */
struct err *candidates_choose(struct candidates *c, struct candidate **ret) MUST_CHECK;

/* How many ways lead to it. */
unsigned int candidate_weight(const struct candidate *c);
/* Appends their names, "trampoline, banner". */
void candidate_sources(const struct candidate *c, struct buf *b);
const char *candidate_source_name(enum candidate_source source);

/* The run-time address of a symbol, from the symbol table or else from the landmarks. Errors: those
 * of kallsyms_lookup(). */
struct err *candidate_symbol(const struct candidate *c, const char *name,
			     struct kaddr *ret) MUST_CHECK;

/* --- steps, for a survey (recover/survey/survey.h), which takes them one by one -------------- */

/* Adds the candidate that a trampoline's table leads to. NULL: there are too many. */
struct candidate *candidates_add_map(struct candidates *all, const struct kernel_map *map);
/* Adds what a note's text, or the comm of a first task, at this address says. Errors: ERR_SYSTEM. */
struct err *candidates_add_note(struct memory *m, struct paddr at,
				struct candidates *all) MUST_CHECK;
struct err *candidates_add_comm(struct memory *m, struct paddr comm,
				struct candidates *all) MUST_CHECK;
/* Finds the top-level table that the candidate's notes name. Errors: ERR_SYSTEM. */
struct err *candidate_find_table(struct memory *m, struct candidates *all,
				 struct candidate *c) MUST_CHECK;
/* Finds symbols and banner in pages of the image. The caller has read the constant parts, if there
 * are any (recover/kernel/image_parts.h); what else is needed is read then. If symbols or banner are
 * missing, c->trouble says why. Errors: ERR_SYSTEM. */
struct err *candidate_find_symbols(struct candidate *c, struct kernel_pages *pages) MUST_CHECK;
/* Sets c->replaced. A kernel that runs still has its trampoline. Where another kernel was booted over
 * it, or where it runs as a guest inside this machine, there is the trampoline of the other one. */
void candidate_check_trampoline(const struct candidates *all, struct candidate *c);

/* --- for the .c files of candidates ---------------------------------------------------------- */

/* The candidate with this phys_base, a new one if need be. NULL: there are too many. */
struct candidate *candidates_at(struct candidates *c, uint64_t phys_base);
void candidate_found_at(struct candidate *c, enum candidate_source source, struct paddr at);
/* Makes a remark of e and returns NULL, but returns ERR_SYSTEM as it is. */
struct err *candidates_remark(struct candidates *c, struct err *e) MUST_CHECK;
/* Reads the image of a mapped candidate and finds its symbols. keep: keep the image, if it has a
 * banner. Errors: ERR_SYSTEM. */
struct err *candidate_read_image(struct memory *m, struct candidates *all, struct candidate *c,
				 bool keep) MUST_CHECK;

#endif
