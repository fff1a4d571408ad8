#include "walker/read/rehearse.h"

#include "base/alloc.h"
#include "walker/read/wave.h"

struct rehearsal {
	struct target *t;
	void (*work)(struct target *t, void *arg);
	void *arg;
};

static void work_without_notes(void *arg)
{
	struct rehearsal *r = arg;

	r->t->notes = (struct notes)NOTES_INIT;
	r->work(r->t, r->arg);
	notes_deinit(&r->t->notes);
}

void rehearse(struct target *t, void (*work)(struct target *t, void *arg), void *arg)
{
	struct rehearsal r = { t, work, arg };
	struct notes kept = t->notes;

	if (!t->wave)
		return;
	wave_rehearse(t->wave, work_without_notes, &r);
	t->notes = kept;
}

/* --- many pieces ---------------------------------------------------------------- */

struct pieces {
	size_t count;
	void (*work)(struct target *t, size_t i, void *arg);
	void *arg;
	bool *done; /* of each: it lacked nothing */
};

static void work_on_each(struct target *t, void *arg)
{
	struct pieces *p = arg;

	for (size_t i = 0; i < p->count; i++) {
		uint64_t before = wave_lacked(t->wave);

		if (p->done[i])
			continue;
		p->work(t, i, p->arg);
		p->done[i] = wave_lacked(t->wave) == before;
	}
}

void rehearse_each(struct target *t, size_t n,
		   void (*work)(struct target *t, size_t i, void *arg), void *arg)
{
	CLEANUP(free_ptr) bool *done = xcalloc(n, sizeof(*done));
	struct pieces p = { n, work, arg, done };

	rehearse(t, work_on_each, &p);
}
