/* hash: numbers that nobody outside can foresee, for tables.
 *
 * Keys come from the target, and whoever runs it could choose them so that all of
 * them fall into one slot of a table. Hence SipHash-2-4 (Aumasson and Bernstein,
 * 2012) with a key that each run draws anew. What depends on the order of a
 * table's slots would differ from run to run: keep a list beside it.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Of bytes, with this run's key. */
uint64_t hash_bytes(const void *bytes, size_t size);
uint64_t hash_u64(uint64_t number);

/* The same with a key of the caller's. */
uint64_t hash_bytes_with(const uint64_t key[2], const void *bytes, size_t size);

#endif
