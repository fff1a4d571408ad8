#include "offsets/header.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/vec.h"

#define HEADER_MAX (8u << 20)
#define DEPTH_MAX 64
#define LINES_MAX 20000 /* of one definition */

void header_deinit(struct header *h)
{
	free(h->path);
	buf_deinit(&h->text);
	free(h->lines);
}

struct err *header_read(const char *path, struct header *ret)
{
	struct header *h = ret;
	struct err *e;

	*h = (struct header){ .path = xstrdup(path), .text = BUF_INIT };
	e = file_read(path, HEADER_MAX, &h->text);
	if (e)
		return e;
	for (const char *at = buf_str(&h->text); *at;) {
		*vec_add(h->lines, h->line_count, h->line_capacity) = (size_t)(at - buf_str(&h->text));
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return NULL;
}

const char *header_line(const struct header *h, size_t line, size_t *size)
{
	const char *text = buf_str(&h->text) + h->lines[line - 1];

	*size = strcspn(text, "\n");
	return text;
}

/* Whether a line is a directive that begins with this word; "": any directive. */
static bool is_directive(const char *text, size_t size, const char *word)
{
	size_t n = strlen(word), i = 0;

	while (i < size && isspace((unsigned char)text[i]))
		i++;
	if (i == size || text[i] != '#')
		return false;
	for (i++; i < size && isspace((unsigned char)text[i]);)
		i++;
	return size - i >= n && !memcmp(text + i, word, n);
}

static bool line_is(const struct header *h, size_t line, const char *word)
{
	size_t size;
	const char *text = header_line(h, line, &size);

	return is_directive(text, size, word);
}

/* A conditional that is open: the lines of its #if and of its last #elif or #else so far. */
struct conditional {
	size_t first, last;
};

/* The conditionals that a line stands in; *depth may be more than the DEPTH_MAX that are kept. */
static void find_open(const struct header *h, size_t line, struct conditional open[DEPTH_MAX], size_t *depth)
{
	*depth = 0;
	for (size_t i = 1; i < line && i <= h->line_count; i++) {
		if (line_is(h, i, "if")) {
			if (*depth < DEPTH_MAX)
				open[*depth] = (struct conditional){ i, i };
			++*depth;
		} else if (line_is(h, i, "el")) {
			if (*depth && *depth <= DEPTH_MAX)
				open[*depth - 1].last = i;
		} else if (line_is(h, i, "endif")) {
			*depth -= *depth > 0;
		}
	}
}

void header_each_continued(const struct header *h, size_t line, header_use use, void *arg)
{
	for (; line <= h->line_count; line++) {
		size_t size;
		const char *text = header_line(h, line, &size);

		use(arg, h, line);
		if (!size || text[size - 1] != '\\')
			return;
	}
}

/* The #if of a conditional and its own #elif lines, not those of conditionals inside it. */
static void each_of_conditional(const struct header *h, const struct conditional *c, header_use use, void *arg)
{
	size_t inner = 0;

	for (size_t i = c->first; i <= c->last; i++) {
		bool is_if = line_is(h, i, "if");

		if (inner && i != c->first && line_is(h, i, "endif"))
			inner--;
		if (i == c->first || (inner == 1 && line_is(h, i, "elif")))
			header_each_continued(h, i, use, arg);
		inner += is_if;
	}
}

void header_each_condition(const struct header *h, size_t line, header_use use, void *arg)
{
	struct conditional open[DEPTH_MAX];
	size_t depth;

	find_open(h, line, open, &depth);
	for (size_t d = 0; d < depth && d < DEPTH_MAX; d++)
		each_of_conditional(h, &open[d], use, arg);
}

/* What the bytes of a definition have come to. */
struct nesting {
	int depth; /* of braces */
	bool comment;
};

/* Reads on to the end of a line. Returns whether a `;` outside all braces ends the definition in it. */
static bool ends_in(struct nesting *n, const char *text, size_t size)
{
	for (size_t k = 0; k < size; k++) {
		bool more = k + 1 < size;

		if (n->comment && more && text[k] == '*' && text[k + 1] == '/')
			n->comment = false;
		else if (!n->comment && more && text[k] == '/' && text[k + 1] == '*')
			n->comment = true;
		if (n->comment)
			continue;
		n->depth += (text[k] == '{') - (text[k] == '}');
		if (text[k] == ';' && n->depth <= 0)
			return true;
	}
	return false;
}

void header_each_of_definition(const struct header *h, size_t line, header_use use, void *arg)
{
	struct nesting n = { 0, false };
	size_t last = line + LINES_MAX;

	for (; line <= h->line_count && line < last; line++) {
		size_t size;
		const char *text = header_line(h, line, &size);

		if (!n.comment)
			use(arg, h, line);
		if (!is_directive(text, size, "") && ends_in(&n, text, size))
			return;
	}
}
