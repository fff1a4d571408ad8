/* visitor: gets each file of a kernel tree, in one pass, one by one, in one pass.
 */
#ifndef KERNEL_SRC_UNPACK_VISITOR_H
#define KERNEL_SRC_UNPACK_VISITOR_H

#include <stdbool.h>
#include <stddef.h>

struct visitor {
	bool (*wants)(const char *path); /* from the top of the tree */
	void (*visit)(void *arg, const char *path, const char *text, size_t size);
	void *arg;
	size_t max; /* larger files are left out */
};

#endif
