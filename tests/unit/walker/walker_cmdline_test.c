/* get_mm_cmdline(), since 4.18. */
#include "tests/unit/walker/cmdline_cases.h"
