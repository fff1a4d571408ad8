#include "memory/uri.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static struct uri_option *find(struct uri *uri, const char *name)
{
	for (unsigned int i = 0; i < uri->count; i++)
		if (!strcmp(uri->option[i].name, name))
			return &uri->option[i];
	return NULL;
}

static struct err *add_option(struct uri *uri, char *text)
{
	char *equals = strchr(text, '=');

	if (equals)
		*equals = '\0';
	if (!*text)
		return err_new(ERR_USAGE, "%s: an option after '?' has no name", uri->rest);
	if (find(uri, text))
		return err_new(ERR_USAGE, "%s: option %s is there twice", uri->rest, text);
	if (uri->count == URI_OPTIONS_MAX)
		return err_new(ERR_USAGE, "%s: more than %d options", uri->rest, URI_OPTIONS_MAX);
	uri->option[uri->count++] =
		(struct uri_option){ .name = text, .value = equals ? equals + 1 : NULL };
	return NULL;
}

struct err *uri_parse(const char *text, struct uri *ret)
{
	const char *mark = strrchr(text, '?');
	char *next;

	*ret = (struct uri)URI_INIT;
	ret->rest = mark ? xstrndup(text, (size_t)(mark - text)) : xstrdup(text);
	if (!mark)
		return NULL;
	ret->options = next = xstrdup(mark + 1);
	while (next) {
		struct err *e = add_option(ret, strsep(&next, "&"));

		if (e)
			return e;
	}
	return NULL;
}

void uri_deinit(struct uri *uri)
{
	free(uri->rest);
	free(uri->options);
	*uri = (struct uri)URI_INIT;
}

const char *uri_take(struct uri *uri, const char *name)
{
	struct uri_option *o = find(uri, name);

	if (!o)
		return NULL;
	o->taken = true;
	return o->value ? o->value : "";
}

struct err *uri_take_flag(struct uri *uri, const char *name, bool *ret)
{
	const char *value = uri_take(uri, name);

	if (value && *value && strcmp(value, "0") && strcmp(value, "1"))
		return err_new(ERR_USAGE, "%s: ?%s=%s: expected ?%s", uri->rest, name, value, name);
	if (value)
		*ret = strcmp(value, "0") != 0;
	return NULL;
}

struct err *uri_take_hex(struct uri *uri, const char *name, uint64_t *ret)
{
	const char *value = uri_take(uri, name);
	uint64_t number;

	if (!value)
		return NULL;
	if (strncmp(value, "0x", 2) || strlen(value) > 18 || !value[2] ||
	    value[2 + strspn(value + 2, "0123456789abcdefABCDEF")])
		return err_new(ERR_USAGE, "%s: ?%s=%s: expected a hexadecimal number, ?%s=0x...",
			       uri->rest, name, value, name);
	number = strtoull(value + 2, NULL, 16);
	*ret = number;
	return NULL;
}

struct err *uri_all_taken(const struct uri *uri, const char *known)
{
	for (unsigned int i = 0; i < uri->count; i++)
		if (!uri->option[i].taken)
			return err_new(ERR_USAGE, "%s: \"?%s\": expected %s", uri->rest,
				       uri->option[i].name, known);
	return NULL;
}
