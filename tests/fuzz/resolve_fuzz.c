/* A banner: what becomes part of a file name or a command line is a plain word. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free_ptr) char *banner = xstrndup((const char *)data, size);
	CLEANUP(facts_freep) struct facts *kernel = facts_new(), *source = facts_new();

	facts_set(kernel, "banner", banner, NULL);
	err_discard(resolve_source(kernel, source));
	for (size_t i = 0; i < facts_count(source); i++) {
		const char *key, *value, *evidence;

		facts_at(source, i, &key, &value, &evidence);
		if (!strcmp(key, "config_member"))
			value += strspn(value, "boot/"); /* the one path among them */
		for (const char *p = value; *p; p++)
			if (*p < '!' || *p > '~' || strchr("/$`\\\"'();&|<>", *p))
				abort();
		if (*value == '-')
			abort();
	}
	return 0;
}
