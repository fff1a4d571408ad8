/* resolve --kernel F --out F
 *
 * From what recover wrote about a kernel (`kernel`) to its source package.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "kernel-src/resolve.h"

static const char usage[] = "usage: resolve --kernel F --out F\n";

static struct err *resolve(const char *kernel_path, const char *out)
{
	CLEANUP(facts_freep) struct facts *kernel = NULL, *source = facts_new();
	struct err *e = facts_read(kernel_path, &kernel), *resolved;

	if (e)
		return e;
	resolved = err_in(resolve_source(kernel, source), "%s", kernel_path);
	if (!facts_count(source))
		return resolved;
	e = facts_write(source, out, NULL);
	if (e)
		err_discard(resolved);
	return e ? e : resolved;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "kernel", required_argument, NULL, 'k' },
						 { "out", required_argument, NULL, 'o' },
						 { "help", no_argument, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	const char *kernel = NULL, *out = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'k')
			kernel = optarg;
		else if (c == 'o')
			out = optarg;
		else
			return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? 0 : ERR_USAGE;
	}
	if (optind != argc || !kernel || !out)
		return fputs(usage, stderr), ERR_USAGE;
	return err_report(resolve(kernel, out), "resolve");
}
