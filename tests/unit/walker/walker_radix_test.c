/* How a kernel before 4.20 does. */
#define TEST_OLD_KERNEL
#define NODE(node) ((node) | 1)
#define VALUE(n) ((uint64_t)(n) << 2 | 2)
#define SIBLING(node, slot) (((node) + 40 + 8 * (slot)) | 1)

#include "tests/unit/walker/xarray_cases.h"
