#include "tests/lib/dma_proxy.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/lib/dump.h"

#define DATA_MAX (16u << 20)

struct message {
	uint64_t command, at, size;
};

struct dma_proxy {
	pthread_t thread;
	int listening, client;
	const struct ram_map *ram;
	enum dma_proxy_fault fault;
	unsigned int n, reads;
	char uri[64];
	char *wrong;
};

static bool send_all(int fd, const void *bytes, size_t size)
{
	return send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static void check(struct dma_proxy *p, const struct message *m)
{
	const char *what = m->command > 1	  ? "a command" :
			   !m->command		  ? NULL :
			   m->at % PAGE_SIZE	  ? "an address in a page" :
			   m->size > DATA_MAX	  ? "too much" :
			   !m->size		  ? "nothing" :
			   m->size % PAGE_SIZE && (m->size > PAGE_SIZE || m->size % 8) ? "a size" :
			   !ram_map_contains(p->ram, PADDR(m->at), m->size) ? "what is no RAM" : NULL;

	if (what && !p->wrong)
		p->wrong = xasprintf("asked for %s: command %llu, 0x%llx, %llu bytes", what,
				     (unsigned long long)m->command, (unsigned long long)m->at,
				     (unsigned long long)m->size);
}

/* False: close the connection. */
static bool answer_read(struct dma_proxy *p, struct message m)
{
	enum dma_proxy_fault fault = ++p->reads >= p->n ? p->fault : DMA_PROXY_FINE;
	CLEANUP(free_ptr) uint8_t *data = xmalloc(m.size + 8);
	uint64_t size = m.size;

	dump_pattern(NULL, PADDR(m.at), data, m.size + 8);
	if (fault == DMA_PROXY_CLOSES)
		return false;
	m.size = fault == DMA_PROXY_SHORT ? size - 8 : fault == DMA_PROXY_LONG ? size + 8 : size;
	m.size = fault == DMA_PROXY_NOTHING ? 0 : m.size;
	size = m.size;
	m.at += fault == DMA_PROXY_OTHER_ADDRESS ? PAGE_SIZE : 0;
	m.command = fault == DMA_PROXY_OTHER_COMMAND ? 2 : m.command;
	if (!send_all(p->client, &m, sizeof(m)))
		return false;
	if (fault == DMA_PROXY_STOPS)
		size /= 2;
	return send_all(p->client, data, size) && fault != DMA_PROXY_STOPS;
}

static void *serve(void *arg)
{
	struct dma_proxy *p = arg;
	uint8_t ready = p->fault != DMA_PROXY_NOT_READY;
	struct message m;
	bool more = true;

	p->client = accept(p->listening, NULL, NULL);
	while (more && p->client >= 0 && recv(p->client, &m, sizeof(m), MSG_WAITALL) == sizeof(m)) {
		check(p, &m);
		if (p->wrong)
			break;
		if (m.command) {
			more = answer_read(p, m);
			continue;
		}
		m.size = 1;
		more = send_all(p->client, &m, sizeof(m)) && send_all(p->client, &ready, 1);
	}
	if (p->client >= 0)
		close(p->client);
	return NULL;
}

struct dma_proxy *dma_proxy_start(const struct ram_map *ram, enum dma_proxy_fault fault, unsigned int n)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	struct dma_proxy *p = xcalloc(1, sizeof(*p));

	p->ram = ram;
	p->fault = fault;
	p->n = n;
	p->listening = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(p->listening, (struct sockaddr *)&address, size) || listen(p->listening, 1) ||
	    getsockname(p->listening, (struct sockaddr *)&address, &size) ||
	    pthread_create(&p->thread, NULL, serve, p)) {
		perror("dma_proxy");
		exit(4);
	}
	snprintf(p->uri, sizeof(p->uri), "tcp:127.0.0.1:%u", ntohs(address.sin_port));
	return p;
}

char *dma_proxy_stop(struct dma_proxy *p)
{
	char *wrong;

	shutdown(p->listening, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->listening);
	wrong = p->wrong;
	free(p);
	return wrong;
}

const char *dma_proxy_uri(const struct dma_proxy *p)
{
	return p->uri;
}

unsigned int dma_proxy_reads(const struct dma_proxy *p)
{
	return p->reads;
}
