/* infer: options of the running kernel, by evidence. Usage: see usage[]. */
#include <getopt.h>
#include <string.h>

#include "base/facts.h"
#include "base/file.h"
#include "kernel-src/dotconfig.h"
#include "kernel-src/infer.h"
#include "kernel-src/kconfig.h"

#define TEXT_MAX (256u << 20)

static const char usage[] =
	"usage: infer --tree DIR --definitions F --symbols System.map --kernel F --out F\n"
	"             [--compare .config]\n"
	"--out: a line an option, CONFIG_X<TAB>value<TAB>how sure<TAB>from what. value is y, m, n;\n"
	"+: y or m; !y: n or m. --compare: says how right that is, for tests.\n";

struct arguments {
	const char *tree, *definitions, *symbols, *kernel, *out, *compare;
};

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' ' || at[n] == '_'))
			return true;
	return false;
}

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" */
static void use_banner(struct infer *in, const char *banner)
{
	const char *build = strstr(banner, " #");
	bool dynamic, rt;

	if (!build)
		return;
	dynamic = strstr(build, " PREEMPT_DYNAMIC") != NULL;
	rt = strstr(build, " PREEMPT_RT") != NULL || strstr(build, " PREEMPT RT") != NULL;
	infer_set(in, "SMP", has_word(build, "SMP") ? INFER_Y : INFER_NOT_Y, "banner");
	infer_set(in, "PREEMPT_RT", rt ? INFER_Y : INFER_NOT_Y, "banner");
	infer_set(in, "PREEMPT_DYNAMIC", dynamic ? INFER_Y : INFER_NOT_Y, "banner");
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

static struct err *run(const struct arguments *args)
{
	CLEANUP(buf_deinit) struct buf definitions = BUF_INIT, symbols = BUF_INIT, out = BUF_INIT;
	CLEANUP(gates_freep) struct gates *gates = NULL;
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;
	CLEANUP(infer_freep) struct infer *in = NULL;
	CLEANUP(facts_freep) struct facts *kernel = NULL;
	CLEANUP(dotconfig_freep) struct dotconfig *truth = NULL;
	size_t expected, missing;
	struct err *e = facts_read(args->kernel, &kernel);

	if (!e)
		e = file_read(args->definitions, TEXT_MAX, &definitions);
	if (!e)
		e = file_read(args->symbols, TEXT_MAX, &symbols);
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
	if (facts_get(kernel, "banner"))
		use_banner(in, facts_get(kernel, "banner"));
	infer_run(in);
	infer_doubts(in, &expected, &missing);
	printf("infer: %zu of %zu functions that should be there are not\n", missing, expected);
	if (truth)
		compare(in, k, truth);
	format(in, k, &out);
	return file_write(args->out, buf_str(&out), out.size, NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tree", required_argument, NULL, 't' },    { "definitions", required_argument, NULL, 'd' },
		{ "symbols", required_argument, NULL, 's' }, { "kernel", required_argument, NULL, 'k' },
		{ "out", required_argument, NULL, 'o' },     { "compare", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments args = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **to = c == 't' ? &args.tree : c == 'd' ? &args.definitions :
				  c == 's' ? &args.symbols : c == 'k' ? &args.kernel :
				  c == 'o' ? &args.out : c == 'c' ? &args.compare : NULL;

		if (!to)
			return fputs(usage, stderr), ERR_USAGE;
		*to = optarg;
	}
	if (optind != argc || !args.tree || !args.definitions || !args.symbols || !args.kernel ||
	    !args.out)
		return fputs(usage, stderr), ERR_USAGE;
	return err_report(run(&args), "infer");
}
