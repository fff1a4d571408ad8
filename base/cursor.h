/* cursor: a place in text that moves on. It takes what it is told to expect, and stays where it is
 * if something else stands there.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>

struct cursor {
	const char *at, *end; /* the caller's text */
};

/* Moves behind white space. */
void cursor_skip_blanks(struct cursor *c);

/* Moves behind white space, and behind `text` if that follows. Returns whether it does. */
bool cursor_take(struct cursor *c, const char *text);

#endif
