/* walker: reads one kernel's processes and their memory from physical memory. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "walker/cmd/command.h"
#include "walker/read/banner.h"

static const struct command {
	const char *name, *arguments, *what;
	const char *options; /* letters it takes beyond those that all take */
	size_t min, max;     /* arguments */
	command_run run;
} commands[] = {
	{ "ps", "", "list processes", "Lo", 0, 0, cmd_ps },
	{ "top", "", "list processes again and again", "Loen", 0, 0, cmd_top },
	{ "tree", "", "show which process started which", "", 0, 0, cmd_tree },
	{ "info", "", "show which kernel this is and where", "", 0, 0, cmd_info },
	{ "maps", "PID", "list a process's memory areas", "", 1, 1, cmd_maps },
	{ "read", "PID ADDRESS LENGTH | PID SYMBOL [LENGTH]", "read a process's memory", "xus", 2, 3,
	  cmd_read },
	{ "vtop", "[PID] ADDRESS", "translate an address, level by level", "", 1, 2, cmd_vtop },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

enum { OPTION_BOOT = 256, OPTION_HELP, OPTION_JSON, OPTION_MEM, OPTION_STATS, OPTION_STRICT,
       OPTION_VERSION };

static const struct option long_options[] = {
	{ "boot", required_argument, NULL, OPTION_BOOT },
	{ "count", required_argument, NULL, 'n' },
	{ "every", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "hex", no_argument, NULL, 'x' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "mem", required_argument, NULL, OPTION_MEM },
	{ "stats", no_argument, NULL, OPTION_STATS },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	{ "string", no_argument, NULL, 's' },
	{ "threads", no_argument, NULL, 'L' },
	{ "u64", no_argument, NULL, 'u' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* It came from the target, so it is escaped like all that does. */
static void print_banner(void)
{
	CLEANUP(buf_deinit) struct buf banner = BUF_INIT;

	banner_add_own(&banner);
	puts(buf_str(&banner));
}

static void print_help(void)
{
	puts("walker [OPTIONS] COMMAND ...: reads the memory of a machine that runs");
	print_banner();
	putchar('\n');
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-5s %-43s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].what);
	fputs("\n"
	      "  --mem URI      read this memory, not the one that `boot` names\n"
	      "  --boot FILE    read this file, not `boot` beside the walker\n"
	      "  --json         one JSON object a line\n"
	      "  --strict       an incomplete answer is an error (status 3)\n"
	      "  --stats        say on stderr what was read\n"
	      "  -L, --threads  ps, top: a row for each thread\n"
	      "  -o COL,COL     ps, top: these columns: pid tgid ppid uid gid state\n"
	      "                 threads start comm args addr\n"
	      "  --every SECONDS, --count N\n"
	      "                 top: how often (0.5), and how many times (until ^C)\n"
	      "  -x, --hex, --u64, --string\n"
	      "                 read: what to print the bytes as\n"
	      "\n"
	      "Status: 0 done, 1 not there, 2 usage, 3 bad data or another kernel,\n"
	      "4 the memory or this machine failed.\n", stdout);
}

/* What the command line asks for. */
struct request {
	struct options options;
	char given[8]; /* letters of the options that only some commands take */
	const struct command *command;
	char **args;
	size_t arg_count;
	bool done; /* --help, --version: nothing left to do */
};

static void take_option(struct request *r, int c)
{
	struct options *o = &r->options;
	size_t given = strlen(r->given);

	if (c < OPTION_BOOT && !strchr(r->given, c) && given < sizeof(r->given) - 1)
		r->given[given] = (char)c;
	switch (c) {
	case OPTION_BOOT:
		o->boot = optarg;
		break;
	case OPTION_MEM:
		o->memory = optarg;
		break;
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_STRICT:
		o->strict = true;
		break;
	case OPTION_STATS:
		o->stats = true;
		break;
	case 'L':
		o->threads = true;
		break;
	case 'o':
		o->columns = optarg;
		break;
	case 'e':
		o->every = optarg;
		break;
	case 'n':
		o->times = optarg;
		break;
	default:
		o->format = c == 'x' ? READ_HEX : c == 'u' ? READ_U64 : READ_STRING;
	}
}

static const char *option_name(char letter)
{
	switch (letter) {
	case 'L':
		return "-L";
	case 'o':
		return "-o";
	case 'e':
		return "--every";
	case 'n':
		return "--count";
	default:
		return "-x, --u64, --string";
	}
}

static struct err *find_command(struct request *r)
{
	const struct command *command = NULL;

	if (!r->arg_count)
		return err_new(ERR_USAGE, "expected a command; see --help");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, r->args[0]))
			command = &commands[i];
	if (!command)
		return err_new(ERR_USAGE, "there is no command \"%s\"; see --help", r->args[0]);
	r->args++;
	r->arg_count--;
	if (r->arg_count < command->min || r->arg_count > command->max)
		return err_new(ERR_USAGE, "usage: walker %s %s", command->name,
			       command->arguments);
	for (const char *p = r->given; *p; p++)
		if (!strchr(command->options, *p))
			return err_new(ERR_USAGE, "%s takes no %s; see --help", command->name,
				       option_name(*p));
	r->command = command;
	return NULL;
}

static struct err *parse(int argc, char **argv, struct request *r)
{
	for (int c; (c = getopt_long(argc, argv, "Lo:x", long_options, NULL)) != -1;) {
		if (c == '?')
			return err_new(ERR_USAGE, "see --help");
		if (c == OPTION_HELP)
			print_help();
		else if (c == OPTION_VERSION)
			print_banner();
		else
			take_option(r, c);
		if (c == OPTION_HELP || c == OPTION_VERSION) {
			r->done = true;
			return NULL;
		}
	}
	r->args = argv + optind;
	r->arg_count = (size_t)(argc - optind);
	return find_command(r);
}

static void print_counter(const char *name, uint64_t value, void *arg)
{
	(void)arg;
	if (value)
		fprintf(stderr, "walker:   %s %" PRIu64 "\n", name, value);
}

/* Requests of the bus, where the source counts them; else what was asked for. */
static void take_reads(const char *name, uint64_t value, void *arg)
{
	size_t size = strlen(name);

	if (!strcmp(name, "elements") || (size > 6 && !strcmp(name + size - 6, "_reads")))
		*(uint64_t *)arg = value;
}

static void print_stats(const struct memory *m)
{
	uint64_t reads = 0;

	fprintf(stderr, "walker: %s:\n", memory_uri(m));
	memory_stats(m, print_counter, NULL);
	if (!memory_limits(m)->live)
		return;
	memory_stats(m, take_reads, &reads);
	fprintf(stderr, "walker: %" PRIu64 " reads in %" PRIu64 " dependent round trips\n", reads,
		memory_counters(m)->vectors);
}

static struct err *run(const struct request *r)
{
	CLEANUP(target_deinit) struct target t = TARGET_INIT;
	const struct options *o = &r->options;
	struct out out;
	struct err *e = target_open(o->memory, o->boot, &t);

	out_init(&out);
	if (!e) {
		e = r->command->run(&t, o, r->args, r->arg_count, &out);
	}
	if (e)
		err_discard(out_flush(&out));
	else
		e = out_flush(&out);
	buf_deinit(&out.b);
	target_note_gone(&t);
	notes_print(&t.notes);
	if (o->stats && t.memory)
		print_stats(t.memory);
	if (!e && o->strict && t.notes.gaps)
		e = err_new(ERR_DATA, "the answer is incomplete");
	return e;
}

int main(int argc, char **argv)
{
	struct request r = { .done = false };
	struct err *e = parse(argc, argv, &r);

	if (!e && !r.done)
		e = run(&r);
	return err_report(e, "walker");
}
