/* work: the file that a dump fills, FILE.new, and FILE.state beside it, which says how far it has come.
 */
#ifndef RECOVER_DUMP_WORK_H
#define RECOVER_DUMP_WORK_H

#include "recover/dump/state.h"

struct dump_work {
	char *path, *state_path; /* FILE.new, FILE.state; owned */
	int fd;
	struct dump_layout layout;
	struct dump_state state;
	double saved; /* when the state was last written, in monotonic_seconds() */
};

/* Sets the names; layout and state stay empty. The caller sets these and gives *ret to
 * dump_work_deinit(). */
void dump_work_init(const char *file, struct dump_work *ret);
void dump_work_deinit(struct dump_work *w);

/* Opens FILE.new and locks it. Goes on with it if FILE.state is of this very dump, or else empties it.
 * *started_anew: why an earlier run's file was emptied; unchanged if none was. The caller owns it.
 * Errors: ERR_USAGE: another dump writes the file; ERR_SYSTEM. */
struct err *dump_work_open(struct dump_work *w, char **started_anew) MUST_CHECK;

/* Writes FILE.state, once all that it tells of is on the disk. Errors: ERR_SYSTEM. */
struct err *dump_work_save(struct dump_work *w) MUST_CHECK;

/* offset: in FILE.new. Errors: ERR_SYSTEM. */
struct err *dump_work_write(const struct dump_work *w, const void *data, size_t size,
			    uint64_t offset) MUST_CHECK;
/* Moves size bytes down in FILE.new; `to` is less than `from`. Errors: ERR_SYSTEM. */
struct err *dump_work_move(const struct dump_work *w, uint64_t from, uint64_t to,
			   uint64_t size) MUST_CHECK;

#endif
