/* adapter: a NetTLP adapter in software, in a machine whose memory is a file, with faults on
 * demand.
 *
 * It speaks the adapter's protocol over UDP on an address of the loopback network. The file may be
 * the memory of a running QEMU machine. A seeded generator decides when a fault happens.
 */
#ifndef TESTS_LIB_ADAPTER_H
#define TESTS_LIB_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "memory/ram_map.h"

struct adapter_config {
	const char *image;
	uint64_t lowmem; /* as in file:PATH?lowmem=; 0: the whole file */
	const char *address, *client;
	const char *message; /* where the target's driver answers; NULL: nowhere */
	uint16_t requester;
	bool old_ports;
	uint32_t split; /* largest completion, bytes: 64, 128, 256, 512 */
	uint32_t mrrs;
	uint64_t seed;
	/* how often, 0 to 1: of datagrams each way */
	double loss;
	/* of datagrams to the client */
	double duplicate, poison, truncate, wrong_tag, seq_gap;
	/* of reads: answered after others; late_ms late */
	double reorder, late;
	uint32_t late_ms;
	uint32_t delay_us; /* of every read, each by itself */
	struct ram_map ur, ca; /* reads that touch these fail */
	struct ram_map ram;    /* reads outside are logged and counted; empty: no check */
	FILE *log;	       /* or NULL */
};

struct adapter_config adapter_defaults(void);

enum adapter_counter {
	ADAPTER_READS,
	ADAPTER_BYTES,
	ADAPTER_COMPLETIONS,
	ADAPTER_LOST_REQUESTS,
	ADAPTER_LOST_COMPLETIONS,
	ADAPTER_DUPLICATED,
	ADAPTER_REORDERED,
	ADAPTER_DELAYED, /* sent late */
	ADAPTER_POISONED,
	ADAPTER_TRUNCATED,
	ADAPTER_WRONG_TAGS,
	ADAPTER_SEQUENCE_GAPS,
	ADAPTER_UR,
	ADAPTER_CA,
	ADAPTER_MALFORMED,	 /* requests that no bus would take */
	ADAPTER_WRONG_REQUESTER,
	ADAPTER_TOO_LARGE,	 /* requests above the MRRS */
	ADAPTER_MMIO,		 /* reads outside RAM */
	ADAPTER_OVERFLOWS,
	ADAPTER_MAX_INFLIGHT,	 /* bytes asked for and not answered */
	ADAPTER_MESSAGES,
	ADAPTER_UNKNOWN_MESSAGES,
	ADAPTER_COUNTER_COUNT
};

const char *adapter_counter_name(enum adapter_counter counter);

struct adapter;

/* Maps the image and binds the ports, where requests queue up from now on. config, and what it
 * points to, outlive the adapter. */
struct err *adapter_open(const struct adapter_config *config, struct adapter **ret) MUST_CHECK;
void adapter_close(struct adapter *a);
/* Serves until stop_fd becomes readable. */
struct err *adapter_run(struct adapter *a, int stop_fd) MUST_CHECK;
uint64_t adapter_count(const struct adapter *a, enum adapter_counter counter);

#endif
