/* entries: checks of directory entries, and of the inodes, page caches and file systems behind them. */
#ifndef OFFSETS_FIT_ENTRIES_H
#define OFFSETS_FIT_ENTRIES_H

#include "offsets/fit/fit.h"

/* From an entry up to the root of its file system. */
void fit_path(struct fit *f, uint64_t dentry);
/* sb: of an entry that leads to the inode. */
void fit_inode(struct fit *f, uint64_t at, uint64_t sb);

#endif
