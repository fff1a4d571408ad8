#include "base/cursor.h"

#include <ctype.h>
#include <string.h>

void cursor_skip_blanks(struct cursor *c)
{
	while (c->at < c->end && isspace((unsigned char)*c->at))
		c->at++;
}

bool cursor_take(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	cursor_skip_blanks(c);
	if ((size_t)(c->end - c->at) < n || memcmp(c->at, text, n) != 0)
		return false;
	c->at += n;
	return true;
}
