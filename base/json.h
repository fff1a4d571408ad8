/* json: reads values out of a JSON text, in place.
 *
 * json_parse() checks a whole text once. The values that the other functions return are parts of
 * that text and live as long as it does. This is for small texts: each look-up of a member searches
 * its object from the start.
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
	const char *text; /* of the value alone; NULL: no value */
	size_t size;
};

/* Checks that text is one value, with white space around it, nested at most JSON_DEPTH_MAX deep.
 * Errors: ERR_DATA saying what was expected at which byte. */
struct err *json_parse(const char *text, size_t size, struct json *ret) MUST_CHECK;

/* The first member of that name; no value when v has none, or is not an object. Does not find names
 * with escapes in them. */
struct json json_member(struct json v, const char *name);
/* The next element of an array. *at: 0 before the first one, then as the last call left it. False
 * after the last one, and when v is not an array. */
bool json_next(struct json v, size_t *at, struct json *ret);

bool json_is_string(struct json v);
/* Appends the text of a string; false: v is not one. Bytes that are not UTF-8 and lone surrogates
 * become U+FFFD; a NUL stays a NUL. */
bool json_string(struct json v, struct buf *b);
/* Whether v is this string. */
bool json_equals(struct json v, const char *text);
/* False: v is not a whole number from 0 to 2^64 - 1. */
bool json_u64(struct json v, uint64_t *ret);
bool json_true(struct json v);

#endif
