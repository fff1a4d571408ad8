// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs-report [--threads]: the guest's own process table, one JSON object per line, ordered by pid.
 *
 * This is the truth that farwalk's walker is compared with, line by line, so it is kept dumb: every value is copied from one file
 * of /proc. Without options a line is a process (thread group), with --threads a thread (then "pid" is the thread's id).
 * The reporter leaves out only itself.
 *
 *   pid tgid ppid uid gid threads   /proc/PID/status (uid and gid: the effective ones, in the initial user namespace)
 *   state start                     /proc/PID/stat, fields 3 and 22 (22 counts 1/100 s)
 *   comm                            /proc/PID/sched, first line; where the kernel has no such file, /proc/PID/comm, of
 *                                   which a kernel thread's raw name is the first 15 bytes, and a kworker's what stands
 *                                   before its work
 *   args                            /proc/PID/cmdline
 *   switches                        /proc/PID/status, how often it left a processor; read after its state, so that a thread which
 *                                   sleeps in two reports of the same number did not run between them
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct text {
	char *bytes; /* NUL-terminated, which is not counted in size */
	size_t size;
};

static void die(const char *what)
{
	fprintf(stderr, "procfs-report: %s: %s\n", what, strerror(errno));
	exit(4);
}

/* Reads DIRECTORY/NAME to its end. False: it cannot be read, for instance because the process ended. Free ret->bytes. */
static bool text_read(const char *directory, const char *name, struct text *ret)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size_t room = 65536, size = 0;
	char *bytes = malloc(room + 1);
	for (;;) {
		if (!bytes)
			die("malloc");
		ssize_t n = read(fd, bytes + size, room - size);
		if (n < 0) {
			close(fd);
			free(bytes);
			return false;
		}
		if (n == 0)
			break;
		size += (size_t)n;
		if (size == room)
			bytes = realloc(bytes, (room *= 2) + 1);
	}
	close(fd);
	bytes[size] = 0;
	*ret = (struct text){ bytes, size };
	return true;
}

/* Length of the valid UTF-8 character at p (at most n bytes): no overlong forms, no surrogates, up to U+10FFFF. 0: none is. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (length < 2 || length > n)
		return length == 1;
	unsigned long code = p[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	bool good = code >= least[length] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
	return good ? length : 0;
}

static void print_string(const char *bytes, size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes;
	putchar('"');
	for (size_t i = 0; i < size;) {
		size_t length = utf8_length(p + i, size - i);
		if (length == 0) {
			printf("\\udc%02x", p[i++]);
		} else if (p[i] < 0x20 || p[i] == 0x7f) {
			printf("\\u00%02x", p[i++]);
		} else {
			if (p[i] == '"' || p[i] == '\\')
				putchar('\\');
			fwrite(p + i, 1, length, stdout);
			i += length;
		}
	}
	putchar('"');
}

/* Every argument ends at a NUL; a last one without NUL ends with the text. */
static void print_args(const struct text *cmdline)
{
	putchar('[');
	for (size_t at = 0; at < cmdline->size;) {
		size_t length = strnlen(cmdline->bytes + at, cmdline->size - at);
		if (at)
			putchar(',');
		print_string(cmdline->bytes + at, length);
		at += length + 1;
	}
	putchar(']');
}

/* The n-th number (from 0) after "KEY:" at a line's start. The kernel escapes newlines in status, so a line is a line. */
static long status_number(const struct text *status, const char *key, int n)
{
	char start[32];
	snprintf(start, sizeof start, "\n%s:\t", key);
	char *p = strstr(status->bytes, start);
	if (!p) {
		errno = ENOENT;
		die(key);
	}
	p += strlen(start);
	long value = strtol(p, &p, 10);
	while (n-- > 0)
		value = strtol(p, &p, 10);
	return value;
}

/* "COMM (PID, #threads: N)\n": COMM is raw and may hold anything, but its end is at most 15 bytes away. */
static size_t sched_comm_size(const struct text *sched, long pid)
{
	char end[48];
	snprintf(end, sizeof end, " (%ld, #threads: ", pid);
	for (size_t i = 0; i <= 15 && i < sched->size; i++)
		if (!strncmp(sched->bytes + i, end, strlen(end)))
			return i;
	errno = EINVAL;
	die("no name in the first line of sched");
	return 0;
}

/* The size of the raw name in /proc/PID/comm, whose last byte is a newline. A kworker's name ("kworker/0:1H", "kworker/u4:2",
 * but "kworker/R-NAME" from 6.9 on) has there "-" or "+" and its work behind it, and kernel threads may have longer names. */
static size_t raw_comm_size(const struct text *comm, bool kernel_thread)
{
	size_t size = comm->size - 1, worker = strlen("kworker/");
	if (!kernel_thread)
		return size;
	if (!strncmp(comm->bytes, "kworker/", worker) && comm->bytes[worker] != 'R')
		size = strcspn(comm->bytes, "-+\n");
	return size > 15 ? 15 : size;
}

static void report(const char *directory, long pid)
{
	struct text status = { 0 }, stat = { 0 }, cmdline = { 0 }, comm = { 0 };
	bool sched = text_read(directory, "sched", &comm);
	if ((sched || text_read(directory, "comm", &comm)) && text_read(directory, "stat", &stat) &&
	    text_read(directory, "status", &status) && text_read(directory, "cmdline", &cmdline)) {
		char *after_comm = strrchr(stat.bytes, ')'), state = 0;
		unsigned long long start = 0; /* field 22: 20th after the name */
		unsigned long flags = 0;      /* field 9; 0x200000 is PF_KTHREAD */
		if (!after_comm || sscanf(after_comm + 2,
		    "%c %*s %*s %*s %*s %*s %lu %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &state, &flags, &start) != 3)
			die("stat is not as expected");
		printf("{\"pid\":%ld,\"tgid\":%ld,\"ppid\":%ld,\"uid\":%ld,\"gid\":%ld,\"state\":\"%c\",\"threads\":%ld,"
		       "\"start\":%llu.%02llu,\"comm\":", pid, status_number(&status, "Tgid", 0),
		       status_number(&status, "PPid", 0), status_number(&status, "Uid", 1), status_number(&status, "Gid", 1),
		       state, status_number(&status, "Threads", 0), start / 100, start % 100);
		print_string(comm.bytes, sched ? sched_comm_size(&comm, pid) : raw_comm_size(&comm, flags & 0x200000));
		printf(",\"args\":");
		print_args(&cmdline);
		printf(",\"switches\":%ld}\n", status_number(&status, "voluntary_ctxt_switches", 0) +
		       status_number(&status, "nonvoluntary_ctxt_switches", 0));
	}
	free(status.bytes);
	free(stat.bytes);
	free(cmdline.bytes);
	free(comm.bytes);
}

static int by_number(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;
	return (x > y) - (x < y);
}

/* The numeric names in a directory, ascending. Returns their count; free *ret. */
static size_t list_numbers(const char *directory, long **ret)
{
	long *numbers = NULL;
	size_t count = 0;
	DIR *dir = opendir(directory);
	if (dir) {
		for (struct dirent *entry; (entry = readdir(dir));) {
			if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
				continue;
			if (!(numbers = realloc(numbers, (count + 1) * sizeof *numbers)))
				die("realloc");
			numbers[count++] = atol(entry->d_name);
		}
		closedir(dir);
	}
	if (count)
		qsort(numbers, count, sizeof *numbers, by_number);
	*ret = numbers;
	return count;
}

struct thread {
	long tid, tgid;
};

int main(int argc, char **argv)
{
	bool threads = argc == 2 && !strcmp(argv[1], "--threads");
	if (argc > 1 + threads) {
		fprintf(stderr, "usage: procfs-report [--threads]\n");
		return 2;
	}
	struct thread *table = NULL;
	long *processes;
	size_t count = list_numbers("/proc", &processes), rows = 0;
	for (size_t i = 0; i < count; i++) {
		char directory[64];
		long *tids = NULL, alone = processes[i];
		if (processes[i] == getpid())
			continue;
		snprintf(directory, sizeof directory, "/proc/%ld/task", processes[i]);
		size_t n = threads ? list_numbers(directory, &tids) : 1;
		for (size_t k = 0; k < n; k++) {
			if (!(table = realloc(table, (rows + 1) * sizeof *table)))
				die("realloc");
			table[rows++] = (struct thread){ threads ? tids[k] : alone, processes[i] };
		}
		free(tids);
	}
	free(processes);
	if (rows)
		qsort(table, rows, sizeof *table, by_number); /* tid is the first member */
	for (size_t i = 0; i < rows; i++) {
		char directory[64];
		if (threads)
			snprintf(directory, sizeof directory, "/proc/%ld/task/%ld", table[i].tgid, table[i].tid);
		else
			snprintf(directory, sizeof directory, "/proc/%ld", table[i].tid);
		report(directory, table[i].tid);
	}
	free(table);
	return fflush(stdout) ? 4 : 0;
}
