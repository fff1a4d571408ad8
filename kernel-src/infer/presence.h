/* presence: what the members of structures in a kernel's BTF say of its configuration.
 *
 * The source defines a member under options. If BTF has the member, and a single place of the
 * source defines it, these options hold. If BTF has the structure without the member, and all but
 * one of the options are known to hold, that one does not. The second conclusion needs more: the
 * tree has one structure of that name, all lines of it are understood, and BTF has each of its
 * members that depends on nothing.
 */
#ifndef KERNEL_SRC_INFER_PRESENCE_H
#define KERNEL_SRC_INFER_PRESENCE_H

#include <stdint.h>

#include "base/buf.h"
#include "kernel-src/infer/infer.h"

struct presence;

/* definitions: text of members.h, among others; btf: a kernel's.
 * Errors: ERR_DATA: no BTF, damaged, or nested without an end. *ret is owned by the caller. */
struct err *presence_new(const char *definitions, const void *btf, size_t size,
			 struct presence **ret) MUST_CHECK;
void presence_free(struct presence *p);
static inline void presence_freep(struct presence **p)
{
	presence_free(*p);
}

/* Before infer_run(): tells it what the members say that are there, and lets it ask for what the
 * missing ones say. p outlives the run. */
void presence_tell(struct presence *p, struct infer *in);

/* How many structures and enums BTF has of those in the source, and how many of their members that
 * depend on options are there, and are not. */
void presence_count(const struct presence *p, size_t *shapes, size_t *there, size_t *missing);

/* After infer_run(): appends a line for people for each member that is not there though all around
 * it holds. */
void presence_contradictions(const struct presence *p, const struct infer *in, struct buf *b);

#endif
