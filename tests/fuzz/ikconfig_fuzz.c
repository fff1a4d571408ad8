/* The input is a piece of memory with IKCFG_ST in it. */
#include "recover/parse/ikconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t offset = 0;

	err_discard(ikconfig_find(data, size, &offset, &text));
	return 0;
}
