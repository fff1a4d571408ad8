/* failing: a memory that fails at the n-th element read through it, for tests that run something
 * with n = 1, 2, 3, ... until it succeeds:
 *
 *	for (unsigned int n = 1;; n++) {
 *		CLEANUP(memory_closep) struct memory *m = failing_memory(text_memory(text), n,
 *									 MEMORY_IO);
 *		...
 *		if (!failing_has_failed(m))
 *			break;
 *	}
 */
#ifndef TESTS_LIB_FAILING_H
#define TESTS_LIB_FAILING_H

#include "memory/memory.h"

/* The whole source is gone instead of one element. */
#define FAILING_GONE MEMORY_STATUS_COUNT

/* how: the status of the n-th element, counted from 1; or FAILING_GONE: this read and all later
 * ones are an error. The RAM map is that of inner, which is closed together with this memory. */
struct memory *failing_memory(struct memory *inner, unsigned int n, enum memory_status how);
bool failing_has_failed(const struct memory *m);

#endif
