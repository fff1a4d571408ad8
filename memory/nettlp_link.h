/* nettlp_link: the UDP sockets between this machine and a NetTLP adapter, one for each tag. The
 * adapter answers a read with tag T from its port 0x3000 + T to ours of the same number.
 */
#ifndef MEMORY_NETTLP_LINK_H
#define MEMORY_NETTLP_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NETTLP_TAGS_MAX 256

struct nettlp_link {
	int epoll;
	int sockets[NETTLP_TAGS_MAX];
	unsigned int tags;
	bool more;		  /* nettlp_link_take() may have left datagrams */
	struct link_batch *batch; /* of received datagrams; owned */
};

/* The caller has to deinit l after an error too.
 * Errors: ERR_SYSTEM naming address and port; an address in use means that another reader runs. */
struct err *nettlp_link_init(struct nettlp_link *l, struct in_addr local, struct in_addr adapter,
			     unsigned int tags) MUST_CHECK;
void nettlp_link_deinit(struct nettlp_link *l);

enum nettlp_sent { NETTLP_SENT, NETTLP_FULL, NETTLP_REFUSED };

/* NETTLP_FULL: this machine's send queue is full. NETTLP_REFUSED: nobody listens at the adapter's
 * port, or no route leads there now. */
enum nettlp_sent nettlp_link_send(struct nettlp_link *l, unsigned int tag, const void *datagram,
				  size_t size);

/* Waits up to timeout_ms for datagrams. Errors: ERR_SYSTEM: epoll fails. */
struct err *nettlp_link_wait(struct nettlp_link *l, int timeout_ms) MUST_CHECK;

/* Calls take() for what nettlp_link_wait() found, a few datagrams for each tag. Returns how many of
 * our requests could not be delivered. */
unsigned int nettlp_link_take(struct nettlp_link *l,
			      void (*take)(void *arg, unsigned int tag, const void *datagram,
					   size_t size),
			      void *arg);

/* Asks the nettlp driver that runs on the target itself, at the target's own address, for the
 * requester id of its adapter. Takes a second and a half at most.
 * Errors: ERR_SYSTEM: no answer; ERR_DATA: the answer is not a requester id. */
struct err *nettlp_ask_requester(struct in_addr target, uint16_t *ret) MUST_CHECK;

#endif
