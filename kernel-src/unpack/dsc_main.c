/* dsc [--check] FILE.dsc: what belongs to a source package, "SHA256 SIZE NAME" a line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/dsc.h"

static const char usage[] =
	"usage: dsc [--check] FILE.dsc\n"
	"Prints SHA256, size and name of each file that belongs to the source package.\n"
	"--check  they have to lie beside it, and be those\n";

static struct err *list(const char *path, bool check)
{
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	const char *slash = strrchr(path, '/');
	CLEANUP(free_ptr) char *folder = slash ? xstrndup(path, (size_t)(slash - path) + (slash == path)) : xstrdup(".");
	struct err *e = dsc_read(path, &d);

	if (e)
		return e;
	e = check ? dsc_check(d, folder) : NULL;
	if (e)
		return e;
	for (size_t i = 0; i < d->count; i++) {
		char hex[2 * SHA256_SIZE + 1];

		sha256_text(d->files[i].sha256, hex);
		printf("%s %" PRIu64 " %s\n", hex, d->files[i].size, d->files[i].name);
	}
	return fflush(stdout) ? err_errno("stdout") : NULL;
}

int main(int argc, char **argv)
{
	bool check = argc == 3 && !strcmp(argv[1], "--check");

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout), 0;
	if (argc != 2 + check || argv[argc - 1][0] == '-')
		return fputs(usage, stderr), ERR_USAGE;
	return err_report(list(argv[argc - 1], check), "dsc");
}
