/* fit: whether a layout is that of the kernel in memory, by what has to hold there.
 *
 * Every structure of fields.def that can be reached from the kernel's symbols is read with the
 * layout and looked at: lists close, pointers lead to what they should, numbers that the source
 * sets have their values, and the slab allocator says how large its objects are. One wrong offset
 * makes invariants of its structure fail.
 *
 * Not every task is looked at, but some of each kind: the first of the list (the kernel's own, and
 * process 1), the last, and the first children of process 1 (what a machine starts when it boots).
 *
 * Some of those may belong to a tenant who wants a right layout refused, or a wrong one accepted. What
 * a process can do to itself (its arguments, names of its files, sizes that a file system of its own
 * makes up, a stack that it unmaps) says nothing against a layout as long as it fits one process:
 * fit_check_process(). Everything else the kernel alone decides, for a tenant's processes as for others;
 * a wrong layout fails there already for the early tasks, no tenant's, which are never fewer than one
 * in three. tests/tools/fit_shift says what they notice by themselves.
 */
#ifndef OFFSETS_FIT_FIT_H
#define OFFSETS_FIT_FIT_H

#include "offsets/layout.h"
#include "offsets/fit/live.h"

#define FIT_INVARIANTS_MAX 400
#define FIT_TASKS_MAX 64
#define FIT_SEEN_SLOTS 16384 /* a power of two; half of them are used at most */

struct fit_invariant {
	const char *name; /* a constant: "task_struct.stack: ends with its magic number" */
	bool by_process;  /* a process can make it fail for itself */
	size_t checked, failed;
	uint64_t first; /* address of the first object that failed */
};

struct fit_task {
	uint64_t at;
	bool early; /* of the machine itself: among the first of the list */
};

struct fit {
	const struct layout *layout;
	struct live *live;
	struct fit_invariant invariants[FIT_INVARIANTS_MAX];
	size_t count;
	/* what was found on the way */
	struct fit_task tasks[FIT_TASKS_MAX]; /* init_task first, then in the order of the list */
	size_t task_count, early_count;
	bool early;   /* of the task that is being looked at */
	uint64_t now; /* ns since boot, about; 0: not known */
	uint64_t seen[FIT_SEEN_SLOTS]; /* addresses of objects, which many may share */
	size_t seen_count;
	uint32_t mount_ids[FIT_TASKS_MAX];
	size_t mount_count, file_count;
	unsigned int rounds; /* of reading */
};

/* Checks everything that can be. Errors: ERR_DATA: not even the first task can be read; ERR_SYSTEM. */
struct err *fit_run(const struct layout *layout, struct live *live, struct fit *ret) MUST_CHECK;

/* An invariant is violated when more than one in ten checks of it fail, and not just one of several:
 * memory that was copied while the machine ran, and tasks that are just being made, are not quite
 * consistent. One that a process can make fail is violated when all checks of it fail. */
bool fit_is_violated(const struct fit_invariant *i);
size_t fit_violations(const struct fit *f);

/* A line for each violated invariant; with all, for every one. */
void fit_format(const struct fit *f, bool all, struct buf *b);

/* --- for the files fit_*.c, each of which knows some structures ---------------------------------- */

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

bool fit_check(struct fit *f, const char *name, bool ok, uint64_t at);
bool fit_check_process(struct fit *f, const char *name, bool ok, uint64_t at);
/* Whether fields.def's type or member ("mm_struct", "owner") is in this layout, and where. */
bool fit_have_type(const struct fit *f, const char *tag, size_t *type);
bool fit_have(const struct fit *f, const char *tag, const char *member);
uint64_t fit_offset(const struct fit *f, const char *tag, const char *member);
uint64_t fit_length(const struct fit *f, const char *tag, const char *member);
bool fit_const(const struct fit *f, const char *name, uint64_t *ret);
/* Reads the listed members of the structure at this address; that it can be read is an invariant.
 * unreadable: its name. */
bool fit_read(struct fit *f, const char *tag, const char *unreadable, uint64_t at,
	      struct fit_object *ret);
/* The number of 1, 2, 4 or 8 bytes, or the first 8 bytes, that a member holds; 0 when there is none. */
uint64_t fit_get(const struct fit_object *o, const char *member);
bool fit_object_has(const struct fit_object *o, const char *member);
/* Where the member lies in memory. */
uint64_t fit_at(const struct fit_object *o, const char *member);
/* A pointer to an object: in the kernel's half, aligned to 8. */
bool fit_is_pointer(uint64_t value);
/* The list_head at this address and one of its neighbours point to each other. The other one may have come or
 * gone while the memory was copied, which two members of the list would see. */
bool fit_list_ok(struct fit *f, uint64_t head);
/* Whether this is the first time that this object is looked at: it counts once, however many share it. */
bool fit_is_new(struct fit *f, uint64_t at);
/* Where the symbol is known, value is its address: else nothing is checked. */
void fit_check_symbol(struct fit *f, const char *name, uint64_t value, const char *symbol, uint64_t at);

/* What an option adds to a structure is there if the function is that it adds to the kernel. */
void fit_check_function(struct fit *f, const char *name, bool have, const char *function);

/* A task that has ended, or is about to: it may have given up all it had. */
bool fit_has_ended(const struct fit_object *task);

struct err *fit_tasks(struct fit *f) MUST_CHECK;
void fit_namespaces(struct fit *f);
void fit_memory(struct fit *f);
void fit_files(struct fit *f);
/* The file that a process runs. */
void fit_program(struct fit *f, uint64_t file);
void fit_slabs(struct fit *f);
void fit_vmcoreinfo(struct fit *f);

#endif
