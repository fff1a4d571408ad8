/* dma_proxy: a server that tcp: reads from, in a thread, on a port of 127.0.0.1. Its memory is
 * dump_pattern(). It checks what it is asked for.
 */
#ifndef TESTS_LIB_DMA_PROXY_H
#define TESTS_LIB_DMA_PROXY_H

#include <stdint.h>

#include "memory/ram_map.h"

/* What it does wrong, from the n-th read on. */
enum dma_proxy_fault {
	DMA_PROXY_FINE,
	DMA_PROXY_NOT_READY,	 /* says so when asked for its status */
	DMA_PROXY_CLOSES,	 /* instead of an answer */
	DMA_PROXY_STOPS,	 /* in the middle of the data */
	DMA_PROXY_SHORT,	 /* fewer bytes than were asked for, and says so */
	DMA_PROXY_NOTHING,	 /* none */
	DMA_PROXY_LONG,		 /* more */
	DMA_PROXY_OTHER_ADDRESS, /* the answer to another read */
	DMA_PROXY_OTHER_COMMAND,
};

struct dma_proxy;

/* ram: what may be asked for; outlives it. */
struct dma_proxy *dma_proxy_start(const struct ram_map *ram, enum dma_proxy_fault fault, unsigned int n);
/* Returns what was wrong with the requests, or NULL; owned by the caller. */
char *dma_proxy_stop(struct dma_proxy *p);
/* "tcp:127.0.0.1:PORT", owned by p. */
const char *dma_proxy_uri(const struct dma_proxy *p);
unsigned int dma_proxy_reads(const struct dma_proxy *p);

#endif
