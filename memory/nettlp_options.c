#include "memory/nettlp_options.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

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

static struct err *parse_number(const char *name, const char *text, uint32_t min, uint32_t max,
				uint32_t *ret)
{
	uint32_t value = 0;
	size_t i;

	for (i = 0; i < 8 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	if (!i || text[i] || value < min || value > max)
		return err_new(ERR_USAGE, "%s=%s: expected a number from %u to %u", name, text,
			       min, max);
	*ret = value;
	return NULL;
}

static struct err *parse_mrrs(const char *text, struct nettlp_options *o)
{
	struct err *e = parse_number("mrrs", text, 128, 4096, &o->mrrs);

	if (e || !(o->mrrs & (o->mrrs - 1)))
		return e;
	return err_new(ERR_USAGE, "mrrs=%s: expected a power of two from 128 to 4096", text);
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
static struct err *parse_requester(const char *text, struct nettlp_options *o)
{
	const char *p = strncmp(text, "0000:", 5) ? text : text + 5;
	unsigned int bus, device, function;

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

static struct err *parse_ports(const char *text, struct nettlp_options *o)
{
	if (strcmp(text, "new") && strcmp(text, "old"))
		return err_new(ERR_USAGE, "ports=%s: expected new (firmware 0.22 on) or old",
			       text);
	o->old_ports = text[0] == 'o';
	return NULL;
}

static struct err *parse_ram_map(const char *text, struct nettlp_options *o)
{
	if (!*text)
		return err_new(ERR_USAGE, "ram_map=: expected the path of a file");
	o->ram_map = xstrdup(text);
	return NULL;
}

enum option {
	LOCAL,
	REQUESTER,
	MESSAGE,
	PORTS,
	MRRS,
	TAGS,
	INFLIGHT,
	TIMEOUT,
	RETRIES,
	RAM_MAP,
	OPTION_COUNT
};

static const char *const names[OPTION_COUNT] = {
	[LOCAL] = "local",	   [REQUESTER] = "requester", [MESSAGE] = "message",
	[PORTS] = "ports",	   [MRRS] = "mrrs",	      [TAGS] = "tags",
	[INFLIGHT] = "inflight",   [TIMEOUT] = "timeout_ms",  [RETRIES] = "retries",
	[RAM_MAP] = "ram_map",
};

static struct err *parse_value(enum option option, const char *text, struct nettlp_options *o)
{
	const char *name = names[option];

	switch (option) {
	case LOCAL:
		return parse_address(name, text, &o->local);
	case MESSAGE:
		return parse_address(name, text, &o->message);
	case REQUESTER:
		return parse_requester(text, o);
	case PORTS:
		return parse_ports(text, o);
	case MRRS:
		return parse_mrrs(text, o);
	case TAGS:
		return parse_number(name, text, 1, 256, &o->tags);
	case INFLIGHT:
		return parse_number(name, text, 4096, 1 << 22, &o->inflight);
	case TIMEOUT:
		return parse_number(name, text, 1, 10000, &o->timeout_ms);
	case RETRIES:
		return parse_number(name, text, 0, 100, &o->retries);
	case RAM_MAP:
		return parse_ram_map(text, o);
	case OPTION_COUNT:
		break;
	}
	return NULL;
}

/* text: NAME=VALUE; seen: a bit for each option there was. */
static struct err *parse_option(const char *text, unsigned int *seen, struct nettlp_options *o)
{
	const char *equals = strchr(text, '=');
	size_t size = equals ? (size_t)(equals - text) : strlen(text);
	CLEANUP(buf_deinit) struct buf list = BUF_INIT;

	for (unsigned int i = 0; i < OPTION_COUNT; i++) {
		buf_addf(&list, " %s", names[i]);
		if (strlen(names[i]) != size || memcmp(names[i], text, size))
			continue;
		if (!equals)
			return err_new(ERR_USAGE, "%s: expected %s=VALUE", text, text);
		if (*seen & 1u << i)
			return err_new(ERR_USAGE, "%s: is there twice", names[i]);
		*seen |= 1u << i;
		return parse_value((enum option)i, equals + 1, o);
	}
	return err_new(ERR_USAGE, "\"%s\": no such option; there are:%s", text, buf_str(&list));
}

static struct err *parse_options(char *text, struct nettlp_options *o)
{
	unsigned int seen = 0;
	struct err *e = NULL;

	for (char *next; !e && text; text = next) {
		next = strchr(text, '&');
		if (next)
			*next++ = '\0';
		e = parse_option(text, &seen, o);
	}
	return e;
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

struct err *nettlp_options_parse(const char *rest, struct nettlp_options *ret)
{
	CLEANUP(free_ptr) char *text = xstrdup(rest);
	CLEANUP(nettlp_options_deinit) struct nettlp_options o = defaults;
	char *options = strchr(text, '?');
	struct err *e;

	if (options)
		*options++ = '\0';
	e = parse_address("adapter", text, &o.adapter);
	if (!e && options)
		e = parse_options(options, &o);
	if (!e)
		e = check(&o);
	if (e)
		return err_in(e, "nettlp:%s", text);
	*ret = o;
	o.ram_map = NULL;
	return NULL;
}
