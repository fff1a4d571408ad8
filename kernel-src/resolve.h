/* resolve: which source package a running kernel was built from, and which
 * package holds its configuration, from what its banner says.
 *
 * Knows Debian's and Ubuntu's kernels, by the tables at the head of resolve.c.
 */
#ifndef KERNEL_SRC_RESOLVE_H
#define KERNEL_SRC_RESOLVE_H

#include "base/err.h"
#include "base/facts.h"

/* kernel: `banner`, and where there are `package_version` and `distribution`.
 * Sets in source:
 *	distribution	debian or ubuntu
 *	source, version	the source package: linux-hwe-5.4, 5.4.0-150.167~18.04.1
 *	other_source	other source packages that this version may be of, "," between them
 *	dsc		the file that describes it: linux-hwe-5.4_5.4.0-150.167~18.04.1.dsc
 *	flavour		amd64, cloud-amd64, rt-amd64; generic, aws, ...
 *	package		the binary package that holds the source, where there is one
 *	file		that package's file; where there is none, the .dsc
 *	config_package, config_version, config_file, config_member
 *			the package that holds the configuration, and where in it
 *	featureset	where the source may need patches of this name: rt (see kernel-src/build/patched)
 * Errors: ERR_ABSENT, saying what the user can do: no distribution's kernel (source
 * is untouched); ERR_DATA: banner and package_version disagree. */
struct err *resolve_source(const struct facts *kernel, struct facts *source) MUST_CHECK;

#endif
