#include "walker/rehearse.h"

#include "walker/wave.h"

/* Nothing that is worth it depends on more reads, one on the other. */
#define REHEARSALS_MAX 64

struct err *rehearse(struct target *t, void (*work)(struct target *t, void *arg), void *arg)
{
	struct notes kept = t->notes;
	bool more = t->wave;
	struct err *e = NULL;

	if (!t->wave)
		return NULL;
	wave_begin(t->wave);
	for (unsigned int i = 0; i < REHEARSALS_MAX && more && !e; i++) {
		t->notes = (struct notes)NOTES_INIT;
		work(t, arg);
		notes_deinit(&t->notes);
		e = wave_fetch(t->wave, &more);
	}
	wave_end(t->wave);
	t->notes = kept;
	return e;
}
