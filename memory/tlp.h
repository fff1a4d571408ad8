/* tlp: the PCIe packets of NetTLP: encodes read requests, decodes completions.
 *
 * Nothing here does I/O, and the only encoder is that of a read.
 *
 * Shape: a UDP datagram holds one packet. First come 6 bytes of NetTLP (sequence, 16 bits;
 * timestamp, 32 bits of 6.4 ns), then the packet: header words big-endian, data in the order of
 * memory. The header of a completion has 3 words.
 * Source: PCI Express Base Specification 3.0, 2.2 (packet formats), 2.3.1.1 (how a completion is
 * split); the NetTLP adapter's wire format.
 */
#ifndef MEMORY_TLP_H
#define MEMORY_TLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLP_READ_MAX 22			/* bytes of a datagram with a read request */
#define TLP_COMPLETION_MAX (6 + 12 + 4096) /* bytes of a datagram with a completion */

struct tlp_read {
	uint64_t at;
	uint32_t size; /* bytes, 1 to 4096; [at, at + size) lies in one 4 KiB page */
	uint16_t requester; /* bus << 8 | device << 3 | function */
	uint8_t tag;
};

/* Writes the datagram and returns its size. Its header has 3 words below 4 GiB, else 4; its byte
 * enables are exactly those of [at, at + size). */
size_t tlp_encode_read(const struct tlp_read *read, uint8_t to[TLP_READ_MAX]);

enum tlp_status {
	TLP_SUCCESS = 0,
	TLP_UNSUPPORTED_REQUEST = 1,
	TLP_COMPLETER_ABORT = 4,
};

struct tlp_completion {
	uint16_t sequence;
	uint32_t timestamp;
	enum tlp_status status;
	bool poisoned;
	uint16_t requester;
	uint8_t tag;
	uint8_t lower;	     /* lower address: low 7 bits of the address of the first byte */
	uint32_t byte_count; /* bytes of the request in this packet and those to come, 1 to 4096 */
	/* for TLP_SUCCESS: */
	const uint8_t *data; /* in the datagram */
	uint32_t size;	     /* bytes of the request in this packet */
	bool last;	     /* size == byte_count */
};

enum tlp_fault {
	TLP_FINE,
	TLP_SHORT,	/* ends in its header */
	TLP_OTHER,	/* is not a completion of a read */
	TLP_FIELDS,	/* fields that contradict each other, or are not allowed */
	TLP_SIZE,	/* the datagram is not as long as the packet says */
};

/* Takes a datagram apart, and checks all that can be checked without the request. Writes *ret only
 * for TLP_FINE. */
enum tlp_fault tlp_decode_completion(const void *datagram, size_t size,
				     struct tlp_completion *ret);

/* Sequence and timestamp of a datagram, whatever else is wrong with it. False: it is too short for
 * them. */
bool tlp_decode_stamp(const void *datagram, size_t size, uint16_t *sequence, uint32_t *timestamp);

#endif
