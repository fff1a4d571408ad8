/* infer: options of the running kernel, by evidence. Usage: see usage[]. */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/facts.h"
#include "base/file.h"
#include "kernel-src/infer/clues.h"
#include "kernel-src/kconfig/dotconfig.h"
#include "kernel-src/kconfig/kconfig.h"
#include "kernel-src/infer/presence.h"
#include "recover/parse/btf.h"

#define TEXT_MAX (256u << 20)

static const char usage[] =
	"usage: infer --tree DIR --definitions F --symbols System.map --kernel F --out F\n"
	"             [--vmcoreinfo F] [--modules F] [--btf F] [--text .config] [--compare .config]\n"
	"       infer --tree DIR --describe F\n"
	"--describe: for each option that F names a line: NAME<TAB>prompt (a user may choose it),\n"
	"derived (it follows from others) or unknown (the tree does not have it for x86).\n"
	"--modules: symbols of the modules that are loaded, recover's modules.map.\n"
	"--btf: the kernel's BTF, whose structures have members that depend on options.\n"
	"--text: what is known of the configuration from elsewhere; infer names what contradicts it.\n"
	"--out: a line an option, CONFIG_X<TAB>value<TAB>names for:against<TAB>from what. value is\n"
	"y, m, n; +: y or m; !y: n or m. --compare: says how right that is, for tests.\n";

struct arguments {
	const char *tree, *definitions, *symbols, *kernel, *vmcoreinfo, *modules, *btf, *text;
	const char *out, *compare, *describe;
};

/* Tells what a configuration's lines say, which are known for certain. */
static struct err *use_text(struct infer *in, const char *path)
{
	CLEANUP(dotconfig_freep) struct dotconfig *text = NULL;
	struct err *e = dotconfig_read(path, &text);

	if (e)
		return e;
	for (size_t i = 0; i < dotconfig_count(text); i++) {
		const char *name, *value;

		dotconfig_at(text, i, &name, &value);
		if (strlen(value) == 1 && strchr("ymn", *value))
			infer_set(in, name, *value == 'y' ? INFER_Y : *value == 'm' ? INFER_M : INFER_N,
				  "text");
	}
	return NULL;
}

/* The value of a bool or tristate option as --out has it; NULL: another type, or nothing is known. */
static const char *value_of(const struct kconfig *k, const struct infer_option *o)
{
	static const char *const values[] = { [INFER_Y] = "y",	    [INFER_ON] = "+", [INFER_M] = "m",
					      [INFER_NOT_Y] = "!y", [INFER_N] = "n" };
	unsigned int types = kconfig_types(k, o->name, strlen(o->name));

	if (!(types & (KCONFIG_BOOL | KCONFIG_TRISTATE)) || o->state == INFER_UNKNOWN)
		return NULL;
	if (!(types & KCONFIG_TRISTATE))
		return o->state == INFER_Y || o->state == INFER_ON ? "y" : "n";
	return values[o->state];
}

/* Whether an option that really has this value fits what was inferred. */
static bool is_right(const char *value, const char *real)
{
	bool y = !strcmp(real, "y"), m = !strcmp(real, "m");

	if (*value == '!')
		return !y;
	if (*value == '+')
		return y || m;
	return !strcmp(value, real);
}

/* Prints each option that is wrong, and how many are right. */
static void compare(const struct infer *in, const struct kconfig *k, const struct dotconfig *truth)
{
	size_t right = 0, wrong = 0, y = 0, y_all = 0;

	for (size_t i = 0; i < infer_count(in); i++) {
		const struct infer_option *o = infer_at(in, i);
		const char *value = value_of(k, o), *real = dotconfig_get(truth, o->name);

		if (!value)
			continue;
		if (is_right(value, real ? real : "n")) {
			right++;
			y += *value == 'y';
			continue;
		}
		wrong++;
		printf("wrong: %s=%s, truth %s; for %zu+%zu %s, against %zu %s\n", o->name, value,
		       real ? real : "-", o->for_global, o->for_static,
		       o->witness_for ? o->witness_for : "", o->against,
		       o->witness_against ? o->witness_against : "");
	}
	for (size_t i = 0; i < dotconfig_count(truth); i++) {
		const char *name, *value;

		dotconfig_at(truth, i, &name, &value);
		y_all += !strcmp(value, "y");
	}
	printf("right %zu, wrong %zu: precision %.2f %%; %zu of %zu options that are y: %.1f %%\n", right,
	       wrong, 100.0 * (double)right / (double)(right + wrong), y, y_all,
	       100.0 * (double)y / (double)y_all);
}

static const char *or_names(const char *witness)
{
	return witness ? witness : "names";
}

/* What says that the option is in its state. */
static const char *witness_of(const struct infer_option *o)
{
	if (!o)
		return "names";
	if (o->state == INFER_N || o->state == INFER_NOT_Y)
		return or_names(o->witness_against);
	return or_names(o->witness_for);
}

/* Names that contradict the text, the banner or vermagic, or each other. */
static void report_contradiction(const struct infer_option *o)
{
	size_t against = o->against + o->against_on;
	const char *for_it = or_names(o->witness_for), *against_it = or_names(o->witness_against);

	if (o->conflict)
		printf("contradiction: CONFIG_%s is %s by %s, %s\n", o->name,
		       o->state == INFER_Y ? "y" : "another", witness_of(o), o->conflict);
	if (o->given && o->state == INFER_Y && against > o->for_global)
		printf("contradiction: CONFIG_%s is y by %s, not by %s\n", o->name, for_it, against_it);
	else if (o->given && o->state != INFER_Y && o->state != INFER_ON && o->for_global > against)
		printf("contradiction: CONFIG_%s is not y by %s, y by %s\n", o->name, against_it, for_it);
	else if (!o->given && o->state == INFER_Y && against)
		printf("contradiction: CONFIG_%s: %s, and %s\n", o->name, for_it, against_it);
}

static void report_contradictions(const struct infer *in)
{
	for (size_t i = 0; i < infer_count(in); i++)
		report_contradiction(infer_at(in, i));
}

/* Options whose state by names is not what Kconfig's rules say. */
static void report_rules(const struct infer *in, const struct imply *rules)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	imply_contradictions(rules, &b);
	for (const char *at = buf_str(&b); *at; at += strcspn(at, "\n"), at += *at == '\n') {
		size_t name = strcspn(at, "\t"), values = strcspn(at + name + 1, "\t");
		const char *other = at + name + 1 + values + 1;
		size_t size = strcspn(other, "\t");
		CLEANUP(free_ptr) char *mine = xstrndup(at, name), *its = xstrndup(other, size);
		const struct infer_option *o = infer_find(in, mine), *by = infer_find(in, its);

		printf("contradiction: CONFIG_%s is %.*s by %s, %.*s by Kconfig, from CONFIG_%s: %s\n", mine,
		       (int)values, at + name + 1, witness_of(o), (int)strcspn(other + size + 1, "\n"),
		       other + size + 1, its, witness_of(by));
	}
}

/* The lines of --out. */
static void format(const struct infer *in, const struct kconfig *k, struct buf *b)
{
	for (size_t i = 0; i < infer_count(in); i++) {
		const struct infer_option *o = infer_at(in, i);
		const char *value = value_of(k, o);

		if (!value)
			continue;
		buf_addf(b, "CONFIG_%s\t%s\t%zu:%zu\t%s\n", o->name, value,
			 o->for_global + o->for_static + o->for_on, o->against + o->against_on,
			 strchr("y+m", *value) ? o->witness_for ? o->witness_for : "" :
			 o->witness_against ? o->witness_against : "");
	}
}

/* What a run reads, and what it knows. */
struct inputs {
	struct buf definitions, symbols, note, modules;
	struct facts *kernel;
	struct gates *gates;
	struct kconfig *k;
	struct presence *presence; /* NULL: no BTF */
	struct infer *in;
	struct dotconfig *truth; /* NULL: no --compare */
};

static void inputs_deinit(struct inputs *i)
{
	presence_free(i->presence);
	infer_free(i->in);
	gates_free(i->gates);
	kconfig_free(i->k);
	facts_free(i->kernel);
	dotconfig_free(i->truth);
	buf_deinit(&i->definitions);
	buf_deinit(&i->symbols);
	buf_deinit(&i->note);
	buf_deinit(&i->modules);
}

/* path: or NULL, and nothing is read. */
static struct err *read_optional(const char *path, struct buf *b)
{
	return path ? file_read(path, TEXT_MAX, b) : NULL;
}

static struct err *read_inputs(const struct arguments *args, struct inputs *i)
{
	struct err *e = facts_read(args->kernel, &i->kernel);

	if (e)
		return e;
	e = file_read(args->definitions, TEXT_MAX, &i->definitions);
	if (e)
		return e;
	e = file_read(args->symbols, TEXT_MAX, &i->symbols);
	if (e)
		return e;
	e = read_optional(args->vmcoreinfo, &i->note);
	if (e)
		return e;
	e = read_optional(args->modules, &i->modules);
	if (e)
		return e;
	e = gates_read(args->tree, &i->gates);
	if (e)
		return e;
	e = kconfig_read(args->tree, &i->k);
	if (e)
		return e;
	e = infer_new(buf_str(&i->definitions), buf_str(&i->symbols), i->gates, &i->in);
	if (e)
		return e;
	return args->compare ? dotconfig_read(args->compare, &i->truth) : NULL;
}

static struct err *use_clues(struct inputs *i)
{
	const char *banner = facts_get(i->kernel, "banner"), *vermagic = facts_get(i->kernel, "vermagic");
	const char *modules = buf_str(&i->modules);

	if (banner)
		clues_banner(i->in, banner);
	if (vermagic) {
		struct err *e = clues_vermagic(i->in, i->k, vermagic);

		if (e)
			return e;
	}
	clues_vmcoreinfo(i->in, buf_str(&i->note));
	clues_modules(i->in, i->gates, modules);
	infer_modules(i->in, modules);
	return NULL;
}

static struct err *use_btf(struct inputs *i, const char *path)
{
	CLEANUP(buf_deinit) struct buf bytes = BUF_INIT;
	struct err *e = file_read(path, BTF_SIZE_MAX, &bytes);

	if (e)
		return e;
	e = presence_new(buf_str(&i->definitions), bytes.data, bytes.size, &i->presence);
	if (e)
		return err_in(e, "%s", path);
	presence_tell(i->presence, i->in);
	return NULL;
}

/* All that is known before names are asked; what comes first is surest, and stays. */
static struct err *use_inputs(const struct arguments *args, struct inputs *i)
{
	struct err *e;

	infer_set(i->in, "64BIT", INFER_Y, "64-bit page tables");
	e = use_clues(i);
	if (e)
		return e;
	if (args->text) {
		e = use_text(i->in, args->text);
		if (e)
			return e;
	}
	return args->btf ? use_btf(i, args->btf) : NULL;
}

static void report_presence(const struct infer *in, const struct presence *p)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t shapes, there, missing, decided = 0;

	for (size_t i = 0; i < infer_count(in); i++)
		decided += infer_at(in, i)->given && !strncmp(witness_of(infer_at(in, i)), "BTF: ", 5);
	presence_count(p, &shapes, &there, &missing);
	presence_contradictions(p, in, &b);
	printf("infer: BTF: of %zu structures %zu members are there and %zu are not, which decides %zu"
	       " options\n%s",
	       shapes, there, missing, decided, buf_str(&b));
}

static void report(const struct inputs *i, const struct imply *rules)
{
	size_t expected, missing;

	report_contradictions(i->in);
	report_rules(i->in, rules);
	infer_doubts(i->in, &expected, &missing);
	printf("infer: %zu of %zu functions that should be there are not\n", missing, expected);
	if (i->presence)
		report_presence(i->in, i->presence);
	if (i->truth)
		compare(i->in, i->k, i->truth);
}

static struct err *run(const struct arguments *args)
{
	CLEANUP(inputs_deinit) struct inputs i = { 0 };
	CLEANUP(imply_freep) struct imply *rules = NULL;
	CLEANUP(buf_deinit) struct buf out = BUF_INIT, said = BUF_INIT;
	struct err *e = read_inputs(args, &i);

	if (e)
		return e;
	e = use_inputs(args, &i);
	if (e)
		return e;
	rules = imply_new(i.k);
	infer_run(i.in, rules);
	report(&i, rules);
	format(i.in, i.k, &out);
	clues_numbers(buf_str(&i.symbols), buf_str(&i.note), &out, &said);
	fputs(buf_str(&said), stdout);
	return file_write(args->out, buf_str(&out), out.size, NULL);
}

static struct err *describe(const struct arguments *args)
{
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;
	struct err *e = file_read(args->describe, TEXT_MAX, &names);

	if (e)
		return e;
	e = kconfig_read(args->tree, &k);
	if (e)
		return e;
	for (const char *at = buf_str(&names); *at; at += strcspn(at, "\n"), at += *at == '\n') {
		size_t n = strcspn(at, "\t\n");
		unsigned int types = kconfig_types(k, at, n);

		if (n)
			printf("%.*s\t%s\n", (int)n, at, !types ? "unknown" :
			       kconfig_has_prompt(k, at, n) ? "prompt" : "derived");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tree", required_argument, NULL, 't' },    { "definitions", required_argument, NULL, 'd' },
		{ "symbols", required_argument, NULL, 's' }, { "kernel", required_argument, NULL, 'k' },
		{ "out", required_argument, NULL, 'o' },     { "compare", required_argument, NULL, 'c' },
		{ "describe", required_argument, NULL, 'b' },   { "vmcoreinfo", required_argument, NULL, 'v' },
		{ "modules", required_argument, NULL, 'm' },
		{ "btf", required_argument, NULL, 'f' },
		{ "text", required_argument, NULL, 'x' },    { NULL, 0, NULL, 0 },
	};
	struct arguments args = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **to = c == 't' ? &args.tree : c == 'd' ? &args.definitions :
				  c == 's' ? &args.symbols : c == 'k' ? &args.kernel :
				  c == 'o' ? &args.out : c == 'x' ? &args.text :
				  c == 'b' ? &args.describe : c == 'v' ? &args.vmcoreinfo :
				  c == 'm' ? &args.modules : c == 'f' ? &args.btf : c == 'c' ? &args.compare : NULL;

		if (!to)
			return fputs(usage, stderr), ERR_USAGE;
		*to = optarg;
	}
	if (optind == argc && args.tree && args.describe)
		return err_report(describe(&args), "infer");
	if (optind != argc || !args.tree || !args.definitions || !args.symbols || !args.kernel ||
	    !args.out)
		return fputs(usage, stderr), ERR_USAGE;
	return err_report(run(&args), "infer");
}
