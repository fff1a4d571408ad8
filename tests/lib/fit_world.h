/* fit_world: a memory with a kernel's structures in one layout, for tests of `offsets fit`.
 *
 * Every member of fields.def has a place of its own. The memory has init_task, process 1, kernel
 * threads and processes, with all that belongs to them: credentials, pids, address spaces, areas,
 * files, mounts, name spaces. A test changes a byte of it, or the layout, and asks what is noticed.
 */
#ifndef TESTS_LIB_FIT_WORLD_H
#define TESTS_LIB_FIT_WORLD_H

#include "offsets/fit/fit.h"

#define WORLD_BASE UINT64_C(0xffff888000000000) /* of its direct map */
#define WORLD_SIZE UINT64_C(0x200000)
#define WORLD_THREADS 22 /* of the kernel; process 1 comes before them */
#define WORLD_PROCESSES 12

struct fit_world {
	struct fields *fields;
	struct layout *layout;
	uint8_t *bytes; /* a read returns these as they are */
	uint64_t next;	/* free from here on */
	struct buf symbols;
	uint64_t tasks[2 + WORLD_THREADS + WORLD_PROCESSES]; /* in the order of the list */
	size_t task_count;
	/* of process i of the machine's own (1) and of a user's (from 2 + WORLD_THREADS) */
	uint64_t spaces[2 + WORLD_THREADS + WORLD_PROCESSES], files[2 + WORLD_THREADS + WORLD_PROCESSES];
	uint64_t root, inode, mount, mount_namespace, leaf, area, table, mapping, node;
};

struct fit_world *world_new(void);
void world_free(struct fit_world *w);
static inline void world_freep(struct fit_world **w)
{
	world_free(*w);
}

/* The member's place in the layout; a mistake in its name ends the program. */
struct layout_member *world_member(struct fit_world *w, const char *tag, const char *member);
/* Writes a number of 8 bytes, or of as many as the member has. */
void world_set(struct fit_world *w, const char *tag, uint64_t at, const char *member, uint64_t value);
uint64_t world_get(struct fit_world *w, const char *tag, uint64_t at, const char *member);
void world_put(struct fit_world *w, uint64_t at, const void *bytes, size_t size);

/* Its memory, to be opened with live_init(); batch: as of a live machine, or 1. w outlives it. */
struct memory *world_memory(struct fit_world *w, uint32_t batch);
/* A struct live with the symbols of w. It owns memory from now on. */
void world_live(struct fit_world *w, struct memory *memory, struct live *ret);

#endif
