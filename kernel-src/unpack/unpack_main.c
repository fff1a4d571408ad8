/* unpack SOURCE --out DIR | unpack --member PATH FILE.deb */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel-src/unpack/package.h"
#include "kernel-src/unpack/unpack.h"

static const char usage[] =
	"usage: unpack SOURCE --out DIR\n"
	"       unpack --member PATH FILE.deb\n"
	"SOURCE  a kernel's source: a package (.deb), a source package (.dsc, its files beside it),\n"
	"        a tarball of the tree, or the tree itself\n"
	"DIR     becomes the tree: what a probe needs of it\n"
	"PATH    a file of the package, written to stdout, uncompressed\n";

static struct err *print_member(const char *deb, const char *member)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = package_member(deb, member, &b);

	if (e)
		return e;
	if (fwrite(buf_str(&b), 1, b.size, stdout) != b.size || fflush(stdout))
		return err_errno("stdout");
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "out", required_argument, NULL, 'o' },
						 { "member", required_argument, NULL, 'm' },
						 { "help", no_argument, NULL, 'h' },
						 { NULL, 0, NULL, 0 } };
	const char *out = NULL, *member = NULL;
	bool fresh;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			out = optarg;
		else if (c == 'm')
			member = optarg;
		else
			return fputs(usage, c == 'h' ? stdout : stderr), c == 'h' ? 0 : ERR_USAGE;
	}
	if (argc - optind != 1 || !out == !member)
		return fputs(usage, stderr), ERR_USAGE;
	if (member)
		return err_report(print_member(argv[optind], member), "unpack");
	return err_report(unpack_tree(argv[optind], out, &fresh), "unpack");
}
