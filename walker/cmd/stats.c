#include "walker/cmd/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_counter(const char *name, uint64_t value, void *arg)
{
	(void)arg;
	if (value)
		fprintf(stderr, "walker:   %s %" PRIu64 "\n", name, value);
}

/* Requests of the bus, where the source counts them; else what was asked for. */
static void take_reads(const char *name, uint64_t value, void *arg)
{
	size_t size = strlen(name);

	if (!strcmp(name, "elements") || (size > 6 && !strcmp(name + size - 6, "_reads")))
		*(uint64_t *)arg = value;
}

void stats_print(const struct memory *m)
{
	uint64_t reads = 0;

	fprintf(stderr, "walker: %s:\n", memory_uri(m));
	memory_stats(m, print_counter, NULL);
	if (!memory_limits(m)->live)
		return;
	memory_stats(m, take_reads, &reads);
	fprintf(stderr, "walker: %" PRIu64 " reads in %" PRIu64 " dependent round trips\n", reads,
		memory_counters(m)->vectors);
}
