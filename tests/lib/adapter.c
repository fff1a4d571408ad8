#include "tests/lib/adapter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "tests/lib/adapter_tlp.h"

#define FOUR_GIB (UINT64_C(1) << 32)
#define PORT 0x3000
#define PORTS 256
#define MESSAGE_PORT 12287
#define PIECES 64	/* of one answer */
#define BATCH 8
#define WAITING_MAX (1u << 16)
#define LOG_MAX 100 /* lines */

/* A datagram to the client that waits for its time. */
struct packet {
	uint64_t due, order;
	unsigned int port;
	uint32_t paid; /* bytes of the read that it settles */
	uint32_t size;
	bool stamped;
	uint8_t bytes[];
};

struct adapter {
	const struct adapter_config *config;
	const uint8_t *image;
	uint64_t image_size;
	int epoll, message;
	unsigned int ports;
	int sockets[PORTS];
	uint64_t random;
	uint64_t now, order;
	uint16_t sequence;
	uint64_t inflight;
	unsigned int logged;
	struct packet **heap;
	size_t waiting;
	uint64_t counters[ADAPTER_COUNTER_COUNT];
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	uint8_t requests[BATCH][64];
};

static const char *const counter_names[ADAPTER_COUNTER_COUNT] = {
	[ADAPTER_READS] = "reads",
	[ADAPTER_BYTES] = "bytes",
	[ADAPTER_COMPLETIONS] = "completions",
	[ADAPTER_LOST_REQUESTS] = "lost_requests",
	[ADAPTER_LOST_COMPLETIONS] = "lost_completions",
	[ADAPTER_DUPLICATED] = "duplicated",
	[ADAPTER_REORDERED] = "reordered",
	[ADAPTER_DELAYED] = "late",
	[ADAPTER_POISONED] = "poisoned",
	[ADAPTER_TRUNCATED] = "truncated",
	[ADAPTER_WRONG_TAGS] = "wrong_tags",
	[ADAPTER_SEQUENCE_GAPS] = "sequence_gaps",
	[ADAPTER_UR] = "unsupported_requests",
	[ADAPTER_CA] = "completer_aborts",
	[ADAPTER_MALFORMED] = "malformed",
	[ADAPTER_WRONG_REQUESTER] = "wrong_requester",
	[ADAPTER_TOO_LARGE] = "too_large",
	[ADAPTER_MMIO] = "mmio_touched",
	[ADAPTER_OVERFLOWS] = "overflows",
	[ADAPTER_MAX_INFLIGHT] = "max_inflight_bytes",
	[ADAPTER_MESSAGES] = "messages",
	[ADAPTER_UNKNOWN_MESSAGES] = "unknown_messages",
};

struct adapter_config adapter_defaults(void)
{
	return (struct adapter_config){
		.address = "127.0.0.2",
		.client = "127.0.0.1",
		.requester = 0x1b00,
		.split = 256,
		.mrrs = 512,
		.seed = 1,
	};
}

const char *adapter_counter_name(enum adapter_counter counter)
{
	return counter_names[counter];
}

uint64_t adapter_count(const struct adapter *a, enum adapter_counter counter)
{
	return a->counters[counter];
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* xorshift64* */
static uint64_t random_next(struct adapter *a)
{
	a->random ^= a->random >> 12;
	a->random ^= a->random << 25;
	a->random ^= a->random >> 27;
	return a->random * UINT64_C(2685821657736338717);
}

static uint64_t random_below(struct adapter *a, uint64_t limit)
{
	return (random_next(a) >> 16) % limit;
}

/* True with this probability; then counts it. */
static bool chance(struct adapter *a, double probability, enum adapter_counter counter)
{
	bool hit = probability > 0 && (double)(random_next(a) >> 11) * 0x1p-53 < probability;

	a->counters[counter] += hit;
	return hit;
}

static void log_request(struct adapter *a, const char *what, const struct adapter_request *r)
{
	if (!a->config->log || a->logged++ >= LOG_MAX)
		return;
	fprintf(a->config->log, "adapter: %s", what);
	if (r)
		fprintf(a->config->log, ": %u bytes at 0x%" PRIx64, r->size, r->at);
	fprintf(a->config->log, "\n");
}

/* --- datagrams on their way to the client */

static bool is_before(const struct packet *x, const struct packet *y)
{
	return x->due != y->due ? x->due < y->due : x->order < y->order;
}

static void heap_push(struct adapter *a, struct packet *p)
{
	size_t i = a->waiting++;

	for (; i && is_before(p, a->heap[(i - 1) / 2]); i = (i - 1) / 2)
		a->heap[i] = a->heap[(i - 1) / 2];
	a->heap[i] = p;
}

static struct packet *heap_pop(struct adapter *a)
{
	struct packet *first = a->heap[0], *last = a->heap[--a->waiting];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < a->waiting) {
		if (child + 1 < a->waiting && is_before(a->heap[child + 1], a->heap[child]))
			child++;
		if (!is_before(a->heap[child], last))
			break;
		a->heap[i] = a->heap[child];
		i = child;
	}
	a->heap[i] = last;
	return first;
}

static void wait_until(struct adapter *a, uint64_t due, unsigned int port, uint32_t paid, bool stamped,
		       const uint8_t *bytes, size_t size)
{
	struct packet *p;

	if (a->waiting == WAITING_MAX) {
		a->counters[ADAPTER_OVERFLOWS]++;
		return;
	}
	p = xmalloc(sizeof(*p) + size);
	*p = (struct packet){ due, a->order++, port, paid, (uint32_t)size, stamped };
	memcpy(p->bytes, bytes, size);
	heap_push(a, p);
}

static void stamp(struct adapter *a, uint8_t *bytes)
{
	if (chance(a, a->config->seq_gap, ADAPTER_SEQUENCE_GAPS))
		a->sequence++;
	adapter_encode_stamp(a->sequence++, (uint32_t)(a->now * 10 / 64), bytes);
}

/* A datagram is about to leave: applies the faults of the network. Returns how many bytes leave; -1:
 * none. */
static ssize_t put_on_wire(struct adapter *a, unsigned int port, uint8_t *bytes, size_t size, bool stamped)
{
	const struct adapter_config *c = a->config;

	a->counters[ADAPTER_COMPLETIONS] += !stamped;
	if (stamped)
		return (ssize_t)size;
	stamp(a, bytes);
	if (chance(a, c->loss, ADAPTER_LOST_COMPLETIONS))
		return -1;
	if (chance(a, c->wrong_tag, ADAPTER_WRONG_TAGS))
		bytes[16] ^= (uint8_t)(1 + random_below(a, 15));
	else if (chance(a, c->truncate, ADAPTER_TRUNCATED))
		size = random_below(a, size);
	if (chance(a, c->duplicate, ADAPTER_DUPLICATED))
		wait_until(a, a->now + random_below(a, 2) * random_below(a, 2000000), port, 0, true, bytes, size);
	return (ssize_t)size;
}

/* Sends all that goes to one port in one call, in order. */
static void send_some(struct adapter *a, unsigned int port, struct mmsghdr *headers, unsigned int n)
{
	unsigned int sent = 0;

	/* the first call may only report that an earlier datagram was refused */
	for (int tries = 0; sent < n && tries < PIECES; tries++) {
		int done = sendmmsg(a->sockets[port], headers + sent, n - sent, 0);

		sent += done > 0 ? (unsigned int)done : 0;
	}
}

static void send_due(struct adapter *a)
{
	while (a->waiting && a->heap[0]->due <= a->now) {
		unsigned int port = a->heap[0]->port, n = 0, count = 0;
		struct packet *packets[PIECES];
		struct mmsghdr headers[PIECES] = { 0 };
		struct iovec parts[PIECES];

		while (count < PIECES && a->waiting && a->heap[0]->due <= a->now && a->heap[0]->port == port) {
			struct packet *p = packets[count++] = heap_pop(a);
			ssize_t size = put_on_wire(a, port, p->bytes, p->size, p->stamped);

			a->inflight -= p->paid;
			if (size < 0)
				continue;
			parts[n] = (struct iovec){ p->bytes, (size_t)size };
			headers[n].msg_hdr = (struct msghdr){ .msg_iov = &parts[n], .msg_iovlen = 1 };
			n++;
		}
		send_some(a, port, headers, n);
		while (count)
			free(packets[--count]);
	}
}

/* --- answers */

struct answer {
	unsigned int port, count;
	uint32_t paid[PIECES];
	struct iovec parts[PIECES];
	uint8_t bytes[PIECES][18 + 512];
};

static void send_now(struct adapter *a, struct answer *answer)
{
	struct mmsghdr headers[PIECES] = { 0 };
	unsigned int n = 0;

	for (unsigned int i = 0; i < answer->count; i++) {
		struct iovec *part = &answer->parts[i];
		ssize_t size = put_on_wire(a, answer->port, part->iov_base, part->iov_len, false);

		a->inflight -= answer->paid[i];
		if (size < 0)
			continue;
		part->iov_len = (size_t)size;
		headers[n++].msg_hdr = (struct msghdr){ .msg_iov = part, .msg_iovlen = 1 };
	}
	send_some(a, answer->port, headers, n);
}

static void send_answer(struct adapter *a, struct answer *answer)
{
	const struct adapter_config *c = a->config;
	uint64_t wait = c->delay_us * UINT64_C(1000);

	if (chance(a, c->reorder, ADAPTER_REORDERED))
		wait += random_below(a, 500000);
	if (chance(a, c->late, ADAPTER_DELAYED))
		wait += c->late_ms * UINT64_C(1000000);
	if (!wait) {
		send_now(a, answer);
		return;
	}
	for (unsigned int i = 0; i < answer->count; i++)
		wait_until(a, a->now + wait, answer->port, answer->paid[i], false, answer->parts[i].iov_base,
			   answer->parts[i].iov_len);
}

/* Where the file holds [at, at + size), or NULL. */
static const uint8_t *find_bytes(const struct adapter *a, uint64_t at, uint32_t size)
{
	uint64_t lowmem = a->config->lowmem ? a->config->lowmem : a->image_size;
	uint64_t offset = at >= FOUR_GIB && lowmem < a->image_size ? at - FOUR_GIB + lowmem : at;

	if ((offset == at && at + size > lowmem) || offset > a->image_size || size > a->image_size - offset)
		return NULL;
	return a->image + offset;
}

/* The status with which the request fails; 0: it succeeds. */
static unsigned int failure_of(struct adapter *a, const struct adapter_request *r, const uint8_t **memory)
{
	const struct adapter_config *c = a->config;

	*memory = find_bytes(a, r->at, r->size);
	if (c->ram.count && !ram_map_contains(&c->ram, PADDR(r->at), r->size)) {
		a->counters[ADAPTER_MMIO]++;
		log_request(a, "MMIO touched", r);
		*memory = NULL;
	}
	if (ram_map_touches(&c->ca, PADDR(r->at), r->size)) {
		a->counters[ADAPTER_CA]++;
		return 4;
	}
	if (*memory && !ram_map_touches(&c->ur, PADDR(r->at), r->size))
		return 0;
	a->counters[ADAPTER_UR]++;
	return 1;
}

static void answer_request(struct adapter *a, unsigned int port, const struct adapter_request *r)
{
	struct answer answer;
	const uint8_t *memory;
	unsigned int failure = failure_of(a, r, &memory);
	uint32_t size;

	answer.port = port;
	answer.count = 0;
	for (uint32_t done = 0; done < r->size; done += size) {
		unsigned int i = answer.count++;

		size = failure ? r->size : adapter_piece(r, done, a->config->split);
		answer.paid[i] = size;
		answer.parts[i].iov_base = answer.bytes[i];
		answer.parts[i].iov_len =
			failure ? adapter_encode_failure(r, failure, answer.bytes[i]) :
				  adapter_encode_data(r, done, memory + done, size,
						      chance(a, a->config->poison, ADAPTER_POISONED),
						      answer.bytes[i]);
	}
	a->counters[ADAPTER_READS]++;
	a->counters[ADAPTER_BYTES] += failure ? 0 : r->size;
	a->inflight += r->size;
	if (a->inflight > a->counters[ADAPTER_MAX_INFLIGHT])
		a->counters[ADAPTER_MAX_INFLIGHT] = a->inflight;
	send_answer(a, &answer);
}

static void take_datagram(struct adapter *a, unsigned int port, const uint8_t *bytes, size_t size)
{
	struct adapter_request r;
	const char *wrong;

	if (chance(a, a->config->loss, ADAPTER_LOST_REQUESTS))
		return;
	wrong = adapter_decode_request(bytes, size, &r);
	if (wrong || r.tag % a->ports != port) {
		a->counters[ADAPTER_MALFORMED]++;
		log_request(a, wrong ? wrong : "the tag is not the port's", NULL);
	} else if (r.requester != a->config->requester) {
		a->counters[ADAPTER_WRONG_REQUESTER]++;
		log_request(a, "wrong requester", &r);
	} else if (((r.at & 3) + r.size + 3) / 4 * 4 > a->config->mrrs) {
		a->counters[ADAPTER_TOO_LARGE]++;
		log_request(a, "larger than the MRRS", &r);
	} else {
		answer_request(a, port, &r);
	}
}

/* Answers as the target's driver does. (The real one sends stray bytes for an unknown request.) */
static void take_message(struct adapter *a)
{
	uint8_t request[64], answer[192] = { 0 };
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);
	ssize_t n = recvfrom(a->message, request, sizeof(request), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
	const size_t sizes[] = { 0, 8, 2, 192 };
	bool known = n == 4 && request[0] >= 1 && request[0] <= 3 && !request[1] && !request[2] && !request[3];

	if (n < 0)
		return;
	a->counters[known ? ADAPTER_MESSAGES : ADAPTER_UNKNOWN_MESSAGES]++;
	if (!known)
		return;
	if (request[0] == 2) {
		answer[0] = (uint8_t)a->config->requester;
		answer[1] = (uint8_t)(a->config->requester >> 8);
	}
	sendto(a->message, answer, sizes[request[0]], 0, (struct sockaddr *)&from, from_size);
}

/* --- opening and serving */

static struct err *open_port(struct adapter *a, const char *address, const char *client, unsigned int port,
			     unsigned int number, int *ret)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in there = here;
	struct epoll_event event = { .events = EPOLLIN, .data = { .u32 = number } };

	if (inet_pton(AF_INET, address, &here.sin_addr) != 1 ||
	    (client && inet_pton(AF_INET, client, &there.sin_addr) != 1))
		return err_new(ERR_USAGE, "%s, %s: expected IPv4 addresses", address, client ? client : "");
	*ret = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*ret < 0 || bind(*ret, (struct sockaddr *)&here, sizeof(here)) < 0 ||
	    (client && connect(*ret, (struct sockaddr *)&there, sizeof(there)) < 0) ||
	    epoll_ctl(a->epoll, EPOLL_CTL_ADD, *ret, &event) < 0)
		return err_errno("%s port %u", address, port);
	return NULL;
}

static struct err *open_image(struct adapter *a)
{
	CLEANUP(close_fd) int fd = open(a->config->image, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno("%s", a->config->image);
	a->image_size = (uint64_t)st.st_size;
	if (a->config->lowmem > a->image_size)
		return err_new(ERR_USAGE, "%s: is smaller than --lowmem", a->config->image);
	map = mmap(NULL, a->image_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_errno("%s", a->config->image);
	a->image = map;
	return NULL;
}

static struct err *open_all(struct adapter *a)
{
	const struct adapter_config *config = a->config;
	struct err *e = open_image(a);

	if (e)
		return e;
	while (a->ports < (config->old_ports ? 16 : PORTS)) {
		unsigned int n = a->ports++;

		a->sockets[n] = -1;
		e = open_port(a, config->address, config->client, PORT + n, n, &a->sockets[n]);
		if (e)
			return e;
	}
	if (!config->message)
		return NULL;
	return open_port(a, config->message, NULL, MESSAGE_PORT, PORTS, &a->message);
}

struct err *adapter_open(const struct adapter_config *config, struct adapter **ret)
{
	struct adapter *a = xcalloc(1, sizeof(*a));
	struct err *e;

	a->config = config;
	a->random = config->seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	a->message = -1;
	a->heap = xcalloc(WAITING_MAX, sizeof(struct packet *));
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned int i = 0; i < BATCH; i++) {
		a->parts[i] = (struct iovec){ a->requests[i], sizeof(a->requests[i]) };
		a->headers[i].msg_hdr = (struct msghdr){ .msg_iov = &a->parts[i], .msg_iovlen = 1 };
	}
	e = open_all(a);
	if (e) {
		adapter_close(a);
		return e;
	}
	*ret = a;
	return NULL;
}

void adapter_close(struct adapter *a)
{
	for (unsigned int i = 0; i < a->ports; i++)
		close_fd(&a->sockets[i]);
	close_fd(&a->message);
	close_fd(&a->epoll);
	while (a->waiting)
		free(a->heap[--a->waiting]);
	free(a->heap);
	if (a->image)
		munmap((void *)(uintptr_t)a->image, a->image_size);
	free(a);
}

static void take_port(struct adapter *a, unsigned int port)
{
	int n = recvmmsg(a->sockets[port], a->headers, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++)
		take_datagram(a, port, a->requests[i], a->headers[i].msg_len);
}

static int wait_for_events(struct adapter *a, struct epoll_event *events, int max)
{
	uint64_t ns = !a->waiting ? 0 : a->heap[0]->due > a->now ? a->heap[0]->due - a->now : 0;
	struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	int n = epoll_pwait2(a->epoll, events, max, a->waiting ? &t : NULL, NULL);

	a->now = clock_ns();
	return n;
}

struct err *adapter_run(struct adapter *a, int stop_fd)
{
	struct epoll_event stop = { .events = EPOLLIN, .data = { .u32 = PORTS + 1 } };
	struct epoll_event events[64];

	prctl(PR_SET_TIMERSLACK, 1);
	if (epoll_ctl(a->epoll, EPOLL_CTL_ADD, stop_fd, &stop) < 0)
		return err_errno("epoll");
	a->now = clock_ns();
	for (;;) {
		int n = wait_for_events(a, events, 64);

		if (n < 0 && errno != EINTR)
			return err_errno("epoll");
		for (int i = 0; i < n; i++) {
			if (events[i].data.u32 == PORTS + 1)
				return NULL;
			if (events[i].data.u32 == PORTS)
				take_message(a);
			else
				take_port(a, events[i].data.u32);
		}
		send_due(a);
	}
}
