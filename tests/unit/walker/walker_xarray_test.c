/* How a kernel since 4.20 tags the entries of an array. */
#define NODE(node) ((node) | 2)
#define VALUE(n) ((uint64_t)(n) << 1 | 1)
#define SIBLING(node, slot) ((uint64_t)(slot) << 2 | 2)

#include "tests/unit/walker/xarray_cases.h"
