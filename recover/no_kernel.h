/* no_kernel: why no kernel was found, for the operator.
 */
#ifndef RECOVER_NO_KERNEL_H
#define RECOVER_NO_KERNEL_H

#include "recover/scan/scan.h"

/* Adds to the error what was searched, or says instead that there is nothing but zeros.
 * ERR_SYSTEM is passed on as it is. */
struct err *no_kernel_in_scan(struct memory *m, const struct scan *scan,
			      struct err *e) MUST_CHECK;

#endif
