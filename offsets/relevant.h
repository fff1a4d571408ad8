/* relevant: the options that the layout of fields.def depends on.
 *
 * Which they are is read from the source, as the debug information of probe.o points to it: for each
 * structure of fields.def and whatever is embedded in it, the lines of its definition, the `#if`s
 * in and around them, and the macros and enumerators they use, with the `#if`s around those. An
 * option that matters only under another one that is off is not among them.
 */
#ifndef OFFSETS_RELEVANT_H
#define OFFSETS_RELEVANT_H

#include "base/buf.h"
#include "base/err.h"
#include "offsets/fields.h"

/* macros: the preprocessor's text for the same probe with -dD, whose line markers name files
 * relative to folder. Appends to b lines "X<TAB>where it was seen first", by name.
 * Errors: ERR_DATA: probe.o or a header does not fit; ERR_SYSTEM. */
struct err *relevant_options(const char *probe, const char *macros, const char *folder,
			     const struct fields *fields, struct buf *b) MUST_CHECK;

#endif
