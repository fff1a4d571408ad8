// SPDX-License-Identifier: GPL-2.0-or-later
/* peek PID ADDRESS u64|string: one value of a process's memory, through /proc/PID/mem. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	union {
		unsigned long u64;
		char string[33];
	} value = { 0 };
	if (argc != 4) {
		fprintf(stderr, "usage: peek PID ADDRESS u64|string\n");
		return 2;
	}
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", atoi(argv[1]));
	int fd = open(path, O_RDONLY);
	if (fd < 0 || pread(fd, &value, 32, (off_t)strtoull(argv[2], 0, 16)) != 32) {
		perror(path);
		return 4;
	}
	if (!strcmp(argv[3], "u64"))
		printf("%lu\n", value.u64);
	else
		printf("%s\n", value.string);
	return 0;
}
