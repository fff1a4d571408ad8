/* symbols: a kernel that does not exist, for the tests of the walker's parts. */
#ifndef TESTS_UNIT_WALKER_SYMBOLS_H
#define TESTS_UNIT_WALKER_SYMBOLS_H

#include <stdint.h>

#define KERNEL_RELEASE "9.9.9-test"
#define KERNEL_BANNER "Linux version 9.9.9-test (nobody@nowhere) #1 SMP"
#define LINK_BASE UINT64_C(0xffffffff81000000)
#define HAVE_SYM__text 1
#define SYM__text UINT64_C(0xffffffff81000000)
#define HAVE_SYM__end 1
#define SYM__end UINT64_C(0xffffffff81010000)
#define HAVE_SYM_init_task 1
#define SYM_init_task UINT64_C(0xffffffff81001000)

#endif
