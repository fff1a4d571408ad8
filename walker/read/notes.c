#include "walker/read/notes.h"

#include <stdio.h>
#include <string.h>

/* A hostile image could bring about one for every task. */
#define NOTES_MAX 20

void notes_deinit(struct notes *n)
{
	buf_deinit(&n->lines);
}

static void notes_vadd(struct notes *n, const char *kind, const char *fmt, va_list args)
{
	if (n->kept == NOTES_MAX) {
		n->dropped++;
		return;
	}
	n->kept++;
	buf_add_str(&n->lines, kind);
	buf_vaddf(&n->lines, fmt, args);
	buf_add_char(&n->lines, '\n');
}

void notes_gap(struct notes *n, const char *fmt, ...)
{
	va_list args;

	n->gaps++;
	va_start(args, fmt);
	notes_vadd(n, "incomplete: ", fmt, args);
	va_end(args);
}

void notes_gap_err(struct notes *n, struct err *e)
{
	if (!e)
		return;
	notes_gap(n, "%s", err_text(e));
	err_discard(e);
}

void notes_remark(struct notes *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	notes_vadd(n, "", fmt, args);
	va_end(args);
}

void notes_print(const struct notes *n)
{
	for (const char *line = buf_str(&n->lines); *line;) {
		size_t size = strcspn(line, "\n");

		fprintf(stderr, "walker: %.*s\n", (int)size, line);
		line += size + 1;
	}
	if (n->dropped)
		fprintf(stderr, "walker: and %zu more like these\n", n->dropped);
}
