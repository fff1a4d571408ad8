/* The input is a .dsc: read, or refused as bad data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel-src/unpack/dsc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	char path[] = "/tmp/farwalk-fuzz.XXXXXX";
	int fd = mkstemp(path);
	struct err *e;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	e = dsc_read(path, &d);
	unlink(path);
	if (e ? err_code(e) != ERR_DATA : !d)
		abort();
	for (size_t i = 0; d && i < d->count; i++)
		if (strchr(d->files[i].name, '/'))
			abort();
	err_discard(e);
	return 0;
}
