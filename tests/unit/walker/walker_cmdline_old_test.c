/* proc_pid_cmdline_read(), before 4.18. */
#define TEST_OLD_KERNEL

#include "tests/unit/walker/cmdline_cases.h"
