#include "walker/cmd/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct err *parse_number(const char *text, const char *what, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, !strncmp(text, "0x", 2) ? 16 : 10);
	if (errno || *end || *text < '0' || *text > '9')
		return err_new(ERR_USAGE, "\"%s\": expected %s", text, what);
	*ret = value;
	return NULL;
}

struct err *parse_pid(const char *text, uint32_t *ret)
{
	uint64_t value = 0;
	struct err *e = parse_number(text, "a pid", &value);

	if (e)
		return e;
	if (!value || value >= UINT32_MAX)
		return err_new(ERR_USAGE, "\"%s\": expected a pid", text);
	*ret = (uint32_t)value;
	return NULL;
}
