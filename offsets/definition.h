/* definition: where a name of the kernel's source is defined: a macro, or an enumerator.
 */
#ifndef OFFSETS_DEFINITION_H
#define OFFSETS_DEFINITION_H

#include <elfutils/libdw.h>

#include "base/table.h"

struct definition {
	struct table_key name;
	char *file; /* as the compiler names it */
	unsigned int line;
};

/* For table_deinit(). */
void definition_deinit(void *element);

/* text: what `gcc -E -dD` prints: #define lines, and markers of the file and line they come from. A
 * later definition takes the place of an earlier one. */
void definition_add_macros(struct table *definitions, const char *text);

/* The enumerators of an enumeration type, which are where the type is. The first of a name stays. */
void definition_add_enumerators(struct table *definitions, Dwarf_Die *type);

#endif
