/* uri: the REST of a source's URI, and its options: REST?name=value&name
 *
 *	file:/dumps/host1.raw?lowmem=0x80000000
 *
 * Options follow the last '?'. The code that understands an option takes it; an option that nobody
 * has taken in the end is an error, so that none is ignored.
 */
#ifndef MEMORY_URI_H
#define MEMORY_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define URI_OPTIONS_MAX 16

struct uri {
	char *rest;    /* before the '?'; owned */
	char *options; /* NULL: there are none; names and values point into it; owned */
	struct uri_option {
		const char *name, *value; /* value NULL: without '=' */
		bool taken;
	} option[URI_OPTIONS_MAX];
	unsigned int count;
};

#define URI_INIT { 0 }

/* Errors: ERR_USAGE (too many options, an option twice, one without a name). The caller has to
 * deinit ret after an error too. */
struct err *uri_parse(const char *text, struct uri *ret) MUST_CHECK;
void uri_deinit(struct uri *uri);

/* Takes option NAME and returns its value; "": it has none; NULL: the option is not there. */
const char *uri_take(struct uri *uri, const char *name);
/* Takes option NAME, whose value may be left out, 0 or 1. Without the option *ret stays as it is.
 * Errors: ERR_USAGE. */
struct err *uri_take_flag(struct uri *uri, const char *name, bool *ret) MUST_CHECK;
/* Takes option NAME, a hexadecimal number with 0x. Without the option *ret stays as it is.
 * Errors: ERR_USAGE. */
struct err *uri_take_hex(struct uri *uri, const char *name, uint64_t *ret) MUST_CHECK;
/* Errors: ERR_USAGE: nobody took an option. known: the options that there are, "?a=0x..., ?b". */
struct err *uri_all_taken(const struct uri *uri, const char *known) MUST_CHECK;

#endif
