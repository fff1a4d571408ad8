/* dump: copies all RAM of a machine into a file that other tools read as well.
 *
 *	dump [OPTION...] --out FILE MEMORY
 *
 * The machine's own kernel tells what is RAM (recover/survey/survey.h); a file tells it itself. Status 3:
 * FILE is written, but some pages could not be read.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "recover/dump/dump.h"
#include "recover/recovery.h"
#include "recover/report.h"

static const char usage[] =
	"usage: dump [OPTION...] --out FILE MEMORY\n"
	"Copies all RAM of MEMORY (nettlp:ADAPTER, qemu:SOCKET, file:PATH, ...) into FILE. An\n"
	"interrupted dump goes on when the same command is given again.\n"
	"  --format elf     an ELF core with a VMCOREINFO note, for crash and drgn (default)\n"
	"  --format lime    as LiME writes it\n"
	"  --format raw     offset = address; the RAM map in FILE.ram_map\n"
	"  --progress NAME  what to call it in the progress bar\n"
	"  --stats          say on stderr what was read\n"
	"Pages of zeros take no room on the disk. Pages that could not be read are not in FILE;\n"
	"FILE.absent lists them, and the exit status is 3.\n";

struct request {
	const char *uri, *out, *name;
	enum dump_format format;
	bool stats;
};

static volatile sig_atomic_t stopped_by; /* the signal */

static void stop(int signal_number)
{
	stopped_by = signal_number;
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

/* --- the kernel ----------------------------------------------------------------------- */

/* The text of the kernel's own note, as it is in memory, or as the source carries it. */
static struct err *read_note(const struct recovery *r, struct buf *ret)
{
	const struct vmcoreinfo *note = r->kernel.note;
	char text[VMCOREINFO_MAX];
	struct memory_read read = { { 0 }, sizeof(text), text, MEMORY_OK };
	const char *carried;
	size_t size;
	struct err *e;

	carried = memory_vmcoreinfo(r->memory, &size);
	if (!note || note->at.v == VMCOREINFO_OF_FILE) {
		buf_add(ret, carried ? carried : "", carried ? size : 0);
		return NULL;
	}
	read.at = note->at;
	read.size = (uint32_t)vmcoreinfo_room(r->memory, read.at);
	e = memory_read_vector(r->memory, &read, 1);
	if (!e && read.status == MEMORY_OK)
		buf_add(ret, text, strnlen(text, read.size));
	return e;
}

/* Which kernel it is, and where it lies. A dump of one boot must not go on in the next. */
static void describe_kernel(const struct recovery *r, struct buf *ret)
{
	static const char *const keys[] = { "phys_base", "kernel_shift", "page_offset_base" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		buf_addf(ret, "%s=%s ", keys[i], facts_get(r->boot, keys[i]));
	buf_addf(ret, "%s", facts_get(r->identity, "banner"));
}

/* Finds out what is RAM, and what the kernel says of itself. Without a kernel the source must have come
 * with a RAM map. */
static struct err *find_kernel(const struct request *q, struct recovery *r, struct dump_elf *elf,
			       struct buf *note, struct buf *kernel)
{
	struct recovery_options o = { .uri = q->uri, .name = q->name, .how = RECOVERY_SURVEY };
	struct err *e = recovery_run(&o, r);

	if (e && !err_is_fatal(e) && r->memory &&
	    ram_map_end(memory_ram_map(r->memory)).v > LOW_MEMORY_END) {
		fprintf(stderr, "dump: no kernel was found, so the dump will not say which it is: %s\n",
			err_text(e));
		err_discard(e);
		return NULL;
	}
	if (e)
		return e;
	e = read_note(r, note);
	if (e)
		return e;
	e = facts_u64(r->boot, "page_offset_base", &elf->page_offset_base);
	if (e)
		return e;
	elf->image = r->kernel.map.start;
	elf->image_ram.start = kernel_map_pa(&r->kernel.map, r->kernel.map.start);
	elf->image_ram.end = kernel_map_pa(&r->kernel.map, r->kernel.map.end);
	elf->vmcoreinfo = note->size ? note->data : NULL;
	elf->vmcoreinfo_size = note->size;
	describe_kernel(r, kernel);
	return NULL;
}

/* --- the program ------------------------------------------------------------------------ */

static void say_result(const struct request *q, const struct dump_result *r)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	double rate = r->seconds > 0 ? (double)(r->ram - r->resumed) / r->seconds / (1 << 20) : 0;

	report_size(&b, r->ram);
	buf_add_str(&b, " of RAM");
	if (r->resumed) {
		buf_add_str(&b, ", ");
		report_size(&b, r->resumed);
		buf_add_str(&b, " of it by an earlier run");
	}
	buf_add_str(&b, ", ");
	report_size(&b, r->zero);
	buf_addf(&b, " zeros, %.1f s, %.0f MiB/s", r->seconds, rate);
	fprintf(stderr, "dump: %s: %s\n", q->out, buf_str(&b));
}

static void print_counter(const char *name, uint64_t value, void *arg)
{
	(void)arg;
	if (value)
		fprintf(stderr, "dump: %s=%" PRIu64 "\n", name, value);
}

static struct err *run(const struct request *q)
{
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };
	CLEANUP(dump_result_deinit) struct dump_result result = { .ram = 0 };
	CLEANUP(buf_deinit) struct buf note = BUF_INIT, kernel = BUF_INIT;
	struct dump_request d = { .path = q->out, .format = q->format, .name = q->name,
				  .stop = &stopped_by };
	struct err *e = find_kernel(q, &r, &d.elf, &note, &kernel);

	if (e)
		return e;
	d.memory = r.memory;
	d.kernel = buf_str(&kernel);
	e = dump_run(&d, &result);
	if (result.started_anew)
		fprintf(stderr, "dump: begun anew: %s\n", result.started_anew);
	if (!e)
		say_result(q, &result);
	if (q->stats)
		memory_stats(r.memory, print_counter, NULL);
	if (!e && result.absent)
		e = err_new(ERR_DATA, "%s: %" PRIu64 " KiB of RAM could not be read; they are listed "
			    "in %s.absent", q->out, result.absent >> 10, q->out);
	return e;
}

static struct err *parse_options(int argc, char **argv, struct request *q)
{
	static const struct option longs[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' },
		{ "progress", required_argument, NULL, 'p' },
		{ "stats", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+o:h", longs, NULL)) != -1) {
		if (option == 'o') {
			q->out = optarg;
		} else if (option == 'f') {
			if (!dump_format_parse(optarg, &q->format))
				return err_new(ERR_USAGE, "--format is elf, lime or raw, not \"%s\"",
					       optarg);
		} else if (option == 'p') {
			q->name = optarg;
		} else if (option == 's') {
			q->stats = true;
		} else if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		} else {
			return err_new(ERR_USAGE, "see dump --help");
		}
	}
	if (!q->out || optind + 1 != argc)
		return err_new(ERR_USAGE, "expected --out FILE and one MEMORY; see dump --help");
	q->uri = argv[optind];
	return NULL;
}

int main(int argc, char **argv)
{
	struct request q = { .format = DUMP_ELF };
	struct err *e = parse_options(argc, argv, &q);
	int status;

	catch_signals();
	if (!e)
		e = run(&q);
	status = err_report(e, "dump");
	if (stopped_by) {
		signal(stopped_by, SIG_DFL);
		raise(stopped_by);
	}
	return status;
}
