#include "tests/lib/failing.h"

#include "base/alloc.h"
#include "memory/source.h"

struct failing {
	struct memory *inner;
	unsigned int left; /* elements until the one that fails; 0: it has */
	enum memory_status how;
};

static void failing_close(struct memory *m)
{
	struct failing *f = m->source;

	memory_close(f->inner);
	free(f);
}

static struct err *failing_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct failing *f = m->source;

	for (size_t i = 0; i < n; i++) {
		struct err *e = memory_read_vector(f->inner, &reads[i], 1);

		if (e)
			return e;
		if (f->left && !--f->left) {
			reads[i].status = f->how;
			/* the buffer of an element that failed holds nothing of use */
			__builtin_memset(reads[i].to, 0xa5, reads[i].size);
		}
		if (!f->left && f->how == FAILING_GONE)
			return err_new(ERR_SYSTEM, "the source is gone");
	}
	return NULL;
}

static struct err *failing_open(const char *rest, struct memory *m)
{
	(void)rest;
	(void)m;
	return err_new(ERR_USAGE, "failing: is made by failing_memory()");
}

static const struct memory_ops failing_ops = {
	.scheme = "failing",
	.open = failing_open,
	.close = failing_close,
	.read = failing_read,
};

struct memory *failing_memory(struct memory *inner, unsigned int n, enum memory_status how)
{
	struct failing *f = xcalloc(1, sizeof(*f));
	struct memory *m = memory_new(&failing_ops, "failing:", f);

	*f = (struct failing){ inner, n, how };
	memory_set_ram_map(m, memory_ram_map(inner));
	return m;
}

bool failing_has_failed(const struct memory *m)
{
	return !((const struct failing *)m->source)->left;
}
