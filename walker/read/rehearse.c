#include "walker/read/rehearse.h"

#include "base/alloc.h"
#include "walker/read/wave.h"

/* Nothing that is worth it depends on more reads, one on the other. */
#define REHEARSALS_MAX 64

/* One of several. */
struct several {
	size_t count;
	void (*work)(struct target *t, size_t i, void *arg);
	void *arg;
	bool *done;
};

static void work_on_each(struct target *t, void *arg)
{
	struct several *s = arg;

	for (size_t i = 0; i < s->count; i++) {
		uint64_t before = wave_lacked(t->wave);

		if (s->done[i])
			continue;
		s->work(t, i, s->arg);
		s->done[i] = wave_lacked(t->wave) == before;
	}
}

void rehearse(struct target *t, void (*work)(struct target *t, void *arg), void *arg)
{
	struct notes kept = t->notes;
	bool more = true;

	if (!t->wave)
		return;
	wave_begin(t->wave);
	for (unsigned int i = 0; i < REHEARSALS_MAX && more; i++) {
		t->notes = (struct notes)NOTES_INIT;
		work(t, arg);
		notes_deinit(&t->notes);
		more = wave_fetch(t->wave);
	}
	wave_end(t->wave);
	t->notes = kept;
}

void rehearse_each(struct target *t, size_t n,
			  void (*work)(struct target *t, size_t i, void *arg), void *arg)
{
	CLEANUP(free_ptr) bool *done = xcalloc(n + 1, sizeof(*done));
	struct several s = { n, work, arg, done };

	rehearse(t, work_on_each, &s);
}
