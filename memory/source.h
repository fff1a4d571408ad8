/* source: what a kind of memory source implements, and what it works on.
 *
 * To add a kind: a file of its own in memory/ with a const struct memory_ops,
 * and its name in the table of memory.c. There is no operation that writes.
 */
#ifndef MEMORY_SOURCE_H
#define MEMORY_SOURCE_H

#include "memory/memory.h"

struct memory_ops {
	const char *scheme; /* "file" */
	/* Opens what follows "scheme:". Sets m->source, m->limits and m->ram_map;
	 * on an error close() is called with m->source as it was left. May set
	 * m->ops to those of what it found, whose close() it is then. */
	struct err *(*open)(const char *rest, struct memory *m) MUST_CHECK;
	/* Frees m->source, which may be NULL. */
	void (*close)(struct memory *m);
	/* Reads n elements, all of them inside the RAM map, sets each status. An
	 * error: the source is gone (ERR_SYSTEM). */
	struct err *(*read)(struct memory *m, struct memory_read *reads, size_t n) MUST_CHECK;
	/* As memory_next_data(); NULL when the source has no notion of holes. */
	struct paddr (*next_data)(struct memory *m, struct paddr from);
	/* As memory_set_lowmem(); NULL: no raw image. */
	struct err *(*set_lowmem)(struct memory *m, uint64_t lowmem);
	/* m->ram_map has been replaced; NULL: does not matter. */
	void (*ram_map_changed)(struct memory *m);
	/* What MEMORY_ABSENT means here, for messages; or NULL. */
	const char *why_absent;
	/* Hands over the kind's own counters; NULL when it has none. */
	void (*stats)(const struct memory *m, memory_stats_each *each, void *arg);
};

struct memory {
	const struct memory_ops *ops;
	char *uri;
	void *source; /* the kind's own */
	struct ram_map ram_map;
	struct memory_limits limits;
	struct memory_counters counters;
	struct paddr answered; /* a read at this address succeeded, if there was one: */
	bool has_answered;
	unsigned int silent; /* vectors in a row that nothing came back for */
	struct buf notes;      /* a sentence a line */
	struct buf vmcoreinfo; /* empty: none */
};

/* A memory made by hand: RAM map empty, batch 1, source as given (memory_close()
 * hands it to ops->close). Never NULL. */
struct memory *memory_new(const struct memory_ops *ops, const char *uri, void *source);

/* Adds a sentence to memory_notes(). */
void memory_note(struct memory *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

extern const struct memory_ops memory_file_ops;
extern const struct memory_ops memory_nettlp_ops;
extern const struct memory_ops memory_qemu_ops;
extern const struct memory_ops memory_tcp_ops;
extern const struct memory_ops memory_record_ops;
extern const struct memory_ops memory_replay_ops;

#endif
