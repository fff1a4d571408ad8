/* nettlp_reader: reads vectors through a NetTLP adapter.
 *
 * Up to `tags` reads are outstanding at a time. A read that gets no answer within its timeout is
 * given up and tried again. Every vector comes to an end, whatever the adapter does.
 */
#ifndef MEMORY_NETTLP_READER_H
#define MEMORY_NETTLP_READER_H

#include "memory/memory.h"
#include "memory/nettlp_options.h"

struct nettlp_reader;

/* options: with the requester id; they outlive the reader. The caller owns *ret.
 * Errors: as nettlp_link_init(). */
struct err *nettlp_reader_new(const struct nettlp_options *options,
			      struct nettlp_reader **ret) MUST_CHECK;
void nettlp_reader_free(struct nettlp_reader *r);

/* Reads n elements, all of them in ram, and sets the status of each. No request reaches outside
 * ram.
 * Errors: ERR_SYSTEM: this machine's sockets fail. */
struct err *nettlp_reader_read(struct nettlp_reader *r, const struct ram_map *ram,
			       struct memory_read *reads, size_t n) MUST_CHECK;

void nettlp_reader_stats(const struct nettlp_reader *r, memory_stats_each *each, void *arg);

#endif
