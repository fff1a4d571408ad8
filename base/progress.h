/* progress: a bar on stderr for work that takes longer than two seconds, when
 * stderr is a terminal. Costs nothing otherwise.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	uint64_t total; /* bytes; 0 when not known */
	double started, shown; /* seconds of the monotonic clock */
	bool terminal;
};

/* what: a word or two, owned by the caller, e.g. "recover host1". */
void progress_init(struct progress *p, const char *what, uint64_t total);
/* done: bytes so far. May be called as often as one likes. */
void progress_update(struct progress *p, uint64_t done);
/* Takes the bar away again. */
void progress_deinit(struct progress *p);

/* Seconds of the monotonic clock. */
double monotonic_seconds(void);

#endif
