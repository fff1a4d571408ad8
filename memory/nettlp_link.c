#include "memory/nettlp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "memory/tlp.h"

#define PORT 0x3000
#define MESSAGE_PORT 12287
#define MESSAGE_WAIT_MS 500
#define MESSAGE_TRIES 3
#define MESSAGE_DEVICE_ID 2

#define BATCH 8	  /* datagrams taken from one socket at a time */
#define EVENTS 32 /* sockets looked at after one wait */

struct link_batch {
	struct epoll_event events[EVENTS];
	int count; /* of events */
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	uint8_t bytes[BATCH][TLP_COMPLETION_MAX + 2];
};

static struct sockaddr_in address_of(struct in_addr host, unsigned int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr = host,
		.sin_port = htons((uint16_t)port),
	};
}

static struct err *open_socket(struct nettlp_link *l, unsigned int tag, struct in_addr local,
			       struct in_addr adapter)
{
	struct sockaddr_in from = address_of(local, PORT + tag);
	struct sockaddr_in to = address_of(adapter, PORT + tag);
	struct epoll_event event = { .events = EPOLLIN, .data = { .u32 = tag } };
	char name[INET_ADDRSTRLEN];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	l->sockets[tag] = fd;
	if (fd < 0)
		return err_errno("a socket for tag %u", tag);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return err_errno("%s port 0x%x%s", inet_ntop(AF_INET, &local, name, sizeof(name)),
				 PORT + tag,
				 errno == EADDRINUSE ? ": does another program read through "
						       "this adapter?" :
						       "");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_errno("the way to %s", inet_ntop(AF_INET, &adapter, name, sizeof(name)));
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_errno("epoll");
	return NULL;
}

struct err *nettlp_link_init(struct nettlp_link *l, struct in_addr local, struct in_addr adapter,
			     unsigned int tags)
{
	*l = (struct nettlp_link){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
	l->batch = xcalloc(1, sizeof(*l->batch));
	for (size_t i = 0; i < BATCH; i++) {
		l->batch->parts[i] = (struct iovec){ l->batch->bytes[i],
						     sizeof(l->batch->bytes[i]) };
		l->batch->headers[i].msg_hdr =
			(struct msghdr){ .msg_iov = &l->batch->parts[i], .msg_iovlen = 1 };
	}
	if (l->epoll < 0)
		return err_errno("epoll");
	while (l->tags < tags) {
		struct err *e = open_socket(l, l->tags++, local, adapter);

		if (e)
			return e;
	}
	return NULL;
}

void nettlp_link_deinit(struct nettlp_link *l)
{
	for (unsigned int tag = 0; tag < l->tags; tag++)
		close_fd(&l->sockets[tag]);
	close_fd(&l->epoll);
	free(l->batch);
}

enum nettlp_sent nettlp_link_send(struct nettlp_link *l, unsigned int tag, const void *datagram,
				  size_t size)
{
	/* The first send() may only report that an earlier datagram was refused. */
	for (int i = 0; i < 2; i++) {
		ssize_t n = send(l->sockets[tag], datagram, size, 0);

		if (n == (ssize_t)size)
			return NETTLP_SENT;
		if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
			return NETTLP_FULL;
	}
	return NETTLP_REFUSED;
}

struct err *nettlp_link_wait(struct nettlp_link *l, int timeout_ms)
{
	int count = epoll_wait(l->epoll, l->batch->events, EVENTS, timeout_ms);

	l->batch->count = count < 0 ? 0 : count;
	return count < 0 && errno != EINTR ? err_errno("epoll") : NULL;
}

unsigned int nettlp_link_take(struct nettlp_link *l,
			      void (*take)(void *arg, unsigned int tag, const void *datagram,
					   size_t size),
			      void *arg)
{
	struct link_batch *b = l->batch;
	unsigned int refused = 0;

	l->more = b->count == EVENTS;
	for (int i = 0; i < b->count; i++) {
		unsigned int tag = b->events[i].data.u32;
		int n = recvmmsg(l->sockets[tag], b->headers, BATCH, MSG_DONTWAIT, NULL);

		refused += n < 0 && errno != EAGAIN && errno != EINTR;
		l->more |= n == BATCH || (n < 0 && errno != EAGAIN);
		for (int k = 0; k < n; k++)
			take(arg, tag, b->bytes[k], b->headers[k].msg_len);
	}
	b->count = 0;
	return refused;
}

/* Asks once. Returns what recv() does. */
static ssize_t ask(int fd, uint8_t *answer, size_t size)
{
	const uint8_t request[4] = { MESSAGE_DEVICE_ID, 0, 0, 0 };
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (send(fd, request, sizeof(request), 0) < 0 || poll(&wait, 1, MESSAGE_WAIT_MS) < 1)
		return -1;
	return recv(fd, answer, size, MSG_DONTWAIT);
}

struct err *nettlp_ask_requester(struct in_addr target, uint16_t *ret)
{
	struct sockaddr_in to = address_of(target, MESSAGE_PORT);
	CLEANUP(close_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t answer[4];
	ssize_t n = -1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_errno("message port %d", MESSAGE_PORT);
	for (int i = 0; n < 0 && i < MESSAGE_TRIES; i++)
		n = ask(fd, answer, sizeof(answer));
	if (n < 0)
		return err_new(ERR_SYSTEM,
			       "message port %d does not answer: is the nettlp driver loaded "
			       "there?",
			       MESSAGE_PORT);
	if (n != 2 || !(answer[0] | answer[1]))
		return err_new(ERR_DATA, "message port %d answers no requester id", MESSAGE_PORT);
	*ret = (uint16_t)(answer[0] | answer[1] << 8);
	return NULL;
}
