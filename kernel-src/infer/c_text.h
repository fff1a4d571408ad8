/* c_text: the parts of C source that are no code: strings, comments, preprocessor lines.
 *
 * Each takes where it begins and returns what is behind it, end at most.
 */
#ifndef KERNEL_SRC_INFER_C_TEXT_H
#define KERNEL_SRC_INFER_C_TEXT_H

#include "base/buf.h"

/* at: the quote that begins it. It ends with its line at the latest. */
const char *c_text_string(const char *at, const char *end);
/* at: the slash that begins it, with another character behind it. */
const char *c_text_comment(const char *at, const char *end);
/* Past the string or comment that begins at `at`, which is before end; `at` itself: none does. */
const char *c_text_skip(const char *at, const char *end);
/* at: the `#`. Appends what is behind it to line, without continuations and comments. */
const char *c_text_directive(const char *at, const char *end, struct buf *line);

#endif
