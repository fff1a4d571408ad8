/* dump_state: how far a dump has come, in a file beside it, so that it can be gone on with.
 *
 * Shape: facts (base/facts.h): source, format, kernel (its place and banner: a machine that was
 * rebooted is another one), ram, done, and absent.STATUS for each reason that RAM could not be
 * read; maps of RAM are in the shape of memory/ram_map.h.
 */
#ifndef RECOVER_DUMP_STATE_H
#define RECOVER_DUMP_STATE_H

#include "memory/memory.h"
#include "recover/dump/layout.h"

struct dump_state {
	const char *source, *kernel; /* the caller's */
	enum dump_format format;
	struct ram_map ram;	/* all that is to be dumped */
	struct ram_map done;	/* read, and written to the disk */
	struct ram_map absent[MEMORY_STATUS_COUNT]; /* could not be read, by why */
};

/* Nothing is done. source and kernel outlive it. */
void dump_state_init(const char *source, const char *kernel, enum dump_format format,
		     const struct ram_map *ram, struct dump_state *ret);
void dump_state_deinit(struct dump_state *s);

/* Takes over what the file says was done, if it is of this very dump.
 * Errors: ERR_ABSENT: there is no such file; ERR_DATA: it is of another dump, saying in what;
 * ERR_SYSTEM. */
struct err *dump_state_read(const char *path, struct dump_state *s) MUST_CHECK;
struct err *dump_state_write(const char *path, const struct dump_state *s) MUST_CHECK;

/* What is neither done nor absent; and what is absent for whatever reason. */
void dump_state_left(const struct dump_state *s, struct ram_map *ret);
void dump_state_absent(const struct dump_state *s, struct ram_map *ret);

#endif
