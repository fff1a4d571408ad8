/* nettlp_options: the options in the URI of a NetTLP adapter.
 *
 *	nettlp:ADAPTER?requester=BB:DD.F
 *	nettlp:192.168.10.1?local=192.168.10.3&requester=1b:00.0&mrrs=256
 *	nettlp:192.168.10.1?message=10.0.0.5
 */
#ifndef MEMORY_NETTLP_OPTIONS_H
#define MEMORY_NETTLP_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct nettlp_options {
	struct in_addr adapter;
	struct in_addr local;	/* INADDR_ANY: the route decides */
	struct in_addr message; /* the host that knows the requester id; INADDR_ANY: none */
	bool has_requester;
	uint16_t requester;
	bool old_ports;		/* firmware before 0.22: 4 bits of the tag in the port */
	uint32_t mrrs;		/* largest read, bytes: a power of two, 128 to 4096 */
	uint32_t tags;		/* reads under way at a time: 1 to 256, 16 with old ports */
	uint32_t inflight;	/* bytes asked for and not answered yet, at most */
	uint32_t timeout_ms;	/* of one read */
	uint32_t retries;	/* after a read that timed out */
	char *ram_map;		/* path of a RAM map, or NULL; owned */
};

void nettlp_options_deinit(struct nettlp_options *o);

/* rest: what follows "nettlp:" in the URI.
 * Errors: ERR_USAGE: neither requester nor message is there; or naming an option that is unknown,
 * there twice, malformed or out of range. */
struct err *nettlp_options_parse(const char *rest, struct nettlp_options *ret) MUST_CHECK;

#endif
