/* recover: finds out which kernel runs in a machine's memory, and where.
 *
 *	recover [--progress NAME] [-v] --out DIR MEMORY
 *
 * Leaves ram_map, kernel, boot, System.map, btf, config.text and report.txt in DIR.
 */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "recover/recovery.h"

static const char usage[] =
	"usage: recover [--progress NAME] [-v] --out DIR MEMORY\n"
	"Finds out which kernel runs in MEMORY (file:PATH) and where; writes it to DIR.\n"
	"  --progress NAME  what to call it in the progress bar\n"
	"  -v               say on stderr what takes how long\n";

static struct err *write_text(const char *out, const char *name, const struct buf *b)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", out, name);

	/* nothing was found: an older run's must not stay */
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
	struct err *e = file_make_dirs(out);

	if (!e)
		e = write_text(out, "ram_map", &r->ram_map);
	if (!e)
		e = write_text(out, "System.map", &r->system_map);
	if (!e)
		e = write_text(out, "btf", &r->btf);
	if (!e)
		e = write_text(out, "config.text", &r->config_text);
	if (!e)
		e = write_text(out, "report.txt", &r->report);
	if (!e)
		e = write_facts(out, "kernel", r->identity);
	return e ? e : write_facts(out, "boot", r->boot);
}

static struct err *parse_options(int argc, char **argv, struct recovery_options *o,
				 const char **out)
{
	static const struct option longs[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "progress", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+o:vh", longs, NULL)) != -1) {
		if (option == 'o') {
			*out = optarg;
		} else if (option == 'p') {
			o->name = optarg;
		} else if (option == 'v') {
			o->verbose = true;
		} else if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		} else {
			return err_new(ERR_USAGE, "see recover --help");
		}
	}
	if (!*out || optind + 1 != argc)
		return err_new(ERR_USAGE, "expected --out DIR and one MEMORY; see recover --help");
	o->uri = argv[optind];
	return NULL;
}

int main(int argc, char **argv)
{
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };
	struct recovery_options o = { .uri = NULL };
	const char *out = NULL;
	struct err *e = parse_options(argc, argv, &o, &out);

	if (!e)
		e = recovery_run(&o, &r);
	if (!e)
		e = write_all(out, &r);
	return err_report(e, "recover");
}
