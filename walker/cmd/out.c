#include "walker/cmd/out.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/escape.h"

#define OUT_MUCH (64u << 10)

void out_init(struct out *o)
{
	struct winsize size;

	*o = (struct out){ BUF_INIT, .terminal = isatty(STDOUT_FILENO) };
	if (o->terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) {
		o->width = size.ws_col;
		o->height = size.ws_row;
	}
}

struct err *out_flush(struct out *o)
{
	for (size_t done = 0; done < o->b.size;) {
		ssize_t n = write(STDOUT_FILENO, o->b.data + done, o->b.size - done);

		if (n < 0 && errno != EINTR)
			return err_errno("stdout");
		if (n > 0)
			done += (size_t)n;
	}
	buf_clear(&o->b);
	return NULL;
}

struct err *out_more(struct out *o)
{
	return o->b.size >= OUT_MUCH && !o->whole ? out_flush(o) : NULL;
}

void out_hex(struct buf *b, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		buf_add_char(b, digits[bytes[i] >> 4]);
		buf_add_char(b, digits[bytes[i] & 15]);
	}
}

void out_hex_dump(struct buf *b, uint64_t at, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i += 16) {
		buf_addf(b, "%016" PRIx64 " ", at + i);
		for (size_t k = i; k < i + 16; k++) {
			buf_add_char(b, ' ');
			if (k < size)
				out_hex(b, bytes + k, 1);
			else
				buf_add_str(b, "  ");
		}
		buf_add_str(b, "  ");
		for (size_t k = i; k < i + 16 && k < size; k++)
			buf_add_char(b, bytes[k] >= 0x20 && bytes[k] < 0x7f ? (char)bytes[k] : '.');
		buf_add_char(b, '\n');
	}
}

void grid_init(struct grid *t, const struct grid_column *columns, size_t column_count)
{
	*t = (struct grid){ .columns = columns, .column_count = column_count };
	for (size_t i = 0; i < column_count; i++) {
		buf_add_str(&t->text, columns[i].head);
		grid_cell_end(t);
	}
}

void grid_deinit(struct grid *t)
{
	buf_deinit(&t->text);
	free(t->ends);
}

void grid_cell_end(struct grid *t)
{
	if (t->cell_count == t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 256;
		t->ends = xrealloc(t->ends, t->capacity, sizeof(*t->ends));
	}
	t->ends[t->cell_count++] = t->text.size;
}

static const char *cell_text(const struct grid *t, size_t i, size_t *size)
{
	size_t start = i ? t->ends[i - 1] : 0;

	*size = t->ends[i] - start;
	return t->text.data + start;
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

static void format_row(const struct grid *t, size_t first, const size_t *widths, struct buf *b)
{
	for (size_t c = 0; c < t->column_count; c++) {
		size_t size;
		const char *text = cell_text(t, first + c, &size);
		size_t spaces = widths[c] - text_width(text, size);

		if (t->columns[c].right)
			add_spaces(b, spaces);
		buf_add(b, text, size);
		if (c + 1 == t->column_count)
			break;
		add_spaces(b, t->columns[c].right ? 1 : spaces + 1);
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

void grid_format(const struct grid *t, size_t line_width, struct buf *b)
{
	CLEANUP(free_ptr) size_t *widths = xcalloc(t->column_count, sizeof(*widths));

	for (size_t i = 0; i < t->cell_count; i++) {
		size_t size, *widest = &widths[i % t->column_count];
		const char *text = cell_text(t, i, &size);
		size_t width = text_width(text, size);

		if (width > *widest)
			*widest = width;
	}
	for (size_t i = 0; i + t->column_count <= t->cell_count; i += t->column_count) {
		size_t start = b->size;

		format_row(t, i, widths, b);
		if (line_width)
			cut_line(b, start, line_width);
	}
}
