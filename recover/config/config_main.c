/* config: the running kernel's .config, from the text found in its memory and the packaged config.
 *
 *	config --kernel F [--text F] [--package F] --out F --origin F [--report F]
 *
 * A text or package whose file does not exist counts as not given. Without --report the report goes
 * to stdout. Exit status: see base/err.h.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/facts.h"
#include "base/file.h"
#include "recover/config/merge.h"
#include "recover/config/version.h"

static const char usage[] =
	"usage: config --kernel FILE [--text FILE] [--package FILE] --out FILE --origin FILE"
	" [--report FILE]";

struct arguments {
	const char *kernel, *text, *package, *out, *origin, *report;
};

static struct err *parse_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "text", required_argument, NULL, 't' },
		{ "package", required_argument, NULL, 'p' },
		{ "out", required_argument, NULL, 'o' },
		{ "origin", required_argument, NULL, 'g' },
		{ "report", required_argument, NULL, 'r' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **to = c == 'k' ? &ret->kernel :
				  c == 't' ? &ret->text :
				  c == 'p' ? &ret->package :
				  c == 'o' ? &ret->out :
				  c == 'g' ? &ret->origin :
				  c == 'r' ? &ret->report :
					     NULL;

		if (!to)
			return err_new(ERR_USAGE, "%s", usage);
		*to = optarg;
	}
	if (optind != argc || !ret->kernel || !ret->out || !ret->origin)
		return err_new(ERR_USAGE, "%s", usage);
	return NULL;
}

/* The kernel that runs. banner: or NULL. */
struct running {
	const char *release, *banner;
};

/* Checks that the config is the kernel's, by its header and by what the banner says of the build. */
static struct err *check_fit(const struct config_file *f, const char *path,
			     const struct running *kernel)
{
	CLEANUP(buf_deinit) struct buf shown = BUF_INIT;
	const char *release = kernel->release, *banner = kernel->banner, *option;

	escape_text(&shown, release, strlen(release));
	if (f->version && config_version_fit(f->version, release, banner) == CONFIG_FIT_NO)
		return err_new(ERR_DATA, "%s: is of %s, the kernel is %s", path, f->version,
			       buf_str(&shown));
	if (banner && config_build_fit(f, banner, &option) == CONFIG_FIT_NO)
		return err_new(ERR_DATA, "%s: is of another build: the banner contradicts its %s",
			       path, option);
	return NULL;
}

/* Reads a config that may be missing: *ret is then NULL. */
static struct err *read_config(const char *path, struct config_file *f, struct config_file **ret)
{
	struct err *e;

	*ret = NULL;
	if (!path || !file_exists(path))
		return NULL;
	e = config_file_read(path, f);
	if (e)
		return e;
	if (!f->count && f->problem_total)
		return err_new(ERR_DATA, "%s: no line of it is a config's", path);
	if (f->count)
		*ret = f;
	return NULL;
}

static void report_input(const char *what, const char *path, const struct config_file *f,
			 struct buf *b)
{
	if (f->count)
		buf_addf(b, "config: %s: %zu options, header %s%s%s\n", what, f->count,
			 f->version ? f->version : "missing", f->first_line ? ", " : "",
			 f->first_line ? f->first_line + 2 : "");
	else
		buf_addf(b, "config: no %s%s%s\n", what, path ? ": " : "", path ? path : "");
	for (size_t i = 0; i < f->gap_count; i++)
		if (f->gaps[i].why)
			buf_addf(b, "config: %s: gap: %s\n", what, f->gaps[i].why);
	for (size_t i = 0; i < f->problem_count; i++) {
		static const char *const kinds[] = {
			[CONFIG_PROBLEM_BAD] = "is not a config's",
			[CONFIG_PROBLEM_UNSAFE] = "has a string that is not safe",
			[CONFIG_PROBLEM_CONTRADICTION] = "contradicts an earlier line",
		};
		const struct config_problem *p = &f->problems[i];

		buf_addf(b, "config: %s: line %zu%s%s %s\n", what, p->line,
			 p->name ? ": CONFIG_" : "", p->name ? p->name : "", kinds[p->kind]);
	}
	if (f->problem_total > f->problem_count)
		buf_addf(b, "config: %s: and %zu such lines more\n", what,
			 f->problem_total - f->problem_count);
}

/* Drops a package that is another kernel's, if the text has no gap for it to fill. */
static struct err *check_package(const struct arguments *args, const struct config_file *text,
				 struct config_file **package, const struct running *kernel,
				 struct buf *report)
{
	struct err *e = *package ? check_fit(*package, args->package, kernel) : NULL;

	if (!e || !text || text->gap_count)
		return e;
	buf_addf(report, "config: the packaged config is refused: %s\n", err_text(e));
	err_discard(e);
	*package = NULL;
	return NULL;
}

static struct err *write_results(const struct arguments *args, const struct config_merge *m,
				 const char *version, struct buf *report)
{
	CLEANUP(buf_deinit) struct buf config = BUF_INIT, origin = BUF_INIT;
	struct err *e;

	config_merge_format(m, version, &config);
	config_merge_format_origin(m, &origin);
	config_merge_report(m, report);
	e = file_write(args->origin, buf_str(&origin), origin.size, NULL);
	if (e)
		return e;
	e = file_write(args->out, buf_str(&config), config.size, NULL);
	if (e)
		return e;
	if (args->report)
		return file_write(args->report, buf_str(report), report->size, NULL);
	if (fputs(buf_str(report), stdout) < 0 || fflush(stdout))
		return err_errno("stdout");
	return NULL;
}

/* text or package: NULL where there is none, but not both. */
static struct err *merge(const struct arguments *args, const struct running *kernel,
			 struct config_file *text, struct config_file *package, struct buf *report)
{
	CLEANUP(config_merge_deinit) struct config_merge merged = { 0 };
	const char *version = NULL;
	struct err *e;

	if (text) {
		e = check_fit(text, args->text, kernel);
		if (e)
			return e;
	}
	e = check_package(args, text, &package, kernel, report);
	if (e)
		return e;
	e = config_merge(text, package, &merged);
	if (e)
		return e;
	if (text && text->version)
		version = text->version;
	else if (package)
		version = package->version;
	return write_results(args, &merged, version, report);
}

static struct err *run(int argc, char **argv)
{
	CLEANUP(config_file_deinit) struct config_file text_file = { 0 }, package_file = { 0 };
	CLEANUP(facts_freep) struct facts *facts = NULL;
	CLEANUP(buf_deinit) struct buf report = BUF_INIT;
	struct config_file *text = NULL, *package = NULL;
	struct arguments args = { 0 };
	struct running kernel;
	struct err *e = parse_arguments(argc, argv, &args);

	if (e)
		return e;
	e = facts_read(args.kernel, &facts);
	if (e)
		return e;
	e = facts_str(facts, "release", &kernel.release);
	if (e)
		return e;
	kernel.banner = facts_get(facts, "banner");
	e = read_config(args.text, &text_file, &text);
	if (e)
		return e;
	e = read_config(args.package, &package_file, &package);
	if (e)
		return e;
	if (!text && !package)
		return err_new(ERR_ABSENT,
			       "no config: no text found in memory (%s), no packaged config (%s)",
			       args.text ? args.text : "none given",
			       args.package ? args.package : "none given");
	report_input("text", args.text, &text_file, &report);
	report_input("packaged config", args.package, &package_file, &report);
	return merge(&args, &kernel, text, package, &report);
}

int main(int argc, char **argv)
{
	return err_report(run(argc, argv), "config");
}
