/* dwarf_object: the debug information of an object that the kernel's compiler made.
 *
 * In a relocatable x86-64 object the references between sections of debug information
 * are relocations: read as they stand, all names are empty, and no error says so.
 * libdwfl applies the relocations in memory.
 */
#ifndef OFFSETS_DWARF_OBJECT_H
#define OFFSETS_DWARF_OBJECT_H

#include <elfutils/libdw.h>

#include "base/err.h"

/* Calls call() for each compilation unit of the object at PATH. The DIEs are good during the call only.
 * Errors: ERR_SYSTEM when PATH cannot be opened; ERR_DATA when it is no x86-64 ELF object, has no debug
 * information or is damaged, all naming PATH; call()'s, which end it. */
struct err *dwarf_object_each_unit(const char *path, struct err *(*call)(Dwarf_Die *unit, void *arg),
				   void *arg) MUST_CHECK;

#endif
