/* landmarks: where data lies that the kernel's symbol table does not name.
 *
 * With CONFIG_KALLSYMS_ALL off the table names functions only. We find the data by other means
 * (recover/parse/exports.h, recover/kernel/data_landmarks.h, recover/kernel/pointers.h), and each
 * landmark says by which.
 */
#ifndef RECOVER_KERNEL_LANDMARKS_H
#define RECOVER_KERNEL_LANDMARKS_H

#include <stdbool.h>

#include "recover/kallsyms/kallsyms.h"
#include "recover/kernel/pages.h"

#define LANDMARKS_MAX 160

/* The names of recover/kernel/symbols.def. */
extern const char *const symbol_names[];
extern const size_t symbol_names_count;

struct landmark {
	const char *name; /* a constant of the program */
	struct kaddr at;
	struct buf sources; /* "export table, self-pointers" */
};

struct landmarks {
	struct landmark list[LANDMARKS_MAX];
	size_t count;
};

void landmarks_deinit(struct landmarks *l);

/* Whether a symbol table names functions only: neither linux_banner nor init_task. */
bool landmarks_are_needed(const struct kallsyms *k);

/* Finds what the image's constant pages tell by themselves: linux_banner, by its text, and what the table
 * of exported symbols has. The caller has read these pages. l must be empty. Errors: ERR_DATA: there are
 * several banners. */
struct err *landmarks_of_image(const struct kernel_pages *pages, struct landmarks *l) MUST_CHECK;

/* NULL: no landmark has this name. */
const struct landmark *landmarks_get(const struct landmarks *l, const char *name);

/* Adds a landmark, or one more source of it. Errors: ERR_DATA: an earlier source contradicts, both are
 * named. */
struct err *landmarks_add(struct landmarks *l, const char *name, struct kaddr at,
			  const char *source) MUST_CHECK;

#endif
