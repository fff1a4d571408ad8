/* escape: text of the target, made harmless.
 *
 * The target's memory is hostile: a process may be called "\033[2J". Nothing of
 * it is printed but through one of these.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

/* Bytes of the well-formed UTF-8 sequence at s (1 to 4), or 0 when there is
 * none: no overlong forms, no surrogates, nothing above U+10FFFF. size >= 1. */
size_t utf8_sequence(const unsigned char *s, size_t size);

/* Appends a JSON string with its quotes. Bytes that are not UTF-8 become lone
 * surrogates (0xNN: \udcNN, as Python's surrogateescape has it), control
 * characters and DEL \u00XX; everything else stands as it is. */
void escape_json(struct buf *b, const void *bytes, size_t size);

/* Appends text for people: control characters (C0, DEL, C1) and bytes that are
 * not UTF-8 as \xHH, a backslash as \\. */
void escape_text(struct buf *b, const void *bytes, size_t size);

#endif
