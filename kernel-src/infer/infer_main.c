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
	"--describe: of options that F names, a line each: NAME<TAB>prompt (may be chosen), derived (follows\n"
	"from others) or unknown (the tree does not have it for x86).\n"
	"--modules: symbols of modules that are loaded, recover's modules.map.\n"
	"--btf: the kernel's BTF, whose structures have members that depend on options.\n"
	"--text: what is known of the configuration otherwise; where names contradict it, that is said.\n"
	"--out: a line an option, CONFIG_X<TAB>value<TAB>how sure<TAB>from what. value is y, m, n;\n"
	"+: y or m; !y: n or m. --compare: says how right that is, for tests.\n";

struct arguments {
	const char *tree, *definitions, *symbols, *kernel, *out, *text, *compare, *describe, *vmcoreinfo, *modules,
		*btf;
};

/* Lines of a configuration that are known for certain. */
static struct err *use_text(struct infer *in, const char *path, struct dotconfig **ret)
{
	struct err *e = dotconfig_read(path, ret);

	for (size_t i = 0; !e && i < dotconfig_count(*ret); i++) {
		const char *name, *value;

		dotconfig_at(*ret, i, &name, &value);
		if (strlen(value) == 1 && strchr("ymn", *value))
			infer_set(in, name, *value == 'y' ? INFER_Y : *value == 'm' ? INFER_M : INFER_N,
				  "text");
	}
	return e;
}

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

static const char *witness_of(const struct infer_option *o)
{
	const char *witness = !o ? NULL : o->state == INFER_N || o->state == INFER_NOT_Y ?
			      o->witness_against : o->witness_for;

	return witness ? witness : "names";
}

/* Names that contradict the text, the banner, vermagic; or each other. */
static void report_contradictions(const struct infer *in)
{
	for (size_t i = 0; i < infer_count(in); i++) {
		const struct infer_option *o = infer_at(in, i);
		size_t against = o->against + o->against_on;

		if (o->conflict)
			printf("contradiction: CONFIG_%s is %s by %s, %s\n", o->name,
			       o->state == INFER_Y ? "y" : "another", witness_of(o), o->conflict);
		if (o->given && o->state == INFER_Y && against > o->for_global)
			printf("contradiction: CONFIG_%s is y by %s, not by %s\n", o->name, o->witness_for,
			       o->witness_against ? o->witness_against : "names");
		else if (o->given && o->state != INFER_Y && o->state != INFER_ON && o->for_global > against)
			printf("contradiction: CONFIG_%s is not y by %s, y by %s\n", o->name,
			       o->witness_against, o->witness_for ? o->witness_for : "names");
		else if (!o->given && o->state == INFER_Y && against)
			printf("contradiction: CONFIG_%s: %s, and %s\n", o->name,
			       o->witness_for ? o->witness_for : "names",
			       o->witness_against ? o->witness_against : "names");
	}
}

/* Options that by the rules of Kconfig are not what names say. */
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

static struct err *read_clues(struct infer *in, const struct kconfig *k, const struct gates *gates,
			      const struct facts *kernel, const char *note,
			      const char *modules)
{
	struct err *e = NULL;

	if (facts_get(kernel, "banner"))
		clues_banner(in, facts_get(kernel, "banner"));
	if (facts_get(kernel, "vermagic"))
		e = clues_vermagic(in, k, facts_get(kernel, "vermagic"));
	clues_vmcoreinfo(in, note);
	clues_modules(in, gates, modules);
	infer_modules(in, modules);
	return e;
}

static struct err *read_btf(struct infer *in, const char *path, const char *definitions, struct presence **ret)
{
	CLEANUP(buf_deinit) struct buf bytes = BUF_INIT;
	struct err *e = file_read(path, BTF_SIZE_MAX, &bytes);

	if (!e)
		e = err_in(presence_new(definitions, bytes.data, bytes.size, ret), "%s", path);
	if (!e)
		presence_tell(*ret, in);
	return e;
}

static void report_presence(const struct infer *in, const struct presence *p)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t shapes, there, missing, decided = 0;

	for (size_t i = 0; i < infer_count(in); i++)
		decided += infer_at(in, i)->given && !strncmp(witness_of(infer_at(in, i)), "BTF: ", 5);
	presence_count(p, &shapes, &there, &missing);
	presence_contradictions(p, in, &b);
	printf("infer: BTF: of %zu structures %zu members are there and %zu are not, which decides %zu options\n%s", shapes,
	       there, missing, decided, buf_str(&b));
}

static struct err *run(const struct arguments *args)
{
	CLEANUP(buf_deinit) struct buf definitions = BUF_INIT, symbols = BUF_INIT, out = BUF_INIT;
	CLEANUP(buf_deinit) struct buf note = BUF_INIT, modules = BUF_INIT, said = BUF_INIT;
	CLEANUP(gates_freep) struct gates *gates = NULL;
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;
	CLEANUP(imply_freep) struct imply *rules = NULL;
	CLEANUP(infer_freep) struct infer *in = NULL;
	CLEANUP(facts_freep) struct facts *kernel = NULL;
	CLEANUP(dotconfig_freep) struct dotconfig *truth = NULL, *text = NULL;
	CLEANUP(presence_freep) struct presence *presence = NULL;
	size_t expected, missing;
	struct err *e = facts_read(args->kernel, &kernel);

	if (!e)
		e = file_read(args->definitions, TEXT_MAX, &definitions);
	if (!e)
		e = file_read(args->symbols, TEXT_MAX, &symbols);
	if (!e && args->vmcoreinfo)
		e = file_read(args->vmcoreinfo, TEXT_MAX, &note);
	if (!e && args->modules)
		e = file_read(args->modules, TEXT_MAX, &modules);
	if (!e)
		e = gates_read(args->tree, &gates);
	if (!e)
		e = kconfig_read(args->tree, &k);
	if (!e)
		e = infer_new(buf_str(&definitions), buf_str(&symbols), gates, &in);
	if (!e && args->compare)
		e = dotconfig_read(args->compare, &truth);
	if (e)
		return e;
	infer_set(in, "64BIT", INFER_Y, "64-bit page tables");
	e = read_clues(in, k, gates, kernel, buf_str(&note), buf_str(&modules));
	if (!e && args->text)
		e = use_text(in, args->text, &text);
	if (!e && args->btf)
		e = read_btf(in, args->btf, buf_str(&definitions), &presence);
	if (e)
		return e;
	rules = imply_new(k);
	infer_run(in, rules);
	report_contradictions(in);
	report_rules(in, rules);
	infer_doubts(in, &expected, &missing);
	printf("infer: %zu of %zu functions that should be there are not\n", missing, expected);
	if (presence)
		report_presence(in, presence);
	if (truth)
		compare(in, k, truth);
	format(in, k, &out);
	clues_numbers(buf_str(&symbols), buf_str(&note), &out, &said);
	fputs(buf_str(&said), stdout);
	return file_write(args->out, buf_str(&out), out.size, NULL);
}

static struct err *describe(const struct arguments *args)
{
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;
	struct err *e = file_read(args->describe, TEXT_MAX, &names);

	if (!e)
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
