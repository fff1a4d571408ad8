/* infer: which options a kernel was built with, by the names of its functions and variables.
 *
 * The image's symbol table has what a source file defines under options that hold in the image, and
 * lacks what it defines under others. Both say something. A global function that is there proves
 * the options around it. One that is not there, though all but one of the options around it are
 * known to hold, disproves that one. We ask only names that a single file of the tree defines. In
 * between, Kconfig's rules say what follows (kernel-src/kconfig/imply).
 */
#ifndef KERNEL_SRC_INFER_INFER_H
#define KERNEL_SRC_INFER_INFER_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel-src/infer/gates.h"
#include "kernel-src/infer/known.h"
#include "kernel-src/kconfig/imply.h"

struct infer;

/* definitions: text of definitions.h; system_map: recover's; gates learn which C files other ones
 * include. All outlive *ret.
 * Errors: ERR_DATA: no symbols, or no definitions. */
struct err *infer_new(const char *definitions, const char *system_map, struct gates *gates,
		      struct infer **ret) MUST_CHECK;
void infer_free(struct infer *i);
static inline void infer_freep(struct infer **i)
{
	infer_free(*i);
}

/* symbols: of the modules that are loaded (recover's modules.map). What such a module has, its file
 * defines under options that hold; the options that link the file may be m. It outlives i. */
void infer_modules(struct infer *i, const char *symbols);
/* Says what is known from elsewhere, before infer_run(). Where it contradicts what was said before,
 * that stays. */
void infer_set(struct infer *i, const char *name, enum infer_state state, const char *why);

/* Another kind of evidence, which rests on what is known already. Each round of infer_run() asks it
 * last; it may call infer_set(), and returns whether it did. */
typedef bool infer_more(void *arg, struct infer *i);
void infer_ask(struct infer *i, infer_more *more, void *arg);
/* Infers what it can: first from the names that are there; then, in rounds, from Kconfig's rules,
 * and from the absence of names, which says something of an option only while it is still open.
 * rules: of the tree's Kconfig; NULL: names alone. */
void infer_run(struct infer *i, struct imply *rules);

/* As known_condition(). */
enum infer_truth infer_condition(const struct infer *i, const struct condition *c,
				 const struct atom **open);

size_t infer_count(const struct infer *i);
/* In the order in which they were first met; owned by i. */
const struct infer_option *infer_at(const struct infer *i, size_t index);
const struct infer_option *infer_find(const struct infer *i, const char *name);

/* How many global functions should be there by all that was inferred, and how many of these are not. */
void infer_doubts(const struct infer *i, size_t *expected, size_t *missing);

#endif
