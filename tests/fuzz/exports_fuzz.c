/* The input is a kernel image. */
#include "recover/parse/exports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "init_task", "init_net", "_text", "jiffies" };
	struct kaddr at[sizeof(names) / sizeof(*names)];

	exports_find(data, size, KADDR(UINT64_C(0xffffffff81000000)), names,
		     sizeof(names) / sizeof(*names), at);
	return 0;
}
