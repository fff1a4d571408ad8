/* adapter: a NetTLP adapter in software (tests/lib/adapter.h) as a program.
 *
 * Status: 0 after SIGTERM or SIGINT; 3 when a read touched what is not RAM, or a request was wrong.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/file.h"
#include "tests/lib/adapter.h"

static const char usage[] =
	"usage: adapter --image FILE [OPTION...]\n"
	"\n"
	"  --image FILE          the machine's memory\n"
	"  --lowmem 0x...        of it, bytes below 4 GiB (default: all)\n"
	"  --address IP          the adapter's address (127.0.0.2)\n"
	"  --client IP           who may ask (127.0.0.1)\n"
	"  --message IP          also be the target's driver there\n"
	"  --requester BB:DD.F   the adapter's place on the bus (1b:00.0)\n"
	"  --ports new|old       256 or 16 of them (new)\n"
	"  --mrrs N              largest read (512)\n"
	"  --split 64|128|256|512  largest completion (256)\n"
	"  --delay-us N          how long each read takes\n"
	"  --ram-map FILE        reads outside are logged as \"MMIO touched\"\n"
	"  --ur 0xA-0xB, --ca 0xA-0xB  reads of this range fail; may be repeated\n"
	"  --loss P, --duplicate P, --reorder P, --poison P, --truncate P,\n"
	"  --wrong-tag P, --seq-gap P  how often, 0 to 1\n"
	"  --late P,MS           how often, and how late\n"
	"  --seed N              of the faults\n"
	"  --ready FILE          written when requests are taken\n"
	"  --stats FILE          counters, written at the end\n";

enum {
	IMAGE, LOWMEM, ADDRESS, CLIENT, MESSAGE, REQUESTER, PORTS_OPTION, MRRS, SPLIT, DELAY, RAM_MAP, UR, CA,
	LOSS, DUPLICATE, REORDER, POISON, TRUNCATE, WRONG_TAG, SEQ_GAP, LATE, SEED, READY, STATS,
};

static const struct option options[] = {
	{ "image", 1, NULL, IMAGE },	     { "lowmem", 1, NULL, LOWMEM },
	{ "address", 1, NULL, ADDRESS },     { "client", 1, NULL, CLIENT },
	{ "message", 1, NULL, MESSAGE },     { "requester", 1, NULL, REQUESTER },
	{ "ports", 1, NULL, PORTS_OPTION },  { "mrrs", 1, NULL, MRRS },
	{ "split", 1, NULL, SPLIT },	     { "delay-us", 1, NULL, DELAY },
	{ "ram-map", 1, NULL, RAM_MAP },     { "ur", 1, NULL, UR },
	{ "ca", 1, NULL, CA },		     { "loss", 1, NULL, LOSS },
	{ "duplicate", 1, NULL, DUPLICATE }, { "reorder", 1, NULL, REORDER },
	{ "poison", 1, NULL, POISON },	     { "truncate", 1, NULL, TRUNCATE },
	{ "wrong-tag", 1, NULL, WRONG_TAG }, { "seq-gap", 1, NULL, SEQ_GAP },
	{ "late", 1, NULL, LATE },	     { "seed", 1, NULL, SEED },
	{ "ready", 1, NULL, READY },	     { "stats", 1, NULL, STATS },
	{ 0 },
};

struct files {
	const char *ready, *stats;
};

static bool parse_probability(const char *text, char stop, double *ret)
{
	char *end;

	*ret = strtod(text, &end);
	return end != text && *end == stop && *ret >= 0 && *ret <= 1;
}

static bool parse_uint(const char *text, uint32_t *ret)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	*ret = (uint32_t)value;
	return end != text && !*end && value <= UINT32_MAX;
}

static bool parse_range(const char *text, struct ram_map *map)
{
	uint64_t start, end;
	int used = 0;

	if (sscanf(text, "%" SCNx64 "-%" SCNx64 "%n", &start, &end, &used) != 2 || text[used] || start >= end)
		return false;
	ram_map_add(map, PADDR(start), PADDR(end));
	return true;
}

static bool parse_requester(const char *text, uint16_t *ret)
{
	unsigned int bus, device, function;
	int used = 0;

	if (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &used) != 3 || text[used] || device > 31 ||
	    function > 7)
		return false;
	*ret = (uint16_t)(bus << 8 | device << 3 | function);
	return true;
}

static bool parse_split(const char *text, uint32_t *ret)
{
	return parse_uint(text, ret) && *ret >= 64 && *ret <= 512 && !(*ret & (*ret - 1));
}

static bool parse_ports(const char *text, bool *old)
{
	*old = !strcmp(text, "old");
	return *old || !strcmp(text, "new");
}

static bool parse_late(const char *text, struct adapter_config *c)
{
	const char *comma = strchr(text, ',');

	return comma && parse_probability(text, ',', &c->late) && parse_uint(comma + 1, &c->late_ms);
}

static bool parse_hex(const char *text, uint64_t *ret)
{
	int used = 0;

	return sscanf(text, "%" SCNx64 "%n", ret, &used) == 1 && !text[used];
}

static bool parse_text(const char *text, const char **ret)
{
	*ret = text;
	return *text;
}

static bool parse_option(int option, const char *text, struct adapter_config *c, struct files *f)
{
	uint32_t seed;
	bool fine;

	switch (option) {
	case IMAGE: return parse_text(text, &c->image);
	case LOWMEM: return parse_hex(text, &c->lowmem);
	case ADDRESS: return parse_text(text, &c->address);
	case CLIENT: return parse_text(text, &c->client);
	case MESSAGE: return parse_text(text, &c->message);
	case REQUESTER: return parse_requester(text, &c->requester);
	case PORTS_OPTION: return parse_ports(text, &c->old_ports);
	case MRRS: return parse_uint(text, &c->mrrs) && c->mrrs >= 128 && c->mrrs <= 4096;
	case SPLIT: return parse_split(text, &c->split);
	case DELAY: return parse_uint(text, &c->delay_us);
	case UR: return parse_range(text, &c->ur);
	case CA: return parse_range(text, &c->ca);
	case LOSS: return parse_probability(text, '\0', &c->loss);
	case DUPLICATE: return parse_probability(text, '\0', &c->duplicate);
	case REORDER: return parse_probability(text, '\0', &c->reorder);
	case POISON: return parse_probability(text, '\0', &c->poison);
	case TRUNCATE: return parse_probability(text, '\0', &c->truncate);
	case WRONG_TAG: return parse_probability(text, '\0', &c->wrong_tag);
	case SEQ_GAP: return parse_probability(text, '\0', &c->seq_gap);
	case LATE: return parse_late(text, c);
	case READY: return parse_text(text, &f->ready);
	case STATS: return parse_text(text, &f->stats);
	case SEED:
		fine = parse_uint(text, &seed);
		c->seed = seed;
		return fine;
	}
	return false;
}

static struct err *parse_arguments(int argc, char **argv, struct adapter_config *c, struct files *f)
{
	int option, index = -1;
	struct err *e = NULL;

	while (!e && (option = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (option == RAM_MAP)
			e = ram_map_read(optarg, &c->ram);
		else if (option == '?' || !parse_option(option, optarg, c, f))
			e = err_new(ERR_USAGE, "--%s %s: not understood\n%s", index < 0 ? "" : options[index].name,
				    optarg ? optarg : "", usage);
	}
	if (!e && (!c->image || optind < argc))
		e = err_new(ERR_USAGE, "expected --image FILE\n%s", usage);
	return e;
}

static struct err *write_stats(const struct adapter *a, const char *path)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	for (enum adapter_counter i = 0; i < ADAPTER_COUNTER_COUNT; i++)
		buf_addf(&b, "%s=%" PRIu64 "\n", adapter_counter_name(i), adapter_count(a, i));
	return path ? file_write(path, b.data, b.size, NULL) : NULL;
}

static struct err *serve(const struct adapter_config *c, const struct files *f, bool *wrong)
{
	struct adapter *a;
	sigset_t stop;
	struct err *e;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	e = adapter_open(c, &a);
	if (e)
		return e;
	if (f->ready)
		e = file_write(f->ready, "ready\n", 6, NULL);
	if (!e)
		e = adapter_run(a, signalfd(-1, &stop, SFD_CLOEXEC));
	if (!e)
		e = write_stats(a, f->stats);
	*wrong = adapter_count(a, ADAPTER_MMIO) || adapter_count(a, ADAPTER_MALFORMED) ||
		 adapter_count(a, ADAPTER_WRONG_REQUESTER) || adapter_count(a, ADAPTER_TOO_LARGE) ||
		 adapter_count(a, ADAPTER_UNKNOWN_MESSAGES);
	adapter_close(a);
	return e;
}

int main(int argc, char **argv)
{
	struct adapter_config c = adapter_defaults();
	struct files f = { 0 };
	bool wrong = false;
	struct err *e;

	c.log = stderr;
	e = parse_arguments(argc, argv, &c, &f);
	if (!e)
		e = serve(&c, &f, &wrong);
	ram_map_deinit(&c.ur);
	ram_map_deinit(&c.ca);
	ram_map_deinit(&c.ram);
	return e ? err_report(e, "adapter") : wrong ? ERR_DATA : 0;
}
