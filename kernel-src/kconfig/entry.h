/* kconfig_entry: what stands between two entries of a Kconfig file: for kconfig.c alone.
 *
 * A line at a time. What is said of an option is complete with its last line only, since `depends on` may come last: then all
 * that it says gets its dependencies, and those of the menus, ifs and choices around it.
 */
#ifndef KERNEL_SRC_KCONFIG_ENTRY_H
#define KERNEL_SRC_KCONFIG_ENTRY_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel-src/kconfig/kconfig.h"

#define KCONFIG_FRAMES_MAX 64

/* What stands around an entry: a menu, an if, a choice. */
struct kconfig_frame {
	enum kconfig_frame_kind { FRAME_MENU, FRAME_IF, FRAME_CHOICE } kind;
	const struct expr *depends, *visible;
	uint32_t choice;
};

struct kconfig {
	struct table options, files;
	size_t defined;
	struct expr_pool pool;
	struct kconfig_choice *choices; /* the first is none */
	size_t choice_count;
	struct kconfig_frame frames[KCONFIG_FRAMES_MAX];
	size_t depth, lost; /* lost: deeper than the maximum */
	const char *tree;   /* NULL: source statements are not followed */
	int nested;
};

/* A piece of a line. */
struct kconfig_word {
	const char *text;
	size_t size;
};

/* A select or imply, which is said of the option that does it. */
struct kconfig_target {
	enum kconfig_property_kind kind;
	struct kconfig_option *option;
	const struct expr *condition;
};

/* Where in a Kconfig file the reader is. */
struct kconfig_place {
	/* the entry being read, as far as its end; NULL: none with options */
	struct kconfig_option *option;
	bool is_frame; /* it is the innermost menu or choice */
	const struct expr *depends;
	size_t first; /* property of this definition */
	struct kconfig_target *targets;
	size_t target_count, target_capacity;
	bool help, help_began; /* in a help text, whose lines are indented by... */
	size_t indent;
};

void kconfig_place_deinit(struct kconfig_place *p);

/* Takes the next word off line. */
struct kconfig_word kconfig_next_word(struct kconfig_word *line);
bool kconfig_is(struct kconfig_word w, const char *text);
/* Only characters of this alphabet. */
bool kconfig_only(const char *text, size_t size, const char *alphabet);

/* A line that is neither help nor source; first is its first word. */
void kconfig_entry_line(struct kconfig *k, struct kconfig_place *p, struct kconfig_word first,
			struct kconfig_word rest);
/* The entry is complete: at the end of a file, and before another is sourced. */
void kconfig_entry_end(struct kconfig *k, struct kconfig_place *p);

#endif
