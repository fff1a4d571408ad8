/* definitions SOURCE --out FILE: what a kernel's source defines, and its structures' members, and
 * under which options.
 *
 * SOURCE: a kernel source package, a tarball of the tree or the tree itself. A FILE that was made
 * of SOURCE before stays as it is, except where SOURCE is a tree.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "kernel-src/infer/definitions.h"
#include "kernel-src/infer/members.h"
#include "kernel-src/unpack/unpack.h"

#define FORMAT 4 /* goes up whenever the text changes, so that nobody takes an old file for a new one */

static const char shipped[] = ".c_shipped";

static bool ends(const char *path, const char *with)
{
	size_t size = strlen(path), n = strlen(with);

	return size > n && !strcmp(path + size - n, with);
}

static bool is_shipped(const char *path)
{
	return ends(path, shipped);
}

/* All C files and headers, except where they are never part of a kernel image, or belong to another
 * architecture. */
static bool wants(const char *path)
{
	static const char *const not_below[] = {
		"Documentation/", "samples/", "scripts/", "tools/", "usr/", "rust/", "certs/extract",
		"arch/x86/boot/", "arch/x86/um/", "arch/x86/tools/", "arch/x86/realmode/",
		"arch/x86/purgatory/", "arch/x86/entry/vdso/", "drivers/firmware/efi/libstub/",
		"drivers/gpu/drm/amd/include/asic_reg/", /* registers, and more text than all other headers */
	};

	if (!ends(path, ".c") && !ends(path, ".h") && !is_shipped(path))
		return false;
	if (!strncmp(path, "arch/", 5) && strncmp(path, "arch/x86/", 9) != 0)
		return false;
	for (size_t i = 0; i < sizeof(not_below) / sizeof(not_below[0]); i++)
		if (!strncmp(path, not_below[i], strlen(not_below[i])))
			return false;
	return true;
}

static void visit(void *arg, const char *path, const char *text, size_t size)
{
	CLEANUP(free_ptr) char *name = xstrdup(path);

	if (is_shipped(path))
		name[strlen(name) - strlen("_shipped")] = '\0';
	if (!ends(path, ".h"))
		definitions_scan(name, text, size, arg);
	members_scan(text, size, arg);
}

/* Whether the file begins with this line. */
static bool is_current(const char *out, const char *header)
{
	char line[512] = "";
	CLEANUP(close_file) FILE *f = fopen(out, "re");

	return f && fgets(line, sizeof(line), f) && !strcmp(line, header);
}

static struct err *run(const char *source, const char *out)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	const struct visitor visitor = { wants, visit, &b, DEFINITIONS_FILE_MAX };
	const char *slash = strrchr(source, '/');
	struct stat st;
	struct err *e;

	if (stat(source, &st) < 0)
		return err_errno("%s", source);
	buf_addf(&b, "# farwalk definitions %d: %.300s %" PRIu64 " %" PRIu64 "\n", FORMAT,
		 slash ? slash + 1 : source, (uint64_t)st.st_size, (uint64_t)st.st_mtime);
	if (!S_ISDIR(st.st_mode) && is_current(out, buf_str(&b)))
		return NULL;
	e = unpack_visit(source, &visitor);
	return e ? e : file_write(out, buf_str(&b), b.size, NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "out", required_argument, NULL, 'o' },
						 { NULL, 0, NULL, 0 } };
	const char *out = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 'o')
			out = optarg;
	if (optind + 1 != argc || !out) {
		fputs("usage: definitions SOURCE --out FILE\n", stderr);
		return ERR_USAGE;
	}
	return err_report(run(argv[optind], out), "definitions");
}
