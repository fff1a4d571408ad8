/* recover: finds out which kernel runs in a machine's memory, and where.
 *
 *	recover [--progress NAME] [-v] --out DIR MEMORY
 *
 * Leaves ram_map, kernel, boot, System.map, btf, config.text and report.txt in DIR.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "recover/config_text.h"
#include "recover/e820.h"
#include "recover/report.h"

static const char usage[] =
	"usage: recover [--progress NAME] [-v] --out DIR MEMORY\n"
	"Finds out which kernel runs in MEMORY (file:PATH) and where; writes it to DIR.\n"
	"  --progress NAME  what to call it in the progress bar\n"
	"  -v               say on stderr what takes how long\n";

struct options {
	const char *out, *progress, *uri;
	bool verbose;
};

/* Everything that is found, until all of it is written. */
struct recovery {
	struct memory *memory;
	struct scan scan;
	struct candidates candidates;
	struct kernel kernel;
	struct facts *identity, *boot; /* files `kernel` and `boot` */
	struct buf ram_map, system_map, config_text, btf, report;
};

static void recovery_deinit(struct recovery *r)
{
	kernel_deinit(&r->kernel);
	candidates_deinit(&r->candidates);
	scan_deinit(&r->scan);
	memory_close(r->memory);
	facts_free(r->identity);
	facts_free(r->boot);
	buf_deinit(&r->ram_map);
	buf_deinit(&r->system_map);
	buf_deinit(&r->config_text);
	buf_deinit(&r->btf);
	buf_deinit(&r->report);
}

static void say_time(const struct options *o, const char *what, double *since)
{
	double now = monotonic_seconds();

	if (o->verbose)
		fprintf(stderr, "recover: %s: %.3f s\n", what, now - *since);
	*since = now;
}

/* --- no kernel ------------------------------------------------------------------ */

static bool is_zero(const uint8_t *p, size_t size)
{
	return !p[0] && !memcmp(p, p + 1, size - 1);
}

/* Whether all RAM that can be read is zero. Stops at the first byte that is not. */
static bool memory_is_zero(struct memory *m)
{
	const struct ram_map *ram = memory_ram_map(m);
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(1 << 20);

	for (size_t i = 0; i < ram->count; i++) {
		struct paddr at = ram->ranges[i].start, end = ram->ranges[i].end;

		while ((at = memory_next_data(m, at)).v < end.v) {
			uint64_t size = end.v - at.v < 1 << 20 ? end.v - at.v : 1 << 20;
			struct memory_read r = { at, (uint32_t)size, bytes, MEMORY_OK };
			struct err *e = memory_read_vector(m, &r, 1);

			err_discard(e);
			if (e || (r.status == MEMORY_OK && !is_zero(bytes, (size_t)size)))
				return false;
			at = paddr_add(at, size);
		}
	}
	return true;
}

static struct err *explain_no_kernel(struct recovery *r, struct err *e)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	if (err_code(e) == ERR_SYSTEM)
		return e;
	if (memory_is_zero(r->memory)) {
		err_discard(e);
		return err_new(ERR_ABSENT, "%s: no kernel found: the memory is all zeros",
			       memory_uri(r->memory));
	}
	report_size(&text, r->scan.scanned + r->scan.skipped);
	buf_add_str(&text, " searched");
	for (enum scan_kind kind = 0; kind < SCAN_KIND_COUNT; kind++)
		buf_addf(&text, ", %s %" PRIu64, scan_kind_name(kind),
			 r->scan.hits[kind].total);
	return err_in(e, "%s (%s)", memory_uri(r->memory), buf_str(&text));
}

/* --- what there is ---------------------------------------------------------------- */

static struct err *find_kernel(struct recovery *r)
{
	struct candidate *chosen;
	struct err *e = candidates_find(r->memory, &r->scan, &r->candidates);

	if (!e)
		e = candidates_choose(&r->candidates, &chosen);
	if (e)
		return explain_no_kernel(r, e);
	report_candidates(&r->report, &r->candidates, chosen);
	e = kernel_init(r->memory, chosen, &r->kernel);
	if (e)
		return e;
	buf_add_str(&r->report, "\nnotes:\n");
	e = kernel_settle_boot(&r->kernel, &r->candidates, r->boot, &r->report);
	if (!e)
		e = kernel_settle_identity(&r->kernel, r->identity);
	if (e)
		return err_in(e, "%s", memory_uri(r->memory));
	report_facts(&r->report, "kernel", r->identity);
	report_facts(&r->report, "boot", r->boot);
	report_banners(&r->report, &r->kernel, &r->scan.hits[SCAN_BANNER]);
	kallsyms_format_system_map(chosen->symbols, r->kernel.shift, &r->system_map);
	return NULL;
}

/* RAM that both the source and the kernel know of. */
static struct err *find_ram_map(struct recovery *r)
{
	const struct ram_map *held = memory_ram_map(r->memory);
	CLEANUP(ram_map_deinit) struct ram_map known = RAM_MAP_INIT, both = RAM_MAP_INIT;
	const char *name = "";
	struct err *e = e820_read(&r->kernel, &known, &name);

	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	if (e)
		ram_map_copy(&both, held);
	else
		ram_map_intersect(&both, held, &known);
	buf_addf(&r->ram_map, "# %s%s\n", e ? "of the source" : "of the source and the kernel's ",
		 name);
	ram_map_format(&both, &r->ram_map);
	buf_addf(&r->report, "\nRAM map: %s%s, ", e ? "the source's alone: " : "the source's and ",
		 e ? err_text(e) : name);
	report_size(&r->report, ram_map_size(&both));
	buf_addf(&r->report, " in %zu range%s\n", both.count, both.count == 1 ? "" : "s");
	err_discard(e);
	return NULL;
}

static struct err *find_btf(struct recovery *r)
{
	struct kaddr start, stop;
	const uint8_t *bytes = NULL;

	if (kernel_symbol(&r->kernel, "__start_BTF", &start) &&
	    kernel_symbol(&r->kernel, "__stop_BTF", &stop) && stop.v > start.v)
		bytes = kernel_bytes(&r->kernel, start, (size_t)(stop.v - start.v));
	if (bytes)
		buf_add(&r->btf, bytes, (size_t)(stop.v - start.v));
	buf_addf(&r->report, "\nBTF: %s, ", bytes ? "__start_BTF" : "none");
	report_size(&r->report, r->btf.size);
	buf_add_char(&r->report, '\n');
	return NULL;
}

static uint32_t note_u32(const struct kernel *k, const char *name)
{
	uint64_t value;

	return k->note && vmcoreinfo_number(k->note, name, &value) && value <= UINT32_MAX ?
		       (uint32_t)value :
		       0;
}

static struct err *find_config_text(struct recovery *r)
{
	const struct scan_hits *hits = &r->scan.hits[SCAN_CONFIG_TEXT];
	struct xlat x = kernel_map_xlat(r->memory, &r->kernel.map);
	struct config_text_hints hints = {
		.vmemmap_base = r->kernel.vmemmap_base,
		.page_struct_size = note_u32(&r->kernel, "SIZE(page)"),
		.page_mapping_offset = note_u32(&r->kernel, "OFFSET(page.mapping)"),
		.page_compound_head_offset = note_u32(&r->kernel, "OFFSET(page.compound_head)"),
		.release = facts_get(r->identity, "release"),
		.banner = facts_get(r->identity, "banner"),
	};
	struct config_pages pages = { hits->at, hits->count };
	struct err *e;

	buf_add_str(&r->report, "\nconfig text:\n");
	e = config_text_recover(r->memory, &x, &hints, &pages, &r->config_text, &r->report);
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	buf_add_str(&r->config_text, "# farwalk config text: 0 pages\n# gap: ");
	escape_text(&r->config_text, err_text(e), strlen(err_text(e)));
	buf_add_char(&r->config_text, '\n');
	buf_addf(&r->report, "%s\n", err_text(e));
	err_discard(e);
	return NULL;
}

/* --- files ---------------------------------------------------------------------------- */

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

static struct err *scan_all(struct recovery *r, const struct options *o)
{
	CLEANUP(free_ptr) char *what = xasprintf("recover %s", o->progress ? o->progress : "");
	struct progress bar;
	struct err *e;

	progress_init(&bar, what, ram_map_size(memory_ram_map(r->memory)));
	e = scan_memory(r->memory, 0, o->progress ? &bar : NULL, &r->scan);
	progress_deinit(&bar);
	return e;
}

static struct err *recover(struct recovery *r, const struct options *o)
{
	double since = monotonic_seconds();
	struct err *e = memory_open(o->uri, &r->memory);

	if (e)
		return e;
	r->identity = facts_new();
	r->boot = facts_new();
	e = scan_all(r, o);
	say_time(o, "scan", &since);
	if (e)
		return e;
	report_scan(&r->report, r->memory, &r->scan);
	e = find_kernel(r);
	say_time(o, "kernel", &since);
	if (!e)
		e = find_ram_map(r);
	if (!e)
		e = find_btf(r);
	if (!e)
		e = find_config_text(r);
	say_time(o, "config", &since);
	return e ? e : write_all(o->out, r);
}

static struct err *parse_options(int argc, char **argv, struct options *o)
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
			o->out = optarg;
		} else if (option == 'p') {
			o->progress = optarg;
		} else if (option == 'v') {
			o->verbose = true;
		} else if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		} else {
			return err_new(ERR_USAGE, "see recover --help");
		}
	}
	if (!o->out || optind + 1 != argc)
		return err_new(ERR_USAGE, "expected --out DIR and one MEMORY; see recover --help");
	o->uri = argv[optind];
	return NULL;
}

int main(int argc, char **argv)
{
	struct options o = { NULL };
	struct err *e = parse_options(argc, argv, &o);

	if (!e) {
		CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

		e = recover(&r, &o);
	}
	return err_report(e, "recover");
}
