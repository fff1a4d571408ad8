#include "walker/cmd/rows.h"

#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

#define CHOSEN_MAX 32 /* columns that -o names */
#define FIELD_WIDTH 17

/* --- which columns --------------------------------------------------------------- */

static void choose(struct rows *r, size_t column)
{
	*vec_add(r->chosen, r->chosen_count, r->chosen_capacity) = column;
	r->cells[column].wanted = true;
}

static void choose_all(struct rows *r)
{
	for (size_t i = 0; i < r->column_count; i++)
		choose(r, i);
}

static struct err *choose_named(struct rows *r, const char *list)
{
	for (;;) {
		size_t size = strcspn(list, ", "), column;
		struct err *e = column_find(r->columns, r->column_count, list, size, &column);

		if (e)
			return err_in(e, "-o");
		if (r->chosen_count == CHOSEN_MAX)
			return err_new(ERR_USAGE, "-o: more than %d columns", CHOSEN_MAX);
		choose(r, column);
		if (!list[size])
			return NULL;
		list += size + 1;
	}
}

static struct err *choose_sort(struct rows *r, const char *name)
{
	struct err *e;

	r->order.descending = *name == '-';
	name += r->order.descending;
	e = column_find(r->columns, r->column_count, name, strlen(name), &r->sort);
	if (e)
		return err_in(e, "--sort");
	r->cells[r->sort].wanted = true;
	return NULL;
}

static void start_grid(struct rows *r)
{
	CLEANUP(buf_deinit) struct buf head = BUF_INIT;

	r->right = xcalloc(r->chosen_count, sizeof(*r->right));
	for (size_t i = 0; i < r->chosen_count; i++)
		r->right[i] = column_is_right(&r->columns[r->chosen[i]]);
	grid_init(&r->grid, r->right, r->chosen_count);
	r->grid.heads = 1;
	r->grid.hide_heads = r->out->form.no_header;
	for (size_t i = 0; i < r->chosen_count; i++) {
		buf_clear(&head);
		column_add_head(&r->columns[r->chosen[i]], &head);
		grid_add(&r->grid, head.data, head.size);
	}
}

static void start(struct rows *r, const struct column *columns, size_t column_count)
{
	*r = (struct rows){ .columns = columns, .column_count = column_count,
			    .sort = column_count, .json = true };
	r->cells = xcalloc(column_count, sizeof(*r->cells));
}

void rows_init_inner(struct rows *r, const struct column *columns, size_t column_count)
{
	start(r, columns, column_count);
	choose_all(r);
}

/* Does what the command line says of these rows. */
static struct err *obey(struct rows *r, const struct form *form, const char *usual)
{
	struct err *e = NULL;

	if (form->columns)
		e = choose_named(r, form->columns);
	else if (*usual)
		e = choose_named(r, usual);
	else
		choose_all(r);
	if (e)
		return e;
	if (form->columns && r->layout == ROWS_LINES)
		r->layout = ROWS_TABLE;
	return form->sort ? choose_sort(r, form->sort) : NULL;
}

struct err *rows_init(struct rows *r, struct out *out, enum rows_layout layout,
		      const struct column *columns, size_t column_count, const char *usual)
{
	struct err *e = NULL;

	start(r, columns, column_count);
	r->out = out;
	r->json = out->form.json;
	r->layout = layout;
	if (usual)
		e = obey(r, &out->form, usual);
	else
		choose_all(r);
	if (e)
		return e;
	if (r->layout == ROWS_TABLE && !r->json)
		start_grid(r);
	return NULL;
}

void rows_deinit(struct rows *r)
{
	for (size_t i = 0; i < r->column_count && r->cells; i++)
		buf_deinit(&r->cells[i].text);
	free(r->cells);
	free(r->chosen);
	free(r->right);
	free(r->ends);
	buf_deinit(&r->lines);
	buf_deinit(&r->kept);
	order_deinit(&r->order);
	grid_deinit(&r->grid);
}

bool rows_wants(const struct rows *r, size_t column)
{
	return r->cells[column].wanted;
}

/* --- rows ------------------------------------------------------------------------ */

static void add_object(const struct rows *r, struct buf *b)
{
	const char *between = "";

	buf_add_char(b, '{');
	for (size_t i = 0; i < r->chosen_count; i++) {
		const struct column *c = &r->columns[r->chosen[i]];
		const struct rows_cell *cell = &r->cells[r->chosen[i]];
		bool list = column_is_list(c);

		if (!cell->set)
			continue;
		buf_addf(b, "%s\"%s\":%s", between, c->key, list ? "[" : "");
		buf_add(b, buf_str(&cell->text), cell->text.size);
		buf_add_str(b, list ? "]" : "");
		between = ",";
	}
	buf_add_char(b, '}');
}

static void add_fields(const struct rows *r, struct buf *b)
{
	for (size_t i = 0; i < r->column_count; i++) {
		const struct rows_cell *cell = &r->cells[i];

		if (!cell->set && !cell->shown)
			continue;
		buf_addf(b, "%-*s ", FIELD_WIDTH, r->columns[i].key);
		buf_add(b, buf_str(&cell->text), cell->text.size);
		buf_add_char(b, '\n');
	}
}

static void add_cells(struct rows *r)
{
	for (size_t i = 0; i < r->chosen_count; i++) {
		const struct rows_cell *cell = &r->cells[r->chosen[i]];

		if (cell->set || cell->shown)
			grid_add(&r->grid, buf_str(&cell->text), cell->text.size);
		else
			grid_add(&r->grid, "-", 1);
	}
}

/* Appends the row to b, or, of a table, to the grid. */
static void add_row(struct rows *r, struct buf *b)
{
	if (r->json) {
		add_object(r, b);
		buf_add_char(b, '\n');
	} else if (r->layout == ROWS_TABLE) {
		add_cells(r);
	} else if (r->layout == ROWS_FIELDS) {
		add_fields(r, b);
	} else {
		buf_add(b, buf_str(&r->lines), r->lines.size);
	}
}

/* Keeps the row until all rows are there to be sorted. */
static void keep_row(struct rows *r)
{
	add_row(r, &r->kept);
	*vec_add(r->ends, r->end_count, r->end_capacity) = r->kept.size;
	order_end(&r->order, r->cells[r->sort].set);
}

struct err *row_end(struct rows *r)
{
	struct err *e = NULL;

	if (!r->out) {
		if (r->count)
			buf_add_char(&r->kept, ',');
		add_object(r, &r->kept);
	} else if (r->sort < r->column_count) {
		keep_row(r);
	} else {
		add_row(r, &r->out->b);
		e = out_more(r->out);
	}
	for (size_t i = 0; i < r->column_count; i++)
		r->cells[i].set = r->cells[i].shown = false;
	buf_clear(&r->lines);
	r->count++;
	return e;
}

static struct err *print_kept(struct rows *r, const size_t *order)
{
	for (size_t i = 0; i < r->end_count; i++) {
		size_t start = order[i] ? r->ends[order[i] - 1] : 0;
		struct err *e;

		buf_add(&r->out->b, buf_str(&r->kept) + start, r->ends[order[i]] - start);
		e = out_more(r->out);
		if (e)
			return e;
	}
	return NULL;
}

struct err *rows_end(struct rows *r, const char *none)
{
	CLEANUP(free_ptr) size_t *order = NULL;

	if (!r->count && none)
		return err_new(ERR_ABSENT, "%s", none);
	if (r->sort < r->column_count)
		order = order_rows(&r->order);
	if (r->layout == ROWS_TABLE && !r->json)
		grid_format(&r->grid, order, r->out->width, &r->out->b);
	else if (order)
		return print_kept(r, order);
	return NULL;
}
