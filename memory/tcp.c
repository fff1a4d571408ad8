/* tcp: a server that reads a machine's memory for us, as DMA proxies in the management controllers
 * of servers do (iLO 4, AST2500; "rawtcp").
 *
 *	tcp:ADDRESS:PORT?ram_map=PATH
 *	tcp:[fe80::1]:8888
 *
 * A read of a device can bring the machine down. So without a RAM map we read only the RAM that
 * every PC has, [0, 0xa0000), until memory_set_ram_map() gives us a better map.
 *
 * Shape: 24 bytes each way, u64 command (0 status, 1 read), u64 address, u64 size, little-endian.
 * An answer repeats command and address, and as many bytes as it says follow. A status is one byte,
 * 1. A read has an address that is a multiple of 4096, and a size that is one too, up to 16 MiB, or
 * a multiple of 8 below 4096. The protocol also has a write (command 2); we have no code for it.
 * Source: LeechCore leechcore_device_rawtcp.c; the server of the AST2500.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/progress.h"
#include "base/view.h"
#include "memory/source.h"
#include "memory/uri.h"

#define COMMAND_STATUS 0
#define COMMAND_READ 1
#define MESSAGE_SIZE 24
#define READ_MAX (1u << 20) /* bytes of one request; the protocol has 16 MiB */
#define TIMEOUT 5.0	    /* seconds without a byte */

struct tcp {
	struct uri uri;
	int fd;
	bool broken; /* a request failed: we no longer know where an answer starts */
	uint8_t *bytes; /* READ_MAX */
};

static void tcp_close(struct memory *m)
{
	struct tcp *t = m->source;

	if (!t)
		return;
	close_fd(&t->fd);
	free(t->bytes);
	uri_deinit(&t->uri);
	free(t);
}

/* Waits for the socket; until: a time of monotonic_seconds(). */
static struct err *wait_for(const struct tcp *t, short what, double until)
{
	for (;;) {
		struct pollfd p = { t->fd, what, 0 };
		double left = until - monotonic_seconds();
		int n = left > 0 ? poll(&p, 1, (int)(left * 1000) + 1) : 0;

		if (n > 0)
			return NULL;
		if (n == 0)
			return err_new(ERR_SYSTEM, "%s: no answer within %.0f seconds", t->uri.rest,
				       TIMEOUT);
		if (errno != EINTR)
			return err_errno("%s", t->uri.rest);
	}
}

static struct err *send_all(struct tcp *t, const void *bytes, size_t size)
{
	double until = monotonic_seconds() + TIMEOUT;

	while (size) {
		struct err *e = wait_for(t, POLLOUT, until);
		ssize_t n;

		if (e)
			return e;
		n = send(t->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_errno("%s", t->uri.rest);
		n = n < 0 ? 0 : n;
		bytes = (const char *)bytes + n;
		size -= (size_t)n;
	}
	return NULL;
}

static struct err *receive_all(struct tcp *t, void *bytes, size_t size)
{
	double until = monotonic_seconds() + TIMEOUT;

	while (size) {
		struct err *e = wait_for(t, POLLIN, until);
		ssize_t n;

		if (e)
			return e;
		n = recv(t->fd, bytes, size, MSG_DONTWAIT);
		if (n == 0)
			return err_new(ERR_SYSTEM, "%s: the other side has closed the connection",
				       t->uri.rest);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_errno("%s", t->uri.rest);
		if (n > 0)
			until = monotonic_seconds() + TIMEOUT;
		n = n < 0 ? 0 : n;
		bytes = (char *)bytes + n;
		size -= (size_t)n;
	}
	return NULL;
}

static void put_u64(uint8_t *p, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* Sends a request and takes the head of its answer; *ret bytes follow that, at most max. We cannot
 * tell an answer to something else from one that came too late, so after either we believe nothing
 * more. */
static struct err *ask(struct tcp *t, uint64_t command, uint64_t at, uint64_t size, uint64_t max,
		       uint64_t *ret)
{
	uint8_t message[MESSAGE_SIZE];
	struct err *e;

	put_u64(message, command);
	put_u64(message + 8, at);
	put_u64(message + 16, size);
	e = send_all(t, message, sizeof(message));
	if (e)
		return e;
	e = receive_all(t, message, sizeof(message));
	if (e)
		return e;
	*ret = load_u64(message + 16);
	/* in some servers the command is only the low 32 bits of the first word */
	if (load_u32(message) == command && load_u64(message + 8) == at && *ret <= max)
		return NULL;
	return err_new(ERR_SYSTEM, "%s: the answer to a read of %#llx bytes at %#llx is one to command "
		       "%u, %#llx bytes at %#llx: not the protocol that was expected", t->uri.rest,
		       (unsigned long long)size, (unsigned long long)at, load_u32(message),
		       (unsigned long long)*ret, (unsigned long long)load_u64(message + 8));
}

/* Reads [at, at + size), whole pages or the beginning of one page, into t->bytes. */
static struct err *read_pages(struct tcp *t, uint64_t at, uint64_t size, enum memory_status *status)
{
	uint64_t got = 0;
	struct err *e = ask(t, COMMAND_READ, at, size, size, &got);

	if (e)
		return e;
	*status = got == size ? MEMORY_OK : MEMORY_PROTOCOL;
	return receive_all(t, t->bytes, (size_t)got);
}

/* How many bytes to ask for to get [first, end): whole pages, if they are all RAM. */
static uint64_t request_size(const struct ram_map *ram, uint64_t first, uint64_t end)
{
	uint64_t whole = (end - first + PAGE_SIZE - 1) & PAGE_MASK;

	if (ram_map_contains(ram, PADDR(first), whole))
		return whole;
	return (end - first + 7) & ~UINT64_C(7);
}

static struct err *read_one(struct memory *m, struct tcp *t, struct memory_read *r)
{
	uint64_t at = r->at.v, end = at + r->size;
	char *to = r->to;

	r->status = MEMORY_OK;
	while (at < end && r->status == MEMORY_OK) {
		uint64_t first = at & PAGE_MASK, stop = first + READ_MAX, size;
		struct err *e;

		/* all of it in whole pages; else the whole pages before its end; else a part of
		 * one */
		stop = end < stop ? end : stop;
		size = request_size(&m->ram_map, first, stop);
		if (size % PAGE_SIZE && size > PAGE_SIZE) {
			stop = stop & PAGE_MASK;
			size = stop - first;
		}
		if (!ram_map_contains(&m->ram_map, PADDR(first), size)) {
			r->status = MEMORY_HOLE; /* the page begins outside the RAM */
			return NULL;
		}
		e = read_pages(t, first, size, &r->status);
		if (e)
			return e;
		if (r->status == MEMORY_OK)
			memcpy(to, t->bytes + (at - first), (size_t)(stop - at));
		to += stop - at;
		at = stop;
	}
	return NULL;
}

static struct err *tcp_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct tcp *t = m->source;

	for (size_t i = 0; i < n; i++) {
		struct err *e = t->broken ? err_new(ERR_SYSTEM, "%s: failed before", t->uri.rest) :
					    read_one(m, t, &reads[i]);

		if (e) {
			t->broken = true;
			return e;
		}
	}
	return NULL;
}

/* --- opening ------------------------------------------------------------------------------ */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "1.2.3.4:8888", "[fe80::1]:8888" */
static struct err *parse_address(const char *text, union address *ret, socklen_t *size)
{
	const char *colon = strrchr(text, ':');
	CLEANUP(free_ptr) char *host = NULL;
	char *end = NULL;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	size_t length;

	if (!colon || *end || !port || port > UINT16_MAX || strchr("+- ", colon[1]))
		return err_new(ERR_USAGE, "tcp:%s: expected tcp:ADDRESS:PORT", text);
	length = (size_t)(colon - text);
	if (length > 2 && text[0] == '[' && colon[-1] == ']')
		host = xstrndup(text + 1, length - 2);
	else
		host = xstrndup(text, length);
	*ret = (union address){ 0 };
	if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons((uint16_t)port);
		*size = sizeof(ret->v4);
		return NULL;
	}
	if (text[0] == '[' && inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons((uint16_t)port);
		*size = sizeof(ret->v6);
		return NULL;
	}
	return err_new(ERR_USAGE, "tcp:%s: \"%s\": expected an IP address (a name is not looked up), "
		       "IPv6 in brackets", text, host);
}

static struct err *connect_to(struct tcp *t, const union address *address, socklen_t size)
{
	int error = 0, on = 1;
	socklen_t error_size = sizeof(error);
	struct err *e;

	t->fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return err_errno("%s", t->uri.rest);
	setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!connect(t->fd, &address->any, size))
		return NULL;
	if (errno != EINPROGRESS)
		return err_errno("%s", t->uri.rest);
	e = wait_for(t, POLLOUT, monotonic_seconds() + TIMEOUT);
	if (e)
		return e;
	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
	errno = error;
	return error ? err_errno("%s", t->uri.rest) : NULL;
}

static struct err *check_status(struct tcp *t)
{
	uint64_t size = 0;
	struct err *e = ask(t, COMMAND_STATUS, 0, 0, 1, &size);

	if (e)
		return e;
	e = receive_all(t, t->bytes, (size_t)size);
	if (e)
		return e;
	if (size != 1 || t->bytes[0] != 1)
		return err_new(ERR_SYSTEM, "%s: says that it is not ready", t->uri.rest);
	return NULL;
}

static struct err *tcp_open(const char *rest, struct memory *m)
{
	struct tcp *t = m->source = xcalloc(1, sizeof(*t));
	union address address;
	socklen_t size = 0;
	struct err *e = uri_parse(rest, &t->uri);

	t->fd = -1;
	t->bytes = xmalloc(READ_MAX);
	m->limits = (struct memory_limits){ .batch = 1, .live = true, .threads_may_read = false };
	if (e)
		return e;
	e = parse_address(t->uri.rest, &address, &size);
	if (e)
		return e;
	e = memory_set_first_ram_map(m, uri_take(&t->uri, "ram_map"));
	if (e)
		return e;
	e = uri_all_taken(&t->uri, "?ram_map=PATH");
	if (e)
		return e;
	e = connect_to(t, &address, size);
	if (e)
		return e;
	return check_status(t);
}

const struct memory_ops memory_tcp_ops = {
	.scheme = "tcp",
	.open = tcp_open,
	.close = tcp_close,
	.read = tcp_read,
};
