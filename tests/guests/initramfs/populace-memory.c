// SPDX-License-Identifier: GPL-2.0-or-later
/* The roles of populace that are about arguments and address spaces. */
#define _GNU_SOURCE
#include "populace.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;

/* retitle: writes a title over its arguments, as setproctitle() does, shorter than they were: NULs follow it. */
void role_retitle(int argc, char **argv)
{
	size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
	memset(argv[0], 0, room);
	strncpy(argv[0], "retitle: idle", room - 1);
}

/* retitle-long: the title does not end where the arguments did, but in the environment, and the kernel shows it up to there. */
void role_retitle_long(int argc, char **argv)
{
	char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
	for (char **variable = environ; *variable; variable++)
		if (*variable == end)
			end += strlen(*variable) + 1;
	size_t room = (size_t)(end - argv[0]);
	memset(argv[0], '.', room);
	memcpy(argv[0], "retitle-long: ", 14);
	argv[0][room - 1] = 0;
}

/* retitle-moved: its arguments lie elsewhere, in two pages of its own. */
void role_retitle_moved(int argc, char **argv)
{
	static const char arguments[] = "retitle-moved\0to two pages of its own\0";
	(void)argc, (void)argv;
	char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		die("mmap");
	char *place = pages + 4096 - 10; /* across the border */
	memcpy(place, arguments, sizeof arguments - 1);
	/* In this order, as the start may never lie behind the end. */
	if (prctl(PR_SET_MM, PR_SET_MM_ARG_START, place, 0, 0) ||
	    prctl(PR_SET_MM, PR_SET_MM_ARG_END, place + sizeof arguments - 1, 0, 0))
		die("PR_SET_MM");
}

/* longargs: executes "sleeper" with 9000 bytes of arguments: more than two pages of them. */
void role_longargs(int argc, char **argv)
{
	(void)argc, (void)argv;
	static char text[3][3001];
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3000; k++)
			text[i][k] = (char)('a' + (i + k) % 26);
	execl("/usr/sbin/sleeper", "longargs", text[0], "", text[1], text[2], "the end", (char *)0);
	die("execl");
}

static char *map(size_t size, int protection, int flags, int fd)
{
	char *p = mmap(0, size, protection, flags, fd, 0);
	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* mappings: files, shared and private, read, written and untouched, and memory that may not be read. */
void role_mappings(int argc, char **argv)
{
	(void)argc, (void)argv;
	size_t size = 65536;
	int file = open("/boot/mapped.txt", O_RDONLY), shared = open("/run/mapped.shared", O_RDWR | O_CREAT, 0600);
	if (file < 0 || shared < 0 || ftruncate(shared, (off_t)size))
		die("mappings");
	volatile char first = *map(size, PROT_READ, MAP_SHARED, file);
	(void)first;
	strcpy(map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file), "written over in private");
	strcpy(map(size, PROT_READ | PROT_WRITE, MAP_SHARED, shared) + 4096, "written through to the file");
	strcpy(map(size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1) + 8192, "shared with nobody yet");
	char *hidden = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	strcpy(hidden, "present, but PROT_NONE");
	mprotect(hidden, size, PROT_NONE);
	map(size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	map((size_t)1 << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

/* hugepages: 4 MiB of transparent huge pages and two pages of 2 MiB from the reserve. */
void role_hugepages(int argc, char **argv)
{
	(void)argc, (void)argv;
	size_t huge = (size_t)2 << 20;
	char *space = map(3 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *aligned = (char *)(((unsigned long)space + huge - 1) & ~(huge - 1));
	madvise(aligned, 2 * huge, MADV_HUGEPAGE);
	strcpy(aligned + huge - 8, "across the border of two huge pages");
	char *reserved = map(2 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	strcpy(reserved + huge + 4096, "in a page from the reserve");
}
