/* pattern: regular expressions over text of the target, compiled to machine code (PCRE2).
 *
 * Use them for short texts at places where a scan found something. The number of steps is limited,
 * and a pattern that takes more of them does not match.
 */
#ifndef RECOVER_PARSE_PATTERN_H
#define RECOVER_PARSE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PATTERN_GROUPS 8

struct pattern;

/* regex: at most PATTERN_GROUPS - 1 groups; ^ and $ are the ends of lines. The caller owns *ret.
 * Errors: ERR_SYSTEM: no memory, or regex is wrong (a mistake of this program). */
struct err *pattern_new(const char *regex, struct pattern **ret) MUST_CHECK;
void pattern_free(struct pattern *p);
static inline void pattern_freep(struct pattern **p)
{
	pattern_free(*p);
}

struct pattern_match {
	struct {
		const char *text; /* in the subject; NULL: the group took no part */
		size_t size;
	} group[PATTERN_GROUPS]; /* group 0 is the whole match */
};

/* Finds the pattern in [text, text + size) from `start` on. */
bool pattern_find(struct pattern *p, const char *text, size_t size, size_t start,
		  struct pattern_match *ret);

#endif
