/* no_kernel: why no kernel was found, for the operator.
 */
#ifndef RECOVER_NO_KERNEL_H
#define RECOVER_NO_KERNEL_H

#include "recover/scan/scan.h"

/* Returns e with what was searched, or a new error that says that all memory is zeros. Returns ERR_SYSTEM
 * as it is. */
struct err *no_kernel_in_scan(struct memory *m, const struct scan *scan,
			      struct err *e) MUST_CHECK;

#endif
