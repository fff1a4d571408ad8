#include "base/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_AFTER 2.0
#define PROGRESS_EVERY 0.1
#define BAR_WIDTH 30

double monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_init(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){ .what = what,
				.total = total,
				.started = monotonic_seconds(),
				.terminal = isatty(STDERR_FILENO) };
}

static void progress_print(const struct progress *p, uint64_t done, double elapsed)
{
	double rate = (double)done / elapsed, mib = 1 << 20;

	if (!p->total) {
		fprintf(stderr, "\r\033[K%s  %.0f MiB  %.0f MiB/s", p->what, (double)done / mib,
			rate / mib);
		return;
	}
	double part = done < p->total ? (double)done / (double)p->total : 1;
	double left = rate > 0 ? (double)(p->total - (done < p->total ? done : p->total)) / rate : 0;
	char bar[BAR_WIDTH + 1];

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < part * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r\033[K%s  [%s] %3.0f %%  %.0f MiB/s  %.0f s left", p->what, bar, part * 100,
		rate / mib, left);
}

void progress_update(struct progress *p, uint64_t done)
{
	double now;

	if (!p->terminal)
		return;
	now = monotonic_seconds();
	if (now - p->started < PROGRESS_AFTER || now - p->shown < PROGRESS_EVERY)
		return;
	p->shown = now;
	progress_print(p, done, now - p->started);
	fflush(stderr);
}

void progress_deinit(struct progress *p)
{
	if (p->terminal && p->shown > 0)
		fputs("\r\033[K", stderr);
}
