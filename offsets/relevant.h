/* relevant: the options that the layout of fields.def depends on.
 *
 * They are read from the source, to which the debug information of probe.o points. For each structure
 * of fields.def, and for whatever is embedded in it, we read the lines of its definition and the `#if`s
 * in and around them; then the macros and enumerators that these use, with the `#if`s around those; and
 * so on. Every option that occurs is relevant. An option that matters only under another one that is
 * off is not found.
 */
#ifndef OFFSETS_RELEVANT_H
#define OFFSETS_RELEVANT_H

#include "base/buf.h"
#include "base/err.h"
#include "offsets/fields.h"

/* macros: a file with what `gcc -E -dD` prints for the same probe; its line markers name files
 * relative to folder. Appends to b lines "X<TAB>where it was seen first", sorted by name.
 * Errors: ERR_DATA: probe.o or a header does not fit; ERR_SYSTEM. */
struct err *relevant_options(const char *probe, const char *macros, const char *folder,
			     const struct fields *fields, struct buf *b) MUST_CHECK;

#endif
