/* offsets: from fields.def to probe.c, and from probe.o to offsets.h. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "offsets/constants.h"
#include "offsets/dwarf.h"
#include "offsets/emit.h"
#include "offsets/fields.h"
#include "offsets/probe_source.h"

static const char usage[] =
	"usage: offsets probe-source FIELDS >probe.c\n"
	"       offsets emit --fields FIELDS --probe probe.o --header offsets.h --json offsets.json\n";

struct options {
	const char *fields, *probe, *header, *json;
};

static struct err *print(const struct buf *b)
{
	if (fwrite(buf_str(b), 1, b->size, stdout) != b->size || fflush(stdout))
		return err_errno("standard output");
	return NULL;
}

static struct err *probe_source(const char *path)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = fields_read(path, &f);

	if (e)
		return e;
	probe_source_format(f, &b);
	return print(&b);
}

static struct err *read_consts(const char *path, struct layout *l)
{
	CLEANUP(constants_freep) struct constants *c = NULL;
	struct err *e = constants_read(path, &c);

	for (size_t i = 0; !e && i < l->fields->const_count; i++)
		e = constants_value(c, l->fields->consts[i].name, &l->consts[i]);
	return e;
}

static struct err *emit(const struct options *o)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(free_ptr) char *compiler = NULL;
	CLEANUP(buf_deinit) struct buf header = BUF_INIT;
	CLEANUP(buf_deinit) struct buf json = BUF_INIT;
	struct err *e = fields_read(o->fields, &f);

	if (!e)
		e = dwarf_layout(o->probe, f, &l, &compiler);
	if (!e)
		e = read_consts(o->probe, l);
	if (!e)
		e = layout_check_mandatory(l);
	if (e)
		return e;
	emit_header(l, compiler, &header);
	emit_json(l, compiler, &json);
	e = file_write(o->header, buf_str(&header), header.size, NULL);
	return e ? e : file_write(o->json, buf_str(&json), json.size, NULL);
}

static struct err *parse_options(int argc, char **argv, struct options *ret)
{
	static const struct option long_options[] = {
		{ "fields", required_argument, NULL, 'f' },
		{ "probe", required_argument, NULL, 'p' },
		{ "header", required_argument, NULL, 'h' },
		{ "json", required_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*ret = (struct options){ NULL, NULL, NULL, NULL };
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'f':
			ret->fields = optarg;
			break;
		case 'p':
			ret->probe = optarg;
			break;
		case 'h':
			ret->header = optarg;
			break;
		case 'j':
			ret->json = optarg;
			break;
		default:
			return err_new(ERR_USAGE, "%s", usage);
		}
	}
	if (optind != argc || !ret->fields || !ret->probe || !ret->header || !ret->json)
		return err_new(ERR_USAGE, "%s", usage);
	return NULL;
}

static struct err *run(int argc, char **argv)
{
	struct options options;
	struct err *e;

	if (argc == 3 && !strcmp(argv[1], "probe-source"))
		return probe_source(argv[2]);
	if (argc < 2 || strcmp(argv[1], "emit"))
		return err_new(ERR_USAGE, "%s", usage);
	e = parse_options(argc - 1, argv + 1, &options);
	return e ? e : emit(&options);
}

int main(int argc, char **argv)
{
	return err_report(run(argc, argv), "offsets");
}
