/* The input is a kernel image. */
#include "recover/kallsyms/kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
	CLEANUP(buf_deinit) struct buf map = BUF_INIT;
	struct kaddr address = KADDR(0);
	struct err *e = kallsyms_find(data, size, KADDR(UINT64_C(0xffffffff81000000)), &k);

	if (!e) {
		kallsyms_describe(k, &map);
		kallsyms_format_system_map(k, 0, &map);
		e = kallsyms_lookup(k, kallsyms_at(k, kallsyms_count(k) - 1).name, &address);
	}
	err_discard(e);
	return 0;
}
