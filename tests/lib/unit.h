/* unit: what every unit test includes, in the order that cmocka wants, and checks on errors. */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

/* cmocka 2 has one for each sign, and warns of the one that was for all. */
#ifndef assert_int_in_range
#define assert_int_in_range assert_in_range
#endif

/* The call succeeds; its error is shown if it does not. */
#define assert_ok(call) \
	do { \
		struct err *assert_e = (call); \
		if (assert_e) \
			fail_msg("%s: %s", #call, err_text(assert_e)); \
	} while (0)

/* The call fails with this code and a text that contains `words`. */
#define assert_err(call, expected, words) \
	do { \
		struct err *assert_e = (call); \
		if (!assert_e) \
			fail_msg("%s: succeeded", #call); \
		if (!strstr(err_text(assert_e), (words))) \
			fail_msg("%s: \"%s\" does not say \"%s\"", #call, err_text(assert_e), (words)); \
		assert_int_equal(err_code(assert_e), (expected)); \
		err_discard(assert_e); \
	} while (0)

#endif
