/* nettlp: the memory of a live machine, read by a NetTLP adapter on its PCIe bus.
 *
 *	nettlp:ADAPTER?requester=BB:DD.F	(options: memory/nettlp_options.h)
 *
 * docs/nettlp.md tells how to set up the card.
 */
#include "base/alloc.h"
#include "memory/source.h"

#include "memory/nettlp_link.h"
#include "memory/nettlp_options.h"
#include "memory/nettlp_reader.h"

#define BOOT_RAM_END 0xa0000 /* what is RAM in every PC */

struct nettlp {
	struct nettlp_options options;
	struct nettlp_reader *reader;
};

static struct err *set_first_ram_map(const struct nettlp *s, struct memory *m)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct err *e = NULL;

	if (s->options.ram_map)
		e = ram_map_read(s->options.ram_map, &map);
	else
		ram_map_add(&map, PADDR(0), PADDR(BOOT_RAM_END));
	if (!e)
		memory_set_ram_map(m, &map);
	return e;
}

static struct err *nettlp_open(const char *rest, struct memory *m)
{
	struct nettlp *s = m->source = xcalloc(1, sizeof(*s));
	struct nettlp_options *o = &s->options;
	struct err *e = nettlp_options_parse(rest, o);

	if (e)
		return e;
	m->limits = (struct memory_limits){
		.batch = 4 * o->tags, .live = true, .parallel = false
	};
	e = set_first_ram_map(s, m);
	if (!e && !o->has_requester)
		e = nettlp_ask_requester(o->message, &o->requester);
	if (!e)
		e = nettlp_reader_new(o, &s->reader);
	return err_in(e, "%s", m->uri);
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
