/* adapter_tlp: the adapter's side of the wire, written apart from memory/tlp.c: reads taken apart strictly,
 * completions built. Source: PCI Express Base Specification 3.0, 2.2 and 2.3.1.1.
 */
#ifndef TESTS_LIB_ADAPTER_TLP_H
#define TESTS_LIB_ADAPTER_TLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct adapter_request {
	uint64_t at; /* of the first enabled byte */
	uint32_t size; /* to the last enabled byte */
	uint16_t requester;
	uint8_t tag;
};

/* NULL, or what is wrong with it. */
const char *adapter_decode_request(const uint8_t *datagram, size_t size, struct adapter_request *ret);

/* The piece of the answer that begins `done` bytes into the request, at most `split` bytes and cut where a
 * completion may be cut. Returns its bytes. */
uint32_t adapter_piece(const struct adapter_request *r, uint32_t done, uint32_t split);

/* Writes a completion with data, without its stamp; memory: its `size` bytes. Returns the datagram's size. */
size_t adapter_encode_data(const struct adapter_request *r, uint32_t done, const uint8_t *memory, uint32_t size,
			   bool poisoned, uint8_t *to);
/* Writes one without data. status: 1 unsupported request, 4 completer abort. */
size_t adapter_encode_failure(const struct adapter_request *r, unsigned int status, uint8_t *to);
void adapter_encode_stamp(uint16_t sequence, uint32_t timestamp, uint8_t *to);

#endif
