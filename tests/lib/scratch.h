/* scratch: a folder for the files of one test, gone when the scope ends.
 *
 *	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
 *	CLEANUP(free_ptr) char *path = scratch_file(&dir, "facts", "a=1\n");
 */
#ifndef TESTS_LIB_SCRATCH_H
#define TESTS_LIB_SCRATCH_H

#include <stddef.h>

struct scratch {
	char path[64];
};

struct scratch scratch_init(void);
void scratch_deinit(struct scratch *s);
/* The path of NAME in it; owned by the caller. */
char *scratch_path(const struct scratch *s, const char *name);
/* The same, and the file is written with this text. */
char *scratch_file(const struct scratch *s, const char *name, const char *text);
char *scratch_bytes(const struct scratch *s, const char *name, const void *data, size_t size);

#endif
