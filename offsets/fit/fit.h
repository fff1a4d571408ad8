/* fit: what the checks of a layout against a kernel's memory are written with.
 *
 * A check reads a structure with the layout and asks for what has to hold there: that a list closes,
 * that a pointer leads to what it should, that a number has the value that the source sets. Each such
 * question is an invariant. It has a name, and fit counts how often it was asked and how often it
 * failed. offsets/fit/run.h runs all checks; each of the files beside it knows some structures.
 *
 * A tenant of the machine may want a right layout refused, or a wrong one accepted. What a process can
 * do to itself says nothing against a layout as long as it holds for one process: its arguments, the
 * names of its files, sizes that a file system of its own makes up, a stack that it unmaps. Such a
 * question goes to fit_check_process(). The kernel alone decides everything else, for a tenant's
 * processes as for others; and a wrong layout fails there for the tasks from the boot already, which
 * are no tenant's and never fewer than one in three. tests/tools/fit_shift says what those notice by
 * themselves.
 */
#ifndef OFFSETS_FIT_FIT_H
#define OFFSETS_FIT_FIT_H

#include "base/map.h"
#include "offsets/layout.h"
#include "offsets/fit/live.h"

#define FIT_INVARIANTS_MAX 400
#define FIT_TASKS_MAX 64
#define FIT_SEEN_MAX 8192

struct fit_invariant {
	const char *name; /* a constant: "task_struct.stack: ends with its magic number" */
	bool by_process;  /* a process can make it fail for itself */
	size_t checked, failed;
	uint64_t first; /* address of the first object that failed */
};

struct fit_task {
	uint64_t at;
	bool from_boot; /* among the first of the list: the kernel's own, and process 1 */
};

struct fit {
	const struct layout *layout;
	struct live *live;
	struct fit_invariant invariants[FIT_INVARIANTS_MAX];
	size_t count;
	/* what was found on the way */
	struct fit_task tasks[FIT_TASKS_MAX]; /* init_task first, then in the order of the list */
	size_t task_count, from_boot_count;
	bool from_boot;	 /* of the task that is being looked at */
	uint64_t now;	 /* ns since boot, about; 0: not known */
	struct map seen; /* addresses of objects, which many may share; empty again after the run */
	uint32_t mount_ids[FIT_TASKS_MAX];
	size_t mount_count, file_count;
	unsigned int rounds; /* of reading */
};

/* An invariant is violated when more than one in ten checks of it fail, and not just one of four or
 * more: memory that was copied while the machine ran is not quite consistent, nor is a task that is
 * just being made. One that a process can make fail is violated when all checks of it fail. */
bool fit_is_violated(const struct fit_invariant *i);
size_t fit_violations(const struct fit *f);

/* A line for each violated invariant; with all, for every one. */
void fit_format(const struct fit *f, bool all, struct buf *b);

/* --- asking --------------------------------------------------------------------------------- */

/* Counts an answer under the invariant's name, and returns it. name: a constant. at: the object. */
bool fit_check(struct fit *f, const char *name, bool ok, uint64_t at);
/* The same of something that a process can bring about for itself. */
bool fit_check_process(struct fit *f, const char *name, bool ok, uint64_t at);
/* Asks whether value is the symbol's address, where the symbol is known. */
void fit_check_symbol(struct fit *f, const char *name, uint64_t value, const char *symbol, uint64_t at);
/* Asks whether the kernel has the function exactly when the layout has the member that comes with it:
 * an option that adds members behind all others leaves no other trace. */
void fit_check_function(struct fit *f, const char *name, bool have, const char *function);

/* --- the layout ----------------------------------------------------------------------------- */

/* Whether fields.def's type or member ("mm_struct", "owner") is in this layout, and where. */
bool fit_have_type(const struct fit *f, const char *tag, size_t *type);
bool fit_have(const struct fit *f, const char *tag, const char *member);
uint64_t fit_offset(const struct fit *f, const char *tag, const char *member);
uint64_t fit_length(const struct fit *f, const char *tag, const char *member);
bool fit_const(const struct fit *f, const char *name, uint64_t *ret);

/* --- objects -------------------------------------------------------------------------------- */

struct fit_object {
	struct fit *fit;
	size_t type;
	uint64_t at;
	uint8_t *bytes; /* owned */
};

static inline void fit_object_deinit(struct fit_object *o)
{
	free(o->bytes);
}

/* Reads the listed members of the structure at this address. That they can be read is an invariant of
 * its own, whose name is unreadable. */
bool fit_read(struct fit *f, const char *tag, const char *unreadable, uint64_t at,
	      struct fit_object *ret);
/* The number of 1, 2, 4 or 8 bytes, or the first 8 bytes, that a member holds; 0 when there is none. */
uint64_t fit_get(const struct fit_object *o, const char *member);
bool fit_object_has(const struct fit_object *o, const char *member);
/* Where the member lies in memory. */
uint64_t fit_at(const struct fit_object *o, const char *member);
/* A pointer to an object: in the kernel's half, aligned to 8. */
bool fit_is_pointer(uint64_t value);
/* The list_head at this address and one of its neighbours point to each other. Only one: the other may
 * have come or gone while the memory was copied. */
bool fit_list_ok(struct fit *f, uint64_t head);
/* Whether this object comes up for the first time. It counts once, however many share it. */
bool fit_is_new(struct fit *f, uint64_t at);

/* --- tasks: of an object of type task_struct ------------------------------------------------- */

/* It has ended, or is about to: it may have given up all it had. */
bool fit_has_ended(const struct fit_object *task);
bool fit_is_kernel_thread(const struct fit_object *task);

#endif
