/* The input is BTF, which comes from the target's memory: any bytes are an error, or types. */
#include <bpf/libbpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "offsets/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char list[] =
	"struct shapes\n\tbyte\n\tinner.sign?\n\tgrid[5].first? as last\n\tdeep?\n\ttriples?\n\tcall?\n\ttail?\n"
	"union? number\n\tl?\nenum? color\n\tRED?\n\tBLUE?\nconst? RED2\n";

static int print_nothing(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	libbpf_set_print(print_nothing);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(layout_btf_freep) struct layout_btf *btf = NULL;
	struct err *e = fields_parse("list", list, strlen(list), &f);

	if (!e)
		e = layout_btf_new("btf", data, size, &btf);
	if (!e) {
		l = layout_new(f);
		l->types[0].have = l->consts[0].have = true;
		e = check_btf(l, btf);
	}
	err_discard(e);
	return 0;
}
