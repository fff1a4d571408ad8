/* nettlp: the memory of a live machine, read by a NetTLP adapter on its PCIe bus.
 *
 *	nettlp:ADAPTER?requester=BB:DD.F	(options: memory/nettlp_options.h)
 *
 * docs/nettlp.md tells how to set up the card.
 */
#include "base/alloc.h"
#include "memory/nettlp_link.h"
#include "memory/nettlp_options.h"
#include "memory/nettlp_reader.h"
#include "memory/source.h"

struct nettlp {
	struct nettlp_options options;
	struct nettlp_reader *reader;
};

static struct err *open_reader(struct memory *m, struct nettlp *s)
{
	struct nettlp_options *o = &s->options;
	struct err *e = memory_set_first_ram_map(m, o->ram_map);

	if (e)
		return e;
	if (!o->has_requester) {
		e = nettlp_ask_requester(o->message, &o->requester);
		if (e)
			return e;
	}
	return nettlp_reader_new(o, &s->reader);
}

static struct err *nettlp_open(const char *rest, struct memory *m)
{
	struct nettlp *s = m->source = xcalloc(1, sizeof(*s));
	struct err *e = nettlp_options_parse(rest, &s->options);

	if (e)
		return e;
	m->limits = (struct memory_limits){
		.batch = 4 * s->options.tags, .live = true, .threads_may_read = false
	};
	return err_in(open_reader(m, s), "%s", m->uri);
}

static void nettlp_close(struct memory *m)
{
	struct nettlp *s = m->source;

	if (!s)
		return;
	nettlp_reader_free(s->reader);
	nettlp_options_deinit(&s->options);
	free(s);
}

static struct err *nettlp_read(struct memory *m, struct memory_read *reads, size_t n)
{
	const struct nettlp *s = m->source;

	return nettlp_reader_read(s->reader, &m->ram_map, reads, n);
}

static void nettlp_stats(const struct memory *m, memory_stats_each *each, void *arg)
{
	const struct nettlp *s = m->source;

	nettlp_reader_stats(s->reader, each, arg);
}

const struct memory_ops memory_nettlp_ops = {
	.scheme = "nettlp",
	.open = nettlp_open,
	.close = nettlp_close,
	.read = nettlp_read,
	.stats = nettlp_stats,
};
