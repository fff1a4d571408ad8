#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/search.h"
#include "base/vec.h"

static void the_first_that_holds(void **state)
{
	static const int sorted[] = { 1, 3, 3, 5, 9 };

	(void)state;
	for (int wanted = 0; wanted < 11; wanted++) {
		size_t expected = 0;

		while (expected < 5 && sorted[expected] < wanted)
			expected++;
		assert_int_equal(search_first(i, 5, sorted[i] >= wanted), expected);
	}
	assert_int_equal(search_first(i, 0, sorted[i] >= 0), 0);
}

static void an_array_grows(void **state)
{
	struct pair {
		int a, b;
	} *list = NULL;
	size_t count = 0, capacity = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct pair *p = vec_add(list, count, capacity);

		assert_int_equal(p->a, 0);
		assert_int_equal(p->b, 0);
		*p = (struct pair){ i, -i };
	}
	assert_int_equal(count, 1000);
	assert_true(capacity >= count && capacity <= 2 * count);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list[i].a - list[i].b, 2 * i);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_holds),
		cmocka_unit_test(an_array_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
