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
	"--out: a line an option, CONFIG_X<TAB>value<TAB>how sure<TAB>from what. value is y, n, or !y\n"
	"for an option that may be a module. --compare: says how right that is, for tests.\n";

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

struct figures {
	size_t y_right, y_wrong, n_right, n_wrong, y_all;
};

static const char *value_of(const struct kconfig *k, const struct infer_option *o)
{
	unsigned int types = kconfig_types(k, o->name, strlen(o->name));

	if (!(types & (KCONFIG_BOOL | KCONFIG_TRISTATE)) || o->state == INFER_UNKNOWN)
		return NULL;
	return o->state == INFER_Y ? "y" : types & KCONFIG_TRISTATE ? "!y" : "n";
}

static void compare(const struct infer *in, const struct kconfig *k, const struct dotconfig *truth)
{
	struct figures f = { 0 };

	for (size_t i = 0; i < infer_count(in); i++) {
		const struct infer_option *o = infer_at(in, i);
		const char *value = value_of(k, o), *real = dotconfig_get(truth, o->name);
		bool is_y = real && !strcmp(real, "y");

		if (!value)
			continue;
		*(*value == 'y' ? is_y ? &f.y_right : &f.y_wrong : is_y ? &f.n_wrong : &f.n_right) += 1;
		if ((*value == 'y') != is_y)
			printf("wrong: %s=%s, truth %s; for %zu+%zu %s, against %zu %s\n", o->name,
			       value, real ? real : "-", o->for_global, o->for_static,
			       o->witness_for ? o->witness_for : "", o->against,
			       o->witness_against ? o->witness_against : "");
	}
	for (size_t i = 0; i < dotconfig_count(truth); i++) {
		const char *name, *value;

		dotconfig_at(truth, i, &name, &value);
		f.y_all += !strcmp(value, "y");
	}
	printf("=y: %zu right, %zu wrong of %zu in all; not =y: %zu right, %zu wrong\n", f.y_right,
	       f.y_wrong, f.y_all, f.n_right, f.n_wrong);
}

static void format(const struct infer *in, const struct kconfig *k, struct buf *b)
{
	for (size_t i = 0; i < infer_count(in); i++) {
		const struct infer_option *o = infer_at(in, i);
		const char *value = value_of(k, o);

		if (!value)
			continue;
		buf_addf(b, "CONFIG_%s\t%s\t%zu:%zu\t%s\n", o->name, value,
			 o->for_global + o->for_static, o->against,
			 *value == 'y' ? o->witness_for ? o->witness_for : "" :
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
