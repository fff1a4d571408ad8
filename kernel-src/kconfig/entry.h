/* kconfig_entry: reads what stands in a Kconfig file, a line at a time, into a struct kconfig. For
 * kconfig.c alone.
 *
 * What an entry says of an option is complete only with its last line, because `depends on` may come
 * last. Only then do we add its dependencies, and those of the menus, ifs and choices around it, to
 * all that it says.
 */
#ifndef KERNEL_SRC_KCONFIG_ENTRY_H
#define KERNEL_SRC_KCONFIG_ENTRY_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel-src/kconfig/option.h"

#define KCONFIG_FRAMES_MAX 64

/* What stands around an entry: a menu, an if, a choice. */
struct kconfig_frame {
	enum kconfig_frame_kind { FRAME_MENU, FRAME_IF, FRAME_CHOICE } kind;
	const struct expr *depends, *visible;
	uint32_t choice;
};

/* What is around the line that comes next, through all files that are open. */
struct kconfig_frames {
	struct kconfig_frame list[KCONFIG_FRAMES_MAX]; /* the outermost first */
	size_t depth, lost; /* lost: how many more than the maximum are open */
};

/* A piece of a line. */
struct kconfig_word {
	const char *text;
	size_t size;
};

/* A select or imply: another option's entry says it of this option. */
struct kconfig_target {
	enum kconfig_property_kind kind;
	struct kconfig_option *option;
	const struct expr *condition;
};

/* Where in a Kconfig file the reader is. */
struct kconfig_place {
	struct kconfig *k;	       /* gets the options */
	struct kconfig_frames *frames; /* shared with the files around this one */
	struct kconfig_option *option; /* whose entry this is; NULL: an entry without an option */
	bool is_frame;		       /* the entry is the innermost menu or choice */
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

/* Takes a line that is neither help nor source; first is its first word. */
void kconfig_entry_line(struct kconfig_place *p, struct kconfig_word first,
			struct kconfig_word rest);
/* Ends the entry: at the end of a file, and before another one is sourced. */
void kconfig_entry_end(struct kconfig_place *p);

#endif
