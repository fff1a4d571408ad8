/* recover: finds out which kernel runs in a machine's memory, and where.
 *
 *	recover [OPTION...] --out DIR MEMORY
 *
 * Writes ram_map, kernel, boot, System.map, modules.map, btf, vmcoreinfo, config.text and report.txt into
 * DIR.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "recover/recovery.h"

static const char usage[] =
	"usage: recover [OPTION...] --out DIR MEMORY\n"
	"Finds out which kernel runs in MEMORY (file:PATH, nettlp:ADAPTER, ...) and where; writes it\n"
	"to DIR. A file is searched, a live machine is not: little of it is read, and only RAM.\n"
	"  --survey         do not search a file either, unless nothing is found otherwise\n"
	"  --search         search all RAM that the source says it has\n"
	"  --progress NAME  what to call it in the progress bar\n"
	"  --stats          say on stderr what was read\n"
	"  -v               say on stderr what takes how long\n";

/* The command line. */
struct request {
	struct recovery_options options;
	const char *out;
	bool stats;
};

static struct err *write_text(const char *out, const char *name, const struct buf *b)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", out, name);

	/* we found nothing: what an earlier run found must not stay */
	if (!b->size && unlink(path) < 0 && file_exists(path))
		return err_errno("%s", path);
	return b->size ? file_write(path, b->data, b->size, NULL) : NULL;
}

static struct err *write_facts(const char *out, const char *name, const struct facts *f)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	facts_format(f, &b);
	return write_text(out, name, &b);
}

static struct err *write_all(const char *out, const struct recovery *r)
{
	const struct {
		const char *name;
		const struct buf *text;
	} files[] = {
		{ "ram_map", &r->ram_map },	    { "System.map", &r->system_map },
		{ "modules.map", &r->module_map },  { "btf", &r->btf },
		{ "vmcoreinfo", &r->vmcoreinfo },   { "config.text", &r->config_text },
		{ "report.txt", &r->report },
	};
	struct err *e = file_make_dirs(out);

	if (e)
		return e;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		e = write_text(out, files[i].name, files[i].text);
		if (e)
			return e;
	}
	e = write_facts(out, "kernel", r->identity);
	return e ? e : write_facts(out, "boot", r->boot);
}

static void print_counter(const char *name, uint64_t value, void *arg)
{
	(void)arg;
	if (value)
		fprintf(stderr, "recover: %s=%" PRIu64 "\n", name, value);
}

static struct err *parse_options(int argc, char **argv, struct request *r)
{
	static const struct option longs[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "progress", required_argument, NULL, 'p' },
		{ "survey", no_argument, NULL, 'y' },
		{ "search", no_argument, NULL, 'e' },
		{ "stats", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct recovery_options *o = &r->options;
	int option;

	while ((option = getopt_long(argc, argv, "+o:vh", longs, NULL)) != -1) {
		switch (option) {
		case 'o':
			r->out = optarg;
			break;
		case 'p':
			o->name = optarg;
			break;
		case 'y':
			o->how = RECOVERY_SURVEY;
			break;
		case 'e':
			o->how = RECOVERY_SEARCH;
			break;
		case 's':
			r->stats = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			return err_new(ERR_USAGE, "see recover --help");
		}
	}
	if (!r->out || optind + 1 != argc)
		return err_new(ERR_USAGE, "expected --out DIR and one MEMORY; see recover --help");
	o->uri = argv[optind];
	return NULL;
}

int main(int argc, char **argv)
{
	CLEANUP(recovery_deinit) struct recovery found = { .memory = NULL };
	struct request r = { .out = NULL };
	struct err *e = parse_options(argc, argv, &r);

	if (!e)
		e = recovery_run(&r.options, &found);
	if (!e)
		e = write_all(r.out, &found);
	if (r.stats && found.memory)
		memory_stats(found.memory, print_counter, NULL);
	return err_report(e, "recover");
}
