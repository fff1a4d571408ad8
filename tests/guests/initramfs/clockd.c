// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clockd: keeps the wall-clock time in two global variables, for whoever reads a process's memory from outside and wants to see it
 * move. Built twice, at fixed addresses (clockd) and position independent (clockd-pie), both with their symbols.
 * The variables' addresses are left in /run/NAME.addresses.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <time.h>

volatile unsigned long current_time_ns; /* since 1970 */
char time_text[32];			/* 2026-01-31T12:34:56Z */

static void leave_addresses(void)
{
	char path[64];
	snprintf(path, sizeof path, "/run/%s.addresses", program_invocation_short_name);
	FILE *f = fopen(path, "w");
	if (!f)
		return;
	fprintf(f, "current_time_ns=%p\ntime_text=%p\n", (void *)&current_time_ns, (void *)time_text);
	fclose(f);
}

int main(void)
{
	leave_addresses();
	for (;;) {
		struct timespec now;
		struct tm utc;
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &utc);
		strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
		current_time_ns = (unsigned long)now.tv_sec * 1000000000ul + (unsigned long)now.tv_nsec;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, 0);
	}
}
