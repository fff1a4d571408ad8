/* state: how far a dump has come, in a file beside it, so that it can be resumed.
 *
 * Shape: facts (base/facts.h): source, format, kernel (its place and banner, which tell a rebooted
 * machine from the one before), ram, done, and absent.STATUS for each reason why RAM could not be read.
 * Maps of RAM are in the shape of memory/ram_map.h.
 */
#ifndef RECOVER_DUMP_STATE_H
#define RECOVER_DUMP_STATE_H

#include "memory/memory.h"
#include "recover/dump/layout.h"

struct dump_state {
	const char *source, *kernel; /* the caller's */
	enum dump_format format;
	struct ram_map ram;	/* all that we dump */
	struct ram_map done;	/* was read, and is on the disk */
	struct ram_map absent[MEMORY_STATUS_COUNT]; /* could not be read, by the reason */
};

/* A state in which nothing is done. source and kernel must outlive it. */
void dump_state_init(const char *source, const char *kernel, enum dump_format format,
		     const struct ram_map *ram, struct dump_state *ret);
void dump_state_deinit(struct dump_state *s);

/* Takes over what the file says is done, if it is of this very dump. On an error nothing is done.
 * Errors: ERR_ABSENT: there is no such file; ERR_DATA: it is of another dump, saying what differs;
 * ERR_SYSTEM. */
struct err *dump_state_read(const char *path, struct dump_state *s) MUST_CHECK;
struct err *dump_state_write(const char *path, const struct dump_state *s) MUST_CHECK;

/* What is neither done nor absent, and what is absent for whatever reason. */
void dump_state_left(const struct dump_state *s, struct ram_map *ret);
void dump_state_absent(const struct dump_state *s, struct ram_map *ret);

#endif
