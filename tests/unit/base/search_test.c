#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void a_search_asks_few_questions(void **state)
{
	unsigned int asked = 0;
	size_t at = search_first(i, SIZE_MAX, (asked++, i >= SIZE_MAX - 1));

	(void)state;
	assert_true(at == SIZE_MAX - 1);
	assert_true(asked <= 64);
	assert_true(search_first(i, SIZE_MAX, i > SIZE_MAX - 1) == SIZE_MAX);
}

/* An array that somebody else allocated, to its last element. */
static void an_array_of_unknown_capacity_grows(void **state)
{
	int *list = malloc(3 * sizeof(*list));
	size_t count = 3, capacity = 0;

	(void)state;
	assert_non_null(list);
	list[2] = 7;
	*vec_add(list, count, capacity) = 8;
	assert_int_equal(count, 4);
	assert_true(capacity >= count);
	assert_int_equal(list[2], 7);
	assert_int_equal(list[3], 8);
	free(list);
}

/* The status of a program that adds to an array of `count` elements of that size. */
static int status_of_growth(size_t count, size_t element)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		size_t capacity = count;

		fclose(stderr);
		vec_room(NULL, count, &capacity, element);
		_exit(0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void an_array_that_cannot_grow_ends_the_program(void **state)
{
	(void)state;
	assert_int_equal(status_of_growth(SIZE_MAX / 16, 16), ERR_SYSTEM);
	assert_int_equal(status_of_growth(SIZE_MAX / 2, 1), ERR_SYSTEM);
	assert_int_equal(status_of_growth(SIZE_MAX / 2 + 1, 1), ERR_SYSTEM);
	assert_int_equal(status_of_growth(SIZE_MAX, 1), ERR_SYSTEM);
}

/* AddressSanitizer would end the program in its own way. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_holds),
		cmocka_unit_test(a_search_asks_few_questions),
		cmocka_unit_test(an_array_grows),
		cmocka_unit_test(an_array_of_unknown_capacity_grows),
		cmocka_unit_test(an_array_that_cannot_grow_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
