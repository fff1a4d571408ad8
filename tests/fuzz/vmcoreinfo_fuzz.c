/* The input is the text of a note: any bytes are an error, or printable lines. */
#include <stdint.h>
#include <stdlib.h>

#include "recover/parse/vmcoreinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmcoreinfo v;
	struct err *e = vmcoreinfo_parse((const char *)data, size, PADDR(0x1000), &v);
	uint64_t number;

	if (e) {
		err_discard(e);
		return 0;
	}
	for (size_t i = 0; i < v.count; i++) {
		check_printable(v.lines[i].name);
		check_printable(v.lines[i].value);
		vmcoreinfo_number(&v, v.lines[i].name, &number);
	}
	vmcoreinfo_deinit(&v);
	return 0;
}
