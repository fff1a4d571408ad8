/* source: what a kind of memory source implements, and what it works on.
 *
 * To add a kind, write a file of its own in memory/ with a const struct memory_ops, and add its row
 * to the table in kinds.c. There is no operation that writes.
 */
#ifndef MEMORY_SOURCE_H
#define MEMORY_SOURCE_H

#include "memory/memory.h"

struct memory_ops {
	const char *scheme; /* "file" */
	/* Opens what follows "scheme:". Sets m->source, m->limits and m->ram_map. After an error
	 * the caller calls close() with m->source as open() left it. open() may set m->ops to those
	 * of what it found; then their close() is called. */
	struct err *(*open)(const char *rest, struct memory *m) MUST_CHECK;
	/* Frees m->source, which may be NULL. */
	void (*close)(struct memory *m);
	/* Reads n elements, all of them inside the RAM map, and sets the status of each.
	 * Errors: ERR_SYSTEM: the source is gone. */
	struct err *(*read)(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;
	/* As memory_next_data(). NULL: the source does not know of holes. */
	struct paddr (*next_data)(struct memory *m, struct paddr from);
	/* As memory_set_lowmem(). NULL: the source is not a raw image. */
	struct err *(*set_lowmem)(struct memory *m, uint64_t lowmem);
	/* Called after m->ram_map was replaced. NULL: the source does not care. */
	void (*ram_map_changed)(struct memory *m);
	/* What MEMORY_ABSENT means here, for messages; or NULL. */
	const char *why_absent;
	/* Calls each() for the kind's own counters. NULL: it has none. */
	void (*stats)(const struct memory *m, memory_stats_each *each, void *arg);
};

struct memory {
	const struct memory_ops *ops;
	char *uri;
	void *source; /* the kind's own */
	struct ram_map ram_map;
	struct memory_limits limits;
	struct memory_counters counters;
	struct buf notes;      /* a sentence a line */
	struct buf vmcoreinfo; /* empty: none */
	/* Opens another memory, for a kind that reads through one. */
	struct err *(*open_another)(const char *uri, struct memory **ret);
	/* Whether the source is still there: */
	struct paddr answered;	/* a read at this address succeeded, */
	bool has_answered;	/* if there was such a read */
	unsigned int silent;	/* vectors in a row without any answer */
	bool silence_unchecked; /* another memory below this one finds out by itself */
};

/* A memory made by hand: an empty RAM map, batch 1, and this source, which memory_close() leaves to
 * ops->close(). Never NULL. */
struct memory *memory_new(const struct memory_ops *ops, const char *uri, void *source);

/* The RAM map that a live machine starts with: the file at path, or without one (NULL) the RAM that
 * every PC has, [0, LOW_MEMORY_END). Errors: as ram_map_read(). */
struct err *memory_set_first_ram_map(struct memory *m, const char *path) MUST_CHECK;

/* Adds a sentence to memory_notes(). */
void memory_note(struct memory *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The kinds (kinds.c). */
extern const struct memory_ops memory_file_ops;
extern const struct memory_ops memory_nettlp_ops;
extern const struct memory_ops memory_qemu_ops;
extern const struct memory_ops memory_tcp_ops;
extern const struct memory_ops memory_record_ops;
extern const struct memory_ops memory_replay_ops;

#endif
