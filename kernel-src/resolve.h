/* resolve: from a kernel's banner to the source package that it was built from, and
 * to the package that holds its configuration.
 *
 * Debian and Ubuntu put the version of the package into the banner, each in its own
 * way, and each has its own names for packages. Tables at the head of resolve.c
 * describe both; nothing else in it knows a distribution.
 */
#ifndef KERNEL_SRC_RESOLVE_H
#define KERNEL_SRC_RESOLVE_H

#include "base/err.h"
#include "base/facts.h"

/* kernel: facts with `banner`, and where there is one with `package_version`.
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
 * Errors: ERR_ABSENT, saying what the user can do: the banner names no package
 * (source is untouched); ERR_DATA: banner and package_version disagree. */
struct err *resolve_source(const struct facts *kernel, struct facts *source) MUST_CHECK;

#endif
