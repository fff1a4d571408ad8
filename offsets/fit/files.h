/* files: checks of what a process has open: its files, its root, its program. */
#ifndef OFFSETS_FIT_FILES_H
#define OFFSETS_FIT_FILES_H

#include "offsets/fit/fit.h"

void fit_files(struct fit *f);
/* Checks the file that a process runs. */
void fit_program(struct fit *f, uint64_t file);

#endif
