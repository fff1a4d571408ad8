#include "walker/cmd/grid.h"

#include "base/alloc.h"
#include "base/vec.h"

void grid_init(struct grid *g, const bool *right, size_t column_count)
{
	*g = (struct grid){ .right = right, .column_count = column_count };
}

void grid_deinit(struct grid *g)
{
	buf_deinit(&g->text);
	free(g->ends);
}

void grid_add(struct grid *g, const void *text, size_t size)
{
	buf_add(&g->text, text, size);
	*vec_add(g->ends, g->count, g->capacity) = g->text.size;
}

static const char *cell_text(const struct grid *g, size_t i, size_t *size)
{
	size_t start = i ? g->ends[i - 1] : 0;

	*size = g->ends[i] - start;
	return g->text.data + start;
}

/* Columns on a terminal: characters, not bytes. */
static size_t text_width(const char *text, size_t size)
{
	size_t width = 0;

	for (size_t i = 0; i < size; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static void add_spaces(struct buf *b, size_t count)
{
	while (count--)
		buf_add_char(b, ' ');
}

static void format_row(const struct grid *g, size_t row, const size_t *widths, struct buf *b)
{
	for (size_t c = 0; c < g->column_count; c++) {
		size_t size;
		const char *text = cell_text(g, row * g->column_count + c, &size);
		size_t spaces = widths[c] - text_width(text, size);

		if (g->right[c])
			add_spaces(b, spaces);
		buf_add(b, text, size);
		if (c + 1 == g->column_count)
			break;
		add_spaces(b, g->right[c] ? 1 : spaces + 1);
	}
	buf_add_char(b, '\n');
}

/* Cuts the line that begins at `start` so that a terminal shows it as one. */
static void cut_line(struct buf *b, size_t start, size_t line_width)
{
	size_t end = start;

	for (size_t width = 0; end < b->size; end++) {
		width += ((unsigned char)b->data[end] & 0xc0) != 0x80;
		if (width > line_width && b->data[end] != '\n')
			break;
	}
	if (end == b->size)
		return;
	b->size = end;
	buf_add_char(b, '\n');
}

static void widths_of(const struct grid *g, size_t *widths)
{
	for (size_t i = 0; i < g->count; i++) {
		size_t size, *widest = &widths[i % g->column_count];
		const char *text = cell_text(g, i, &size);
		size_t width = text_width(text, size);

		if (width > *widest)
			*widest = width;
	}
}

void grid_format(const struct grid *g, const size_t *order, size_t line_width, struct buf *b)
{
	CLEANUP(free_ptr) size_t *widths = xcalloc(g->column_count, sizeof(*widths));

	widths_of(g, widths);
	for (size_t i = g->hide_heads ? g->heads : 0; i < g->count / g->column_count; i++) {
		size_t row = order && i >= g->heads ? g->heads + order[i - g->heads] : i;
		size_t start = b->size;

		format_row(g, row, widths, b);
		if (line_width)
			cut_line(b, start, line_width);
	}
}
