#include "recover/config/join.h"

#include <string.h>

#include "recover/config/line.h"

void config_join_init(struct config_join *j)
{
	*j = (struct config_join){ .text = BUF_INIT, .cut = BUF_INIT, .open = true };
}

void config_join_deinit(struct config_join *j)
{
	buf_deinit(&j->text);
	buf_deinit(&j->cut);
}

static bool join_line(const struct config_join *j, const struct config_fragment *f,
		      char ret[2 * CONFIG_LINE_MAX], size_t *size)
{
	size_t head = f->head - 1;

	if (j->cut.size + head > CONFIG_LINE_MAX)
		return false;
	memcpy(ret, buf_str(&j->cut), j->cut.size);
	memcpy(ret + j->cut.size, f->text, head);
	*size = j->cut.size + head;
	return config_line_lex(ret, *size).kind != CONFIG_LINE_BAD;
}

bool config_join_fits(const struct config_join *j, const struct config_fragment *f)
{
	char line[2 * CONFIG_LINE_MAX];
	size_t size;

	return j->open && !j->ended && join_line(j, f, line, &size);
}

static void flush_missing(struct config_join *j)
{
	if (j->gap_from == j->gap_to)
		return;
	if (j->gap_to - j->gap_from == 1)
		buf_addf(&j->text, "# gap: page %zu: %s\n", j->gap_from, j->gap_why);
	else
		buf_addf(&j->text, "# gap: pages %zu-%zu: %s\n", j->gap_from, j->gap_to - 1,
			 j->gap_why);
	j->gap_from = j->gap_to = 0;
}

static void close_line(struct config_join *j)
{
	j->open = false;
	j->gaps++;
	buf_clear(&j->cut);
}

void config_join_page(struct config_join *j, const struct config_fragment *f, size_t index)
{
	char line[2 * CONFIG_LINE_MAX];
	size_t size;

	flush_missing(j);
	if (j->open && join_line(j, f, line, &size)) {
		buf_add(&j->text, line, size);
		buf_add_char(&j->text, '\n');
		j->lines++;
	} else if (j->open) {
		buf_addf(&j->text, "# gap: pages %zu and %zu do not join\n", index - !!index,
			 index);
		close_line(j);
		j->bad_joins++;
	}
	buf_add(&j->text, f->text + f->head, f->tail - f->head);
	buf_clear(&j->cut);
	buf_add(&j->cut, f->text + f->tail, f->size - f->tail);
	j->open = true;
	j->ended = f->last;
	j->lines += f->lines;
	j->pages++;
}

void config_join_missing(struct config_join *j, size_t index, const char *why)
{
	if (j->gap_from == j->gap_to || j->gap_to != index || strcmp(j->gap_why, why) != 0) {
		flush_missing(j);
		j->gap_from = index;
		j->gap_why = why;
		close_line(j);
	}
	j->gap_to = index + 1;
}

void config_join_gap(struct config_join *j, const char *why)
{
	flush_missing(j);
	buf_addf(&j->text, "# gap: %s\n", why);
	close_line(j);
}

void config_join_finish(struct config_join *j)
{
	flush_missing(j);
	if (!j->ended)
		config_join_gap(j, "the end: not in memory");
}
