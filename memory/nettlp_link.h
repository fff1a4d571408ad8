/* nettlp_link: the UDP sockets between this machine and a NetTLP adapter, one
 * for each tag: the adapter answers a read to port 0x3000 + tag, from that port.
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
	bool more;		  /* datagrams may be left by nettlp_link_take() */
	struct link_batch *batch; /* of datagrams that come in */
};

/* Safe to deinit whatever becomes of it.
 * Errors: ERR_SYSTEM naming address and port; in use: another reader runs. */
struct err *nettlp_link_init(struct nettlp_link *l, struct in_addr local, struct in_addr adapter,
			     unsigned int tags) MUST_CHECK;
void nettlp_link_deinit(struct nettlp_link *l);

enum nettlp_sent { NETTLP_SENT, NETTLP_FULL, NETTLP_REFUSED };

/* NETTLP_FULL: this machine's queue is; NETTLP_REFUSED: nobody listens there, or
 * there is no way there now. */
enum nettlp_sent nettlp_link_send(struct nettlp_link *l, unsigned int tag, const void *datagram,
				  size_t size);

/* Waits up to timeout_ms for datagrams.
 * Errors: ERR_SYSTEM when waiting itself fails. */
struct err *nettlp_link_wait(struct nettlp_link *l, int timeout_ms) MUST_CHECK;

/* Hands over what nettlp_link_wait() found, a few datagrams for each tag, and
 * returns how many requests came back as undeliverable. */
unsigned int nettlp_link_take(struct nettlp_link *l,
			      void (*take)(void *arg, unsigned int tag, const void *datagram,
					   size_t size),
			      void *arg);

/* Asks the nettlp driver on a target, at its own address, for the requester id
 * of its adapter. A second and a half at most.
 * Errors: ERR_SYSTEM: no answer; ERR_DATA: no requester id. */
struct err *nettlp_ask_requester(struct in_addr target, uint16_t *ret) MUST_CHECK;

#endif
