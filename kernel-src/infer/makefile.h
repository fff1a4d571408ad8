/* makefile: the lists of a kernel makefile, such as obj-$(CONFIG_X), each word of them with the
 * condition it stands under.
 *
 * We read what kbuild's documentation calls goal definitions, composite objects and folders to
 * descend into, and the conditionals around them. What make computes in other ways is left out.
 *
 * Source: Documentation/kbuild/makefiles.rst
 */
#ifndef KERNEL_SRC_INFER_MAKEFILE_H
#define KERNEL_SRC_INFER_MAKEFILE_H

#include "kernel-src/infer/condition.h"

/* A word of a list: `LIST-$(CONFIG_OPTION) += word`. All strings are owned. */
struct makefile_entry {
	char *list, *word;
	char *condition; /* text of condition.h */
	char *option;	 /* NULL: the list has none, LIST-y */
	bool list_only;	 /* the word stands for a list and no object: $(word-y), as word.o */
	bool modules;	 /* the word is $(word-m) */
};

struct makefile {
	struct makefile_entry *entries;
	size_t count, capacity;
	struct condition_stack stack;
	bool recipe;  /* a line that begins with a tab is one of a recipe */
	bool lenient; /* conditionals that are not about options count as true and as false */
};

/* lenient: for the makefiles at the top, whose other conditionals are about how make was called. */
struct makefile *makefile_new(bool lenient);
void makefile_free(struct makefile *m);
static inline void makefile_freep(struct makefile **m)
{
	makefile_free(*m);
}

/* Adds the lists of one file's text. Never fails: leaves out what it does not understand. */
void makefile_read(struct makefile *m, const char *text);

/* Whether there is a list of this name, such as foo for foo-y. */
bool makefile_has_list(const struct makefile *m, const char *name, size_t size);
/* Whether another list takes $(name-m): then what an option adds to it by m is linked as by y. */
bool makefile_links_modules(const struct makefile *m, const char *name, size_t size);

#endif
