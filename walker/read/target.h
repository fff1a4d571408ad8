/* target: the machine that we read, and the kernel in its memory.
 *
 * What a reboot changes stands in `boot`, beside the walker. It is a hint: the kernel's
 * banner and its own variables have to agree with it. If they do not, the walker finds
 * the kernel anew in the memory itself.
 */
#ifndef WALKER_READ_TARGET_H
#define WALKER_READ_TARGET_H

#include "memory/memory.h"
#include "walker/read/kread.h"
#include "walker/read/notes.h"
#include "walker/read/place.h"

struct target {
	struct memory *memory;	/* owned */
	struct memory *wave;	/* owned: what `kernel` reads through, where vectors pay; or NULL */
	struct kread kernel;
	struct place place;	/* of the kernel */
	struct notes notes;
	struct buf banner;	/* as it stands in memory, without its newline */
	const char *found_by;	/* "boot", or how the kernel was found anew */
	bool boot_stale;	/* there is a `boot` for this memory, and it did not fit */
};

#define TARGET_INIT { .notes = NOTES_INIT, .banner = BUF_INIT }

/* memory_uri: reads this instead of the memory that `boot` names, or NULL. boot_path: this
 * file instead of the `boot` beside the walker, or NULL.
 * Errors: ERR_ABSENT (no kernel found), ERR_DATA (another kernel, naming both
 * banners), ERR_USAGE, ERR_SYSTEM. */
struct err *target_open(const char *memory_uri, const char *boot_path, struct target *ret) MUST_CHECK;

/* For another answer: forgets what was read and noted, and makes sure that it is
 * still the same kernel, or finds it again. Errors: as above; ERR_SYSTEM: the
 * memory does not answer, but may later. */
struct err *target_refresh(struct target *t) MUST_CHECK;

/* A gap, if the memory stopped answering. */
void target_note_gone(struct target *t);
void target_deinit(struct target *t);

#endif
