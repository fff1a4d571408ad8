/* config_changes --target F --here F --autoconf F --report F [--dropped F] [--accept OPTION]...
 *	[--partial] [--neighbour]
 *
 * Compares the target's .config with the one Kconfig made of it, appends to
 * autoconf.h what gives the probe the target's values, and writes the report.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/kconfig/changes.h"

#define ACCEPTED_MAX 256
#define REPORT_MAX (4u << 20)

static const char usage[] =
	"usage: config_changes --target F --here F --autoconf F --report F [--dropped F]\n"
	"                      [--accept OPTION]... [--partial] [--neighbour]\n";

struct files {
	const char *target, *here, *autoconf, *report, *dropped;
};

static struct err *append(const char *path, const struct buf *b)
{
	CLEANUP(close_file) FILE *f = fopen(path, "ae");

	if (!f || fwrite(buf_str(b), 1, b->size, f) != b->size || fflush(f))
		return err_errno("%s", path);
	return NULL;
}

/* Returns the first error of two and discards the other. */
static struct err *first_of(struct err *first, struct err *second)
{
	if (!first)
		return second;
	err_discard(second);
	return first;
}

/* Writes the report also when the options do not fit. */
static struct err *run(const struct files *f, const struct changes_rules *rules)
{
	CLEANUP(dotconfig_freep) struct dotconfig *target = NULL, *here = NULL;
	CLEANUP(buf_deinit) struct buf report = BUF_INIT, autoconf = BUF_INIT, dropped = BUF_INIT;
	struct err *e = dotconfig_read(f->target, &target), *faults;

	if (e)
		return e;
	e = dotconfig_read(f->here, &here);
	if (e)
		return e;
	if (f->dropped) {
		e = file_read(f->dropped, REPORT_MAX, &dropped);
		if (e)
			return e;
	}
	faults = changes_compare(target, here, rules, &report, &autoconf);
	faults = first_of(changes_dropped(buf_str(&dropped), rules, &report), faults);
	e = file_write(f->report, buf_str(&report), report.size, NULL);
	if (!e && !faults)
		e = append(f->autoconf, &autoconf);
	return first_of(e, faults);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "target", required_argument, NULL, 't' }, { "here", required_argument, NULL, 'e' },
		{ "autoconf", required_argument, NULL, 'a' }, { "report", required_argument, NULL, 'r' },
		{ "dropped", required_argument, NULL, 'd' }, { "accept", required_argument, NULL, 'y' },
		{ "partial", no_argument, NULL, 'p' },	     { "neighbour", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },	     { NULL, 0, NULL, 0 },
	};
	const char *accepted[ACCEPTED_MAX];
	struct changes_rules rules = { .accepted = accepted };
	struct files f = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			f.target = optarg;
		else if (c == 'e')
			f.here = optarg;
		else if (c == 'a')
			f.autoconf = optarg;
		else if (c == 'r')
			f.report = optarg;
		else if (c == 'd')
			f.dropped = optarg;
		else if (c == 'p')
			rules.partial = true;
		else if (c == 'n')
			rules.neighbour = true;
		else if (c == 'y' && rules.accepted_count < ACCEPTED_MAX)
			accepted[rules.accepted_count++] = optarg;
		else
			return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? 0 : ERR_USAGE;
	}
	if (optind != argc || !f.target || !f.here || !f.autoconf || !f.report)
		return fputs(usage, stderr), ERR_USAGE;
	return err_report(run(&f, &rules), "probe");
}
