/* escape: makes text of the target harmless.
 *
 * The target's memory is hostile: a process may be called "\033[2J". All text of the target passes
 * through one of these functions before it is printed.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

/* How many bytes (1 to 4) the well-formed UTF-8 sequence at s has; 0: none begins there. Overlong
 * forms, surrogates and what is above U+10FFFF are not well-formed. size >= 1. */
size_t utf8_sequence(const unsigned char *s, size_t size);

/* Appends a JSON string with its quotes. A byte 0xNN that is not UTF-8 becomes the lone surrogate
 * \udcNN, as Python's surrogateescape has it; control characters and DEL become \u00XX; everything
 * else stays as it is. */
void escape_json(struct buf *b, const void *bytes, size_t size);

/* Appends text for people: control characters (C0, DEL, C1) and bytes that are not UTF-8 become
 * \xHH, a backslash becomes \\. */
void escape_text(struct buf *b, const void *bytes, size_t size);

#endif
