/* kconfig_filter --tree DIR --config F --out F --report F
 *
 * A .config that came out of a target's memory may hold anything. Only options that the tree has,
 * with a value of their type, get through: we write --out anew from these. The report names what we
 * dropped and why.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/file.h"
#include "kernel-src/kconfig/dotconfig.h"
#include "kernel-src/kconfig/kconfig.h"
#include "recover/config/file.h"

#define CONFIG_MAX (16u << 20)
#define REPORT_MAX (1u << 20)

static const char usage[] = "usage: kconfig_filter --tree DIR --config F --out F --report F\n";

/* Why the line may not get through; NULL: it may. */
static const char *fault_of(const struct kconfig *k, enum dotconfig_kind kind,
			    const struct dotconfig_line *line)
{
	unsigned int types;

	if (kind == DOTCONFIG_BAD)
		return "not a line of a .config";
	types = kconfig_types(k, line->name, line->name_size);
	if (!types)
		return KCONFIG_UNKNOWN;
	return kconfig_value_fault(types, line->value, line->value_size);
}

/* Lets line through to out, or says in report why not. */
static void filter_line(const struct kconfig *k, enum dotconfig_kind kind,
			const struct dotconfig_line *line, struct buf *out, struct buf *report)
{
	bool is_option = kind == DOTCONFIG_OPTION;
	const char *fault = fault_of(k, kind, line);

	if (!fault) {
		CLEANUP(free_ptr) char *name = xstrndup(line->name, line->name_size);
		CLEANUP(free_ptr) char *value = xstrndup(line->value, line->value_size);

		config_option_format(name, value, out);
		return;
	}
	if (report->size > REPORT_MAX)
		return;
	buf_add_str(report, is_option ? "CONFIG_" : "-\t");
	escape_text(report, line->name, line->name_size < 120 ? line->name_size : 120);
	if (is_option) {
		buf_add_char(report, '\t');
		escape_text(report, line->value, line->value_size < 120 ? line->value_size : 120);
	}
	buf_addf(report, "\t%s\n", fault);
}

static struct err *filter(const char *tree, const char *config, const char *out, const char *report)
{
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, kept = BUF_INIT, dropped = BUF_INIT;
	struct dotconfig_line line;
	const char *at, *end;
	struct err *e = file_read(config, CONFIG_MAX, &text);
	enum dotconfig_kind kind;

	if (e)
		return e;
	e = kconfig_read(tree, &k);
	if (e)
		return e;
	at = buf_str(&text);
	end = at + text.size;
	while ((kind = dotconfig_next(&at, end, &line)) != DOTCONFIG_END)
		filter_line(k, kind, &line, &kept, &dropped);
	if (!kept.size)
		return err_new(ERR_DATA, "%s: sets no option that %s has", config, tree);
	e = file_write(out, buf_str(&kept), kept.size, NULL);
	return e ? e : file_write(report, buf_str(&dropped), dropped.size, NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "tree", required_argument, NULL, 't' },
						 { "config", required_argument, NULL, 'c' },
						 { "out", required_argument, NULL, 'o' },
						 { "report", required_argument, NULL, 'r' },
						 { "help", no_argument, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	const char *tree = NULL, *config = NULL, *out = NULL, *report = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			tree = optarg;
		else if (c == 'c')
			config = optarg;
		else if (c == 'o')
			out = optarg;
		else if (c == 'r')
			report = optarg;
		else
			return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? 0 : ERR_USAGE;
	}
	if (optind != argc || !tree || !config || !out || !report)
		return fputs(usage, stderr), ERR_USAGE;
	return err_report(filter(tree, config, out, report), "kconfig_filter");
}
