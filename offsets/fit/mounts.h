/* mounts: checks of mounts and of the namespaces they are in. */
#ifndef OFFSETS_FIT_MOUNTS_H
#define OFFSETS_FIT_MOUNTS_H

#include "offsets/fit/fit.h"

/* A mount, by its vfsmount, and those it is mounted on. ns: the mount namespace it should be in. */
void fit_mount(struct fit *f, uint64_t vfsmount, uint64_t ns);
void fit_mount_namespace(struct fit *f, uint64_t ns);

#endif
