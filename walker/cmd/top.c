/* top: the table of ps again and again, on a terminal in the same place. */
#include "walker/cmd/command.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#define HOME_AND_CLEAR "\033[H\033[J"
#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

#define EVERY_MS 500
#define EVERY_MS_MAX 86400000
#define HEAD_LINES 2 /* of a screen: what was read, an empty line */

struct top {
	int64_t every; /* ms */
	uint64_t times; /* 0: until it is stopped */
	int stop;	/* a descriptor: ^C and the like */
	bool terminal;
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

static struct err *top_init(struct top *top, const struct options *o, const struct out *out)
{
	sigset_t stop;
	struct err *e = NULL;

	*top = (struct top){ .every = EVERY_MS, .stop = -1 };
	top->terminal = out->terminal && !o->json;
	if (o->every)
		e = parse_every(o->every, &top->every);
	if (!e && o->times)
		e = parse_number(o->times, "how many times", &top->times);
	if (!e && o->times && !top->times)
		e = err_new(ERR_USAGE, "--count 0: expected 1 or more");
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

/* Leaves only what a screen can show, of the table that begins at `start`. */
static void cut_screen(struct out *out, size_t start, size_t lines)
{
	for (size_t i = start; i < out->b.size; i++) {
		if (out->b.data[i] != '\n' || --lines)
			continue;
		out->b.size = i + 1;
		return;
	}
}

/* What is printed above a table: how many, and at what cost. */
static void add_head(struct buf *b, bool json, uint64_t number, size_t rows, int64_t took,
		     uint64_t round_trips, size_t gaps)
{
	if (json)
		buf_addf(b, "{\"table\":%" PRIu64 ",\"rows\":%zu,\"milliseconds\":%" PRId64
			 ",\"round_trips\":%" PRIu64 ",\"gaps\":%zu}\n", number, rows, took,
			 round_trips, gaps);
	else
		buf_addf(b, "table %" PRIu64 ": %zu rows in %" PRId64 " ms, %" PRIu64
			 " round trips%s\n\n", number, rows, took, round_trips,
			 gaps ? ", incomplete" : "");
}

static size_t count_lines(const struct buf *b)
{
	size_t lines = 0;

	for (size_t i = 0; i < b->size; i++)
		lines += b->data[i] == '\n';
	return lines;
}

/* What is to be said about a table: on the screen below it, else on stderr. */
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

/* One table. Errors: of this table; another one may be better. */
static struct err *show(struct top *top, struct target *t, const struct options *o,
			struct out *out, uint64_t number)
{
	int64_t began = now_ms();
	uint64_t vectors = memory_counters(t->memory)->vectors;
	struct out table = { BUF_INIT, out->terminal, true, out->width, out->height };
	size_t rows = 0, start;
	struct err *e = number > 1 ? target_refresh(t) : NULL;

	if (!e)
		e = ps_table(t, o, &table, &rows);
	target_note_gone(t);
	if (e)
		notes_gap(&t->notes, "%s", err_text(e));
	if (top->terminal)
		buf_add_str(&out->b, HOME_AND_CLEAR);
	add_head(&out->b, o->json, number, rows, now_ms() - began,
		 memory_counters(t->memory)->vectors - vectors, t->notes.gaps);
	start = out->b.size;
	buf_add(&out->b, buf_str(&table.b), table.b.size);
	buf_deinit(&table.b);
	say(top, t, out, start);
	return e;
}

struct err *cmd_top(struct target *t, const struct options *o, char **args, size_t count,
		    struct out *out)
{
	CLEANUP(top_deinit) struct top top = { .stop = -1 };
	struct err *e = top_init(&top, o, out), *shown = NULL;
	int64_t next = now_ms();

	(void)args;
	(void)count;
	if (e)
		return e;
	if (top.terminal)
		buf_add_str(&out->b, HIDE_CURSOR);
	for (uint64_t number = 1; !e; number++) {
		err_discard(shown);
		shown = show(&top, t, o, out, number);
		if (shown && err_code(shown) == ERR_USAGE)
			break;
		e = out_flush(out);
		next = next + top.every > now_ms() ? next + top.every : now_ms();
		if (e || number == top.times || is_stopped(&top, next))
			break;
	}
	if (top.terminal)
		buf_add_str(&out->b, SHOW_CURSOR);
	t->notes.gaps += top.gaps;
	if (!e)
		return shown;
	err_discard(shown);
	return e;
}
