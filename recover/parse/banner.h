/* banner: the line a kernel introduces itself with (linux_banner, /proc/version).
 *
 * Shape: "Linux version RELEASE (BUILDER) (COMPILER) #NUMBER FLAGS AND DATE\n", where the
 * compiler may have brackets in it. Source: init/version.c, scripts/mkcompile_h. What follows
 * the # is the distribution's:
 *
 *	#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
 *	#84-Ubuntu SMP ...		upload 84 of the package of release 4.15.0-74
 *	#50~20.04.1-Ubuntu SMP ...
 *	#1 SMP ... (Ubuntu 4.15.0-74.84-generic 4.15.18)
 */
#ifndef RECOVER_PARSE_BANNER_H
#define RECOVER_PARSE_BANNER_H

#include <stddef.h>

#include "base/err.h"

#define BANNER_MAX 1024 /* bytes; Linux prints no longer ones */

struct banner {
	char *text;	       /* without the newline; printable ASCII */
	char *release;	       /* 6.1.0-56-amd64 */
	char *compiler;	       /* gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld ... */
	const char *distribution; /* "debian", "ubuntu" or "unknown" */
	char *package_version; /* 6.1.192-2, 4.15.0-74.84; NULL when the banner does not tell */
};

/* Takes apart the banner at the start of `text`, which ends with a newline, a NUL or with
 * `size`. *ret is to be given to banner_deinit().
 * Errors: ERR_DATA: has not the shape of a banner. */
struct err *banner_parse(const char *text, size_t size, struct banner *ret) MUST_CHECK;
void banner_deinit(struct banner *b);

#endif
