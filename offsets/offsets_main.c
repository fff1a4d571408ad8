/* offsets: from fields.def to probe.c, and from probe.o to offsets.h. */
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "offsets/check.h"
#include "offsets/check_source.h"
#include "offsets/constants.h"
#include "offsets/dwarf.h"
#include "offsets/emit.h"
#include "offsets/fields.h"
#include "offsets/fit/gather.h"
#include "offsets/fit/run.h"
#include "offsets/probe_source.h"
#include "offsets/relevant.h"

static const char usage[] =
	"usage: offsets probe-source FIELDS >probe.c\n"
	"       offsets check-source --fields FIELDS --probe probe.o >check.c\n"
	"       offsets relevant --fields FIELDS --probe probe.o --macros F --folder DIR\n"
	"       offsets fit --fields FIELDS --probe probe.o --target DIR [--btf BTF] [--report F]\n"
	"       offsets emit --fields FIELDS --probe probe.o [--check check.o] [--btf BTF]\n"
	"               --header offsets.h --json offsets.json\n"
	"probe.c, preprocessed, with check.c behind it, makes check.o (same options, and\n"
	"-fms-extensions -w): the numbers by the compiler itself.";

struct options {
	const char *fields, *probe, *check, *btf, *header, *json, *macros, *folder, *target, *report;
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

	if (e)
		return e;
	for (size_t i = 0; i < l->fields->const_count; i++) {
		e = constants_value(c, l->fields->consts[i].name, &l->consts[i]);
		if (e)
			return err_in(e, "%s", path);
	}
	return NULL;
}

/* Types and members by the debug information of probe.o, constants by its data. */
static struct err *read_probe(const struct options *o, const struct fields *f, struct layout **ret,
			      char **compiler)
{
	struct err *e = dwarf_layout(o->probe, f, ret, compiler);

	if (e)
		return e;
	e = read_consts(o->probe, *ret);
	return e ? e : layout_check_mandatory(*ret);
}

static struct err *check_source(const struct options *o)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = fields_read(o->fields, &f);

	if (e)
		return e;
	e = read_probe(o, f, &l, NULL);
	if (e)
		return e;
	check_source_format(l, &b);
	return print(&b);
}

static struct err *relevant(const struct options *o)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = fields_read(o->fields, &f);

	if (e)
		return e;
	e = relevant_options(o->probe, o->macros, o->folder, f, &b);
	return e ? e : print(&b);
}

static struct err *check_with_compiler(const char *path, struct layout *l)
{
	CLEANUP(constants_freep) struct constants *c = NULL;
	CLEANUP(layout_freep) struct layout *compiled = NULL;
	struct err *e = constants_read(path, &c);

	if (e)
		return e;
	e = check_source_layout(l, c, &compiled);
	return e ? err_in(e, "%s", path) : check_compiled(l, compiled);
}

static struct err *check_with_btf(const char *path, struct layout *l)
{
	CLEANUP(buf_deinit) struct buf bytes = BUF_INIT;
	CLEANUP(layout_btf_freep) struct layout_btf *btf = NULL;
	struct err *e = file_read(path, BTF_FILE_MAX, &bytes);

	if (e)
		return e;
	e = layout_btf_new(path, buf_str(&bytes), bytes.size, &btf);
	return e ? e : check_btf(l, btf);
}

/* Every invariant, and what reading took. */
static struct err *write_report(const char *path, const struct fit *found, const struct memory *memory)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	const struct memory_counters *counters = gather_counters(memory);

	fit_format(found, true, &b);
	buf_addf(&b, "# %zu tasks; read: %" PRIu64 " vectors of %" PRIu64 " elements, %" PRIu64 " bytes\n",
		 found->task_count, counters->vectors, counters->elements, counters->bytes);
	return file_write(path, buf_str(&b), b.size, NULL);
}

/* The error that names what is violated, or NULL. btf: what the target's BTF says against the layout;
 * it is discarded. */
static struct err *verdict(const struct fit *found, struct err *btf)
{
	CLEANUP(buf_deinit) struct buf violated = BUF_INIT;
	size_t count = fit_violations(found) + (btf != NULL);

	fit_format(found, false, &violated);
	if (btf)
		buf_addf(&violated, "BTF\t%s\n", err_text(btf));
	err_discard(btf);
	if (!count)
		return NULL;
	return err_new(ERR_DATA, "this layout is not that of the kernel in memory: of %zu invariants %zu are "
		       "violated:\n%s", found->count, count, buf_str(&violated));
}

/* Whether the layout is that of the kernel in the target's memory; its BTF counts as one invariant. */
static struct err *fit(const struct options *o)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(live_deinit) struct live live = { .memory = NULL };
	CLEANUP(free_ptr) struct fit *found = xcalloc(1, sizeof(*found));
	struct err *e = fields_read(o->fields, &f);

	if (e)
		return e;
	e = read_probe(o, f, &l, NULL);
	if (e)
		return e;
	e = live_open(o->target, &live);
	if (e)
		return e;
	e = fit_run(l, &live, found);
	if (e)
		return e;
	if (o->report) {
		e = write_report(o->report, found, live.memory);
		if (e)
			return e;
	}
	return verdict(found, o->btf ? check_with_btf(o->btf, l) : NULL);
}

static struct err *emit(const struct options *o)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(free_ptr) char *compiler = NULL;
	CLEANUP(buf_deinit) struct buf header = BUF_INIT;
	CLEANUP(buf_deinit) struct buf json = BUF_INIT;
	struct err *e = fields_read(o->fields, &f);

	if (e)
		return e;
	e = read_probe(o, f, &l, &compiler);
	if (e)
		return e;
	e = o->check ? check_with_compiler(o->check, l) : NULL;
	if (e)
		return e;
	e = o->btf ? check_with_btf(o->btf, l) : NULL;
	if (e)
		return e;
	emit_header(l, compiler, &header);
	emit_json(l, compiler, &json);
	e = file_write(o->header, buf_str(&header), header.size, NULL);
	return e ? e : file_write(o->json, buf_str(&json), json.size, NULL);
}

/* Every option is --NAME VALUE. */
static struct err *parse_options(int argc, char **argv, struct options *ret)
{
	struct options o = { .fields = NULL };
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "--fields", &o.fields }, { "--probe", &o.probe }, { "--check", &o.check },
		{ "--btf", &o.btf }, { "--header", &o.header }, { "--json", &o.json },
		{ "--macros", &o.macros }, { "--folder", &o.folder },
		{ "--target", &o.target }, { "--report", &o.report },
	};

	for (int i = 0; i < argc; i += 2) {
		size_t k = 0;

		while (k < sizeof(known) / sizeof(*known) && strcmp(argv[i], known[k].name))
			k++;
		if (k == sizeof(known) / sizeof(*known) || i + 1 == argc || *known[k].value)
			return err_new(ERR_USAGE, "%s: unknown, without a value, or given twice\n%s",
				       argv[i], usage);
		*known[k].value = argv[i + 1];
	}
	*ret = o;
	return NULL;
}

static struct err *run(int argc, char **argv)
{
	struct options o;
	struct err *e;

	if (argc == 3 && !strcmp(argv[1], "probe-source"))
		return probe_source(argv[2]);
	if (argc < 3 || (strcmp(argv[1], "emit") && strcmp(argv[1], "check-source") &&
			 strcmp(argv[1], "relevant") && strcmp(argv[1], "fit")))
		return err_new(ERR_USAGE, "%s", usage);
	e = parse_options(argc - 2, argv + 2, &o);
	if (e)
		return e;
	if (!strcmp(argv[1], "check-source") && o.fields && o.probe && !o.check && !o.btf &&
	    !o.header && !o.json)
		return check_source(&o);
	if (!strcmp(argv[1], "fit") && o.fields && o.probe && o.target)
		return fit(&o);
	if (!strcmp(argv[1], "relevant") && o.fields && o.probe && o.macros && o.folder)
		return relevant(&o);
	if (!strcmp(argv[1], "emit") && o.fields && o.probe && o.header && o.json)
		return emit(&o);
	return err_new(ERR_USAGE, "%s", usage);
}

static int print_nothing(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

int main(int argc, char **argv)
{
	libbpf_set_print(print_nothing);
	return err_report(run(argc, argv), "offsets");
}
