/* The input is C text. Whatever it is, lines must come out that a reader can take apart again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-src/infer/condition.h"
#include "kernel-src/infer/members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) struct condition *c = malloc(sizeof(*c));

	members_scan((const char *)data, size, &b);
	for (const char *at = buf_str(&b); *at;) {
		size_t n = strcspn(at, "\n");
		const char *blank = memchr(at + 2, ' ', n > 2 ? n - 2 : 0);

		if (n < 3 || !strchr("seamxp", *at) || at[1] != ' ' || at[n] != '\n')
			abort();
		if (blank)
			condition_read(blank, (size_t)(at + n - blank), c);
		at += n + 1;
	}
	return 0;
}
