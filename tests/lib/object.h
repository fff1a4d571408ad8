/* object: compiles C text to a relocatable object, for tests of code that reads one. */
#ifndef TESTS_LIB_OBJECT_H
#define TESTS_LIB_OBJECT_H

#include "tests/lib/scratch.h"

/* Compiles source with a command such as "gcc -gdwarf-4", warnings off, to
 * NAME.o in s. Its path, which the caller owns; NULL when it does not compile. */
char *object_compile(const struct scratch *s, const char *name, const char *command,
		     const char *source);

#endif
