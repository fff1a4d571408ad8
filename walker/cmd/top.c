/* top: the table of ps again and again, on a terminal in the same place. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "walker/cmd/command.h"
#include "walker/cmd/ps.h"

#define HOME_AND_CLEAR "\033[H\033[J"
#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

#define EVERY_MS 500
#define EVERY_MS_MAX 86400000
#define HEAD_LINES 2 /* of a screen: what was read, an empty line */

enum { HEAD_TABLE, HEAD_ROWS, HEAD_MILLISECONDS, HEAD_ROUND_TRIPS, HEAD_GAPS, HEAD_COLUMNS };

/* Of the object in front of each table. */
static const struct column head_columns[HEAD_COLUMNS] = {
	[HEAD_TABLE] = COLUMN("table", U64),
	[HEAD_ROWS] = COLUMN("rows", U64),
	[HEAD_MILLISECONDS] = COLUMN("milliseconds", S64),
	[HEAD_ROUND_TRIPS] = COLUMN("round_trips", U64),
	[HEAD_GAPS] = COLUMN("gaps", U64),
};

struct top_options {
	bool threads;
	const char *every, *count; /* as given, or NULL */
};

struct top {
	int64_t every;	/* ms */
	uint64_t times; /* 0: until it is stopped */
	int stop;	/* a descriptor: ^C and the like */
	bool threads, terminal;
	size_t gaps;	/* of all tables */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct err *parse_every(const char *text, int64_t *ret)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || *text < '.' || *text > '9' ||
	    !(seconds >= 0 && seconds * 1000 <= EVERY_MS_MAX))
		return err_new(ERR_USAGE, "--every \"%s\": expected seconds, like 0.5", text);
	*ret = (int64_t)(seconds * 1000);
	return NULL;
}

static struct err *parse_options(struct top *top, const struct top_options *o)
{
	struct err *e = NULL;

	top->threads = o->threads;
	if (o->every)
		e = parse_every(o->every, &top->every);
	if (e || !o->count)
		return e;
	e = parse_number(o->count, "how many times", &top->times);
	if (e)
		return e;
	return top->times ? NULL : err_new(ERR_USAGE, "--count 0: expected 1 or more");
}

static struct err *top_init(struct top *top, const struct call *c)
{
	sigset_t stop;
	struct err *e;

	*top = (struct top){ .every = EVERY_MS, .stop = -1 };
	top->terminal = c->out->terminal && !c->out->form.json;
	e = parse_options(top, c->options);
	if (e)
		return e;
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	top->stop = signalfd(-1, &stop, SFD_CLOEXEC);
	return top->stop < 0 ? err_errno("signalfd") : NULL;
}

static void top_deinit(struct top *top)
{
	close_fd(&top->stop);
}

/* Waits for the next table; true when it is to be the last. */
static bool is_stopped(const struct top *top, int64_t until)
{
	struct pollfd wait = { .fd = top->stop, .events = POLLIN };
	int64_t left = until - now_ms();
	int n;

	do
		n = poll(&wait, 1, left > 0 ? (int)left : 0);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

/* Cuts the table that begins at `start` to as many lines as the screen has left. */
static void cut_screen(struct out *out, size_t start, size_t lines)
{
	for (size_t i = start; i < out->b.size; i++) {
		if (out->b.data[i] != '\n' || --lines)
			continue;
		out->b.size = i + 1;
		return;
	}
}

struct head {
	uint64_t number, round_trips;
	int64_t took; /* ms */
	size_t rows, gaps;
};

/* Prints what stands above a table: how many rows, and what they cost. */
static struct err *print_head(struct out *out, const struct head *head)
{
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	struct err *e = rows_init(&rows, out, ROWS_LINES, head_columns, HEAD_COLUMNS, NULL);

	if (e)
		return e;
	row_number(&rows, HEAD_TABLE, head->number);
	row_number(&rows, HEAD_ROWS, head->rows);
	row_signed(&rows, HEAD_MILLISECONDS, head->took);
	row_number(&rows, HEAD_ROUND_TRIPS, head->round_trips);
	row_number(&rows, HEAD_GAPS, head->gaps);
	row_linef(&rows, "table %" PRIu64 ": %zu rows in %" PRId64 " ms, %" PRIu64
			 " round trips%s", head->number, head->rows, head->took,
		  head->round_trips, head->gaps ? ", incomplete" : "");
	row_linef(&rows, "%s", "");
	return row_end(&rows);
}

static size_t count_lines(const struct buf *b)
{
	size_t lines = 0;

	for (size_t i = 0; i < b->size; i++)
		lines += b->data[i] == '\n';
	return lines;
}

/* Prints the notes of a table: on a screen below it, else to stderr. */
static void say(struct top *top, struct target *t, struct out *out, size_t table)
{
	size_t lines = count_lines(&t->notes.lines);

	if (!top->terminal) {
		notes_print(&t->notes);
	} else if (out->height > HEAD_LINES + lines + 1) {
		cut_screen(out, table, out->height - HEAD_LINES - lines - 1);
		buf_add(&out->b, buf_str(&t->notes.lines), t->notes.lines.size);
	}
	top->gaps += t->notes.gaps;
	notes_deinit(&t->notes);
	t->notes = (struct notes)NOTES_INIT;
}

/* Shows one table. An error is of this table; the next one may be whole. */
static struct err *show(struct top *top, struct target *t, struct out *out, uint64_t number)
{
	CLEANUP(out_deinit) struct out table;
	struct head head = { .number = number };
	int64_t began = now_ms();
	uint64_t vectors = memory_counters(t->memory)->vectors;
	struct err *e = number > 1 ? target_refresh(t) : NULL, *printed;
	size_t start;

	out_init_inner(out, &table);
	if (!e)
		e = ps_table(t, top->threads, &table, &head.rows);
	target_note_gone(t);
	if (e)
		notes_gap(&t->notes, "%s", err_text(e));
	if (top->terminal)
		buf_add_str(&out->b, HOME_AND_CLEAR);
	head.took = now_ms() - began;
	head.round_trips = memory_counters(t->memory)->vectors - vectors;
	head.gaps = t->notes.gaps;
	printed = print_head(out, &head);
	start = out->b.size;
	buf_add(&out->b, buf_str(&table.b), table.b.size);
	say(top, t, out, start);
	if (!e)
		return printed;
	err_discard(printed);
	return e;
}

/* Shows tables until it is stopped. *shown: the error of the last one. Errors: ERR_SYSTEM:
 * stdout. */
static struct err *show_all(struct top *top, const struct call *c, struct err **shown)
{
	int64_t next = now_ms();

	for (uint64_t number = 1;; number++) {
		struct err *e;

		err_discard(*shown);
		*shown = show(top, c->t, c->out, number);
		if (*shown && err_code(*shown) == ERR_USAGE)
			return NULL;
		e = out_flush(c->out);
		if (e)
			return e;
		next = next + top->every > now_ms() ? next + top->every : now_ms();
		if (number == top->times || is_stopped(top, next))
			return NULL;
	}
}

static struct err *run(const struct call *c)
{
	CLEANUP(top_deinit) struct top top = { .stop = -1 };
	struct err *e = top_init(&top, c), *shown = NULL;

	if (e)
		return e;
	if (top.terminal)
		buf_add_str(&c->out->b, HIDE_CURSOR);
	e = show_all(&top, c, &shown);
	if (top.terminal)
		buf_add_str(&c->out->b, SHOW_CURSOR);
	c->t->notes.gaps += top.gaps;
	if (!e)
		return shown;
	err_discard(shown);
	return e;
}

static const struct option_row option_rows[] = {
	OPTION_FLAG('L', "threads", struct top_options, threads, "a row for each thread"),
	OPTION_TEXT(0, "every", "SECONDS", struct top_options, every, "how often (0.5)"),
	OPTION_TEXT(0, "count", "N", struct top_options, count, "how many times (until ^C)"),
};

const struct command command_top = {
	.name = "top",
	.what = "list processes again and again",
	COMMAND_OPTIONS(option_rows, struct top_options),
	COMMAND_COLUMNS(ps_columns),
	.run = run,
};
