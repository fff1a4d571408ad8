/* json: reads values out of a JSON text, in place.
 *
 * json_parse() checks a whole text once; the values that the other functions
 * hand out are parts of it and live as long as it does. For small texts: a
 * member is looked for from the start of its object.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH_MAX 64

struct json {
	const char *text; /* of the value alone; NULL: there is none */
	size_t size;
};

/* Checks that text is one value (and white space), nested at most JSON_DEPTH_MAX deep.
 * Errors: ERR_DATA saying what was expected, and at which byte. */
struct err *json_parse(const char *text, size_t size, struct json *ret) MUST_CHECK;

/* The member of that name (of several the first); no value when there is none, or v is no
 * object. Names with escapes in them are not found. */
struct json json_member(struct json v, const char *name);
/* The next element of an array; at: 0 before the first, then as it was left. False after the
 * last, and when v is no array. */
bool json_next(struct json v, size_t *at, struct json *ret);

bool json_is_string(struct json v);
/* Appends the text of a string; false when v is none. What is no UTF-8, and lone surrogates, become
 * U+FFFD; a NUL stays a NUL. */
bool json_string(struct json v, struct buf *b);
/* v is this string. */
bool json_equals(struct json v, const char *text);
/* False unless v is a whole number from 0 to 2^64 - 1. */
bool json_u64(struct json v, uint64_t *ret);
bool json_true(struct json v);

#endif
