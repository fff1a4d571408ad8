#include "memory/nettlp_options.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "memory/uri.h"

static const struct nettlp_options defaults = {
	.mrrs = 512,
	.tags = 16,
	.inflight = 16383, /* the adapter's buffers hold 16 KiB each way */
	.timeout_ms = 20,
	.retries = 3,
};

void nettlp_options_deinit(struct nettlp_options *o)
{
	free(o->ram_map);
	o->ram_map = NULL;
}

static struct err *parse_address(const char *name, const char *text, struct in_addr *ret)
{
	if (inet_pton(AF_INET, text, ret) == 1 && ret->s_addr != htonl(INADDR_ANY))
		return NULL;
	return err_new(ERR_USAGE, "%s \"%s\": expected an IPv4 address like 192.168.10.1", name,
		       text);
}

/* Takes option NAME, an IPv4 address. Without it *ret stays as it is. */
static struct err *take_address(struct uri *uri, const char *name, struct in_addr *ret)
{
	const char *text = uri_take(uri, name);

	return text ? parse_address(name, text, ret) : NULL;
}

/* Takes option NAME, a decimal number. Without it *ret stays as it is. */
static struct err *take_number(struct uri *uri, const char *name, uint32_t min, uint32_t max,
			       uint32_t *ret)
{
	const char *text = uri_take(uri, name);
	uint32_t value = 0;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < 8 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	if (!i || text[i] || value < min || value > max)
		return err_new(ERR_USAGE, "%s=%s: expected a number from %u to %u", name, text,
			       min, max);
	*ret = value;
	return NULL;
}

static struct err *take_local(struct uri *uri, struct nettlp_options *o)
{
	return take_address(uri, "local", &o->local);
}

static struct err *take_message(struct uri *uri, struct nettlp_options *o)
{
	return take_address(uri, "message", &o->message);
}

static struct err *take_tags(struct uri *uri, struct nettlp_options *o)
{
	return take_number(uri, "tags", 1, 256, &o->tags);
}

static struct err *take_inflight(struct uri *uri, struct nettlp_options *o)
{
	return take_number(uri, "inflight", 4096, 1 << 22, &o->inflight);
}

static struct err *take_timeout(struct uri *uri, struct nettlp_options *o)
{
	return take_number(uri, "timeout_ms", 1, 10000, &o->timeout_ms);
}

static struct err *take_retries(struct uri *uri, struct nettlp_options *o)
{
	return take_number(uri, "retries", 0, 100, &o->retries);
}

static struct err *take_mrrs(struct uri *uri, struct nettlp_options *o)
{
	struct err *e = take_number(uri, "mrrs", 128, 4096, &o->mrrs);

	if (e || !(o->mrrs & (o->mrrs - 1)))
		return e;
	return err_new(ERR_USAGE, "mrrs=%u: expected a power of two from 128 to 4096", o->mrrs);
}

/* A hexadecimal number of exactly `digits` digits. */
static bool parse_hex(const char **p, int digits, unsigned int *ret)
{
	*ret = 0;
	for (; digits; digits--, (*p)++) {
		const char *found = **p ? strchr("0123456789abcdef", **p | 0x20) : NULL;

		if (!found)
			return false;
		*ret = *ret << 4 | (unsigned int)(found - "0123456789abcdef");
	}
	return true;
}

/* As lspci prints it: 1b:00.0, also 0000:1b:00.0. */
static struct err *take_requester(struct uri *uri, struct nettlp_options *o)
{
	const char *text = uri_take(uri, "requester"), *p = text;
	unsigned int bus, device, function;

	if (!text)
		return NULL;
	if (!strncmp(text, "0000:", 5))
		p += 5;
	if (!parse_hex(&p, 2, &bus) || *p++ != ':' || !parse_hex(&p, 2, &device) || *p++ != '.' ||
	    !parse_hex(&p, 1, &function) || *p || device > 31 || function > 7)
		return err_new(ERR_USAGE,
			       "requester=%s: expected bus:device.function of the adapter, like "
			       "1b:00.0, as lspci on the target prints it",
			       text);
	o->requester = (uint16_t)(bus << 8 | device << 3 | function);
	o->has_requester = true;
	return NULL;
}

static struct err *take_ports(struct uri *uri, struct nettlp_options *o)
{
	const char *text = uri_take(uri, "ports");

	if (!text)
		return NULL;
	if (strcmp(text, "new") && strcmp(text, "old"))
		return err_new(ERR_USAGE, "ports=%s: expected new (firmware 0.22 on) or old",
			       text);
	o->old_ports = text[0] == 'o';
	return NULL;
}

static struct err *take_ram_map(struct uri *uri, struct nettlp_options *o)
{
	const char *text = uri_take(uri, "ram_map");

	if (text && !*text)
		return err_new(ERR_USAGE, "ram_map=: expected the path of a file");
	o->ram_map = text ? xstrdup(text) : NULL;
	return NULL;
}

static struct err *(*const takers[])(struct uri *uri, struct nettlp_options *o) = {
	take_local, take_requester, take_message, take_ports,	take_mrrs,
	take_tags,  take_inflight,  take_timeout, take_retries, take_ram_map,
};

static struct err *take_all(struct uri *uri, struct nettlp_options *o)
{
	struct err *e = parse_address("adapter", uri->rest, &o->adapter);

	if (e)
		return e;
	for (size_t i = 0; i < sizeof(takers) / sizeof(*takers); i++) {
		e = takers[i](uri, o);
		if (e)
			return e;
	}
	return uri_all_taken(uri, "local, requester, message, ports, mrrs, tags, inflight, timeout_ms, "
			     "retries or ram_map");
}

static struct err *check(const struct nettlp_options *o)
{
	if (o->has_requester == (o->message.s_addr != htonl(INADDR_ANY)))
		return err_new(ERR_USAGE,
			       "expected either requester=BB:DD.F (lspci on the target tells it) "
			       "or message=ADDRESS of a target whose nettlp driver is loaded");
	if (o->old_ports && o->tags > 16)
		return err_new(ERR_USAGE, "tags=%u: old ports carry 16", o->tags);
	return NULL;
}

static struct err *parse(const char *rest, struct nettlp_options *o)
{
	CLEANUP(uri_deinit) struct uri uri = URI_INIT;
	struct err *e = uri_parse(rest, &uri);

	if (e)
		return e;
	e = take_all(&uri, o);
	if (e)
		return e;
	return check(o);
}

struct err *nettlp_options_parse(const char *rest, struct nettlp_options *ret)
{
	CLEANUP(nettlp_options_deinit) struct nettlp_options o = defaults;
	struct err *e = parse(rest, &o);

	if (e)
		return err_in(e, "nettlp");
	*ret = o;
	o.ram_map = NULL;
	return NULL;
}
