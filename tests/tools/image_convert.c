/* image_convert: writes the memory of any source as an image in another format.
 *
 *	image_convert raw|concatenated|lime|avml|elf URI FILE
 *
 * For tests, which need every format from the same memory. Ends at the first page that cannot be read.
 */
#include <string.h>

#include "tests/lib/dump.h"

#define BLOCK_MAX (UINT64_C(16) << 20) /* as AVML does */

static const struct {
	const char *name;
	void (*write)(const struct dump *d);
} formats[] = {
	{ "raw", dump_raw },   { "concatenated", dump_concatenated }, { "lime", dump_lime },
	{ "avml", dump_avml }, { "elf", dump_elf },
};

static void fill(void *arg, struct paddr at, void *to, size_t size)
{
	int status = err_report(memory_read(arg, at, to, size), "image_convert");

	if (status)
		exit(status);
}

static struct err *convert(void (*write)(const struct dump *d), const char *uri, const char *path)
{
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(close_file) FILE *out = NULL;
	struct dump d = { .fill = fill, .block_max = BLOCK_MAX };
	struct err *e = memory_open(uri, &m);
	size_t size;

	if (e)
		return e;
	out = fopen(path, "w");
	if (!out)
		return err_errno("%s", path);
	d.out = out;
	d.map = memory_ram_map(m);
	d.arg = m;
	d.vmcoreinfo = memory_vmcoreinfo(m, &size);
	write(&d);
	dump_end(&d);
	return NULL;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(argv[1], formats[i].name))
			return err_report(convert(formats[i].write, argv[2], argv[3]), "image_convert");
	fputs("usage: image_convert raw|concatenated|lime|avml|elf URI FILE\n", stderr);
	return 2;
}
