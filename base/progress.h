/* progress: a bar on stderr, for work that takes longer than two seconds. Does nothing when stderr
 * is not a terminal.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	uint64_t total; /* bytes; 0: not known */
	double started, shown; /* seconds of the monotonic clock */
	bool terminal;
};

/* what: a word or two such as "recover host1", owned by the caller. */
void progress_init(struct progress *p, const char *what, uint64_t total);
/* done: bytes so far. Cheap: call it as often as you like. */
void progress_update(struct progress *p, uint64_t done);
/* Removes the bar. */
void progress_deinit(struct progress *p);

/* Seconds of the monotonic clock. */
double monotonic_seconds(void);

#endif
