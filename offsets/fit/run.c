#include "offsets/fit/run.h"

#include "offsets/fit/files.h"
#include "offsets/fit/memory.h"
#include "offsets/fit/namespaces.h"
#include "offsets/fit/slabs.h"
#include "offsets/fit/tasks.h"

/* Rehearsals at most. No list that is followed is longer. */
#define ROUNDS_MAX 400

static struct err *run_once(struct fit *f)
{
	struct err *e;

	map_deinit(&f->seen);
	*f = (struct fit){ .layout = f->layout, .live = f->live, .rounds = f->rounds };
	e = fit_tasks(f);
	if (e)
		return e;
	fit_namespaces(f);
	fit_memory(f);
	fit_files(f);
	fit_slabs(f);
	fit_vmcoreinfo(f);
	return NULL;
}

/* Where vectors pay, rehearses until nothing that the checks need is missing. */
static struct err *run_until_all_is_read(struct fit *f)
{
	bool rehearsal = live_begin(f->live);

	for (;;) {
		struct err *e = run_once(f);

		if (!rehearsal || !live_fetch(f->live))
			return e;
		err_discard(e);
		if (++f->rounds == ROUNDS_MAX) {
			live_end(f->live);
			rehearsal = false;
		}
	}
}

struct err *fit_run(const struct layout *layout, struct live *live, struct fit *ret)
{
	struct err *e;

	*ret = (struct fit){ .layout = layout, .live = live };
	e = run_until_all_is_read(ret);
	map_deinit(&ret->seen);
	live_end(live);
	if (!live->fatal)
		return e;
	err_discard(e);
	return TAKE(live->fatal);
}
