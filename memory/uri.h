/* uri: REST of a source's name, with its options: REST?name=value&name
 *
 *	file:/dumps/host1.raw?lowmem=0x80000000
 *
 * Options follow the last '?'. Each is taken by whoever understands it;
 * what is left over in the end is an error, so that none is ignored.
 */
#ifndef MEMORY_URI_H
#define MEMORY_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define URI_OPTIONS_MAX 16

struct uri {
	char *rest;    /* before the '?'; owned */
	char *options; /* NULL when there are none; names and values point into it */
	struct uri_option {
		const char *name, *value; /* value NULL: without '=' */
		bool taken;
	} option[URI_OPTIONS_MAX];
	unsigned int count;
};

#define URI_INIT { 0 }

/* Errors: ERR_USAGE (nothing before the '?', too many options, one twice, one
 * without a name). ret is to be deinit()ed on an error too. */
struct err *uri_parse(const char *text, struct uri *ret) MUST_CHECK;
void uri_deinit(struct uri *uri);

/* Takes option NAME: its value, "" when it has none; NULL when it is not there. */
const char *uri_take(struct uri *uri, const char *name);
/* Takes option NAME that has no value, or 0 or 1. Errors: ERR_USAGE. */
struct err *uri_take_flag(struct uri *uri, const char *name, bool *ret) MUST_CHECK;
/* Takes option NAME, a hexadecimal number with 0x; *ret stays when it is not
 * there. Errors: ERR_USAGE. */
struct err *uri_take_hex(struct uri *uri, const char *name, uint64_t *ret) MUST_CHECK;
/* Errors: ERR_USAGE when an option was not taken. known: "?a=0x..., ?b". */
struct err *uri_all_taken(const struct uri *uri, const char *known) MUST_CHECK;

#endif
