/* dma_proxy: a server that tcp: reads from, in a thread, on a port of 127.0.0.1. Its memory is
 * dump_pattern(). It checks every request.
 */
#ifndef TESTS_LIB_DMA_PROXY_H
#define TESTS_LIB_DMA_PROXY_H

#include <stdint.h>

#include "memory/ram_map.h"

/* What the server does wrong from the n-th read on. */
enum dma_proxy_fault {
	DMA_PROXY_FINE,
	DMA_PROXY_NOT_READY,	 /* its status says so */
	DMA_PROXY_CLOSES,	 /* instead of an answer */
	DMA_PROXY_STOPS,	 /* in the middle of the data */
	DMA_PROXY_SHORT,	 /* sends fewer bytes than requested, and says so */
	DMA_PROXY_NOTHING,	 /* sends none */
	DMA_PROXY_LONG,		 /* sends more */
	DMA_PROXY_OTHER_ADDRESS, /* answers another read */
	DMA_PROXY_OTHER_COMMAND,
};

struct dma_proxy;

/* ram: the addresses that a client may request; outlives the server. */
struct dma_proxy *dma_proxy_start(const struct ram_map *ram, enum dma_proxy_fault fault, unsigned int n);
/* Returns what was wrong with the requests, which the caller owns; NULL: nothing. */
char *dma_proxy_stop(struct dma_proxy *p);
/* "tcp:127.0.0.1:PORT", owned by p. */
const char *dma_proxy_uri(const struct dma_proxy *p);
unsigned int dma_proxy_reads(const struct dma_proxy *p);

#endif
