/* The input is BTF. Whatever it is, there is an error or an answer. */
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "kernel-src/infer/presence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char members[] = "s task_struct\nm pid\nm seq A\nm gone B\ns type_t\nm t C\nm u\ne zone\nm NORMAL\nm HIGH D\n"
				      "a FIRST\nm FIRST\nm SECOND E\n";
	CLEANUP(presence_freep) struct presence *p = NULL;
	struct err *e = presence_new(members, data, size, &p);
	size_t shapes, there, missing;

	if (!e)
		presence_count(p, &shapes, &there, &missing);
	if (e && err_code(e) != ERR_DATA)
		abort();
	err_discard(e);
	return 0;
}
