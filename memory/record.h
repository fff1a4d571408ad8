/* record: the file in which record: keeps what a memory answered, so that replay: can answer it
 * again.
 *
 * Shape: 16 bytes "farwalk record 1", then entries, u32 type, u32 size of what follows,
 * little-endian:
 *	'U' text of the URI	'N' text of the notes	'V' text of VMCOREINFO
 *	'L' u32 batch, u32 live	'M' the RAM map, u64 start, u64 end each
 *	'D' next_data: u64 from, u64 answer
 *	'R' a read: u64 address, u32 size, u32 status, and the bytes if the status is MEMORY_OK
 *	'E' text of the error with which the source was gone
 * U, L, M, N, V come once, before the rest; M comes again whenever the map is replaced.
 */
#ifndef MEMORY_RECORD_H
#define MEMORY_RECORD_H

#define RECORD_MAGIC "farwalk record 1"
#define RECORD_MAGIC_SIZE 16
#define RECORD_READ_SIZE 16 /* of an 'R' before its bytes */

#endif
