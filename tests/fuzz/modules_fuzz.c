/* The input is 16 pages that hold the list of modules, its head first, and what it leads to. */
#include <string.h>

#include "recover/parse/modules.h"
#include "tests/lib/text_memory.h"

#define PAGES 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* They are mapped where modules are, and the first one where the image is. */
static struct memory *memory_of(const uint8_t *data, size_t size)
{
	struct memory *m = text_memory("ram 0x0-0x40000\n"
				       "0x1000[511]: u64 0x2063\n"
				       "0x2000[510]: u64 0x5063 0x3063\n"
				       "0x3000[0]: u64 0x4063\n"
				       "0x5000[8]: u64 0x6063\n"
				       "0x6000[0]: u64 0x20163\n");
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	for (unsigned int i = 0; i < PAGES; i++)
		buf_addf(&b, "0x4000[%u]: u64 0x%x\n", i, 0x20163 + i * 0x1000);
	for (size_t i = 0; i < size && i < PAGES * PAGE_SIZE; i += 8) {
		uint64_t word = 0;

		memcpy(&word, data + i, size - i < 8 ? size - i : 8);
		if (word)
			buf_addf(&b, "0x%zx: u64 0x%lx\n", 0x20000 + i, word);
	}
	text_memory_put(m, b.data);
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(data, size);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct xlat x = { m, PADDR(0x1000), 4, 0 };
	size_t modules;

	err_discard(modules_symbols(&x, KADDR(UINT64_C(0xffffffff81000000)), &b, &modules));
	return 0;
}
