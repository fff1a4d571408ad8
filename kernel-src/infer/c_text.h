/* c_text: a cursor over C source that stops at code and at preprocessor lines, and skips strings
 * and comments.
 *
 *	while ((kind = c_text_next(&c)) != C_TEXT_END)
 *		kind == C_TEXT_DIRECTIVE: c_text_directive()
 *		kind == C_TEXT_CODE: c_text_word(), or look at *c.at and c_text_pass()
 */
#ifndef KERNEL_SRC_INFER_C_TEXT_H
#define KERNEL_SRC_INFER_C_TEXT_H

#include "base/buf.h"

struct c_text {
	const char *at, *end;
	bool line_start; /* nothing stands in front of `at` in its line */
};

enum c_text_kind { C_TEXT_END, C_TEXT_DIRECTIVE, C_TEXT_CODE };

struct c_text c_text_of(const char *text, size_t size);
/* Moves to the next character of code, or to the `#` of a preprocessor line. */
enum c_text_kind c_text_next(struct c_text *c);

/* Takes a preprocessor line; appends what stands behind its `#`, without continuations and comments. */
void c_text_directive(struct c_text *c, struct buf *line);
/* Takes letters, digits and underlines. Returns how many; 0: another character stands here. */
size_t c_text_word(struct c_text *c);
/* Takes one character of code. */
void c_text_pass(struct c_text *c);

#endif
