#include "tests/lib/object.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

char *object_compile(const struct scratch *s, const char *name, const char *command,
		     const char *source)
{
	CLEANUP(free_ptr) char *c_name = xasprintf("%s.c", name);
	CLEANUP(free_ptr) char *o_name = xasprintf("%s.o", name);
	CLEANUP(free_ptr) char *c_path = scratch_file(s, c_name, source);
	CLEANUP(free_ptr) char *o_path = scratch_path(s, o_name);
	CLEANUP(free_ptr) char *line =
		xasprintf("%s -w -c -o '%s' '%s' 2>/dev/null", command, o_path, c_path);

	return system(line) ? NULL : TAKE(o_path);
}
