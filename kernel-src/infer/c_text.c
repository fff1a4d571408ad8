#include "kernel-src/infer/c_text.h"

#include <ctype.h>
#include <string.h>

struct c_text c_text_of(const char *text, size_t size)
{
	return (struct c_text){ .at = text, .end = text + size, .line_start = true };
}

/* at: the quote that begins it. A string ends with its line at the latest. */
static const char *string_end(const char *at, const char *end)
{
	char quote = *at;

	for (at++; at < end && *at != quote && *at != '\n'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

static bool is_comment(const char *at, const char *end)
{
	return *at == '/' && end - at > 1 && (at[1] == '*' || at[1] == '/');
}

static const char *comment_end(const char *at, const char *end)
{
	const char *stop;

	if (at[1] == '/') {
		stop = memchr(at, '\n', (size_t)(end - at));
		return stop ? stop : end;
	}
	stop = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
	return stop ? stop + 2 : end;
}

enum c_text_kind c_text_next(struct c_text *c)
{
	for (; c->at < c->end; c->line_start = false) {
		while (c->at < c->end && *c->at == '\n') {
			c->line_start = true;
			c->at++;
		}
		if (c->at == c->end)
			break;
		if (*c->at == '#' && (c->line_start || isspace((unsigned char)c->at[-1])))
			return C_TEXT_DIRECTIVE;
		if (is_comment(c->at, c->end))
			c->at = comment_end(c->at, c->end);
		else if (*c->at == '"' || *c->at == '\'')
			c->at = string_end(c->at, c->end);
		else
			return C_TEXT_CODE;
	}
	return C_TEXT_END;
}

void c_text_directive(struct c_text *c, struct buf *line)
{
	for (c->at++; c->at < c->end && *c->at != '\n';) {
		if (*c->at == '\\' && c->end - c->at > 1 && c->at[1] == '\n') {
			c->at += 2;
		} else if (is_comment(c->at, c->end)) {
			c->at = comment_end(c->at, c->end);
			buf_add_char(line, ' ');
		} else {
			buf_add_char(line, *c->at++);
		}
	}
}

size_t c_text_word(struct c_text *c)
{
	const char *start = c->at;

	while (c->at < c->end && (isalnum((unsigned char)*c->at) || *c->at == '_'))
		c->at++;
	if (c->at > start)
		c->line_start = false;
	return (size_t)(c->at - start);
}

void c_text_pass(struct c_text *c)
{
	c->at++;
	c->line_start = false;
}
