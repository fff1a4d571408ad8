/* The input is a banner: any bytes are an error, or printable texts that are parts of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recover/parse/banner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const struct banner *b, const char *part)
{
	if (!part || !strstr(b->text, part))
		abort();
	for (; *part; part++)
		if (*part < 0x20 || *part > 0x7e)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct banner b;
	struct err *e = banner_parse((const char *)data, size, &b);

	if (e) {
		err_discard(e);
		return 0;
	}
	check_part(&b, b.text);
	check_part(&b, b.release);
	check_part(&b, b.compiler);
	if (strpbrk(b.release, " \n"))
		abort();
	/* it becomes part of a package's name */
	if (b.package_version && b.package_version[strspn(b.package_version,
	    "0123456789.+~:-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		abort();
	banner_deinit(&b);
	return 0;
}
