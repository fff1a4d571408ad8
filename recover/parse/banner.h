/* banner: the line in which a kernel says what it is (linux_banner, /proc/version).
 *
 * Shape: "Linux version RELEASE (BUILDER) (COMPILER) #NUMBER FLAGS AND DATE\n". The compiler may
 * have brackets in it. Source: init/version.c, scripts/mkcompile_h.
 *
 * The banner is the only place that tells which package a kernel comes from, and each distribution
 * writes that in its own way behind the #. The version of an Ubuntu package is put together from
 * the release and the upload number, unless CONFIG_VERSION_SIGNATURE adds it as a whole:
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

#define BANNER_MAX 1024 /* bytes; Linux prints no longer one */

struct banner {
	char *text;	       /* without the newline; printable ASCII */
	char *release;	       /* 6.1.0-56-amd64 */
	char *compiler;	       /* gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld ... */
	const char *distribution; /* "debian", "ubuntu" or "unknown" */
	char *package_version; /* 6.1.192-2, 4.15.0-74.84; NULL: the banner does not tell */
};

/* Takes apart the banner at the start of `text`. It ends at a newline, at a NUL or after `size`
 * bytes. The caller gives *ret to banner_deinit().
 * Errors: ERR_DATA: the text does not have the shape of a banner. */
struct err *banner_parse(const char *text, size_t size, struct banner *ret) MUST_CHECK;
void banner_deinit(struct banner *b);

#endif
