/* The input is a damaged probe.o: an error or numbers, never a crash. */
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "offsets/check.h"
#include "offsets/check_source.h"
#include "offsets/dwarf.h"
#include "offsets/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The list of tests/fuzz/corpus/dwarf. */
static const char list[] =
	"struct shapes\n\tbyte\n\tinner.sign?\n\tgrid[1][2].first? as last\n\tdeep?\n\ttriples?\n\tcall?\n\ttail?\n"
	"union? number\n\tl?\nenum? color\n\tRED?\n\tBLUE?\nconst? FLAGS\n";

static struct err *read_all(const char *path, const struct fields *f)
{
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(layout_freep) struct layout *compiled = NULL;
	CLEANUP(constants_freep) struct constants *c = NULL;
	CLEANUP(free_ptr) char *compiler = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = dwarf_layout(path, f, &l, &compiler);

	if (e)
		return e;
	emit_header(l, compiler, &b);
	emit_json(l, compiler, &b);
	check_source_format(l, &b);
	e = constants_read(path, &c);
	if (e)
		return e;
	e = constants_value(c, "FLAGS", &l->consts[0]);
	if (e)
		return e;
	e = check_source_layout(l, c, &compiled);
	return e ? e : check_compiled(l, compiled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(close_fd) int fd = memfd_create("probe", MFD_CLOEXEC);
	CLEANUP(free_ptr) char *path = xasprintf("/proc/self/fd/%d", fd);
	struct err *e = fields_parse("list", list, strlen(list), &f);

	if (!e && write(fd, data, size) == (ssize_t)size)
		e = read_all(path, f);
	err_discard(e);
	return 0;
}
