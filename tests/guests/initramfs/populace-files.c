// SPDX-License-Identifier: GPL-2.0-or-later
/* The roles of populace that are about open files and sockets. */
#define _GNU_SOURCE
#include "populace.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void check(int result, const char *what)
{
	if (result < 0)
		die(what);
}

/* files: a file read up to its middle, a deleted one, one that never had a name, a folder, a pipe, and numbers far apart. */
void role_files(int argc, char **argv)
{
	(void)argc, (void)argv;
	int ends[2];
	check((int)lseek(open("/boot/mapped.txt", O_RDONLY), 4321, SEEK_SET), "/boot/mapped.txt");
	check(open("/run/deleted file", O_RDWR | O_CREAT | O_APPEND, 0600), "/run/deleted file");
	unlink("/run/deleted file");
	check(memfd_create("never named", 0), "memfd_create");
	check(open("/boot", O_RDONLY | O_DIRECTORY), "/boot");
	check(pipe(ends), "pipe");
	if (write(ends[1], "12345", 5) != 5)
		die("pipe");
	check(eventfd(3, 0), "eventfd");
	check(epoll_create1(0), "epoll_create1");
	check(dup2(ends[0], 300), "dup2");
}

static int bound(int family, int type, const void *address, socklen_t size)
{
	int s = socket(family, type, 0);
	check(s, "socket");
	check(bind(s, address, size), "bind");
	return s;
}

/* sockets: listening and connected, TCP, UDP and Unix, all to itself. */
void role_sockets(int argc, char **argv)
{
	(void)argc, (void)argv;
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(7777), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(7778), .sin6_addr = in6addr_any };
	struct sockaddr_un named = { .sun_family = AF_UNIX, .sun_path = "/run/populace.socket" };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0populace" };
	int pair[2], client = socket(AF_INET, SOCK_STREAM, 0), listening = bound(AF_INET, SOCK_STREAM, &v4, sizeof v4);
	check(listen(listening, 5), "listen");
	check(connect(client, (struct sockaddr *)&v4, sizeof v4), "connect");
	check(accept(listening, 0, 0), "accept");
	check(listen(bound(AF_INET6, SOCK_STREAM, &v6, sizeof v6), 5), "listen");
	bound(AF_INET, SOCK_DGRAM, &v4, sizeof v4);
	check(listen(bound(AF_UNIX, SOCK_STREAM, &named, sizeof named), 5), "listen");
	bound(AF_UNIX, SOCK_DGRAM, &abstract, sizeof(sa_family_t) + 9);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
}
