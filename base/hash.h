/* hash: hashes that nobody outside can predict, for tables.
 *
 * The names and numbers in our tables come from the target. Against a known hash a tenant could
 * choose them so that all fall into one slot, and every look-up walks through all of them. So each
 * run draws a key of its own for SipHash-2-4 (Aumasson and Bernstein, 2012). For the same reason
 * the order of a table's slots differs from run to run: nothing may depend on it.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* With the key of this run. */
uint64_t hash_bytes(const void *bytes, size_t size);
uint64_t hash_u64(uint64_t number);

/* With a key of the caller's. */
uint64_t hash_bytes_with(const uint64_t key[2], const void *bytes, size_t size);

#endif
