/* The values of a row; rows.c makes rows of them. */
#include "walker/cmd/rows.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"

/* The cell for a new value, or NULL if the column is not wanted. */
static struct rows_cell *start_value(struct rows *r, size_t column)
{
	struct rows_cell *cell = &r->cells[column];

	if (!cell->wanted)
		return NULL;
	cell->set = true;
	cell->shown = false;
	cell->items = 0;
	buf_clear(&cell->text);
	if (column == r->sort)
		order_clear(&r->order);
	return cell;
}

void row_number(struct rows *r, size_t column, uint64_t value)
{
	const struct column *c = &r->columns[column];
	struct rows_cell *cell = start_value(r, column);

	if (!cell)
		return;
	cell->set = column_add_number(c, value, r->json, &cell->text);
	if (column == r->sort)
		/* negative ones come before the others */
		order_number(&r->order, value ^ (uint64_t)(c->type == COLUMN_S64) << 63);
}

void row_signed(struct rows *r, size_t column, int64_t value)
{
	row_number(r, column, (uint64_t)value);
}

void row_text(struct rows *r, size_t column, const void *bytes, size_t size)
{
	struct rows_cell *cell = start_value(r, column);

	if (!cell)
		return;
	cell->set = column_add_text(&r->columns[column], bytes, size, r->json, &cell->text);
	if (column == r->sort)
		order_text(&r->order, bytes, size);
}

void row_str(struct rows *r, size_t column, const char *text)
{
	row_text(r, column, text, strlen(text));
}

void row_textf(struct rows *r, size_t column, const char *fmt, ...)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	row_text(r, column, buf_str(&text), text.size);
}

void row_list(struct rows *r, size_t column)
{
	struct rows_cell *cell = start_value(r, column);

	if (cell)
		cell->set = column_is_list(&r->columns[column]);
}

/* The cell for one item more, or NULL. */
static struct rows_cell *start_item(struct rows *r, size_t column)
{
	struct rows_cell *cell = &r->cells[column];

	if (!cell->set)
		row_list(r, column);
	if (!cell->set)
		return NULL;
	if (cell->items++)
		buf_add_char(&cell->text, r->json ? ',' : ' ');
	return cell;
}

void row_list_text(struct rows *r, size_t column, const void *bytes, size_t size)
{
	struct rows_cell *cell = start_item(r, column);

	if (!cell)
		return;
	column_add_text(&r->columns[column], bytes, size, r->json, &cell->text);
	if (column == r->sort) {
		order_text(&r->order, bytes, size);
		order_text(&r->order, "", 1);
	}
}

void row_list_number(struct rows *r, size_t column, uint64_t value)
{
	struct rows_cell *cell = start_item(r, column);

	if (!cell)
		return;
	column_add_number(&r->columns[column], value, r->json, &cell->text);
	if (column == r->sort)
		order_number(&r->order, cell->items);
}

void row_rows(struct rows *r, size_t column, const struct rows *inner)
{
	struct rows_cell *cell = start_value(r, column);

	if (!cell)
		return;
	cell->set = r->columns[column].type == COLUMN_ROWS;
	if (r->json)
		buf_add(&cell->text, buf_str(&inner->kept), inner->kept.size);
	else
		buf_addf(&cell->text, "%zu", inner->count);
	if (column == r->sort)
		order_number(&r->order, inner->count);
}

void row_shownf(struct rows *r, size_t column, const char *fmt, ...)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct rows_cell *cell = &r->cells[column];
	va_list args;

	if (r->json || !cell->wanted)
		return;
	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	cell->shown = true;
	buf_clear(&cell->text);
	escape_text(&cell->text, buf_str(&text), text.size);
}

void row_line(struct rows *r, const void *text, size_t size)
{
	if (r->json)
		return;
	escape_text(&r->lines, text, size);
	buf_add_char(&r->lines, '\n');
}

void row_linef(struct rows *r, const char *fmt, ...)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	row_line(r, buf_str(&text), text.size);
}
