/* adapter_tlp: the adapter's side of the protocol: decodes and checks read requests, builds
 * completions. Written independently of memory/tlp.c, so that the two check each other.
 * Source: PCI Express Base Specification 3.0, 2.2 and 2.3.1.1.
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

/* NULL, or what is wrong with the request. */
const char *adapter_decode_request(const uint8_t *datagram, size_t size, struct adapter_request *ret);

/* How many bytes the next piece of the answer has, after `done` bytes of the request: at most
 * `split`, and it ends where a completer may split. */
uint32_t adapter_piece(const struct adapter_request *r, uint32_t done, uint32_t split);

/* Writes a completion with the `size` bytes at memory, without a stamp. Returns the size of the
 * datagram. */
size_t adapter_encode_data(const struct adapter_request *r, uint32_t done, const uint8_t *memory, uint32_t size,
			   bool poisoned, uint8_t *to);
/* Writes a completion without data. status: 1 unsupported request, 4 completer abort. */
size_t adapter_encode_failure(const struct adapter_request *r, unsigned int status, uint8_t *to);
void adapter_encode_stamp(uint16_t sequence, uint32_t timestamp, uint8_t *to);

#endif
