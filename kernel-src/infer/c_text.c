#include "kernel-src/infer/c_text.h"

#include <string.h>

const char *c_text_string(const char *at, const char *end)
{
	char quote = *at;

	for (at++; at < end && *at != quote && *at != '\n'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

const char *c_text_comment(const char *at, const char *end)
{
	const char *stop;

	if (at[1] == '/') {
		stop = memchr(at, '\n', (size_t)(end - at));
		return stop ? stop : end;
	}
	stop = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
	return stop ? stop + 2 : end;
}

const char *c_text_skip(const char *at, const char *end)
{
	if (*at == '/' && at + 1 < end && (at[1] == '*' || at[1] == '/'))
		return c_text_comment(at, end);
	return *at == '"' || *at == '\'' ? c_text_string(at, end) : at;
}

const char *c_text_directive(const char *at, const char *end, struct buf *line)
{
	for (at++; at < end && *at != '\n';) {
		size_t left = (size_t)(end - at);

		if (*at == '\\' && left > 1 && at[1] == '\n') {
			at += 2;
		} else if (*at == '/' && left > 1 && (at[1] == '*' || at[1] == '/')) {
			at = c_text_comment(at, end);
			buf_add_char(line, ' ');
		} else {
			buf_add_char(line, *at++);
		}
	}
	return at;
}
