/* config_version: whether a config was written for the kernel that runs.
 *
 * A config's header line has KERNELVERSION. Debian's is the upstream version (6.1.192), which the
 * banner's "Debian 6.1.192-2" repeats. Ubuntu's was the release (4.15.0-20-generic); today it is the
 * upstream version, which a banner repeats only if it has Ubuntu's signature.
 */
#ifndef RECOVER_CONFIG_VERSION_H
#define RECOVER_CONFIG_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#include "recover/config/file.h"

enum config_fit {
	CONFIG_FIT_NO,
	CONFIG_FIT_MAYBE, /* the same series (6.8); nothing that we know says more */
	CONFIG_FIT_YES,
};

/* How a header's version fits. release: "6.1.0-56-amd64"; banner: or NULL. */
enum config_fit config_version_fit(const char *version, const char *release, const char *banner);

/* How the value of CONFIG_VERSION_SIGNATURE ("\"Ubuntu 4.15.0-20.21-generic 4.15.17\"", quotes and
 * all) fits; CONFIG_FIT_MAYBE when it has another shape. */
enum config_fit config_signature_fit(const char *signature, const char *release,
				     const char *banner);

/* How a config's options fit what the banner says of the build (SMP, PREEMPT_RT, PREEMPT_DYNAMIC,
 * the compiler). For CONFIG_FIT_NO *why is the option that does not, a constant. */
enum config_fit config_build_fit(const struct config_file *f, const char *banner,
				 const char **why);

/* The upstream version in the distribution's part of the banner, e.g. "6.1.192" of "... Debian
 * 6.1.192-2 (2026-11-16)". False: the banner names none. */
bool config_banner_upstream(const char *banner, char *ret, size_t size);

#endif
